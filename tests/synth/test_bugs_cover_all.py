"""The row of synthetic score bugs holds every combination of layout, size and incident."""

from __future__ import annotations

from itertools import product

from bbva_core.synth.bugs import LAYOUTS, BugClip
from bbva_core.synth.bugs.clip import SIZES
from bbva_core.synth.bugs.game import INCIDENTS


def test_each_700_hold_every_combination_once() -> None:
    clips = [BugClip.number(number) for number in range(700)]
    drawn = [(clip.layout, clip.size, clip.incident) for clip in clips]
    assert sorted(drawn) == sorted(product(LAYOUTS, SIZES, INCIDENTS))


def test_a_few_already_hold_every_layout_and_size() -> None:
    clips = [BugClip.number(number) for number in range(20)]
    assert {clip.layout for clip in clips} == set(LAYOUTS)
    assert {clip.size for clip in clips} == set(SIZES)
