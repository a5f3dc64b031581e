"""What a scoreboard says over the seconds of a clip, and how it writes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Incident = Literal["none", "basket", "vanish", "slide", "end", "cut", "tenths"]
INCIDENTS: tuple[Incident, ...] = ("none", "basket", "vanish", "slide", "end", "cut", "tenths")

_NAMES = [
    "HAWKS",
    "LIONS",
    "BEARS",
    "KINGS",
    "WOLVES",
    "EAGLES",
    "SUNS",
    "STARS",
    "FALCONS",
    "TIGERS",
    "ROYALS",
    "COMETS",
    "BULLDOGS",
    "OTTERS",
    "RAVENS",
    "SHARKS",
    "NORTH",
    "CITY",
    "RIVER",
    "UNITED",
    "HARBOR",
    "TECH",
    "COAST",
    "CENTRAL",
]


@dataclass(frozen=True)
class Says:
    """What the scoreboard shows. None: it is not shown. Clocks in seconds, as shown."""

    team_a: str | None
    team_b: str | None
    score_a: int
    score_b: int
    period: int
    ended: bool
    clock: float | None
    shot_clock: float | None


@dataclass(frozen=True)
class Writing:
    """How a graphic writes periods and clocks."""

    period: str
    tenths: str
    shot: str
    upper: bool
    small_ordinals: bool

    @classmethod
    def random(cls, rng: np.random.Generator) -> Writing:
        """One of many."""
        return cls(
            period=str(rng.choice(["1st", "1st", "Q1", "1st Qtr", "1Q", "1st"])),
            tenths=str(rng.choice(["41.9", "41.9", ":41.9", "0:41.9"])),
            shot=str(rng.choice(["14", "14", ":14"])),
            upper=bool(rng.random() < 0.7),
            small_ordinals=bool(rng.random() < 0.25),
        )

    def period_text(self, period: int, *, ended: bool) -> str:
        """`1ST`, `Q2`, `3rd Qtr`, `OT`, `END 1ST`."""
        ordinal = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th"}
        if period > 4:
            text = "OT" if period == 5 else f"{period - 4}OT"
        elif self.period in ("Q1", "1Q"):
            text = self.period.replace("1", str(period))
        else:
            text = self.period.replace("1st", ordinal[period])
        if ended:
            text = f"End {text.removesuffix(' Qtr')}"
        return text.upper() if self.upper else text

    def clock_text(self, clock: float) -> str:
        """`4:10`, or with tenths in the last minute."""
        if clock >= 60:
            return f"{int(clock) // 60}:{int(clock) % 60:02d}"
        text = f"{clock:.1f}"
        return text if self.tenths == "41.9" else f":{clock:04.1f}" if self.tenths == ":41.9" else f"0:{clock:04.1f}"

    def shot_text(self, shot: float) -> str:
        """`14`, `:14`, or `4.5` in the last seconds."""
        if shot != int(shot):
            return f"{shot:.1f}"
        return f":{int(shot):02d}" if self.shot == ":14" else str(int(shot))


class Course:
    """The course of a clip: what is shown at each moment, and one incident in the middle of it."""

    def __init__(self, rng: np.random.Generator, incident: Incident, seconds: float) -> None:
        self.incident = incident
        self.at = float(rng.uniform(0.4, 0.6) * seconds)
        """When the incident begins."""
        self._seconds = seconds
        period = int(rng.choice([1, 2, 3, 4, 5, 6], p=[0.22, 0.22, 0.22, 0.22, 0.08, 0.04]))
        clock = float(rng.uniform(70, 300 if period > 4 else 700))
        if incident == "tenths":
            clock = float(rng.uniform(seconds + 1, 59))
        elif incident == "end":
            clock = self.at - 0.05
        names = rng.choice(_NAMES, size=2, replace=False)
        short = rng.random() < 0.35
        self._period, self._clock = period, clock
        self._shot = float(rng.uniform(seconds + 1, 24) if rng.random() < 0.6 else rng.uniform(4, 24))
        self._tenths_of_shot = bool(rng.random() < 0.3)
        self._scores = [int(rng.integers(0, 120)), int(rng.integers(0, 120))]
        self._team = int(rng.integers(2))
        self._points = int(rng.integers(1, 4))
        self.scoring = "ab"[self._team]
        """Whose basket it is."""
        self._cut = float(rng.uniform(15, 60))
        self.names = tuple(str(name)[:3] if short else str(name) for name in names)

    def says(self, now: float) -> Says:
        """What is shown at a moment."""
        scores = list(self._scores)
        clock, shot = self._clock - now, self._shot - now
        ended = False
        if self.incident in ("basket", "cut") and now >= self.at:
            scores[self._team] += self._points
            shot = 24 - (now - self.at)
        if self.incident == "cut" and now >= self.at:
            clock -= self._cut
        if self.incident == "end" and clock <= 0:
            ended = True
        shot = shot if shot > 0 else 24 - (-shot) % 24
        shown_shot = float(int(shot * 10)) / 10 if shot < 5 and self._tenths_of_shot else float(int(np.ceil(shot)))
        clock = max(0.0, clock)
        return Says(
            team_a=self.names[0],
            team_b=self.names[1],
            score_a=scores[0],
            score_b=scores[1],
            period=self._period,
            ended=ended,
            clock=None if ended else float(int(clock)) if clock >= 60 else float(int(clock * 10)) / 10,
            shot_clock=None if ended or clock < shot else shown_shot,
        )


def without(says: Says, shown: set[str]) -> Says:
    """What is left of it in a graphic that shows only some things."""
    if "team_a" not in shown:
        says = replace(says, team_a=None, team_b=None)
    if "shot_clock" not in shown:
        says = replace(says, shot_clock=None)
    return says
