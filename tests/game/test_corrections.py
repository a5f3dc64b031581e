"""What is corrected by hand holds until the reader believes something else, in every run of the video."""

from __future__ import annotations

from typing import Any

import pytest

from bbva_core.errors import InvalidSettings
from bbva_core.game import (
    CORRECTABLE,
    REVIEWED,
    Correction,
    correct,
    corrected,
    events_in,
    parse_value,
    reviewed,
    to_review,
)


def reading(frame: int, **shown: Any) -> dict[str, Any]:
    known = {**dict.fromkeys(CORRECTABLE), "period": 1, "game_clock_seconds": 600.0 - frame, **shown}
    return {
        "frame_index": frame, "pts": frame, "batch": 0, "phase": "play", "crop": [0, 0, 9, 9], "accepted": True,
        "reason": "fits", **known,
    }  # fmt: skip


def by_hand(number: int, field: str, frame: int | None, value: str, instead_of: str | None = None) -> Correction:
    return Correction(field, frame, value, instead_of, number)


def column(rows: list[dict[str, Any]], name: str, *corrections: Correction) -> list[Any]:
    return [row[name] for row in corrected(rows, corrections)]


SCORES = [reading(frame, score_a=score) for frame, score in enumerate([20, 20, 28, 28, 25, 25])]


def test_without_corrections_the_rows_are_as_they_were_read() -> None:
    assert list(corrected(SCORES, [])) == [{**row, "corrected": {}} for row in SCORES]


def test_a_correction_holds_until_the_reader_believes_another_value() -> None:
    assert column(SCORES, "score_a", by_hand(1, "score_a", 2, "23")) == [20, 20, 23, 23, 25, 25]
    assert column(SCORES, "corrected", by_hand(1, "score_a", 2, "23"))[1:4] == [{}, {"score_a": 28}, {"score_a": 28}]


def test_a_basket_that_was_overlooked_begins_where_it_is_put() -> None:
    assert column(SCORES, "score_a", by_hand(1, "score_a", 1, "22")) == [20, 22, 28, 28, 25, 25]


def test_a_later_correction_takes_over_from_an_earlier_one() -> None:
    both = by_hand(1, "score_a", 2, "23"), by_hand(2, "score_a", 3, "24")
    assert column(SCORES, "score_a", *both) == [20, 20, 23, 24, 25, 25]


def test_of_two_corrections_at_one_frame_the_newer_one_holds() -> None:
    both = by_hand(2, "score_a", 2, "24"), by_hand(1, "score_a", 2, "23")
    assert column(SCORES, "score_a", *both) == [20, 20, 24, 24, 25, 25]


def test_another_run_that_has_no_reading_at_that_frame_is_corrected_as_well() -> None:
    rows = [reading(0, score_a=20), reading(95, score_a=28), reading(103, score_a=28), reading(110, score_a=25)]
    assert column(rows, "score_a", by_hand(1, "score_a", 100, "23")) == [20, 28, 23, 25]


def test_another_run_that_misreads_it_later_is_corrected_as_well() -> None:
    rows = [reading(0, score_a=20), reading(103, score_a=28), reading(110, score_a=25)]
    assert column(rows, "score_a", by_hand(1, "score_a", 100, "23", "28")) == [20, 23, 25]


def test_another_run_that_begins_later_is_corrected_as_well() -> None:
    rows = [reading(30, period=1), reading(40, period=1), reading(50, period=3)]
    assert column(rows, "period", by_hand(1, "period", 0, "2", "1")) == [2, 2, 3]


def test_another_run_that_reads_it_right_stays_right() -> None:
    rows = [reading(0, score_a=20), reading(95, score_a=23), reading(110, score_a=25)]
    assert column(rows, "score_a", by_hand(1, "score_a", 100, "23", "28")) == [20, 23, 25]


def test_where_another_run_sees_no_scoreboard_none_is_made_up() -> None:
    gone = {**reading(100, accepted=False), "crop": None}
    fixed = list(corrected([reading(0, score_a=28), gone], [by_hand(1, "score_a", 100, "23", "28")]))
    assert (fixed[1]["accepted"], fixed[1]["score_a"], fixed[1]["corrected"]) == (False, None, {})


def test_what_was_never_read_is_filled_in_until_something_is() -> None:
    rows = [reading(0), reading(1), reading(2, score_b=2)]
    assert column(rows, "score_b", by_hand(1, "score_b", 0, "0")) == [0, 0, 2]


def test_where_a_clock_is_not_shown_none_is_put() -> None:
    rows = [
        reading(0, game_clock_seconds=50.0),
        reading(1, game_clock_seconds=None),
        reading(2, game_clock_seconds=50.0),
    ]
    assert column(rows, "game_clock_seconds", by_hand(1, "game_clock_seconds", 0, "0:48")) == [48.0, None, 48.0]


def test_an_odd_reading_is_accepted_with_what_was_believed_besides() -> None:
    rows = [
        reading(0, score_a=20, score_b=7),
        reading(1, score_a=28, score_b=99, accepted=False),
        reading(2, score_a=20, score_b=7),
    ]
    fixed = list(corrected(rows, [by_hand(1, "score_a", 1, "22")]))
    assert [(row["accepted"], row["score_a"], row["score_b"]) for row in fixed] == [
        (True, 20, 7),
        (True, 22, 7),
        (True, 22, 7),
    ]


def test_an_odd_reading_that_nobody_has_touched_stays_odd() -> None:
    rows = [SCORES[0], reading(1, score_a=99, accepted=False), reading(2, score_a=20)]
    assert column(rows, "score_a", by_hand(1, "score_a", 0, "21")) == [21, 99, 21]


