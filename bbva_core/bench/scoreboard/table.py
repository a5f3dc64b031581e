"""The figures for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from bbva_core.bench.scoreboard.clips import PLAIN
from bbva_core.bench.scoreboard.engines import OURS
from bbva_core.bench.scoreboard.scoring import FIELDS

_NAME_WIDTH = 36
_LEGEND = (
    "Shares of values read exactly. wrong score: frames in which a score is believed that is not shown, and was not in "
    "the last second.\nno score: share of scores not read."
)

_Figures = Mapping[str, Any]


def as_table(result: _Figures) -> str:
    """All figures, a part after the other.

    Args:
        result: What `bench_scoreboard` returns, or some parts of it.
    """
    parts = {"clips": _clips, "boards": _boards, "without": _without, "bugs": _bugs}
    lines = [_LEGEND]
    for name, part in parts.items():
        if name in result:
            lines += ["", *part(result[name])]
    return "\n".join(lines)


def _clips(figures: _Figures) -> Iterator[str]:
    frames = figures["ways"][OURS]["frames"]
    yield f"Clips: {figures['clips']}, {figures['seconds']:.0f} s of video, {frames} frames compared"
    yield _head("read by")
    for name, way in figures["ways"].items():
        yield _row(name, way)
    for name, why in figures["not_measured"].items():
        yield f"  {name}: not measured, {why}"
    yield ""
    yield "  Cost, on one thread: pictures searched, lines read, CPU seconds"
    yield f"  {'':{_NAME_WIDTH}}{'finding it, a video':>26}{'then, a minute of video':>28}"
    for name, way in figures["ways"].items():
        yield f"  {name:{_NAME_WIDTH}}{_cost(way['finding_a_video']):>26}{_cost(way['reading_a_minute']):>28}"
    if (ratio := figures["plain_seconds_over_ours"]) is not None:
        yield f"  The plain way takes {ratio} times the CPU seconds of ours for a minute, once the scoreboard is found."
    yield ""
    yield _head(f"each clip, {OURS}")
    for path, ways in figures["by_clip"].items():
        yield _row(Path(path).name, ways[OURS])
        yield _row("  the plain way", ways[PLAIN])


def _boards(figures: _Figures) -> Iterator[str]:
    yield f"Boards: {figures['boards']} photos, {figures['seconds_a_board']} CPU seconds each"
    yield _head("")
    yield _row("all", figures)
    for file, values in groupby(figures["read_otherwise"], key=itemgetter("file")):
        said = (f"{one['value'].replace('_', ' ')} {one['shown']} as {_value(one['read'])}" for one in values)
        yield f"    {file}: {', '.join(said)}"


def _without(figures: _Figures) -> Iterator[str]:
    yield (
        f"Without a scoreboard: {figures['videos']} videos, {figures['seconds']:.0f} s: {figures['accepted']} readings "
        f"accepted; searching takes {_cost(figures['searching_a_minute'])} a minute (pictures, lines, CPU seconds)"
    )
    for path, accepted in figures["accepted_by_video"].items():
        if accepted:
            yield f"    {Path(path).name}: {accepted}"


def _bugs(figures: _Figures) -> Iterator[str]:
    count = figures["bugs"]
    last = figures["first"] + count - 1
    where = ", each in a place that was drawn roughly around it" if figures["drawn"] else ""
    yield f"Synthetic score bugs: {count} (numbers {figures['first']} to {last}), {figures['fonts']} fonts{where}"
    yield _head("")
    yield _row(f"all, {figures['found']} of {count} found", figures)
    for title, groups in (("height", "by_height"), ("layout", "by_layout"), ("incident", "by_incident")):
        yield _head(title)
        for name, group in figures[groups].items():
            label = f"{name}p" if title == "height" else name
            yield _row(f"{label}, {group['found']} of {group['bugs']} found", group)
    yield (
        f"  Frames of them in which no scoreboard is shown: {figures['hidden_frames']}; "
        f"readings accepted there: {figures['accepted_hidden']}"
    )


def _head(title: str) -> str:
    fields = "".join(f"{name.replace('_', ' '):>11}" for name in FIELDS)
    return f"  {title:{_NAME_WIDTH}}{fields}{'wrong score':>13}{'no score':>10}{'frames':>8}"


def _row(name: str, figures: _Figures) -> str:
    fields = "".join(
        f"{figures['fields'][field]['exact']:>11.1%}" if field in figures["fields"] else f"{'-':>11}"
        for field in FIELDS
    )
    score = figures["fields"].get("score")
    none = f"{score['not_read']:>10.1%}" if score else f"{'-':>10}"
    return f"  {name:{_NAME_WIDTH}}{fields}{figures['wrong_score_frames']:>13}{none}{figures['frames']:>8}"


def _cost(cost: _Figures) -> str:
    return f"{cost['pictures']:.0f}, {cost['lines']:.0f}, {cost['seconds']:.2f} s"


def _value(read: object) -> str:
    return "nothing" if read is None else str(read)
