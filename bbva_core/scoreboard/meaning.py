"""What the text of a field says, given what the field shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bbva_core.scoreboard.layout import Kind
from bbva_core.scoreboard.parse import (
    Period,
    parse_clock,
    parse_period,
    parse_score,
    parse_shot_clock,
    parse_strip,
)


@dataclass(frozen=True)
class Meaning:
    """A text, understood. None: it does not say."""

    period: Period | None = None
    clock: float | None = None
    shot_clock: float | None = None
    score: int | None = None
    blank: bool = False
    """Nothing is written there."""

    @property
    def nothing(self) -> bool:
        """Whether something is written that makes no sense there."""
        return self == Meaning()


def meaning(holds: Sequence[Kind], text: str) -> Meaning:
    """The meaning of a text in a field that holds certain things."""
    kinds = set(holds)
    if not text:
        return Meaning(blank=True)
    if kinds & {Kind.SCORE_A, Kind.SCORE_B}:
        alone = parse_score(text)
        numbers = [score for part in text.split() if (score := parse_score(part)) is not None]
        return Meaning(score=alone if alone is not None else numbers[-1] if len(numbers) == 1 else None)
    if kinds == {Kind.SHOT_CLOCK}:
        # The small colon of `:16` passes for a letter; those that are digits misread are left to `parse`.
        return Meaning(shot_clock=parse_shot_clock(re.sub(r"^[ACE-HJ-NPRT-Z](?=\d{2}$)", ":", text)))
    if kinds == {Kind.PERIOD}:
        return Meaning(period=parse_period(text, bare=True) or parse_strip(text).period)
    if kinds & {Kind.CLOCK, Kind.PERIOD}:
        strip = parse_strip(text)
        period = strip.period or parse_period(text)
        return Meaning(period, strip.clock if strip.clock is not None else parse_clock(text), strip.shot_clock)
    return Meaning()
