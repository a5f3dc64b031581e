"""What is known of the material that is measured on: clips and pictures, and what their scoreboards show."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbva_core.errors import DataSetError, NotFound
from bbva_core.scoreboard.parse import parse_clock
from bbva_core.synth.truth import truth_path
from bbva_core.video import EXTENSIONS

Values = Mapping[str, Any]
"""Values by name of the field, clocks in seconds. None: not shown. A name that is absent: not known."""

_BOARD_VALUES = {"home_score": "score_a", "away_score": "score_b", "clock": "clock", "period": "period"}
_BOARD_COLUMNS = ("file", *_BOARD_VALUES)


@dataclass(frozen=True)
class Clip:
    """A video and what its scoreboard shows.

    Args:
        path: The video.
        shown: By number of the frame, counted from 0 in decode order.
    """

    path: Path
    shown: Mapping[int, Values]


@dataclass(frozen=True)
class Board:
    """A photo of a scoreboard and what it shows."""

    path: Path
    shown: Values


def clips_at(paths: Sequence[Path]) -> list[Clip]:
    """The clips at some paths: videos with their truth beside them, or folders of such.

    The truth of `NAME.mp4` is `NAME.truth.json`, or, of the synthetic generator, `NAME.mp4.truth.json`.

    Raises:
        NotFound: There is no such file, or no truth beside it.
        DataSetError: A truth file is damaged.
    """
    clips = []
    for path in paths:
        videos = [video for video in videos_at([path]) if path.is_file() or _truth_of(video).is_file()]
        if not videos:
            raise NotFound(f"No video in {path} has a truth file.", do=_HOW)
        clips += [Clip(video, _read_truth(video)) for video in videos]
    return clips


def videos_at(paths: Sequence[Path]) -> list[Path]:
    """The videos at some paths, which are videos or folders of them.

    Raises:
        NotFound: There is no such file, or no video in a folder.
    """
    videos: list[Path] = []
    for path in paths:
        if path.is_file():
            videos.append(path)
        elif path.is_dir():
            found = sorted(item for item in path.iterdir() if item.suffix.lower() in EXTENSIONS)
            if not found:
                raise NotFound(f"There is no video in {path}.", do="Name a video, or a folder that holds some.")
            videos += found
        else:
            raise NotFound(f"There is no file or folder {path}.", do="Name a video, or a folder that holds some.")
    return videos


def boards_at(folder: Path) -> list[Board]:
    """The photos that `truth.csv` in a folder lists; an empty cell says that the value is not known.

    Raises:
        NotFound: There is no `truth.csv`, or a photo that it lists is missing.
        DataSetError: It has not the columns expected, or a value cannot be understood.
    """
    table = folder / "truth.csv"
    if not table.is_file():
        raise NotFound(f"There is no {table}.", do=f"Write one with the columns {', '.join(_BOARD_COLUMNS)}.")
    with table.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        columns = rows.fieldnames or []
        if missing := [name for name in _BOARD_COLUMNS if name not in columns]:
            raise DataSetError(
                f"{table} lacks the columns {', '.join(missing)}; found {', '.join(columns) or 'none'}.",
                do="Add them to its first line.",
            )
        boards = [_board(table, row) for row in rows]
    if not boards:
        raise DataSetError(f"{table} lists no picture.", do="Add a line for each.")
    return boards


_HOW = "Put NAME.truth.json beside NAME.mp4 (docs/scoreboard.md says what is in it)."


def _truth_of(video: Path) -> Path:
    beside = video.with_suffix(".truth.json")
    return beside if beside.is_file() else truth_path(video)


def _read_truth(video: Path) -> dict[int, Values]:
    path = _truth_of(video)
    if not path.is_file():
        raise NotFound(f"{video} has no truth file.", do=_HOW)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        shown = dict(_drawn(stored) if "frames" in stored else _read_by_eye(stored))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataSetError(f"{path} cannot be understood ({type(error).__name__}: {error}).", do=_HOW) from error
    if not shown:
        raise DataSetError(f"{path} says nothing of any frame.", do=_HOW)
    return shown


def _read_by_eye(stored: Mapping[str, Any]) -> Iterator[tuple[int, Values]]:
    for row in stored["readings"]:
        values = {name: row[name] for name in ("team_a", "team_b", "score_a", "score_b", "period") if name in row}
        if "shot_clock" in row:
            values["shot_clock"] = None if row["shot_clock"] is None else float(row["shot_clock"])
        if "clock" in row:
            values["clock"] = None if row["clock"] is None else _seconds(row["clock"])
        yield int(row["frame"]), values


def _drawn(stored: Mapping[str, Any]) -> Iterator[tuple[int, Values]]:
    if stored["score_bug_box"] is None:
        return
    for row in stored["frames"]:
        score = row["scoreboard"]
        yield (
            int(row["index"]),
            {
                "team_a": stored["team_a"],
                "team_b": stored["team_b"],
                "score_a": score["score_a"],
                "score_b": score["score_b"],
                "period": score["period"],
                "clock": float(score["game_clock_seconds"]),
                "shot_clock": float(score["shot_clock_seconds"]),
            },
        )


def _board(table: Path, row: Mapping[str, str]) -> Board:
    path = table.parent / row["file"]
    if not path.is_file():
        raise NotFound(f"{table} lists {row['file']}, which is not there.", do="Put it back, or remove its line.")
    values: dict[str, Any] = {}
    for column, name in _BOARD_VALUES.items():
        text = (row[column] or "").strip()
        if not text:
            continue
        try:
            values[name] = _seconds(text) if name == "clock" else int(text)
        except ValueError as error:
            raise DataSetError(f"{table}, {row['file']}: {column} is {text!r}.", do="Write it as shown.") from error
    return Board(path, values)


def _seconds(text: str) -> float:
    clock = parse_clock(text)
    if clock is None:
        raise ValueError(f"{text!r} is not a game clock")
    return clock
