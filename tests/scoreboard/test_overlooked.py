"""Lone digits that no text finder sees are found by their ink, and only what two readers agree on is kept."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bbva_core.ocr.types import Image, Word
from bbva_core.scoreboard.overlooked import overlooked
from tests.ocr.fakes import FakeReader

WHERE = (32, 32, 368, 68)


class Says:
    """Reads the same in every picture."""

    name = "fake"

    def __init__(self, text: str, confidence: float = 1.0) -> None:
        self.word = Word(text, confidence)

    def read_line(self, field: Image) -> Word:
        return self.word

    def close(self) -> None:
        pass


class Finder(FakeReader):
    """Finds nothing, and reads a line as it is told."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.word = Word(text, 0.99)

    def read_line(self, field: Image) -> Word:
        return self.word


def pictures(count: int = 4) -> list[Image]:
    """A digit at x 100 on a dark ground, and a clock at x 200."""
    drawn = []
    for seed in range(count):
        picture = np.full((100, 400, 3), (30, 20, 20), np.uint8)
        for x, text in ((100, "5"), (200, f"4:1{seed}")):
            place = (x, 58)
            cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (250, 250, 250), 2, cv2.LINE_AA)
        drawn.append(np.asarray(picture, np.uint8))
    return drawn


def test_a_lone_digit_is_found_in_each_picture_where_it_stands() -> None:
    found = overlooked(Finder("5"), Says("5"), pictures(), WHERE, [(195, 40, 260, 62)], 20.0)
    assert [[line.text for line in lines] for lines in found] == [["5"]] * 4
    x1, y1, x2, y2 = found[0][0].box
    assert x1 < 101 and 110 < x2 < 130 and y1 < 46 and y2 > 57


@pytest.mark.parametrize(
    ("finder", "own", "confidence"), [("6", "5", 1.0), ("5", "5", 0.5), ("X", "X", 1.0), ("", "", 1.0)], ids=str
)
def test_what_readers_do_not_agree_on_is_not_kept(finder: str, own: str, confidence: float) -> None:
    assert overlooked(Finder(finder), Says(own, confidence), pictures(), WHERE, [], 20.0) == [[]] * 4


def test_what_was_found_is_not_found_again() -> None:
    known = [(95, 40, 120, 62), (195, 40, 260, 62)]
    assert overlooked(Finder("5"), Says("5"), pictures(), WHERE, known, 20.0) == [[]] * 4


def test_a_number_in_a_narrow_cell_is_found_though_the_ground_between_is_darker_than_what_is_around() -> None:
    drawn = pictures()
    for picture in drawn:
        picture[34:66, 80:130] = 220
        picture[34:66, 95:118] = (40, 40, 160)
        cv2.putText(picture, "5", (101, 58), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (250, 250, 250), 2, cv2.LINE_AA)
    found = overlooked(Finder("5"), Says("5"), drawn, WHERE, [(195, 40, 260, 62)], 20.0)
    for lines in found:
        assert any(97 < line.box[0] < 103 and 109 < line.box[2] < 118 for line in lines)
