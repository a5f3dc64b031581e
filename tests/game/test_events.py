"""What happened between two readings."""

from __future__ import annotations

import pytest

from bbva_core.game import Event, EventKind, Moment, Phase, events_between, events_in

PLAY = Moment(period=1, clock=30.0, score_a=10, score_b=9)
BEFORE_THE_NEXT = Moment(1, clock=600.0, score_a=10, score_b=9, ended=1)
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
        (
            BEFORE_THE_NEXT,
            Moment(2, clock=600.0, score_a=10, score_b=9, ended=1),
            [Event(EventKind.PERIOD_START)],
        ),
        (Moment(1, clock=0.6, score_a=10, score_b=9, ended=1), Moment(1, clock=0.0, score_a=10, score_b=9), []),
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
        "the clock was set before the period changed",
        "time was put back, and ran out again",
    ],
)
def test_events(before: Moment, after: Moment, events: list[Event]) -> None:
    assert events_between(before, after) == events


def test_in_the_rows_of_a_run_a_period_ends_once() -> None:
    shown = [(1, 0.1), (1, 0.0), (1, 720.0), (2, 720.0), (2, 719.0)]  # the clock is set before the period
    rows = [
        {
            "frame_index": frame,
            "pts": frame,
            "batch": 0,
            "accepted": True,
            "period": period,
            "phase": Phase.PLAY,
            "game_clock_seconds": clock,
            "score_a": 50,
            "score_b": 48,
        }
        for frame, (period, clock) in enumerate(shown)
    ]
    assert [(event["frame_index"], event["kind"]) for event in events_in(rows)] == [
        (1, EventKind.PERIOD_END),
        (3, EventKind.PERIOD_START),
    ]
