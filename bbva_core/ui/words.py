"""Numbers and states in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bbva_core.store import RunState, RunSummary

BADGES: dict[RunState, tuple[str, str]] = {
    RunState.QUEUED: ("gray", ":material/schedule:"),
    RunState.RUNNING: ("blue", ":material/play_circle:"),
    RunState.PAUSED: ("orange", ":material/pause_circle:"),
    RunState.INTERRUPTED: ("orange", ":material/power_off:"),
    RunState.COMPLETE: ("green", ":material/check_circle:"),
    RunState.COMPLETE_WITH_GAPS: ("orange", ":material/rule:"),
    RunState.FAILED: ("red", ":material/error:"),
    RunState.CANCELLED: ("gray", ":material/cancel:"),
}
"""Colour and icon of each state."""


def clock(seconds: float) -> str:
    """`1:02:03`, `2:03` or `0:03`."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def game_clock(seconds: float | None) -> str:
    """`4:08`, or `41.9` with tenths; a dash when it is not shown."""
    if seconds is None:
        return "-"
    return clock(seconds) if seconds == int(seconds) else f"{seconds:.1f}"


def shot_clock(seconds: float | None) -> str:
    """`24`, or `4.5` with tenths, as scoreboards write it; a dash when it is not shown."""
    return "-" if seconds is None else f"{seconds:g}"


def period_name(period: int | None) -> str:
    """`1st`, `4th`, `OT`, `2OT`; a dash when it is not known.

    Periods above the fourth are overtimes. (In a game of two halves the first overtime is the third period.)
    """
    if period is None or period < 1:
        return "-"
    return {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 5: "OT"}.get(period, f"{period - 4}OT")


def game_moment(row: Mapping[str, Any]) -> str:
    """Period and clock of a reading or an event: `4th 4:08`."""
    return f"{period_name(row['period'])} {game_clock(row['game_clock_seconds'])}"


def score(row: Mapping[str, Any]) -> str:
    """Of a reading or an event: `88 : 84`."""
    return " : ".join("-" if row[name] is None else str(row[name]) for name in ("score_a", "score_b"))


def duration(seconds: float | None) -> str:
    """`about 2 min`, as said of time left."""
    if seconds is None:
        return "-"
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def size(count: float) -> str:
    """`1.5 GB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def counted(count: int, noun: str) -> str:
    """`1 frame`, `1,200 frames`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def plain(text: str) -> str:
    """Text from outside (file names, OCR), so that Markdown shows it as it is."""
    escaped = "".join("\\" + c if c in "\\`*_{}[]()<>#+-.!|~$:&" else c for c in text)
    return " ".join(escaped.split())


def safe_so_far(run: RunSummary) -> str:
    """What is committed."""
    return f"{run.batches_done} of {run.batches_total} batches are committed and safe"


def explanation(run: RunSummary) -> str:
    """One or two sentences on a run that is not simply working or done; empty otherwise."""
    match run.state:
        case RunState.INTERRUPTED:
            return (
                f"BBVA was stopped while it worked on this run. {safe_so_far(run)}. **Resume** goes on from there and"
                " gives exactly the result of an uninterrupted run."
            )
        case RunState.PAUSED:
            return f"Paused. {safe_so_far(run)}. **Resume** goes on from there."
        case RunState.CANCELLED:
            return f"Cancelled. {safe_so_far(run)} and can be viewed and exported. **Resume** finishes the rest."
        case RunState.FAILED:
            return f"{plain(run.error or 'It failed.')} {safe_so_far(run)}."
        case RunState.COMPLETE_WITH_GAPS:
            return (
                f"Every batch was processed, but {counted(run.gaps, 'frame')} had to be set aside by a stage: listed"
                " below with the reason. **Retry** offers them again."
            )
        case RunState.QUEUED:
            return "Waiting for its turn: one run is worked on at a time."
        case _:
            return {
                "pause": "It pauses after the commit that comes next.",
                "cancel": "It ends after the commit that comes next.",
            }.get(run.requested or "", "")
