"""What happened between two states of the game: scores that changed, periods that began and ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """What a scoreboard says besides a number of a period."""

    PLAY = "play"
    ENDED = "ended"  # END 1ST
    HALF_TIME = "half time"
    FINAL = "final"


class EventKind(StrEnum):
    """What an event is."""

    SCORE = "score"
    CORRECTION = "correction"
    """The scoreboard took points back."""
    PERIOD_START = "period_start"
    PERIOD_END = "period_end"


@dataclass(frozen=True)
class Moment:
    """What is known of the game at a frame. Clock in seconds; None: not shown, or not known."""

    period: int | None = None
    phase: str = Phase.PLAY.value
    clock: float | None = None
    score_a: int | None = None
    score_b: int | None = None
    ended: int | None = None
    """The last period whose end was seen."""


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Args:
        kind: What.
        team: `a` or `b`, for scores.
        points: That the score rose by, or fell by when negative. At a cut several baskets may come together.
    """

    kind: EventKind
    team: str | None = None
    points: int | None = None


def events_between(before: Moment, after: Moment) -> list[Event]:
    """What happened from one accepted reading to the next, in a fixed order.

    The first time that a score or a period is known is no event: it began before. A period ends once, though time be
    put back on its clock, or the clock be set for the next one first.
    """
    events = []
    ended = last_ended(before) == before.period
    if before.period is not None and after.period is not None and after.period != before.period:
        if not ended:
            events.append(Event(EventKind.PERIOD_END))
        events.append(Event(EventKind.PERIOD_START))
    elif before.period is not None and not ended and _over(after):
        events.append(Event(EventKind.PERIOD_END))
    for team, old, new in (("a", before.score_a, after.score_a), ("b", before.score_b, after.score_b)):
        if old is not None and new is not None and new != old:
            kind = EventKind.SCORE if new > old else EventKind.CORRECTION
            events.append(Event(kind, team, new - old))
    return events


def events_in(readings: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What happened in the readings of a run, as rows of the table of events, without evidence.

    Args:
        readings: Rows of the table of readings, in the order of frames.
    """
    before = Moment()
    for row in readings:
        if not row["accepted"]:
            continue
        after = Moment(
            row["period"],
            row["phase"],
            row["game_clock_seconds"],
            row["score_a"],
            row["score_b"],
            last_ended(before),
        )
        for number, event in enumerate(events_between(before, after)):
            yield {
                **{name: row[name] for name in _OF_THE_READING},
                "event_index": number,
                "kind": event.kind.value,
                "team": event.team,
                "points": event.points,
            }
        before = after


def last_ended(moment: Moment) -> int | None:
    """The last period whose end was seen, by then."""
    return moment.period if moment.period is not None and _over(moment) else moment.ended


_OF_THE_READING = ("frame_index", "pts", "batch", "period", "game_clock_seconds", "score_a", "score_b")


def _over(moment: Moment) -> bool:
    """Whether the period has ended: the scoreboard says so, or the clock has run out."""
    return moment.phase != Phase.PLAY or moment.clock == 0.0
