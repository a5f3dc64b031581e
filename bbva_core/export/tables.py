"""The tables that can be exported: their columns, and their rows in canonical order.

Rows hold no id or time of the run itself, so equal runs give byte-equal files. `pts_seconds` is the frame's own time
stamp, which need not begin at 0; `elapsed_seconds` counts from the first frame, as players and our pages do.
What was corrected by hand is in them; `corrected` names those fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from bbva_core.store import Queries, RunSummary
from bbva_core.video import FrameIndex

Column = tuple[str, Literal["int", "float", "text", "bool"]]
Row = dict[str, Any]

PTS_DECIMALS = 6


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: the stage that fills it, typed columns, and a function that yields its rows."""

    stage: str
    columns: tuple[Column, ...]
    rows: Callable[[Queries, RunSummary], Iterator[Row]]


def _detections(queries: Queries, run: RunSummary) -> Iterator[Row]:
    return _timed(queries, run, queries.iterate_detections(run.id))


def _scoreboard(queries: Queries, run: RunSummary) -> Iterator[Row]:
    for row in _timed(queries, run, queries.iterate_readings(run.id)):
        yield {**row, "corrected": " ".join(sorted(row["corrected"]))}


def _events(queries: Queries, run: RunSummary) -> Iterator[Row]:
    return _timed(queries, run, queries.iterate_events(run.id))


def _timed(queries: Queries, run: RunSummary, rows: Iterator[Mapping[Any, Any]]) -> Iterator[Row]:
    time_base = queries.video(run.video_id).time_base
    first = int(FrameIndex.from_bytes(queries.frame_index(run.video_id)).pts[0])
    for row in rows:
        yield {
            **row,
            "pts_seconds": _seconds(row["pts"], time_base),
            "elapsed_seconds": _seconds(row["pts"] - first, time_base),
        }


def _seconds(ticks: int, time_base: Fraction) -> float:
    return float(round(ticks * time_base, PTS_DECIMALS))


TABLES: dict[str, Table] = {
    "detections": Table(
        stage="detect",
        columns=(
            ("frame_index", "int"),
            ("pts_seconds", "float"),
            ("class", "text"),
            ("score", "float"),
            ("x1", "float"),
            ("y1", "float"),
            ("x2", "float"),
            ("y2", "float"),
            ("batch", "int"),
            ("elapsed_seconds", "float"),
        ),
        rows=_detections,
    ),
    "scoreboard": Table(
        stage="ocr",
        columns=(
            ("frame_index", "int"),
            ("pts_seconds", "float"),
            ("raw_text", "text"),
            ("confidence", "float"),
            ("period", "int"),
            ("game_clock_seconds", "float"),
            ("shot_clock_seconds", "float"),
            ("team_a", "text"),
            ("score_a", "int"),
            ("team_b", "text"),
            ("score_b", "int"),
            ("accepted", "bool"),
            ("reason", "text"),
            ("batch", "int"),
            ("elapsed_seconds", "float"),
            ("phase", "text"),
            ("corrected", "text"),
        ),
        rows=_scoreboard,
    ),
    "events": Table(
        stage="ocr",
        columns=(
            ("frame_index", "int"),
            ("pts_seconds", "float"),
            ("kind", "text"),
            ("team", "text"),
            ("points", "int"),
            ("period", "int"),
            ("game_clock_seconds", "float"),
            ("score_a", "int"),
            ("score_b", "int"),
            ("batch", "int"),
            ("elapsed_seconds", "float"),
        ),
        rows=_events,
    ),
}
