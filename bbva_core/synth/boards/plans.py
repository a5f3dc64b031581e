"""What stands where on a scoreboard, and what it says: drawn at random, after the kinds of boards that gyms have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Role = Literal["clock", "score_a", "score_b", "period", "other", "name"]

WIDTH = 720
"""Of every board before it is photographed, in pixels."""


@dataclass(frozen=True)
class Number:
    """A field of lamps.

    Args:
        role: What it tells; `name` is a word made of lamps.
        text: With blanks for places where nothing is lit.
        x: Of its middle, in pixels.
        y: Of its middle.
        height: Of a digit.
        hue: Which of the board's colours of lamps.
    """

    role: Role
    text: str
    x: float
    y: float
    height: float
    hue: int = 0


@dataclass(frozen=True)
class Label:
    """Painted words; x and y of the middle, height of capitals, in pixels."""

    text: str
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class BoardPlan:
    """A board: its size in pixels, its fields, its labels."""

    size: tuple[int, int]
    numbers: tuple[Number, ...]
    labels: tuple[Label, ...] = field(default=())

    def said(self, role: Role) -> str | None:
        """What a field says, without blanks."""
        return next((number.text.replace(" ", "") for number in self.numbers if number.role == role), None)


_PLACE = 0.95
"""Width of a place of a digit with what is between two, in heights of a digit: the widest that are drawn."""


_WORDS = ("EAGLES", "TIGERS", "LIONS", "BEARS", "HAWKS", "CITY", "CENTRAL", "UNITED", "KNIGHTS")
_PAIRS = (("HOME", "GUEST"), ("HOME", "VISITOR"), ("HOME", "VISITORS"), ("HOME", "AWAY"), ("HOME", "GUESTS"))


def random_plan(rng: np.random.Generator) -> BoardPlan:
    """A board of some make, in the middle of some game."""
    form = rng.random()
    high = round(WIDTH * float(rng.uniform(0.42, 0.8) if form < 0.75 else rng.uniform(0.25, 0.42)))
    make = _Make(rng, high)
    if form < 0.75:
        make.in_rows()
    else:
        make.in_one_row()
    return BoardPlan((WIDTH, high), tuple(_apart(make.numbers)), tuple(make.labels))


def _apart(numbers: Sequence[Number]) -> list[Number]:
    """Those that do not stand upon one before them: the first ones are those that matter most."""
    kept: list[Number] = []
    for number in numbers:
        half = len(number.text) * number.height * _PLACE / 2
        if all(
            abs(number.x - other.x) > half + len(other.text) * other.height * _PLACE / 2
            or abs(number.y - other.y) > (number.height + other.height) / 2 + 2
            for other in kept
        ):
            kept.append(number)
    return kept


class _Make:
    def __init__(self, rng: np.random.Generator, high: int) -> None:
        self.rng, self.high = rng, high
        self.numbers: list[Number] = []
        self.labels: list[Label] = []
        self.labelled = bool(rng.random() < 0.9)
        self.hues = [int(hue) for hue in rng.integers(0, 4, 4)]

    def in_rows(self) -> None:
        """Clock in the middle at the top or the bottom, scores to both sides of it, and more below."""
        rng, high = self.rng, self.high
        tall = high * float(rng.uniform(0.15, 0.26))
        clock = min(tall * float(rng.uniform(0.75, 1.35)), 115.0)
        score = min(tall, 110.0)
        side = float(rng.uniform(0.13, 0.2))
        top = high * float(rng.uniform(0.16, 0.2)) + clock * 0.2
        below = bool(rng.random() < 0.12)  # the clock under the scores
        scores = top + (clock + score) * float(rng.uniform(0.25, 1.0)) if not below else high * 0.3
        if below:
            top = high * float(rng.uniform(0.6, 0.7))
        if abs(scores - top) < (clock + score) / 2 + 4:  # side by side
            score = min(score, 80.0)
            clock = min(clock, (WIDTH * (1 - 2 * side) - 3 * score * _PLACE - 8) / 5 / _PLACE)
        self._clock(WIDTH / 2, top, clock)
        self._scores((WIDTH * side, WIDTH * (1 - side)), scores, score)
        period = min(score * float(rng.uniform(0.6, 1.0)), 80.0)
        gap = high - (top + clock / 2)
        middle = top + clock / 2 + gap * float(rng.uniform(0.25, 0.4)) + period * 0.2 if not below else high * 0.3
        self._period(WIDTH / 2 + float(rng.choice([0, 0, rng.uniform(-30, 60)])), middle, period)
        small = min(score * float(rng.uniform(0.55, 0.95)), 75.0)
        lower = max(scores + score / 2, top + clock / 2 if below else 0) + small * 1.1
        if lower + small / 2 > high - 8 or rng.random() < 0.15:
            return
        lower = float(rng.uniform(lower, max(lower + 1, min(high - small * 0.6, lower + small))))
        self._fouls(side, lower, small)
        if rng.random() < 0.5 and lower - small > middle + period / 2:
            self._player(WIDTH / 2, lower, small * float(rng.uniform(0.7, 1.0)))
        if rng.random() < 0.5:
            self._time_outs(side, lower, small * float(rng.uniform(0.5, 0.9)))
        if rng.random() < 0.12:
            self._columns(scores, score)

    def in_one_row(self) -> None:
        """Scores and clock side by side, in a low board."""
        rng, high = self.rng, self.high
        side = float(rng.uniform(0.12, 0.16))
        score = min(high * float(rng.uniform(0.3, 0.5)), 80.0)
        clock = min(
            score * float(rng.uniform(0.7, 1.1)), (WIDTH * (1 - 2 * side) - 3 * score * _PLACE - 8) / 5 / _PLACE
        )
        y = high * float(rng.uniform(0.4, 0.6))
        self._clock(WIDTH / 2, y - clock * 0.25, clock)
        self._scores((WIDTH * side, WIDTH * (1 - side)), y, score)
        small = clock * float(rng.uniform(0.45, 0.7))
        if high - (y + clock * 0.25) > small * 1.5:
            self._period(WIDTH / 2, (y + clock * 0.25 + high) / 2, small)
            if rng.random() < 0.6:
                self._fouls(0.34, (y + clock * 0.25 + high) / 2, small)

    def _label(self, text: str, x: float, y: float, height: float) -> None:
        if self.labelled and y - height / 2 > 2 and y + height / 2 < self.high - 2:
            self.labels.append(Label(text, x, y, height))

    def _clock(self, x: float, y: float, height: float) -> None:
        rng = self.rng
        if rng.random() < 0.15:
            text = f"{rng.integers(0, 60):2d}.{rng.integers(0, 10)}"
        else:
            minutes = int(rng.integers(0, 21) if rng.random() < 0.8 else rng.integers(0, 60))
            text = f"{minutes:02d}" if rng.random() < 0.25 else f"{minutes:2d}"
            text += f":{rng.integers(0, 60):02d}"
        self.numbers.append(Number("clock", text, x, y, height, self.hues[0]))
        if rng.random() < 0.3:
            self._label("TIME", x, y - height * 0.72, height * 0.25)

    def _scores(self, xs: tuple[float, float], y: float, height: float) -> None:
        rng = self.rng
        most = 3 if rng.random() < 0.5 else 2
        height = min(height, WIDTH * 0.25 / most / 0.75)
        names = _PAIRS[int(rng.integers(len(_PAIRS)))]
        if rng.random() < 0.35:
            names = (str(rng.choice(_WORDS)), str(rng.choice(_WORDS)))
        lamps = rng.random() < 0.15
        size = height * float(rng.uniform(0.2, 0.42))
        for x, name, role in zip(xs, names, ("score_a", "score_b"), strict=True):
            points = int(rng.integers(0, 130 if most == 3 else 100) if rng.random() < 0.75 else rng.integers(0, 10))
            text = f"{points:02d}" if rng.random() < 0.1 else str(points)
            self.numbers.append(Number(role, text.rjust(most), x, y, height, self.hues[1]))  # type: ignore[arg-type]
            if lamps and self.labelled:
                self.numbers.append(Number("name", name[:4], x, y - height / 2 - size * 0.8, size * 0.9, self.hues[2]))
            else:
                self._label(name, x, y - height / 2 - size * 0.8, size)

    def _period(self, x: float, y: float, height: float) -> None:
        rng = self.rng
        text = str(rng.choice(["1", "2", "3", "4"], p=[0.25, 0.25, 0.25, 0.25]) if rng.random() < 0.92 else "0")
        self.numbers.append(Number("period", text, x, y, height, self.hues[2]))
        word = str(rng.choice(["PERIOD", "PERIOD", "PER", "QTR", "QUARTER"]))
        if rng.random() < 0.6:
            self._label(word, x, y - height * 0.75, height * float(rng.uniform(0.25, 0.4)))
        else:
            size = height * float(rng.uniform(0.3, 0.5))
            self._label(word, x - height * 0.6 - size * len(word) * 0.35, y, size)

    def _fouls(self, side: float, y: float, height: float) -> None:
        rng = self.rng
        places = 2 if rng.random() < 0.5 else 1
        word = str(rng.choice(["FOULS", "TEAM FOULS", "FOULS", "T.FOULS"]))
        under = bool(rng.random() < 0.2)
        for x in (WIDTH * side, WIDTH * (1 - side)):
            fouls = int(rng.integers(0, 12 if places == 2 else 10))
            self.numbers.append(Number("other", str(fouls).rjust(places), x, y, height, self.hues[3]))
            self._label(word, x, y + height * (0.78 if under else -0.74), height * 0.28)
        if rng.random() < 0.3:
            for x in (WIDTH * (side + 0.09), WIDTH * (0.91 - side)):
                self._label("BONUS", x, y - height * 1.2, height * 0.22)

    def _player(self, x: float, y: float, height: float) -> None:
        lit = self.rng.random() < 0.4
        number, fouls = (f"{self.rng.integers(0, 56):2d}", str(self.rng.integers(1, 6))) if lit else ("  ", " ")
        self.numbers.append(Number("other", number, x - height * 0.9, y, height, self.hues[3]))
        self.numbers.append(Number("other", fouls, x + height * 1.0, y, height, self.hues[3]))
        self._label("PLAYER FOUL", x, y - height * 0.75, height * 0.26)

    def _time_outs(self, side: float, y: float, height: float) -> None:
        word = str(self.rng.choice(["TOL", "T.O.L.", "TIME OUTS"]))
        away = 0.3 - side if side < 0.3 else 0.1
        for x in (WIDTH * (side + away), WIDTH * (1 - side - away)):
            self.numbers.append(Number("other", str(self.rng.integers(0, 6)), x, y, height, self.hues[2]))
            self._label(word, x, y - height * 0.8, height * 0.3)

    def _columns(self, y: float, height: float) -> None:
        """Numbers of players with their fouls, at both edges."""
        size = 15.0
        for x in (18.0, WIDTH - 18.0):
            for row in range(int((self.high - 30) // (size * 1.7))):
                place = 20 + row * size * 1.7
                self.numbers.append(Number("other", str(self.rng.integers(1, 100)), x, place, size, self.hues[3]))
