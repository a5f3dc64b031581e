"""Corrections by hand: what a person knows better than the reader.

A correction belongs to the video, so it holds for every run of it, also for later ones. It says: from this frame on the
field has this value, until the reader believes a value that is neither the one it believes at this frame nor the one
that was corrected. Names of teams hold throughout.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bbva_core.errors import InvalidSettings

Value = int | float | str

REVIEWED = "reviewed"
"""Not a field: somebody has looked at the reading of a frame. The value is its text; another one was not looked at."""

_MOST = {"score_a": 199, "score_b": 199, "period": 20, "game_clock_seconds": 3600.0, "shot_clock_seconds": 35.0}
_CLOCK = re.compile(r"(?:(\d{1,2}):([0-5]\d(?:\.\d)?)|:?(\d{1,4}(?:\.\d)?))")


@dataclass(frozen=True)
class Correction:
    """One correction.

    Args:
        field: A column of the readings, one of `CORRECTABLE`, or `REVIEWED`.
        frame_index: Where it begins; None: it holds throughout.
        value: As text.
        instead_of: What the reader believed there when it was made, as text; None: nothing.
        id: Of the stored correction; 0 for a new one.
    """

    field: str
    frame_index: int | None
    value: str
    instead_of: str | None = None
    id: int = 0


def corrected(rows: Iterable[Mapping[Any, Any]], corrections: Sequence[Correction]) -> Iterator[dict[str, Any]]:
    """The readings with the corrections in them, in constant memory.

    A row gets `corrected`: what was read, by the field set by hand. One that was not accepted is accepted when a
    correction begins at its frame; its other fields then show what was believed before.

    Args:
        rows: Of the table of readings, in the order of frames.
        corrections: Of their video.
    """
    names = {item.field: item.value for item in corrections if item.frame_index is None and item.field in CORRECTABLE}
    placed = [item for item in corrections if item.frame_index is not None and item.field in CORRECTABLE]
    hand = _Hand(deque(sorted(placed, key=lambda item: (item.frame_index, item.id))))
    known: dict[str, Any] = {}  # as last given
    for row in rows:
        hand.begin(row["frame_index"])
        if row["accepted"]:
            hand.follow(row)
        here = hand.begin(row["frame_index"] + 1)
        new = dict(row)
        there = row["crop"] is not None
        if here and there and not row["accepted"]:
            new.update(known, accepted=True, reason="set by hand")
        by_hand: dict[str, Any] = {}
        for name, held in hand.holding.items():
            if new["accepted"] and (new[name] is not None or not held.instead_of or name in here):
                by_hand[name] = row[name]
                new[name] = held.value
        if there:
            by_hand |= {name: row[name] for name in names}
            new.update(names)
        if new["accepted"]:
            known = {name: new[name] for name in (*_FOLLOWED, "phase")}
        yield {**new, "corrected": by_hand}


@dataclass(frozen=True)
class _Held:
    value: Value
    instead_of: frozenset[Value]


@dataclass
class _Hand:
    """The corrections that are still to begin, and those that hold."""

    waiting: deque[Correction]
    holding: dict[str, _Held] = field(default_factory=dict)
    believed: dict[str, Value] = field(default_factory=dict)  # by the reader

    def begin(self, before: int) -> list[str]:
        """Begin those of frames before this one; returns their fields."""
        begun = []
        while self.waiting and (self.waiting[0].frame_index or 0) < before:
            item = self.waiting.popleft()
            replaced = None if item.instead_of is None else CORRECTABLE[item.field](item.instead_of)
            either = {value for value in (self.believed.get(item.field), replaced) if value is not None}
            self.holding[item.field] = _Held(CORRECTABLE[item.field](item.value), frozenset(either))
            begun.append(item.field)
        return begun

    def follow(self, row: Mapping[Any, Any]) -> None:
        """Take in an accepted reading, which may end what holds."""
        for name in _FOLLOWED:
            if row[name] is None:
                continue
            if name in self.holding and row[name] not in self.holding[name].instead_of:
                del self.holding[name]
            self.believed[name] = row[name]


def correct(
    rows: Sequence[Mapping[str, Any]], number: int, given: Mapping[str, str], *, backwards: bool
) -> list[Correction]:
    """What to store so that a reading shows what somebody has typed.

    Args:
        rows: Corrected readings in the order of frames.
        number: Of the reading.
        given: By field, as typed. Fields that show this already are left alone.
        backwards: Whether to begin where the value was first read, not with this reading.

    Returns:
        The corrections, and that the reading was looked at.

    Raises:
        InvalidSettings: What was typed is no value of its field.
    """
    row = rows[number]
    before: Mapping[str, Any] = next((item for item in reversed(rows[: number + 1]) if item["accepted"]), {})
    made = []
    for name, text in given.items():
        value = parse_value(name, text)
        if value == before.get(name):
            continue
        read = before.get("corrected", {}).get(name, before.get(name))
        start = first_alike(rows, number, name) if backwards else int(row["frame_index"])
        made.append(Correction(name, start, str(value), None if read is None else str(read)))
    return [*made, reviewed(row)]


def reviewed(row: Mapping[str, Any]) -> Correction:
    """That somebody has looked at a reading."""
    return Correction(REVIEWED, int(row["frame_index"]), str(row["raw_text"]))


def first_alike(rows: Sequence[Mapping[str, Any]], number: int, name: str) -> int:
    """The frame from which on an accepted reading's field has been read as it is; that of the reading itself otherwise.

    Args:
        rows: Readings in the order of frames.
        number: Of the reading.
        name: One of `CORRECTABLE`.
    """
    first = rows[number]
    if first["accepted"]:
        for row in reversed(rows[:number]):
            if row["accepted"] and row[name] != first[name]:
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
    seen = {(item.frame_index, item.value) for item in corrections if item.field == REVIEWED}
    open_ones = []
    later: Mapping[str, Any] | None = None
    for number in reversed(range(len(rows))):
        row = rows[number]
        odd = not row["accepted"] and (later is None or any(row[name] != _read(later, name) for name in _SLOW))
        later = row if row["accepted"] else later
        unsure = odd or (row["confidence"] or 0.0) < sure
        if row["crop"] is not None and unsure and (row["frame_index"], row["raw_text"]) not in seen:
            open_ones.append(number)
    return sorted(open_ones, key=lambda number: (rows[number]["confidence"] or 0.0, number))


def _read(row: Mapping[str, Any], name: str) -> Any:
    return row["corrected"].get(name, row[name])


def parse_value(name: str, text: str) -> Value:
    """What somebody has typed for a field.

    Raises:
        InvalidSettings: It is no value of this field.
    """
    return CORRECTABLE[name](text)


def _number(name: str, least: int = 0) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"\s*\d{1,3}\s*", text) or not least <= int(text) <= _MOST[name]:
            raise _refused(name, f"a whole number from {least} to {_MOST[name]}", text)
        return int(text)

    return parse


def _clock(name: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        match = _CLOCK.fullmatch(text.strip())
        value = None if match is None else int(match[1] or 0) * 60 + float(match[2] or match[3])
        if value is None or value > _MOST[name]:
            raise _refused(name, "a time such as 4:08 or 41.9", text)
        return round(value, 1)

    return parse


def _name(name: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        said = " ".join(text.replace("\0", "").split())
        if not 0 < len(said) <= 60:
            raise _refused(name, "a name of at most 60 characters", text[:80])
        return said

    return parse


def _refused(name: str, expected: str, text: str) -> InvalidSettings:
    words = name.removesuffix("_seconds").replace("_", " ")
    return InvalidSettings(
        f"The {words} takes {expected}; found {text!r}.", safe="Nothing was changed.", do="Correct it and save again."
    )


CORRECTABLE: Mapping[str, Callable[[str], Value]] = {
    "period": _number("period", least=1),
    "game_clock_seconds": _clock("game_clock_seconds"),
    "shot_clock_seconds": _clock("shot_clock_seconds"),
    "score_a": _number("score_a"),
    "score_b": _number("score_b"),
    "team_a": _name("team_a"),
    "team_b": _name("team_b"),
}
"""The fields that can be corrected, and what makes a value of a text."""

_SLOW = ("period", "score_a", "score_b")
_FOLLOWED = tuple(name for name in CORRECTABLE if not name.startswith("team"))
