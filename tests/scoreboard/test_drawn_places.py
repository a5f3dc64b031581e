"""A scoreboard in a place that somebody has drawn: what a graphic is taken for, and that rough drawing is enough."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bbva_core.bench.scoreboard.bugs import read_bugs
from bbva_core.bench.scoreboard.fonts import bug_fonts
from bbva_core.ocr.lamp_rows import LampMark
from bbva_core.ocr.types import Image, TextLine, Word
from bbva_core.scoreboard import Probe, Window
from bbva_core.scoreboard.boards import locate_board
from bbva_core.settings import AppSettings, load_app_settings
from tests.cli.running import run
from tests.fakes import sql
from tests.scoreboard.test_boards import board


class Lamps:
    """Sees a board in each picture, as surely as it is told; not at all where that is nothing."""

    def __init__(self, confidences: Sequence[float | None]) -> None:
        self.confidences = list(confidences)

    def find(self, _image: Image) -> list[LampMark]:
        sure = self.confidences.pop(0)
        return [] if sure is None else [LampMark(mark.mark, sure, mark.box) for mark in board()]


class NoText:
    """Finds no text."""

    name = "none"

    def read(self, _image: Image) -> list[TextLine]:
        return []

    def read_line(self, _field: Image) -> Word:
        return Word("", 0.0)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("confidences", "plain"),
    [
        ((0.99,), True),
        ((0.99, 0.98, 0.7, 0.99), True),
        ((0.99, 0.9, 0.95), False),
        ((0.99, None, None), False),
    ],
)
def test_what_passes_for_lamps_now_and_then_is_not_plainly_a_board(
    confidences: Sequence[float | None], plain: bool
) -> None:
    probes = [Probe(float(number), np.zeros((300, 700, 3), np.uint8)) for number in range(len(confidences))]
    found = locate_board(Lamps(confidences), NoText(), probes)  # type: ignore[arg-type]
    assert found is not None and found.found.layout.board
    assert found.plain == plain


FRAME = np.arange(60 * 80 * 3, dtype=np.uint32).reshape(60, 80, 3).astype(np.uint8)


def test_a_graphic_is_looked_for_where_it_was_drawn_and_followed_in_the_whole_frame() -> None:
    window = Window((10, 20, 50, 44))
    assert window.seen(FRAME) is FRAME
    assert np.array_equal(window.searched(FRAME), FRAME[20:44, 10:50])
    assert window.origin(FRAME) == (10, 20)
    assert window.placed((1, 2, 3, 4)) == [1, 2, 3, 4]


def test_a_region_outside_the_frame_is_one_pixel_of_it() -> None:
    assert Window((500, 400, 600, 500)).searched(FRAME).shape == (1, 1, 3)


def test_a_board_seen_askew_is_followed_straight_on_and_placed_in_the_frame() -> None:
    window = Window(corners=((10, 10), (50, 14), (50, 40), (10, 36)))
    seen = window.seen(FRAME)
    high, wide = seen.shape[:2]
    assert window.searched(seen) is seen and window.origin(seen) == (0, 0)
    assert window.placed((0, 0, wide, high)) == [10, 10, 50, 40]


TAKEN_FOR_BOARDS = (150011, 150020, 150041, 150058)
"""Score bugs of broadcasts, some of whose digits the finder of lamps takes for lamps."""


@pytest.mark.slow
def test_a_graphic_that_somebody_has_drawn_is_not_read_as_a_filmed_board() -> None:
    figures = read_bugs(AppSettings(), TAKEN_FOR_BOARDS, bug_fonts(), lambda _done, _of: None, drawn=True)
    assert figures["found"] == len(TAKEN_FOR_BOARDS)
    assert figures["wrong_score_frames"] == 0
    for name in ("score", "period", "clock", "names"):
        assert figures["fields"][name]["exact"] >= 0.97, name


@pytest.mark.slow
def test_the_sample_game_is_read_the_same_wherever_its_scoreboard_is_drawn_around(tmp_path: Path) -> None:
    app = AppSettings(data_dir=tmp_path / "data")
    columns = "frame_index, team_a, team_b, score_a, score_b, period, game_clock_seconds, shot_clock_seconds"
    asked = f"SELECT {columns} FROM scoreboard_readings WHERE accepted AND run_id = ? ORDER BY frame_index"
    regions = ("", "106,297,531,341", "101,286,539,352")
    read = []
    for number, region in enumerate(regions, 1):
        place = ["--scoreboard-region", region] if region else []
        video = load_app_settings().sample_video
        code, _, err = run("analyze", video, "--detector", "none", "--data-dir", app.data_dir, *place)
        assert code == 0, err
        read.append(sql(app, asked, number))
    assert len(read[0]) > 20
    for region, rows in zip(regions[1:], read[1:], strict=True):
        assert rows == read[0], region
