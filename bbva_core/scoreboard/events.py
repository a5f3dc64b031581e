"""What happened between two states of the game: scores that changed, periods that began and ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bbva_core.scoreboard.parse import Phase


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

    The first time that a score or a period is known is no event: it began before.
    """
    events = []
    if before.period is not None and after.period is not None and after.period != before.period:
        if not _over(before):
            events.append(Event(EventKind.PERIOD_END))
        events.append(Event(EventKind.PERIOD_START))
    elif _over(after) and not _over(before) and before.period is not None:
        events.append(Event(EventKind.PERIOD_END))
    for team, old, new in (("a", before.score_a, after.score_a), ("b", before.score_b, after.score_b)):
        if old is not None and new is not None and new != old:
            kind = EventKind.SCORE if new > old else EventKind.CORRECTION
            events.append(Event(kind, team, new - old))
    return events


def _over(moment: Moment) -> bool:
    """Whether the period has ended: the scoreboard says so, or the clock has run out."""
    return moment.phase != Phase.PLAY or moment.clock == 0.0
