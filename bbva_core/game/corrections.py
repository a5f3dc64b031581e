"""Corrections by hand: what a person knows better than the reader.

A correction belongs to the video, so it holds for every run of it, also for later ones. It says: from this frame on the
field has this value, until the reader believes another one than it believes at this frame. Names of teams hold
throughout.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bbva_core.errors import InvalidSettings

Value = int | float | str

REVIEWED = "reviewed"
"""Not a field: somebody has looked at the reading of a frame and found it right."""

_MOST = {"score_a": 199, "score_b": 199, "period": 20, "game_clock_seconds": 3600.0, "shot_clock_seconds": 35.0}
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,4}(?:\.\d)?)")


@dataclass(frozen=True)
class Correction:
    """One correction.

    Args:
        id: Of the stored correction.
        field: A column of the readings, one of `CORRECTABLE`, or `REVIEWED`.
        frame_index: Where it begins; None: it holds throughout.
        value: As text; None for `REVIEWED`.
    """

    id: int
    field: str
    frame_index: int | None
    value: str | None


def corrected(rows: Iterable[Mapping[Any, Any]], corrections: Sequence[Correction]) -> Iterator[dict[str, Any]]:
    """The readings with the corrections in them, in constant memory.

    A row gets `corrected`, the fields set by hand. One that was not accepted is accepted when a correction begins at
    its frame; its other fields then show what was believed before.

    Args:
        rows: Of the table of readings, in the order of frames.
        corrections: Of their video.
    """
    names = {item.field: item.value for item in corrections if item.frame_index is None}
    placed = [item for item in corrections if item.frame_index is not None and item.field in CORRECTABLE]
    waiting = deque(sorted(placed, key=lambda item: (item.frame_index, item.id)))
    believed: dict[str, Value] = {}  # by the reader
    known: dict[str, Any] = {}  # as last given
    holding: dict[str, _Held] = {}

    def begin(before: int) -> list[str]:
        begun = []
        while waiting and (waiting[0].frame_index or 0) < before:
            item = waiting.popleft()
            holding[item.field] = _Held(CORRECTABLE[item.field](item.value or ""), believed.get(item.field))
            begun.append(item.field)
        return begun

    for row in rows:
        begin(row["frame_index"])
        if row["accepted"]:
            for field in _FOLLOWED:
                if row[field] is None:
                    continue
                if field in holding and row[field] != holding[field].instead_of:
                    del holding[field]
                believed[field] = row[field]
        here = begin(row["frame_index"] + 1)
        new = dict(row)
        if here and not row["accepted"]:
            new.update(known, accepted=True, reason="set by hand")
        by_hand = []
        for field, held in holding.items():
            shown = new[field] is not None or held.instead_of is None or field in here
            if new["accepted"] and shown:
                new[field] = held.value
                by_hand.append(field)
        if row["crop"] is not None:
            new.update(names)
            by_hand += names
        if new["accepted"]:
            known = {field: new[field] for field in (*_FOLLOWED, "phase")}
        yield {**new, "corrected": sorted(by_hand)}


def first_alike(rows: Sequence[Mapping[str, Any]], number: int, field: str) -> int:
    """The frame from which on an accepted reading's field has been read as it is; that of the reading itself otherwise.

    Args:
        rows: Readings in the order of frames.
        number: Of the reading.
        field: One of `CORRECTABLE`.
    """
    first = rows[number]
    if first["accepted"]:
        for row in reversed(rows[:number]):
            if row["accepted"] and row[field] != first[field]:
                break
            first = row if row["accepted"] else first
    return int(first["frame_index"])


def to_review(rows: Sequence[Mapping[str, Any]], corrections: Sequence[Correction], *, sure: float) -> list[int]:
    """Numbers of the readings that somebody should look at, the least sure first.

    These were read with less confidence than asked for, or not accepted and contradicted by what was accepted next;
    nobody has corrected them or looked at them.

    Args:
        rows: Corrected readings.
        corrections: Of their video.
        sure: Confidence that is enough.
    """
    seen = {item.frame_index for item in corrections}
    open_ones = []
    later: Mapping[str, Any] | None = None
    for number in reversed(range(len(rows))):
        row = rows[number]
        odd = not row["accepted"] and (later is None or any(row[name] != later[name] for name in _SLOW))
        later = row if row["accepted"] else later
        if row["crop"] is not None and row["frame_index"] not in seen and (odd or (row["confidence"] or 0.0) < sure):
            open_ones.append(number)
    return sorted(open_ones, key=lambda number: (rows[number]["confidence"] or 0.0, number))


@dataclass(frozen=True)
class _Held:
    value: Value
    instead_of: Value | None


def parse_value(field: str, text: str) -> Value:
    """What somebody has typed for a field.

    Raises:
        InvalidSettings: It is no value of this field.
    """
    return CORRECTABLE[field](text)


def _number(field: str) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"\s*\d{1,3}\s*", text) or int(text) > _MOST[field]:
            raise _refused(field, f"a whole number up to {_MOST[field]}", text)
        return int(text)

    return parse


def _clock(field: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        match = _CLOCK.fullmatch(text.strip())
        value = None if match is None else int(match[1] or 0) * 60 + float(match[2])
        if match is None or value is None or value > _MOST[field] or (match[1] and float(match[2]) >= 60):
            raise _refused(field, "a time such as 4:08 or 41.9", text)
        return round(value, 1)

    return parse


def _name(field: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        name = " ".join(text.replace("\0", "").split())
        if not 0 < len(name) <= 60:
            raise _refused(field, "a name of at most 60 characters", text[:80])
        return name

    return parse


def _refused(field: str, expected: str, text: str) -> InvalidSettings:
    words = field.removesuffix("_seconds").replace("_", " ")
    return InvalidSettings(
        f"The {words} takes {expected}; found {text!r}.", safe="Nothing was changed.", do="Correct it and save again."
    )


CORRECTABLE: Mapping[str, Callable[[str], Value]] = {
    "period": _number("period"),
    "game_clock_seconds": _clock("game_clock_seconds"),
    "shot_clock_seconds": _clock("shot_clock_seconds"),
    "score_a": _number("score_a"),
    "score_b": _number("score_b"),
    "team_a": _name("team_a"),
    "team_b": _name("team_b"),
}
"""The fields that can be corrected, and what makes a value of a text."""

_SLOW = ("period", "score_a", "score_b")
_FOLLOWED = tuple(field for field in CORRECTABLE if not field.startswith("team"))
