"""What was read of a scoreboard in one frame, and what became of it. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bbva_core.ocr.types import Word
from bbva_core.scoreboard.layout import Box, Kind
from bbva_core.scoreboard.meaning import meaning
from bbva_core.scoreboard.rules import SURE, UNSURE, Decision, GameState

_SHOWN = 2
"""Fields that must tell something, of those of a scoreboard that is there: one alone may be read in any picture."""


@dataclass(frozen=True)
class FieldReading:
    """One field in one frame.

    Args:
        holds: What it shows.
        box: Where, in pixels of the frame.
        word: The text and its confidence.
        decisions: What became of each thing it shows, by name.
    """

    holds: tuple[Kind, ...]
    box: Box
    word: Word
    decisions: dict[str, Decision]


@dataclass(frozen=True)
class Reading:
    """The scoreboard in one frame.

    Args:
        fields: All fields, as read in this frame or, where nothing changed, last.
        state: What is believed after this frame.
        said: What was read, by name of the field of the state, whether believed or not.
        box: Of the scoreboard in the frame; None when it is not there.
        accepted: Something new is believed.
        reason: Why, or why not.
    """

    seconds: float
    fields: tuple[FieldReading, ...]
    state: GameState
    said: dict[str, Any]
    team_a: str | None
    team_b: str | None
    box: Box | None
    accepted: bool
    reason: str


def tells_nothing(fields: Sequence[FieldReading]) -> bool:
    """Whether hardly a field can be made out: what is there is no scoreboard, or it fades."""
    means = [meaning(field.holds, field.word.text) for field in fields if field.word.confidence >= UNSURE]
    return len(fields) > _SHOWN and sum(not (one.nothing or one.blank) for one in means) < _SHOWN


def unclear(word: Word, holds: Sequence[Kind]) -> bool:
    """Whether a text is read too unsurely, or makes no sense in its field."""
    return word.confidence < SURE or meaning(holds, word.text).nothing


def said_by(fields: Sequence[FieldReading]) -> dict[str, Any]:
    """What the fields say, by name of the field of the state, whether believed or not."""
    said: dict[str, Any] = {}
    for field in fields:
        means = meaning(field.holds, field.word.text)
        for kind in field.holds:
            if kind in (Kind.SCORE_A, Kind.SCORE_B) and means.score is not None:
                said[kind.value] = means.score
            elif kind is Kind.CLOCK and means.clock is not None:
                said["clock"] = means.clock
            elif kind is Kind.SHOT_CLOCK and means.shot_clock is not None:
                said["shot_clock"] = means.shot_clock
            elif kind is Kind.PERIOD and means.period is not None and means.period.number is not None:
                said["period"] = means.period.number
    return said


def reason_of(fields: Sequence[FieldReading]) -> str:
    """What became of what the fields say, in words."""
    said = [
        f"{name.replace('_', ' ')}: {decision.reason}"
        for field in fields
        for name, decision in field.decisions.items()
        if decision.reason not in ("the same score", "the same period")
    ]
    return "; ".join(said) or "as before"
