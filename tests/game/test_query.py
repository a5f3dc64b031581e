"""A question by game time finds the stretches of video that meet it."""

from __future__ import annotations

from typing import Any

import pytest

from bbva_core.errors import InvalidSettings
from bbva_core.game import GameQuery, Span, find, parse_query
from bbva_core.game.query import EXAMPLES

INF = float("inf")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", GameQuery()),
        ("Q4", GameQuery(frozenset({4}))),
        ("4th quarter", GameQuery(frozenset({4}))),
        ("OT", GameQuery(frozenset(range(5, 15)))),
        ("overtime", GameQuery(frozenset(range(5, 15)))),
        ("OT1", GameQuery(frozenset({5}))),
        ("fourth quarter", GameQuery(frozenset({4}))),
        ("4Q", GameQuery(frozenset({4}))),
        ("Q4.", GameQuery(frozenset({4}))),
        ("Q4 or OT2", GameQuery(frozenset({4, 6}))),
        ("Q1-4", GameQuery(frozenset({1, 2, 3, 4}))),
        ("Q4-Q2", GameQuery(frozenset({2, 3, 4}))),
        ("4th quarter under 2 min", GameQuery(frozenset({4}), (0, 120))),
        ("Q4 last two minutes", GameQuery(frozenset({4}), (0, 120))),
        ("last minute", GameQuery(clock=(0, 60))),
        ("final 30 seconds", GameQuery(clock=(0, 30))),
        ("last 2 min 30 sec", GameQuery(clock=(0, 150))),
        ("5 minutes left", GameQuery(clock=(0, 300))),
        ("less than 100 s", GameQuery(clock=(0, 100))),
        ("between 5:00 and 3:00", GameQuery(clock=(180, 300))),
        ("from 5:00 to 3:00 in Q4", GameQuery(frozenset({4}), (180, 300))),
        ("over 2:00 under 4:00", GameQuery(clock=(120, 240))),
        ("over 4:00 under 2:00", None),
        (":30", GameQuery(clock=(30, 30.9))),
        ("1:90", None),
        ("Q3 first 3 minutes", None),
        ("second half", None),
        ("lead of 10 or more", GameQuery(margin=(10, INF))),
        ("margin of 5", GameQuery(margin=(5, 5))),
        ("within 5 points", GameQuery(margin=(0, 5))),
        ("margin ≤ 5", GameQuery(margin=(0, 5))),
        ("margin ≥ 20", GameQuery(margin=(20, INF))),
        ("margin < 5", GameQuery(margin=(0, 4))),
        ("margin over 5", GameQuery(margin=(6, INF))),
        ("margin >= 3 margin <= 6", GameQuery(margin=(3, 6))),
        ("tied in OT", GameQuery(frozenset(range(5, 15)), None, (0, 0))),
        ("2OT", GameQuery(frozenset({6}))),
        ("Q1 and Q3", GameQuery(frozenset({1, 3}))),
        ("Q2-Q4", GameQuery(frozenset({2, 3, 4}))),
        ("under 4:00", GameQuery(clock=(0, 240))),
        ("last 4 minutes of Q4", GameQuery(frozenset({4}), (0, 240))),
        ("last 30 s", GameQuery(clock=(0, 30))),
        ("over 10:00", GameQuery(clock=(600, INF))),
        ("2:00-0:30", GameQuery(clock=(30, 120))),
        ("4:08", GameQuery(clock=(248, 248.9))),
        ("41.9", GameQuery(clock=(41.9, 41.9))),
        ("margin <= 5", GameQuery(margin=(0, 5))),
        ("margin five", GameQuery(margin=(5, 5))),
        ("margin 5 or less", GameQuery(margin=(0, 5))),
        ("within 3", GameQuery(margin=(0, 3))),
        ("lead 20+", GameQuery(margin=(20, INF))),
        ("margin 3-6", GameQuery(margin=(3, 6))),
        ("tied", GameQuery(margin=(0, 0))),
        ("Q4, last 4:00, margin 5 or less", GameQuery(frozenset({4}), (0, 240), (0, 5))),
        ("Q4 under 4:00 margin <= 5", GameQuery(frozenset({4}), (0, 240), (0, 5))),
        ("who won", None),
        ("Q4 blue", None),
    ],
)
def test_questions_are_understood_or_refused_in_words(text: str, query: GameQuery | None) -> None:
    if query is None:
        with pytest.raises(InvalidSettings, match=r"is not understood|can be all of this"):
            parse_query(text)
    else:
        assert parse_query(text) == query


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_can_be_asked(text: str) -> None:
    assert parse_query(text) != GameQuery()


def reading(period: int, clock: float | None, a: int | None, b: int | None, **more: Any) -> dict[str, Any]:
    shown = {"period": period, "game_clock_seconds": clock, "score_a": a, "score_b": b}
    return {"accepted": True, "crop": [0, 0, 1, 1], **shown, **more}


GONE = reading(4, None, None, None, accepted=False, crop=None)
ODD = reading(4, 100.0, 99, 60, accepted=False)
CLOSE = [reading(4, 230.0 - second, 60, 58) for second in range(4)]
APART = [reading(4, 200.0, 60, 50), reading(4, 199.0, 60, 50)]
CLUTCH = parse_query("Q4 under 4:00 margin <= 5")


def test_a_stretch_ends_with_the_first_reading_that_does_not_meet() -> None:
    assert find([*CLOSE, *APART, CLOSE[0]], CLUTCH) == [Span(0, 3, 4), Span(6, 6, 7)]


def test_a_replay_without_the_scoreboard_does_not_part_a_stretch() -> None:
    assert find([*CLOSE, GONE, *CLOSE], CLUTCH) == [Span(0, 8, 9)]


def test_a_stretch_ends_where_the_scoreboard_goes_for_good() -> None:
    assert find([*CLOSE, GONE, *APART], CLUTCH) == [Span(0, 3, 4)]
    assert find([*CLOSE, GONE], CLUTCH) == [Span(0, 3, 4)]


def test_readings_that_were_not_accepted_count_for_nothing() -> None:
    assert find([*CLOSE, ODD, *CLOSE], CLUTCH) == [Span(0, 8, 9)]
    assert find([ODD], parse_query("Q4")) == []


def test_a_margin_needs_both_scores_and_a_clock_a_clock() -> None:
    rows = [reading(4, None, 60, 58), reading(4, 100.0, 60, None)]
    assert find(rows, CLUTCH) == []
    assert find(rows, parse_query("Q4")) == [Span(0, 1, 2)]
