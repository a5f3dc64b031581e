"""The game as its scoreboard tells it: moments, events, corrections by hand, and questions by game time.

Everything here works on rows of readings, and knows nothing of pictures.
"""

from bbva_core.game.corrections import (
    CORRECTABLE,
    REVIEWED,
    Correction,
    correct,
    corrected,
    parse_value,
    reviewed,
    to_review,
)
from bbva_core.game.events import Event, EventKind, Moment, Phase, events_between, events_in, last_ended
from bbva_core.game.query import GameQuery, Span, find, parse_query

__all__ = [
    "CORRECTABLE",
    "REVIEWED",
    "Correction",
    "Event",
    "EventKind",
    "GameQuery",
    "Moment",
    "Phase",
    "Span",
    "correct",
    "corrected",
    "events_between",
    "events_in",
    "find",
    "last_ended",
    "parse_query",
    "parse_value",
    "reviewed",
    "to_review",
]