def test_names_hold_throughout_but_not_where_no_scoreboard_is() -> None:
    rows = [reading(0, team_a="IO"), reading(1), {**reading(2), "crop": None, "accepted": False}]
    assert column(rows, "team_a", by_hand(1, "team_a", None, "Lions")) == ["Lions", "Lions", None]


def test_looking_at_a_reading_changes_nothing() -> None:
    assert column(SCORES, "score_a", by_hand(1, REVIEWED, 2, "")) == [20, 20, 28, 28, 25, 25]


def test_events_follow_from_the_corrected_readings() -> None:
    plain = [(event["frame_index"], event["kind"], event["points"]) for event in events_in(SCORES)]
    assert plain == [(2, "score", 8), (4, "correction", -3)]
    fixed = corrected(SCORES, [by_hand(1, "score_a", 2, "23")])
    assert [(event["frame_index"], event["kind"], event["points"]) for event in events_in(fixed)] == [
        (2, "score", 3),
        (4, "score", 2),
    ]


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("score_a", " 102 ", 102),
        ("period", "5", 5),
        ("game_clock_seconds", "4:08", 248.0),
        ("game_clock_seconds", "41.9", 41.9),
        ("shot_clock_seconds", "24", 24.0),
        ("game_clock_seconds", ":05.3", 5.3),
        ("game_clock_seconds", "60:00", 3600.0),
        ("team_b", "  São  Paulo ", "São Paulo"),
    ],
)
def test_values_are_written_as_on_a_scoreboard(field: str, text: str, value: object) -> None:
    assert parse_value(field, text) == value
    assert parse_value(field, str(value)) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("score_a", "200"),
        ("score_a", "-3"),
        ("score_b", "x"),
        ("period", ""),
        ("period", "0"),
        ("game_clock_seconds", "4:5"),
        ("game_clock_seconds", "1:000"),
        ("game_clock_seconds", "4:61"),
        ("game_clock_seconds", "noon"),
        ("shot_clock_seconds", "36"),
        ("team_a", "  "),
        ("team_a", "x" * 61),
    ],
)
def test_what_is_no_value_is_refused_in_words(field: str, text: str) -> None:
    with pytest.raises(InvalidSettings, match="takes"):
        parse_value(field, text)


def given(rows: list[dict[str, Any]], number: int, *, backwards: bool = True, **typed: str) -> list[Correction]:
    return correct(list(corrected(rows, [])), number, typed, backwards=backwards)


def test_a_correction_begins_where_the_value_was_first_read_or_at_the_reading() -> None:
    rows = [{**row, "raw_text": "text"} for row in SCORES]
    looked = by_hand(0, REVIEWED, 3, "text")
    assert given(rows, 3, score_a="23") == [by_hand(0, "score_a", 2, "23", "28"), looked]
    assert given(rows, 3, score_a="23", backwards=False) == [by_hand(0, "score_a", 3, "23", "28"), looked]
    assert given(rows, 3, score_a=" 28 ") == [looked]


def test_an_odd_reading_that_is_right_is_accepted_as_it_was_read() -> None:
    odd = {**reading(1, period=1, score_a=28, score_b=7, accepted=False), "raw_text": "28"}
    rows = [reading(0, score_a=20, score_b=7), odd, reading(2, score_a=20, score_b=7)]
    made = given(rows, 1, period="1", score_a="28", score_b="7", backwards=False)
    assert made == [by_hand(0, "score_a", 1, "28", "20"), by_hand(0, REVIEWED, 1, "28")]
    assert [(row["accepted"], row["score_a"]) for row in corrected(rows, made)] == [(True, 20), (True, 28), (True, 28)]


def test_what_was_corrected_before_is_corrected_again_from_what_was_read() -> None:
    rows = list(corrected([{**row, "raw_text": ""} for row in SCORES], [by_hand(1, "score_a", 2, "23")]))
    assert correct(rows, 2, {"score_a": "24"}, backwards=True)[0] == by_hand(0, "score_a", 2, "24", "28")


def unsure_rows(*corrections: Correction) -> list[dict[str, Any]]:
    rows = [
        reading(0, score_a=20, confidence=0.99),
        reading(1, score_a=28, confidence=0.97, accepted=False),  # waits, and is confirmed by the next
        reading(2, score_a=28, confidence=0.98),
        reading(3, score_a=99, confidence=0.95, accepted=False),
        reading(4, score_a=28, confidence=0.5),
        {**reading(5, accepted=False), "crop": None, "confidence": None},
        reading(6, score_a=29, confidence=0.96, accepted=False),  # the last: nothing has confirmed it
    ]
    return list(corrected([{**row, "raw_text": f"text {row['frame_index']}"} for row in rows], corrections))


def test_readings_to_look_at_are_the_unsure_and_the_contradicted_ones_least_sure_first() -> None:
    assert to_review(unsure_rows(), [], sure=0.9) == [4, 3, 6]


def test_what_was_corrected_or_looked_at_needs_no_review_and_brings_no_other_reading_into_it() -> None:
    rows = unsure_rows()
    made = [*correct(rows, 4, {"score_a": "23"}, backwards=True), reviewed(rows[3])]
    assert made[0].frame_index == 2  # where it was first read
    assert to_review(unsure_rows(*made), made, sure=0.9) == [6]


def test_another_run_that_read_something_else_there_is_reviewed_anew() -> None:
    assert to_review(unsure_rows(), [by_hand(1, REVIEWED, 4, "another text")], sure=0.9) == [4, 3, 6]
