"""The rules of the game, as a state machine that decides which readings to believe.

The clock falls within a period, or stands; it never falls faster than time passes, unless the video was cut. Scores
never fall, and rise by one to three between close readings. A reading that fits is accepted at once or, for a score, as
soon as it has settled; one that does not is *held* until others confirm it. The state is plain data: it is stored with
every batch, and a resumed run goes on from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from bbva_core.game import Moment, Phase, last_ended
from bbva_core.scoreboard.parse import Period

UNSURE = 0.6
"""Readings of a lower confidence are not considered."""
SURE = 0.9
"""From this confidence a clock that fits is accepted at first sight."""

_SETTLED = 2  # equal readings in a row from which a score that fits is accepted: graphics flash and fade
_SETTLED_SECONDS = 0.09  # and for how long they must go on
_CONFIRMED = 3  # the same for a clock that jumps, as at a cut; one less when a second text reader agrees
_ODD = 12  # the same for what the rules do not allow: a score that falls, a clock that goes back
_ODD_SECONDS = 1.0  # and for how long they must go on
_AGAIN_SECONDS = 10.0  # the same for a period that is over: in one game it does not come again
_SELDOM = 0.25  # seconds between two looks: where they are farther apart, so many seconds a reading do as well
_CLOCK_SLACK = 1.3  # seconds: clocks show whole seconds, and graphics lag behind
_TENTHS = 0.15  # seconds: a clock with tenths is no farther from where it should be
_CUT_SECONDS = 2.5  # a clock that jumped so recently tells of a cut
_FULL_SHOT_CLOCKS = (24.0, 14.0, 30.0, 20.0, 12.0, 35.0)
"""Where shot clocks start anew: FIBA and NBA 24 and 14, colleges 30 and 20, 3x3 12; 35 was the colleges' until 2015."""
_PLAIN = 0.97  # confidence from which that is believed at first sight
_POINTS = 3  # the most that one basket gives


@dataclass(frozen=True)
class Value:
    """A field as parsed.

    Args:
        value: Seconds, points, or the number of a period; None: nothing is shown.
        confidence: Of the text, 0 to 1.
        agreed: A second text reader read the same; None: it was not asked.
    """

    value: float | None
    confidence: float
    agreed: bool | None = None


@dataclass(frozen=True)
class Decision:
    """What became of a reading."""

    accepted: bool
    reason: str


@dataclass(frozen=True)
class Held:
    """A reading that waits for others like it."""

    value: float
    count: int
    since: float
    """Seconds of the first."""
    last: float
    """Seconds of the last."""
    agreed: bool = False


