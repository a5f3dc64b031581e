"""Class names of other people's models become ours."""

from __future__ import annotations

import pytest

from bbva_core.detect.vocabulary import LABELS, label_map, to_label
from bbva_core.errors import DetectorError


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("person", "person"),
        ("sports ball", "ball"),
        ("Basketball", "ball"),
        ("ball", "ball"),
        ("hoop", "rim"),
        ("rim", "rim"),
        ("Goal", "rim"),
        ("basket", "rim"),
        ("Player", "player"),
        ("player-in-possession", "player"),
        (" Sports_Ball ", "ball"),
        ("referee", "referee"),
        ("rebound_hit", None),
        ("zebra", None),
    ],
)
def test_names(name: str, label: str | None) -> None:
    assert to_label(name) == label
    assert label is None or label in LABELS


def test_unknown_classes_are_dropped() -> None:
    assert label_map({0: "person", 1: "bicycle", 32: "sports ball"}, weights="w.pt") == {0: "person", 32: "ball"}


def test_weights_without_our_classes_are_refused_with_both_lists() -> None:
    with pytest.raises(DetectorError, match=r"pets\.pt.*player, ball, rim, referee, person.*found cat, dog") as caught:
        label_map({0: "cat", 1: "dog"}, weights="pets.pt")
    assert caught.value.safe
    assert caught.value.do


def test_a_long_list_of_classes_is_cut() -> None:
    with pytest.raises(DetectorError, match="and 188 more"):
        label_map({i: f"thing{i}" for i in range(200)}, weights="w.pt")
