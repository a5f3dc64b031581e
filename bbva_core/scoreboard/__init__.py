"""The scoreboard, from pixels to period, game clock and score.

`locate` finds it, `template` follows it, `gate` tells which of its fields have changed, a text reader reads them,
`parse` understands the text, `rules` decide what to believe, `events` tell what happened. `ScoreboardReader` in
`reader` puts them together; all it remembers from frame to frame is a `Memory`.
"""

from bbva_core.scoreboard.events import Event, EventKind, Moment, events_between
from bbva_core.scoreboard.layout import Field, Kind, Layout
from bbva_core.scoreboard.locate import Found, Probe
from bbva_core.scoreboard.memory import Memory
from bbva_core.scoreboard.reader import FieldReading, Reading, ScoreboardReader
from bbva_core.scoreboard.window import Window

__all__ = [
    "Event",
    "EventKind",
    "Field",
    "FieldReading",
    "Found",
    "Kind",
    "Layout",
    "Memory",
    "Moment",
    "Probe",
    "Reading",
    "ScoreboardReader",
    "Window",
    "events_between",
]
