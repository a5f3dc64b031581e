"""Finding the score bug's lines: which band, which group, and the reason when there is none."""

from __future__ import annotations

import numpy as np
import pytest

from bbva_core.errors import ReaderError
from bbva_core.ocr.scoreboard import read_scoreboard
from bbva_core.ocr.types import Image, TextLine
from tests.ocr.fakes import FakeReader

FRAME = np.zeros((360, 640, 3), np.uint8)


def row(*texts: str, x: float = 100, y: float = 40, gap: float = 100) -> list[TextLine]:
    return [TextLine(text, 0.9, (x + i * gap, y, x + i * gap + 15 * len(text), y + 20)) for i, text in enumerate(texts)]


def test_boxes_come_back_in_pixels_of_the_frame() -> None:
    reader = FakeReader(lambda _: [TextLine("SPURS 40 THUNDER 30 2nd 4:13", 0.8, (200, 40, 600, 80))])
    reading = read_scoreboard(reader, FRAME)
    assert reading.crop == (0, 259, 640, 360)
    assert reader.sizes == [(1280, 202)]
    assert reading.lines[0].box == (100.0, 279.0, 300.0, 299.0)
    assert (reading.confidence, reading.reason) == (0.8, "")


def test_crowd_and_ads_are_left_out() -> None:
    far = row("McDonald's", x=1100, y=150)
    reading = read_scoreboard(FakeReader(lambda _: far + row("SPURS", "40", "THUNDER", "30", "2nd Qtr", "4:13")), FRAME)
    assert reading.raw_text == "SPURS | 40 | THUNDER | 30 | 2nd Qtr | 4:13"


def test_the_top_is_searched_when_the_bottom_has_none() -> None:
    def answer(image: Image) -> list[TextLine]:
        return row("HOME", "7", "AWAY", "9", "Q1", "0:09") if len(reader.sizes) == 2 else row("STAPLES", "24")

    reader = FakeReader(answer)
    reading = read_scoreboard(reader, FRAME)
    assert reading.crop == (0, 0, 640, 65)
    assert len(reading.lines) == 6


@pytest.mark.parametrize(
    "texts",
    [(), ("STAPLES", "CENTER"), ("11:20", "5"), ("LAKERS", "23"), ("12",), ("11:20",), ("12:30", "BREAKING NEWS")],
    ids=str,
)
def test_what_is_no_scoreboard_is_not_kept(texts: tuple[str, ...]) -> None:
    reading = read_scoreboard(FakeReader(lambda _: row(*texts)), FRAME)
    assert (reading.lines, reading.raw_text, reading.confidence) == ((), "", 0.0)
    assert reading.reason == "no text like a scoreboard"


@pytest.mark.parametrize(
    "texts",
    [
        ("HOME 40", "AWAY 38", "2ND 4:13"),
        ("HOME", "40", "AWAY", "38", "HALFTIME"),
        ("BOS", "101", "LAL", "99", "4TH", "11.3"),
        ("2", "1ST 11:20", ":05"),
        ("LAL 1", "OT", "BOS 2"),
    ],
    ids=str,
)
def test_what_is_a_scoreboard_is_kept_whole(texts: tuple[str, ...]) -> None:
    assert read_scoreboard(FakeReader(lambda _: row(*texts)), FRAME).raw_text == " | ".join(texts)


def test_in_a_drawn_region_all_text_is_kept() -> None:
    reading = read_scoreboard(FakeReader(lambda _: row("40")), FRAME, (10, 300, 300, 350))
    assert reading.crop == (10, 300, 300, 350)
    assert reading.raw_text == "40"
    empty = read_scoreboard(FakeReader(), FRAME, (10, 300, 9000, 9000))
    assert (empty.crop, empty.reason) == ((10, 300, 640, 360), "no text in the region")
    outside = read_scoreboard(FakeReader(), FRAME, (700, 300, 800, 350))
    assert "outside the picture of 640x360" in outside.reason


def test_confidence_is_weighted_by_length() -> None:
    lines = [TextLine("AWAY 38 2ND 4:13", 1.0, (0, 0, 90, 20)), TextLine("HOME", 0.5, (100, 0, 150, 20))]
    assert read_scoreboard(FakeReader(lambda _: lines), FRAME).confidence == 0.9


def test_a_failing_engine_is_not_an_empty_reading() -> None:
    def fail(image: Image) -> list[TextLine]:
        raise ReaderError("broken")

    with pytest.raises(ReaderError):
        read_scoreboard(FakeReader(fail), FRAME)
