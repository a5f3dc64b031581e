"""What happened between two readings."""

from __future__ import annotations

import pytest

from bbva_core.game import Event, EventKind, Moment, Phase, events_between

PLAY = Moment(period=1, clock=30.0, score_a=10, score_b=9)
OVER = Moment(period=1, phase=Phase.ENDED, clock=None, score_a=10, score_b=9)


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (PLAY, PLAY, []),
        (Moment(), PLAY, []),
        (PLAY, Moment(1, clock=20.0, score_a=12, score_b=9), [Event(EventKind.SCORE, "a", 2)]),
        (
            PLAY,
            Moment(1, clock=20.0, score_a=12, score_b=12),
            [Event(EventKind.SCORE, "a", 2), Event(EventKind.SCORE, "b", 3)],
        ),
        (PLAY, Moment(1, clock=30.0, score_a=8, score_b=9), [Event(EventKind.CORRECTION, "a", -2)]),
        (PLAY, OVER, [Event(EventKind.PERIOD_END)]),
        (OVER, Moment(2, clock=600.0, score_a=10, score_b=9), [Event(EventKind.PERIOD_START)]),
        (
            PLAY,
            Moment(2, clock=600.0, score_a=10, score_b=9),
            [Event(EventKind.PERIOD_END), Event(EventKind.PERIOD_START)],
        ),
        (PLAY, Moment(1, clock=0.0, score_a=10, score_b=9), [Event(EventKind.PERIOD_END)]),
        (Moment(1, clock=0.0, score_a=10, score_b=9), OVER, []),
    ],
    ids=[
        "nothing",
        "the first reading",
        "a basket",
        "both",
        "taken back",
        "it says END",
        "after END",
        "at a cut",
        "the clock ran out",
        "ran out, then END",
    ],
)
def test_events(before: Moment, after: Moment, events: list[Event]) -> None:
    assert events_between(before, after) == events