@dataclass(frozen=True)
class GameState:
    """What is believed. Times are seconds of the video."""

    clock: float | None = None
    clock_seen: float | None = None
    period: int | None = None
    phase: str = Phase.PLAY.value
    ended: int | None = None
    """The last period whose end was seen."""
    halves: bool = False
    score_a: int | None = None
    score_b: int | None = None
    shot_clock: float | None = None
    shot_seen: float | None = None
    jumped: float | None = None
    """When the clock last jumped."""
    left_clock: float | None = None
    """What it said before it last went where it need not have been."""
    left_seen: float | None = None
    """And when."""
    held: Mapping[str, Held] = field(default_factory=dict)

    @property
    def moment(self) -> Moment:
        """What it says of the game."""
        return Moment(self.period, self.phase, self.clock, self.score_a, self.score_b, self.ended)

    def to_dict(self) -> dict[str, Any]:
        """For storage as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        held = {name: Held(**values) for name, values in stored["held"].items()}
        return cls(**{**stored, "held": held})


def with_end(state: GameState) -> GameState:
    """The same, when all of a picture has been taken in: with the end of the period remembered, if it is over."""
    return replace(state, ended=last_ended(state.moment))


def waits(state: GameState, name: str, value: float, now: float) -> bool:
    """Whether such a reading of a field waits already to be confirmed."""
    held = state.held.get(name)
    return held is not None and (_goes_on(held, value, now) if name == "clock" else held.value == value)


def fits_clock(state: GameState, clock: float, now: float) -> bool:
    """Whether a clock is where it may be by now."""
    if state.clock is None or state.clock_seen is None:
        return False
    return state.clock - (now - state.clock_seen) - _CLOCK_SLACK <= clock <= state.clock


def fits_shot_clock(state: GameState, shot_clock: float, now: float) -> bool:
    """Whether a shot clock is where it may be by now, or has begun anew."""
    return _shot_clock_falls(state, shot_clock, now) or shot_clock in _FULL_SHOT_CLOCKS


def _shot_clock_falls(state: GameState, shot_clock: float, now: float) -> bool:
    last, since = state.shot_clock, state.shot_seen
    return last is None or since is None or last - (now - since) - _CLOCK_SLACK <= shot_clock <= last


def _as_expected(state: GameState, clock: float, now: float) -> bool:
    """Whether a clock with tenths says just what it should by now, or stands: then it need not be read plainly."""
    assert state.clock is not None and state.clock_seen is not None
    expected = state.clock - (now - state.clock_seen)
    tenths = clock != int(clock) or state.clock != int(state.clock)
    return clock == state.clock or (tenths and abs(clock - expected) <= _TENTHS)


def see_clock(state: GameState, seen: Value, now: float) -> tuple[GameState, Decision]:
    """Take in a reading of the game clock."""
    if seen.value is None:
        return replace(state, clock=None), Decision(True, "no clock is shown")
    if seen.confidence < UNSURE:
        return state, Decision(False, "too unsure to be considered")
    last = state.clock
    if state.clock_seen is None:
        if seen.agreed or (seen.agreed is None and seen.confidence >= SURE):
            return _with_clock(state, seen.value, now), Decision(True, "first reading")
    elif fits_clock(state, seen.value, now) and (
        seen.confidence >= SURE or seen.agreed or _as_expected(state, seen.value, now)
    ):
        why = "stands still" if seen.value == last else "falls as time passes"
        return _with_clock(state, seen.value, now), Decision(True, why)
    held = _like_clock(state.held.get("clock"), seen, now)
    needed, seconds = _CONFIRMED - (held.agreed or state.clock_seen is None), 0.0
    returns = seen.confidence >= SURE and _returns(state, seen.value, now)
    if returns:
        needed = 2
    elif last is not None and (
        (seen.value > last and not _new_period(state, seen.value)) or _without_minutes(state, seen.value, now)
    ):
        needed, seconds = _ODD, _ODD_SECONDS
    if _long_enough(held, needed, seconds):
        jumped = last is not None and not last - 3 * _CLOCK_SLACK <= seen.value <= last
        if returns:
            state = replace(state, jumped=None, left_clock=None, left_seen=None)
        else:
            jump = now if jumped else state.jumped
            state = replace(state, jumped=jump, left_clock=last, left_seen=state.clock_seen)
        state = _with_clock(state, seen.value, now)
        return state, Decision(True, f"confirmed by {held.count} readings")
    return _hold(state, "clock", held), Decision(
        False, f"{_clock_words(seen.value)} after {_clock_words(last)}: waits to be confirmed"
    )


def number_of(state: GameState, seen: Period) -> int | None:
    """Which period it is: the first overtime is the fifth of quarters, the third of halves. None: nobody knows."""
    if seen.overtime:
        return (2 if state.halves or seen.halves else 4) + seen.overtime
    return seen.number if seen.number is not None else state.period


def see_period(state: GameState, seen: Period, confidence: float, now: float) -> tuple[GameState, Decision]:
    """Take in a reading of the period."""
    if confidence < UNSURE:
        return state, Decision(False, "too unsure to be considered")
    halves = state.halves or seen.halves
    number = number_of(state, seen)
    if number is None or number == state.period:
        if seen.phase != state.phase:
            return _see_phase(replace(state, halves=halves), seen.phase, confidence, now)
        numbered = seen.number is not None or seen.overtime
        why = "the same period" if numbered else "no number is shown"
        return replace(_free(state, "period"), halves=halves), Decision(True, why)
    held = _like(state.held.get("period"), Value(number, confidence), now)
    first = state.period is None
    follows = state.period is not None and number == state.period + 1
    needed = (1 if confidence >= SURE else 2) if first else _CONFIRMED if follows else _ODD
    again = state.period is not None and number < state.period
    seconds = 0.0 if first or follows else _AGAIN_SECONDS if again else _ODD_SECONDS
    if _long_enough(held, needed, seconds):
        state = replace(_free(state, "period"), period=number, phase=seen.phase.value, halves=halves)
        return state, Decision(True, "first reading" if first else f"confirmed by {held.count} readings")
    return _hold(state, "period", held), Decision(False, f"period {number} after {state.period}: waits to be confirmed")


def _see_phase(state: GameState, phase: Phase, confidence: float, now: float) -> tuple[GameState, Decision]:
    """Take in that the same period goes on, has ended, or has not."""
    # It waits in the place of a period, by a number that is none.
    held = _like(state.held.get("period"), Value(-1 - list(Phase).index(phase), confidence), now)
    if _long_enough(held, _CONFIRMED, 0.0):
        return replace(_free(state, "period"), phase=phase.value), Decision(True, f"confirmed by {held.count} readings")
    return _hold(state, "period", held), Decision(False, f"{phase} after {state.phase}: waits to be confirmed")


def see_score(state: GameState, team: str, seen: Value, now: float) -> tuple[GameState, Decision]:
    """Take in a reading of a score.

    Args:
        state: So far.
        team: `a` or `b`.
        seen: What was read.
        now: Seconds of the video.
    """
    name = f"score_{team}"
    last: int | None = getattr(state, name)
    if seen.value is None or seen.confidence < UNSURE:
        return _free(state, name), Decision(False, "no number" if seen.value is None else "too unsure to be considered")
    if seen.value == last:
        return _free(state, name), Decision(True, "the same score")
    held = _like(state.held.get(name), seen, now)
    rise = None if last is None else seen.value - last
    cut = state.jumped is not None and now - state.jumped <= _CUT_SECONDS
    if rise is None:
        needed, seconds, why = (1 if held.agreed else _SETTLED), 0.0, "first reading"
    elif 1 <= rise <= _POINTS:
        needed, seconds, why = (_SETTLED if held.agreed else 3 * _SETTLED), _SETTLED_SECONDS, f"rises by {int(rise)}"
    elif rise > 0 and cut:
        needed, seconds = (_SETTLED if held.agreed else _ODD), _SETTLED_SECONDS
        why = f"rises by {int(rise)} at a cut"
    else:
        needed, seconds, why = (_ODD if held.agreed else 3 * _ODD), _ODD_SECONDS, f"from {last}, shown for long"
    if _long_enough(held, needed, seconds):
        free, points = _free(state, name), int(seen.value)
        return (replace(free, score_a=points) if team == "a" else replace(free, score_b=points)), Decision(True, why)
    return _hold(state, name, held), Decision(False, f"{int(seen.value)} after {last}: waits to be confirmed")


def see_shot_clock(state: GameState, seen: Value, now: float) -> tuple[GameState, Decision]:
    """Take in a reading of the shot clock; it may be gone at any time, and come back full."""
    if seen.value is None:
        return replace(_free(state, "shot_clock"), shot_clock=None, shot_seen=now), Decision(
            True, "no shot clock is shown"
        )
    if seen.confidence < UNSURE:
        return state, Decision(False, "too unsure to be considered")
    last = state.shot_clock
    fits = _shot_clock_falls(state, seen.value, now)
    full = seen.value in _FULL_SHOT_CLOCKS and seen.confidence >= _PLAIN
    held = _like_clock(state.held.get("shot_clock"), seen, now)
    if (fits and seen.confidence >= SURE) or full or held.count >= 2:
        state = replace(_free(state, "shot_clock"), shot_clock=seen.value, shot_seen=now)
        return state, Decision(True, "fits" if fits else "starts anew")
    return _hold(state, "shot_clock", held), Decision(False, f"{seen.value:g} after {last}: waits to be confirmed")


def _returns(state: GameState, clock: float, now: float) -> bool:
    """Whether a clock goes on where it was before it jumped a moment ago: the jump was misread."""
    if state.left_clock is None or state.left_seen is None or now - state.left_seen > _CUT_SECONDS:
        return False
    return state.left_clock - (now - state.left_seen) - _CLOCK_SLACK <= clock <= state.left_clock


def _without_minutes(state: GameState, clock: float, now: float) -> bool:
    """Whether a clock says the seconds that it should by now, and no minutes: they were overlooked."""
    if state.clock is None or state.clock_seen is None or not clock < 60 <= state.clock:
        return False
    return (state.clock - clock) % 60 <= now - state.clock_seen + _CLOCK_SLACK


def _new_period(state: GameState, clock: float) -> bool:
    """Whether a clock that went up may have been set for the next period: the last one had run out, or nearly."""
    return ((state.clock is not None and state.clock <= 5.0) or state.phase != Phase.PLAY) and clock >= 60.0


def _with_clock(state: GameState, clock: float, now: float) -> GameState:
    return replace(_free(state, "clock"), clock=clock, clock_seen=now)


def _long_enough(held: Held, needed: int, seconds: float) -> bool:
    """Whether a reading was there often enough, or, where it is seldom looked, long enough; and so many seconds."""
    lasted = held.last - held.since
    seldom = held.count >= min(needed, _CONFIRMED - held.agreed) and lasted >= needed * _SELDOM
    return (held.count >= needed or seldom) and lasted >= seconds


def _like(held: Held | None, seen: Value, now: float) -> Held:
    assert seen.value is not None
    if held is None or held.value != seen.value:
        return Held(seen.value, 1, now, now, bool(seen.agreed))
    return replace(held, count=held.count + 1, last=now, agreed=held.agreed or bool(seen.agreed))


def _like_clock(held: Held | None, seen: Value, now: float) -> Held:
    """The same for what falls meanwhile."""
    assert seen.value is not None
    if held is None or not _goes_on(held, seen.value, now):
        return Held(seen.value, 1, now, now, bool(seen.agreed))
    return replace(held, value=seen.value, count=held.count + 1, last=now, agreed=held.agreed or bool(seen.agreed))


def _goes_on(held: Held, clock: float, now: float) -> bool:
    return held.value - (now - held.last) - _CLOCK_SLACK <= clock <= held.value


def _hold(state: GameState, name: str, held: Held) -> GameState:
    return replace(state, held={**state.held, name: held})


def _free(state: GameState, name: str) -> GameState:
    return replace(state, held={other: held for other, held in state.held.items() if other != name})


def _clock_words(seconds: float | None) -> str:
    if seconds is None:
        return "nothing"
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}" if seconds >= 60 or seconds == whole else f"{seconds:.1f}"
