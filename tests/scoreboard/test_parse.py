"""What scoreboards write, and what it means."""

from __future__ import annotations

import pytest

from bbva_core.scoreboard.layout import Kind
from bbva_core.scoreboard.meaning import Meaning, meaning
from bbva_core.scoreboard.parse import (
    Period,
    Phase,
    Strip,
    is_word,
    parse_clock,
    parse_period,
    parse_score,
    parse_shot_clock,
    parse_strip,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("11:20", 680.0),
        ("4:08", 248.0),
        ("0:00", 0.0),
        ("12:00", 720.0),
        ("52:46", 3166.0),
        ("41.9", 41.9),
        ("5.3", 5.3),
        (":05.3", 5.3),
        (":41", 41.0),
        ("0:41.9", 41.9),
        ("1:02.5", 62.5),
        ("O:45", 45.0),
        ("6;31", 391.0),
        ("(20:22)", 1222.0),
    ],
)
def test_clocks(text: str, seconds: float) -> None:
    assert parse_clock(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "14", "12:75", "1:2", "75.3", "123", "HOME", "8-12", "99:59", "4:081"])
def test_what_is_no_clock(text: str) -> None:
    assert parse_clock(text) is None


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("1ST", Period(1)),
        ("1st", Period(1)),
        ("Ist", Period(1)),
        ("2nd Qtr", Period(2)),
        ("Q3", Period(3)),
        ("3Q", Period(3)),
        ("IQ", Period(1)),
        ("Q|", Period(1)),
        ("4TH QTR", Period(4)),
        ("QTR 2", Period(2)),
        ("PERIOD 4", Period(4)),
        ("OT", Period(None, overtime=1)),
        ("2OT", Period(None, overtime=2)),
        ("OT3", Period(None, overtime=3)),
        ("20T", Period(None, overtime=2)),
        ("ISTQTR", Period(1)),
        ("|STQTR", Period(1)),
        ("H1", Period(1, halves=True)),
        ("2nd Half", Period(2, halves=True)),
        ("END 1ST", Period(1, phase=Phase.ENDED)),
        ("End of 3rd", Period(3, phase=Phase.ENDED)),
        ("END Q2", Period(2, phase=Phase.ENDED)),
        ("HALF", Period(None, phase=Phase.HALF_TIME)),
        ("Halftime", Period(None, phase=Phase.HALF_TIME)),
        ("1ST OT", Period(None, overtime=1)),
        ("2nd OT", Period(None, overtime=2)),
        ("Q 3", Period(3)),
        ("4 QTR", Period(4)),
        ("1 HALF", Period(1, halves=True)),
        ("F/OT", Period(None, phase=Phase.FINAL)),
        ("Final/2OT", Period(None, phase=Phase.FINAL)),
        ("FINAL", Period(None, phase=Phase.FINAL)),
    ],
)
def test_periods(text: str, period: Period) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize("text", ["", "1", "5TH", "Q5", "HAWKS", "11:20", "BONUS", "OTTERS"])
def test_what_is_no_period(text: str) -> None:
    assert parse_period(text) is None


def test_a_lone_digit_is_a_period_only_where_one_is_known_to_be() -> None:
    assert parse_period("3", bare=True) == Period(3)
    assert parse_period("01", bare=True) == Period(1)
    assert parse_period("0", bare=True) == Period(0)  # as boards show before a game
    assert meaning([Kind.PERIOD], "3").period == Period(3)


@pytest.mark.parametrize(("text", "seconds"), [("F16", 16.0), ("I4", None), ("|4", 14.0), (":16", 16.0), ("Q1", None)])
def test_the_small_colon_of_a_shot_clock_passes_for_a_letter_and_a_misread_digit_does_not(
    text: str, seconds: float | None
) -> None:
    assert meaning([Kind.SHOT_CLOCK], text).shot_clock == seconds


@pytest.mark.parametrize(("text", "score"), [("0", 0), ("7", 7), ("102", 102), ("1O2", 102), ("07", 7), ("199", 199)])
def test_scores(text: str, score: int) -> None:
    assert parse_score(text) == score


@pytest.mark.parametrize("text", ["", "200", "1234", "4:08", "12.5", "(10-5)", "HOME", ":14"])
def test_what_is_no_score(text: str) -> None:
    assert parse_score(text) is None


@pytest.mark.parametrize(("text", "seconds"), [("24", 24.0), (":05", 5.0), ("4.5", 4.5), ("0.3", 0.3), ("35", 35.0)])
def test_shot_clocks(text: str, seconds: float) -> None:
    assert parse_shot_clock(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "36", "4:08", "X"])
def test_what_is_no_shot_clock(text: str) -> None:
    assert parse_shot_clock(text) is None


@pytest.mark.parametrize(
    ("text", "strip"),
    [
        ("1ST 11:20 :05", Strip(Period(1), 680.0, 5.0)),
        ("11:20:05", Strip(None, 680.0, 5.0)),
        ("1ST 11:194.8", Strip(Period(1), 679.0, 4.8)),
        ("Q2 3:45", Strip(Period(2), 225.0, None)),
        ("OT 2 4:05", Strip(Period(None, overtime=2), 245.0, None)),
        ("2ND OT 3:00", Strip(Period(None, overtime=2), 180.0, None)),
        ("1 HALF 10:00", Strip(Period(1, halves=True), 600.0, None)),
        ("10:55:16 2ND", Strip(Period(2), 655.0, 16.0)),
        ("END 1ST", Strip(Period(1, phase=Phase.ENDED), None, None)),
        ("4TH :05.3", Strip(Period(4), 5.3, None)),
        ("OT 3:11", Strip(Period(None, overtime=1), 191.0, None)),
        ("HAWKS", Strip()),
        ("Q13:54", Strip(Period(1), 234.0)),
        ("OT1:15", Strip(Period(None, overtime=1), 75.0)),
        ("20T3:38", Strip(Period(None, overtime=2), 218.0)),
    ],
)
def test_the_period_is_taken_out_of_a_line_first(text: str, strip: Strip) -> None:
    assert parse_strip(text) == strip


@pytest.mark.parametrize(("text", "word"), [("HAWKS", True), ("76ERS", True), ("LA", True), ("1ST", False)])
def test_names_are_words(text: str, word: bool) -> None:
    assert is_word(text) == word


def test_a_field_says_what_it_can_hold() -> None:
    assert meaning([Kind.SCORE_A], "HAWKS 70") == Meaning(score=70)
    assert meaning([Kind.CLOCK], "END 1ST") == Meaning(period=Period(1, phase=Phase.ENDED))
    assert meaning([Kind.SHOT_CLOCK], "") == Meaning(blank=True)
    assert meaning([Kind.SHOT_CLOCK], "J").nothing
