"""The scoreboard, from pixels to period, game clock and score.

`locate` finds it, `template` follows it, `gate` tells which of its fields have changed, a text reader reads them,
`parse` understands the text, `rules` decide what to believe. `ScoreboardReader` in `reader` puts them together; all it
remembers from frame to frame is a `Memory`. What the readings tell of the game is in `bbva_core.game`.
"""

from bbva_core.scoreboard.layout import Field, Kind, Layout
from bbva_core.scoreboard.locate import Found, Probe
from bbva_core.scoreboard.memory import Memory
from bbva_core.scoreboard.reader import ScoreboardReader
from bbva_core.scoreboard.readings import FieldReading, Reading
from bbva_core.scoreboard.window import Window

__all__ = [
    "Field",
    "FieldReading",
    "Found",
    "Kind",
    "Layout",
    "Memory",
    "Probe",
    "Reading",
    "ScoreboardReader",
    "Window",
]
