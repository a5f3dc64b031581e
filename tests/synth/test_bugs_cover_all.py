"""The row of synthetic score bugs holds every combination of layout, size and incident."""

from __future__ import annotations

from itertools import product

import numpy as np

from bbva_core.synth.bugs import LAYOUTS, BugClip, bug_clip
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


def test_a_clip_is_the_same_whatever_was_drawn_before() -> None:
    clip = BugClip(70072, "tall", (426, 240), "vanish")
    first = [frame.image for frame in bug_clip(clip, [None])]
    list(bug_clip(BugClip(70068, "columns", (640, 360), "slide"), [None]))
    for _ in range(2):
        again = [frame.image for frame in bug_clip(clip, [None])]
        assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
