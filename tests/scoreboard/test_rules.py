"""The rules of the game: what is believed at once, what waits, and what never passes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbva_core.game import Phase
from bbva_core.scoreboard.parse import Period
from bbva_core.scoreboard.rules import (
    Decision,
    GameState,
    Value,
    see_clock,
    see_period,
    see_score,
    see_shot_clock,
    with_end,
)

FRAME = 1 / 30
PLAYING = GameState(clock=300.0, clock_seen=10.0, period=2, score_a=40, score_b=30, shot_clock=14.0, shot_seen=10.0)


def repeated(see, state: GameState, times: int, begin: float = 10.0):  # type: ignore[no-untyped-def]
    """A reading that is seen in so many frames in a row: the last state, and the decisions."""
    decisions: list[Decision] = []
    for number in range(times):
        state, decision = see(state, begin + (number + 1) * FRAME)
        decisions.append(decision)
    return state, decisions


def test_a_clock_that_falls_as_time_passes_is_believed_at_first_sight() -> None:
    state, decision = see_clock(PLAYING, Value(299.0, 0.99), 11.0)
    assert (state.clock, decision) == (299.0, Decision(True, "falls as time passes"))
    state, decision = see_clock(PLAYING, Value(300.0, 0.99), 11.0)
    assert (state.clock, decision.reason) == (300.0, "stands still")


@pytest.mark.parametrize("clock", [240.0, 310.0, 296.0], ids=["a cut", "going back", "too fast"])
def test_a_clock_that_jumps_waits_until_it_is_confirmed(clock: float) -> None:
    state, decision = see_clock(PLAYING, Value(clock, 0.99), 10.1)
    assert (state.clock, decision.accepted) == (300.0, False)
    assert "waits to be confirmed" in decision.reason
    state, decisions = repeated(lambda s, now: see_clock(s, Value(clock, 0.99), now), PLAYING, 60)
    assert state.clock == clock
    assert [decision.accepted for decision in decisions].index(True) >= 2


def test_a_clock_with_tenths_that_says_what_it_should_need_not_be_read_plainly() -> None:
    state = replace(PLAYING, clock=21.8)
    assert see_clock(state, Value(21.6, 0.67), 10.2)[1].accepted
    assert not see_clock(state, Value(21.2, 0.67), 10.2)[1].accepted
    assert not see_clock(PLAYING, Value(299.0, 0.67), 11.0)[1].accepted  # of whole seconds many would fit


def test_a_jump_that_was_misread_is_taken_back_when_the_clock_goes_on_where_it_was() -> None:
    state, _ = repeated(lambda s, now: see_clock(s, Value(260.0, 0.99), now), PLAYING, 4)
    assert state.clock == 260.0
    state, decisions = repeated(lambda s, now: see_clock(s, Value(299.0, 0.99), now), state, 2, begin=10.8)
    assert [decision.accepted for decision in decisions] == [False, True]
    assert (state.clock, state.jumped) == (299.0, None)


def test_a_clock_that_goes_back_takes_longer_than_one_that_was_cut() -> None:
    _, cut = repeated(lambda s, now: see_clock(s, Value(240.0, 0.99), now), PLAYING, 60)
    _, back = repeated(lambda s, now: see_clock(s, Value(310.0, 0.99), now), PLAYING, 60)
    first = [[decision.accepted for decision in decisions].index(True) for decisions in (cut, back)]
    assert first[0] * FRAME < 0.2
    assert first[1] * FRAME >= 0.9


def test_a_first_clock_that_a_second_reader_does_not_read_waits_for_another() -> None:
    state, decision = see_clock(GameState(), Value(1.5, 0.92, agreed=False), 0.0)
    assert (state.clock, decision.accepted) == (None, False)
    state, decision = see_clock(state, Value(4.3, 0.99, agreed=False), 0.2)
    assert (state.clock, decision.accepted) == (None, False)
    state, decision = see_clock(state, Value(4.2, 0.99, agreed=False), 0.3)
    assert (state.clock, decision.accepted) == (4.2, True)


def test_one_misread_clock_changes_nothing() -> None:
    state, _ = see_clock(PLAYING, Value(99.0, 0.99), 10.1)
    state, decision = see_clock(state, Value(299.0, 0.99), 10.2)
    assert (state.clock, decision.accepted, state.held) == (299.0, True, {})


def test_a_held_clock_may_go_on_falling() -> None:
    state = PLAYING
    for number, clock in enumerate((41.9, 41.8, 41.7)):
        state, decision = see_clock(state, Value(clock, 0.99), 10.1 + number / 10)
    assert (state.clock, decision.accepted) == (41.7, True)
    assert state.jumped == pytest.approx(10.3)


def test_a_new_period_sets_the_clock_without_delay() -> None:
    over = replace(PLAYING, clock=0.0)
    _, decisions = repeated(lambda s, now: see_clock(s, Value(720.0, 0.99), now), over, 5)
    assert [decision.accepted for decision in decisions].index(True) == 2


@pytest.mark.parametrize("points", [1, 2, 3])
def test_a_basket_is_believed_as_soon_as_it_has_settled(points: int) -> None:
    state, decisions = repeated(lambda s, now: see_score(s, "a", Value(40 + points, 0.99, True), now), PLAYING, 10)
    assert state.score_a == 40 + points
    when = [decision.accepted for decision in decisions].index(True)
    assert decisions[when].reason == f"rises by {points}"
    assert 1 <= when <= 4


def test_a_flash_of_a_few_frames_is_no_basket() -> None:
    state, _ = repeated(lambda s, now: see_score(s, "b", Value(33, 0.99, True), now), PLAYING, 2)
    state, _ = see_score(state, "b", Value(30, 0.99), 10.2)
    assert (state.score_b, state.held) == (30, {})


def test_without_a_second_reader_a_basket_takes_longer() -> None:
    _, alone = repeated(lambda s, now: see_score(s, "a", Value(42, 0.99, False), now), PLAYING, 20)
    _, agreed = repeated(lambda s, now: see_score(s, "a", Value(42, 0.99, True), now), PLAYING, 20)
    assert [d.accepted for d in alone].index(True) > [d.accepted for d in agreed].index(True)


@pytest.mark.parametrize("score", [39, 30, 47, 140])
def test_a_score_that_breaks_the_rules_must_stay_for_a_second(score: int) -> None:
    _, decisions = repeated(lambda s, now: see_score(s, "a", Value(score, 0.99, True), now), PLAYING, 90)
    assert ([decision.accepted for decision in decisions].index(True)) * FRAME >= 0.9


def test_at_a_cut_a_score_may_have_risen_by_more() -> None:
    cut = replace(PLAYING, clock=240.0, jumped=10.0)
    _, decisions = repeated(lambda s, now: see_score(s, "a", Value(48, 0.99, True), now), cut, 10)
    assert [decision.accepted for decision in decisions].index(True) <= 4


@given(
    st.lists(
        st.tuples(st.integers(0, 199), st.floats(0.0, 1.0), st.booleans(), st.floats(0.01, 2.0)),
        min_size=1,
        max_size=40,
    )
)
def test_no_single_reading_moves_a_known_score(readings: list[tuple[int, float, bool, float]]) -> None:
    state, now = PLAYING, 10.0
    for score, confidence, agreed, step in readings:
        now += step
        before = state
        state, decision = see_score(state, "a", Value(score, confidence, agreed), now)
        if state.score_a != before.score_a:
            held = before.held["score_a"]
            assert decision.accepted
            assert (held.value, state.score_a) == (score, score)


def test_unsure_readings_and_blanks_leave_a_score_alone() -> None:
    for seen in (Value(None, 0.99), Value(77, 0.3)):
        state, decision = see_score(PLAYING, "a", seen, 10.1)
        assert (state.score_a, decision.accepted) == (40, False)


def test_periods_follow_each_other() -> None:
    state, decisions = repeated(lambda s, now: see_period(s, Period(3), 0.99, now), PLAYING, 5)
    assert state.period == 3
    assert [decision.accepted for decision in decisions].index(True) == 2
    _, decisions = repeated(lambda s, now: see_period(s, Period(4), 0.99, now), PLAYING, 60)
    assert [decision.accepted for decision in decisions].index(True) * FRAME >= 0.9


def test_a_period_that_is_over_comes_back_only_when_it_is_shown_for_long() -> None:
    _, decisions = repeated(lambda s, now: see_period(s, Period(1), 0.99, now), PLAYING, 400)
    assert [decision.accepted for decision in decisions].index(True) * FRAME >= 9.9


def test_overtime_counts_on_from_quarters_and_from_halves() -> None:
    for halves, expected in ((False, 6), (True, 4)):
        state = replace(PLAYING, period=expected - 1, halves=halves)
        state, _ = repeated(lambda s, now: see_period(s, Period(None, overtime=2), 0.99, now), state, 5)
        assert state.period == expected


def test_the_end_of_a_period_is_noted_without_a_number() -> None:
    for shown in (Period(2, phase=Phase.ENDED), Period(None, phase=Phase.HALF_TIME)):
        state, decisions = repeated(lambda state, now, shown=shown: see_period(state, shown, 0.99, now), PLAYING, 3)
        assert (state.period, state.phase) == (2, shown.phase)
        assert [decision.accepted for decision in decisions] == [False, False, True]  # in one frame H1 passes for HT
    state, _ = see_period(PLAYING, Period(None, phase=Phase.HALF_TIME), 0.99, 11.0)
    state, _ = see_period(state, Period(2), 0.99, 11.1)
    assert (state.phase, state.held) == (Phase.PLAY, {})


def test_where_it_is_seldom_looked_a_reading_is_believed_by_how_long_it_is_shown() -> None:
    state = PLAYING
    for look in range(2):  # every five seconds, and two baskets in between
        state, decision = see_score(state, "a", Value(44, 0.99, True), 15.0 + 5 * look)
    assert (state.score_a, decision.accepted) == (44, True)
    state = PLAYING
    for look in range(3):
        state, decision = see_score(state, "a", Value(44, 0.99), 15.0 + 5 * look)
    assert (state.score_a, decision.accepted) == (44, True)
    _, decisions = repeated(lambda state, now: see_score(state, "a", Value(44, 0.99, True), now), PLAYING, 20)
    assert not any(decision.accepted for decision in decisions)  # in two thirds of a second


def test_a_period_that_has_ended_is_remembered() -> None:
    state = with_end(replace(PLAYING, clock=0.0))
    assert with_end(replace(state, clock=720.0)).moment.ended == 2
    assert with_end(replace(state, clock=719.0, period=3)).moment.ended == 2
    assert GameState.from_dict(state.to_dict()) == state


def test_a_shot_clock_falls_vanishes_and_comes_back_full() -> None:
    state, decision = see_shot_clock(PLAYING, Value(13.0, 0.99), 11.0)
    assert (state.shot_clock, decision.accepted) == (13.0, True)
    state, decision = see_shot_clock(state, Value(None, 0.99), 11.5)
    assert (state.shot_clock, decision.accepted) == (None, True)
    state, decision = see_shot_clock(state, Value(24.0, 0.99), 12.0)
    assert (state.shot_clock, decision.accepted) == (24.0, True)
    state, decision = see_shot_clock(replace(state, shot_clock=9.0), Value(14.0, 0.99), 12.1)
    assert (state.shot_clock, decision.accepted) == (14.0, True)
    state, decision = see_shot_clock(replace(state, shot_clock=9.0), Value(19.0, 0.99), 12.1)
    assert (state.shot_clock, decision.accepted) == (9.0, False)
    state, decision = see_shot_clock(state, Value(19.0, 0.99), 12.2)
    assert (state.shot_clock, decision.accepted) == (19.0, True)


def test_the_state_is_plain_data() -> None:
    state, _ = see_score(PLAYING, "a", Value(42, 0.99, True), 10.1)
    state, _ = see_clock(state, Value(240.0, 0.99), 10.1)
    assert set(state.held) == {"score_a", "clock"}
    assert GameState.from_dict(state.to_dict()) == state


def test_a_clock_without_its_minutes_is_not_soon_believed() -> None:
    state = replace(PLAYING, clock=472.0)
    state, decisions = repeated(lambda s, now: see_clock(s, Value(51.0, 0.99), now + 1.0), state, 10)
    assert state.clock == 472.0
    assert not any(decision.accepted for decision in decisions)
    state, decision = see_clock(state, Value(471.0, 0.99), 11.5)
    assert (state.clock, decision.accepted) == (471.0, True)
    assert repeated(lambda s, now: see_clock(s, Value(37.0, 0.99), now), PLAYING, 10)[0].clock == 37.0  # a cut
