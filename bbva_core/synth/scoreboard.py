"""Clocks and scores of the game, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

PERIOD_SECONDS = 600.0
SHOT_SECONDS = 24.0


@dataclass(slots=True)
class Scoreboard:
    """The state of the game. Periods count on in overtime; a period that ends is followed at once by the next."""

    period: int
    clock: float
    """Seconds left in the period."""
    shot_clock: float
    scores: list[int] = field(default_factory=lambda: [0, 0])
    ordinal: bool = True
    """Write `2nd` rather than `Q2`."""

    @classmethod
    def random(cls, rng: np.random.Generator, seconds: float) -> Scoreboard:
        """A moment in the middle of a game, with time left for a clip of that length where possible."""
        low = min(seconds + 20.0, 560.0)
        base = int(rng.integers(28, 62))
        return cls(
            period=int(rng.integers(2, 4)),
            clock=float(rng.uniform(max(low, 130.0), 590.0)),
            shot_clock=SHOT_SECONDS - float(rng.uniform(7, 10)),
            scores=[base + int(rng.integers(0, 9)), base + int(rng.integers(0, 9))],
            ordinal=bool(rng.random() < 0.6),
        )

    def step(self, dt: float, shot_clock_runs: bool) -> None:
        """Let dt seconds pass."""
        self.clock -= dt
        if self.clock <= 0:
            self.period += 1
            self.clock += PERIOD_SECONDS if self.period <= 4 else PERIOD_SECONDS / 2
        if shot_clock_runs:
            self.shot_clock = max(0.0, self.shot_clock - dt)

    @property
    def shown_clock(self) -> float:
        """The game clock as a scoreboard shows it: whole seconds, tenths in the last minute."""
        return float(int(self.clock)) if self.clock >= 60 else int(self.clock * 10) / 10

    @property
    def shown_shot_clock(self) -> int:
        """The shot clock as shown: whole seconds, rounded up."""
        return int(np.ceil(self.shot_clock))

    @property
    def period_text(self) -> str:
        """`2nd`, `Q2`, `OT`, `2OT`."""
        if self.period > 4:
            return "OT" if self.period == 5 else f"{self.period - 4}OT"
        return {1: "1st", 2: "2nd", 3: "3rd", 4: "4th"}[self.period] if self.ordinal else f"Q{self.period}"

    @property
    def clock_text(self) -> str:
        """`4:10`, or `42.7` in the last minute."""
        shown = self.shown_clock
        return f"{int(shown) // 60}:{int(shown) % 60:02d}" if shown >= 60 else f"{shown:.1f}"
