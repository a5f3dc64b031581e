"""The scoreboard's benchmark tells exact, late, wrong and not read apart, counts the cost, and refuses bad truth."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import av
import cv2
import pytest

from bbva_core.bench.scoreboard import DEFAULT_BUGS, as_table, bench_scoreboard
from bbva_core.bench.scoreboard.boards import read_boards
from bbva_core.bench.scoreboard.bugs import read_bugs
from bbva_core.bench.scoreboard.clips import PLAIN, compare_on_clips, read_without
from bbva_core.bench.scoreboard.engines import EASYOCR, EASYOCR_OURS, OURS, RAPIDOCR, Engines, default_engines
from bbva_core.bench.scoreboard.fonts import bug_fonts
from bbva_core.bench.scoreboard.plain import parse_lines
from bbva_core.bench.scoreboard.scoring import Judge
from bbva_core.bench.scoreboard.truth import boards_at, clips_at
from bbva_core.cli import _parser, main
from bbva_core.errors import BBVAError, ComputeCrashed, DataSetError, InvalidSettings, NotFound
from bbva_core.ocr.types import TextLine
from bbva_core.scoreboard.parse import parse_clock
from bbva_core.settings import PROJECT_ROOT, AppSettings
from bbva_core.synth.bugs import BugClip, BugFrame, bug_clip
from tests.scoreboard import pictures

VANISHES = next(
    number
    for number in range(700)
    if (clip := BugClip.number(number)).size[1] == 240 and (clip.layout, clip.incident) == ("wide", "vanish")
)
"""The number of a small score bug that is gone for some seconds."""

CSV = "file,home_score,away_score,clock,period,note\n"


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    made = default_engines(AppSettings())
    yield made
    made.close()


def write_clip(folder: Path, frames: list[BugFrame]) -> Path:
    """A video of score bugs, and its truth for every sixth frame, as somebody reads it by eye."""
    path = folder / "game.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(6))
        stream.height, stream.width = frames[0].image.shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image, format="bgr24")))
        container.mux(stream.encode(None))
    readings: list[dict[str, Any]] = []
    for number, frame in enumerate(frames):
        if frame.truth.legible and number % 6 == 0:
            says = vars(frame.truth.says)
            clock = f"{int(says['clock']) // 60}:{int(says['clock']) % 60:02d}"
            names = ("team_a", "team_b", "score_a", "score_b", "period", "shot_clock")
            readings.append({"frame": number, "clock": clock} | {name: says[name] for name in names})
    (folder / "game.truth.json").write_text(json.dumps({"readings": readings}))
    return path


# -- what is counted ---------------------------------------------------------------------------------------------------


def test_exact_late_wrong_and_not_read_are_told_apart() -> None:
    judge = Judge()
    known = {"score_a": 10, "score_b": 8, "clock": None}
    assert set(judge.add(0.0, {"score_a": 10, "period": 1}, None).values()) == {"not_read"}
    assert judge.add(0.5, {"score_a": 12, "score_b": 8, "clock": 61.0}, known) == {
        "score_a": "late",  # it was 10 half a second ago
        "score_b": "exact",
        "clock": "not_read",
    }
    assert judge.add(1.6, {"score_a": 12, "clock": None}, known) == {"score_a": "wrong", "clock": "exact"}
    result = judge.tally.result()
    assert result["frames"] == 3
    assert result["wrong_score_frames"] == 1
    assert result["fields"]["score"] == {"values": 4, "exact": 0.25, "late": 0.25, "wrong": 0.25, "not_read": 0.25}
    assert result["fields"]["period"] == {"values": 1, "exact": 0.0, "late": 0.0, "wrong": 0.0, "not_read": 1.0}
    assert "names" not in result["fields"]


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        pytest.param(
            ["HOME", "40", "AWAY", "38", "2nd Qtr", "4:13", "15"],
            {"score_a": 40, "score_b": 38, "period": 2, "clock": 253.0},
            id="one row",
        ),
        pytest.param(["HOME 40", "AWAY 38", "Q2 4:13"], {"score_a": 40, "score_b": 38, "period": 2, "clock": 253.0}),
        pytest.param(["2OT 41.9"], {"period": 6, "clock": 41.9}, id="no scores"),
        pytest.param(["40", "38", "3RD"], {}, id="no clock"),
    ],
)
def test_the_plain_way_takes_clock_period_and_the_first_two_numbers(texts: list[str], read: dict[str, Any]) -> None:
    lines = [TextLine(text, 0.9, (100.0 * at, 300, 100.0 * at + 80, 320)) for at, text in enumerate(texts)]
    court = TextLine("23", 0.9, (10, 20, 40, 50))
    assert parse_lines([court, *lines]) == read


# -- what is read ------------------------------------------------------------------------------------------------------


def test_score_bugs_are_read_where_legible_and_watched_where_hidden() -> None:
    seen: list[tuple[int, int]] = []
    result = read_bugs(AppSettings(), [VANISHES], [None], lambda done, of: seen.append((done, of)), workers=1)
    assert seen == [(1, 1)]
    clip = BugClip.number(VANISHES)
    frames = [frame.truth for frame in bug_clip(clip, [None])]
    assert result["frames"] == sum(truth.legible for truth in frames) > 20
    assert result["hidden_frames"] == sum(truth.box is None for truth in frames) > 10
    assert result["accepted_hidden"] == 0
    assert result["found"] == result["bugs"] == 1
    assert result["fields"]["score"]["exact"] > 0.9
    assert set(result["by_layout"]) == {clip.layout} and set(result["by_height"]) == {"240"}
    assert result["by_layout"][clip.layout]["fields"] == result["fields"]
    table = as_table({"bugs": result})
    for words in (
        f"1 (numbers {VANISHES} to {VANISHES})",
        "240p, 1 of 1 found",
        f"{clip.layout}, 1 of",
        "vanish, 1 of",
    ):
        assert words in table


def test_clips_are_read_in_every_way_beside_the_plain_one(engines: Engines, tmp_path: Path, clip: Path) -> None:
    write_clip(tmp_path, list(bug_clip(BugClip.number(VANISHES), [None])))
    seen: list[tuple[int, int]] = []
    result = compare_on_clips(engines, clips_at([tmp_path]), lambda done, of: seen.append((done, of)))
    assert seen[-1] == (100, 100) and seen == sorted(seen)
    ours, plain = result["ways"][OURS], result["ways"][PLAIN]
    assert ours["frames"] == plain["frames"] > 4
    assert ours["fields"]["score"]["exact"] == 1.0 and ours["wrong_score_frames"] == 0
    assert set(plain["fields"]) == {"score", "period", "clock"}
    assert ours["finding_a_video"]["pictures"] > 0 and ours["reading_a_minute"]["lines"] > 0
    assert plain["finding_a_video"]["pictures"] == 0 and plain["reading_a_minute"]["pictures"] == pytest.approx(60)
    ratio = plain["reading_a_minute"]["seconds"] / ours["reading_a_minute"]["seconds"]
    assert result["plain_seconds_over_ours"] == pytest.approx(ratio, rel=0.05)

    without = read_without(engines, [clip], lambda _done, _of: None)
    assert (without["videos"], without["accepted"]) == (1, 0)
    table = as_table({"clips": result, "without": without})
    for words in (
        "Clips: 1, 10 s",
        "our network",
        "the plain way",
        "CPU seconds",
        "0 readings accepted",
        "wrong score",
    ):
        assert words in table


def test_boards_are_read_alone_and_what_is_read_otherwise_is_named(engines: Engines, tmp_path: Path) -> None:
    x1, y1, x2, y2 = pictures.BOX
    board = cv2.resize(pictures.frame()[y1:y2, x1:x2], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "board.png"), board)
    (tmp_path / "truth.csv").write_text(CSV + "board.png,40,38,4:13,,\nboard.png,41,38,4:13,,not what it shows\n")
    result = read_boards(engines, boards_at(tmp_path), lambda _done, _of: None)
    assert result["boards"] == result["frames"] == 2
    assert result["read_otherwise"] == [{"file": "board.png", "value": "score_a", "shown": 41, "read": 40}]
    assert result["wrong_score_frames"] == 1
    assert result["fields"]["clock"]["exact"] == 1.0 and "period" not in result["fields"]
    assert "board.png: score a 41 as 40" in as_table({"boards": result})


@pytest.mark.slow
def test_the_sample_game_is_measured_and_processes_read_the_bugs(tmp_path: Path) -> None:
    app = AppSettings(data_dir=tmp_path)
    seen: dict[str, tuple[int, int]] = {}
    result = bench_scoreboard(app, lambda what, done, of: seen.update({what: (done, of)}), bugs=2, workers=2)
    assert seen == {"reading clips": (100, 100), "reading synthetic score bugs": (2, 2)}
    ways = result["clips"]["ways"]
    assert set(ways) == {OURS, RAPIDOCR, EASYOCR_OURS, PLAIN}
    assert "missing" in result["clips"]["not_measured"][EASYOCR]
    assert all(way["frames"] == 600 for way in ways.values())
    assert ways[OURS]["fields"]["score"]["exact"] > 0.95 and ways[OURS]["wrong_score_frames"] == 0
    assert ways[OURS]["fields"]["clock"]["exact"] > ways[PLAIN]["fields"]["clock"]["exact"]
    assert result["bugs"]["bugs"] == result["bugs"]["processes"] == 2
    json.dumps(result)
    table = as_table(result)
    assert f"{EASYOCR}: not measured" in table and "Synthetic score bugs: 2 (numbers 0 to 1)" in table


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("truth", "error", "words"),
    [
        pytest.param(None, NotFound, "has no truth file", id="no truth"),
        pytest.param("{", DataSetError, "cannot be understood", id="not JSON"),
        pytest.param('{"readings": [{"frame": 0, "clock": "9:99"}]}', DataSetError, "not a game clock", id="clock"),
        pytest.param('{"readings": []}', DataSetError, "says nothing of any frame", id="empty"),
        pytest.param('{"score_bug_box": null, "frames": [{}]}', DataSetError, "says nothing", id="no graphic"),
        pytest.param('{"readings": [{"frame": 60}]}', DataSetError, "names frame 60", id="frame"),
    ],
)
def test_truth_that_is_missing_or_damaged_is_refused(
    engines: Engines, clip: Path, tmp_path: Path, truth: str | None, error: type[BBVAError], words: str
) -> None:
    video = tmp_path / "clip.mp4"
    video.write_bytes(clip.read_bytes())
    if truth is not None:
        video.with_suffix(".truth.json").write_text(truth)
    with pytest.raises(error, match=words):
        compare_on_clips(engines, clips_at([video]), lambda _done, _of: None)


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        pytest.param(None, NotFound, "There is no", id="no table"),
        pytest.param("file,clock\n", DataSetError, "lacks the columns home_score, away_score, period", id="columns"),
        pytest.param(CSV, DataSetError, "lists no picture", id="empty"),
        pytest.param(CSV + "gone.jpg,1,2,3:04,1,\n", NotFound, "lists gone.jpg", id="photo"),
        pytest.param(CSV + "truth.csv,one,2,3:04,1,\n", DataSetError, "home_score is 'one'", id="number"),
        pytest.param(CSV + "truth.csv,1,2,3.4.5,1,\n", DataSetError, "clock is '3.4.5'", id="clock"),
    ],
)
def test_boards_that_are_not_described_are_refused(
    tmp_path: Path, table: str | None, error: type[BBVAError], words: str
) -> None:
    if table is not None:
        (tmp_path / "truth.csv").write_text(table)
    with pytest.raises(error, match=words):
        boards_at(tmp_path)


def test_a_board_that_is_no_picture_is_refused(engines: Engines, tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text(CSV + "truth.csv,1,2,3:04,1,\n")
    with pytest.raises(DataSetError, match="is not a picture"):
        read_boards(engines, boards_at(tmp_path), lambda _done, _of: None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(["--clips", "{}/none.mp4"], "There is no file or folder", id="no clip"),
        pytest.param(["--clips", "{}"], "There is no video in", id="empty folder"),
        pytest.param(["--without", "{}"], "There is no video in", id="nothing without"),
        pytest.param(["--boards", "{}"], "truth.csv", id="no boards"),
        pytest.param(["--fonts", "{}"], "There are no fonts", id="no fonts"),
        pytest.param(["--bugs", "-1"], "counted from 0", id="fewer than none"),
    ],
)
def test_the_command_line_says_what_is_wrong_before_it_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    arguments = [option.format(tmp_path) for option in options]
    assert main(["bench", "scoreboard", "--data-dir", str(tmp_path / "data"), *arguments]) == 2
    out, err = capsys.readouterr()
    assert words in err and not out


def test_the_command_line_and_the_benchmark_agree_on_how_many_bugs() -> None:
    assert _parser().parse_args(["bench", "scoreboard"]).bugs == DEFAULT_BUGS


def test_fonts_of_installed_packages_are_found_and_others_added(tmp_path: Path) -> None:
    fonts = bug_fonts()
    names = {font.name.partition(".")[0] for font in fonts if font is not None}
    assert fonts[0] is None and {"DejaVuSans-Bold", "SourceSansVF-Upright"} <= names
    (tmp_path / "more.ttf").write_bytes(next(font for font in fonts if font is not None).read_bytes())
    assert bug_fonts([tmp_path]) == [*fonts, tmp_path / "more.ttf"]
    with pytest.raises(InvalidSettings, match="There are no fonts"):
        bug_fonts([tmp_path / "none"])


def test_both_forms_of_truth_are_understood(tmp_path: Path) -> None:
    for name in ("eye.mp4", "drawn.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "eye.truth.json").write_text(
        json.dumps({"readings": [{"frame": 3, "score_a": 1, "clock": "4:13", "shot_clock": None}]})
    )
    score = {"score_a": 1, "score_b": 2, "period": 3, "game_clock_seconds": 253.0, "shot_clock_seconds": 9}
    frames = {
        "score_bug_box": [1, 2, 3, 4],
        "team_a": "A",
        "team_b": "B",
        "frames": [{"index": 0, "scoreboard": score}],
    }
    (tmp_path / "drawn.mp4.truth.json").write_text(json.dumps(frames))
    drawn, eye = clips_at([tmp_path])
    assert eye.shown == {3: {"score_a": 1, "clock": parse_clock("4:13"), "shot_clock": None}}
    assert drawn.shown[0] == {
        "team_a": "A", "team_b": "B", "score_a": 1, "score_b": 2, "period": 3, "clock": 253.0, "shot_clock": 9.0
    }  # fmt: skip


@pytest.mark.slow
def test_when_it_is_stopped_the_processes_end_soon() -> None:
    def stopped(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_bugs(AppSettings(), range(0, 3500, 70), [None], stopped, workers=2)
    assert active_children() == []


@pytest.mark.slow
def test_a_process_that_dies_is_said() -> None:
    def kill(_done: int, _of: int) -> None:
        os.kill(active_children()[0].pid or 0, signal.SIGKILL)

    with pytest.raises(ComputeCrashed, match="died"):
        read_bugs(AppSettings(), range(0, 3500, 70), [None], kill, workers=2)
    assert active_children() == []


READS_BUGS = """
from bbva_core.bench.scoreboard.bugs import read_bugs
from bbva_core.settings import PROJECT_ROOT, AppSettings

read_bugs(AppSettings(), range(0, 3500, 70), [None], lambda done, of: print(done, flush=True), workers=2)
"""


@pytest.mark.slow
def test_when_it_is_killed_its_processes_end_too() -> None:
    bench = subprocess.Popen([sys.executable, "-c", READS_BUGS], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    assert bench.stdout is not None
    assert bench.stdout.readline() == "1\n"
    bench.kill()
    bench.communicate(timeout=120)  # until the last process that could write to it has ended
