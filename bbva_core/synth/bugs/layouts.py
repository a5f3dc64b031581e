"""Layouts of score bugs: where broadcasts put names, scores, period and clocks. No broadcaster's graphic is copied.

Lengths are in heights of a row of text. A layout is a function from a random generator to cells; colours and fonts are
chosen elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bbva_core.synth.bugs.cells import BugLayout, Cell
from bbva_core.synth.bugs.leagues import LEAGUES


def _strip(rng: np.random.Generator) -> BugLayout:
    """Everything in one row, the clock last."""
    name, gap = float(rng.uniform(3.2, 5)), float(rng.uniform(0, 0.1))
    x = 0.0
    cells = []
    for team, content in (("a", "team_a"), ("b", "team_b")):
        cells.append(Cell(content, x, 0, name, ground=team, align="left"))  # type: ignore[arg-type]
        cells.append(Cell(f"score_{team}", x + name, 0, 1.7, size=0.62, ground=team))  # type: ignore[arg-type]
        x += name + 1.7 + gap
    cells += [
        Cell("period", x, 0, 2.6),
        Cell("clock", x + 2.6, 0, 2.3),
        Cell("shot_clock", x + 4.9, 0, 1.5, ground="accent"),
    ]
    return BugLayout(tuple(cells), (0.5, 0.93))


def _stacked_left(rng: np.random.Generator) -> BugLayout:
    """Two rows of teams; sponsor, period and clock at the left of them."""
    name = float(rng.uniform(3.4, 5))
    cells = [
        Cell("sponsor", 0, 0, 4.6, size=0.36),
        Cell("period", 0, 1, 1.5, size=0.42),
        Cell("clock", 1.5, 1, 1.9, size=0.5),
        Cell("shot_clock", 3.4, 1, 1.2, size=0.5),
    ]
    for row, team in enumerate("ab"):
        cells += [
            Cell(f"team_{team}", 4.7, row, name, size=0.5, align="left"),  # type: ignore[arg-type]
            Cell(f"logo_{team}", 4.7 + name, row, 1),  # type: ignore[arg-type]
            Cell(f"score_{team}", 5.7 + name, row, 1.7, size=0.62, align="right"),  # type: ignore[arg-type]
        ]
    return BugLayout(tuple(cells), (0.06, 0.93))


def _bar(rng: np.random.Generator) -> BugLayout:
    """A bar across the foot of the picture: logos, scores, one line for period and clock, and news."""
    cells = [
        Cell("logo_a", 0, 0, 2.2, ground="a"),
        Cell("score_a", 2.2, 0, 1.8, size=0.6, ground="a"),
        Cell("logo_b", 4.2, 0, 2.2, ground="b"),
        Cell("score_b", 6.4, 0, 1.8, size=0.6, ground="b"),
        Cell("period_clock", 8.3, 0, 4.6, size=0.55, ground="light"),
        Cell("shot_clock", 12.9, 0, 1.4, size=0.5, ground="light"),
        Cell("ticker", 14.4, 0, float(rng.uniform(9, 12)), size=0.42, ground="dark", align="left"),
    ]
    return BugLayout(tuple(cells), (0.0, 0.98))


def _symmetric(rng: np.random.Generator) -> BugLayout:
    """Names and scores left and right, clock over period in the middle."""
    name = float(rng.uniform(3, 4.6))
    cells = (
        Cell("team_a", 0, 0, name, 1.6, 0.36, "a"),
        Cell("score_a", name, 0, 2.2, 1.6, 0.52, "dark"),
        Cell("clock", name + 2.2, 0, 2.6, 0.95, 0.56, "light"),
        Cell("period", name + 2.2, 0.95, 1.5, 0.65, 0.56, "light"),
        Cell("shot_clock", name + 3.7, 0.95, 1.1, 0.65, 0.56, "accent"),
        Cell("score_b", name + 4.8, 0, 2.2, 1.6, 0.52, "dark"),
        Cell("team_b", name + 7, 0, name, 1.6, 0.36, "b"),
    )
    return BugLayout(cells, (0.5, 0.92))


def _top_box(rng: np.random.Generator) -> BugLayout:
    """A box in a corner at the top: a row each team, and one for the clocks."""
    name = float(rng.uniform(2.6, 4))
    cells = []
    for row, team in enumerate("ab"):
        cells += [
            Cell(f"team_{team}", 0, row, name, ground=team, align="left"),  # type: ignore[arg-type]
            Cell(f"score_{team}", name, row, 1.8, size=0.62, ground="dark"),  # type: ignore[arg-type]
        ]
    third = (name + 1.8) / 3
    cells += [
        Cell("period", 0, 2, third, 0.9, 0.5, "light"),
        Cell("clock", third, 2, third * 1.15, 0.9, 0.56, "light"),
        Cell("shot_clock", third * 2.15, 2, third * 0.85, 0.9, 0.56, "accent"),
    ]
    return BugLayout(tuple(cells), (float(rng.choice([0.05, 0.95])), 0.07))


def _scores_inside(rng: np.random.Generator) -> BugLayout:
    """At the top: score and name, clock, name and score."""
    name = float(rng.uniform(2.4, 3.6))
    cells = (
        Cell("score_a", 0, 0, 1.9, 1.1, 0.6, "accent"),
        Cell("team_a", 1.9, 0, name, 1.1, 0.5, "a"),
        Cell("period", 1.9 + name, 0, 1.6, 1.1, 0.42, "dark"),
        Cell("clock", 3.5 + name, 0, 2.3, 1.1, 0.55, "dark"),
        Cell("team_b", 5.8 + name, 0, name, 1.1, 0.5, "b"),
        Cell("score_b", 5.8 + 2 * name, 0, 1.9, 1.1, 0.6, "accent"),
    )
    return BugLayout(cells, (0.5, 0.06))


def _clock_on_top(rng: np.random.Generator) -> BugLayout:
    """The clock in a row above those of the teams, at the lower right."""
    name = float(rng.uniform(3, 4.4))
    cells = [
        Cell("period", 0, 0, 1.9, 0.85, 0.5, "accent"),
        Cell("clock", 1.9, 0, name - 0.1, 0.85, 0.6, "accent"),
    ]
    for row, team in enumerate("ab"):
        cells += [
            Cell(f"team_{team}", 0, 0.85 + row, name, size=0.5, ground="dark", align="left"),  # type: ignore[arg-type]
            Cell(f"score_{team}", name, 0.85 + row, 1.8, size=0.6, ground=team),  # type: ignore[arg-type]
        ]
    return BugLayout(tuple(cells), (0.93, 0.9))


def _clock_first(rng: np.random.Generator) -> BugLayout:
    """One row, the clock first."""
    name = float(rng.uniform(2.4, 3.4))
    cells = (
        Cell("clock", 0, 0, 2.4, size=0.56, ground="light"),
        Cell("period", 2.4, 0, 1.9, size=0.5, ground="light"),
        Cell("team_a", 4.4, 0, name, size=0.5, ground="a"),
        Cell("score_a", 4.4 + name, 0, 1.7, size=0.56, ground="a"),
        Cell("score_b", 6.3 + name, 0, 1.7, size=0.56, ground="b"),
        Cell("team_b", 8.0 + name, 0, name, size=0.5, ground="b"),
    )
    return BugLayout(cells, (float(rng.uniform(0.05, 0.6)), 0.93))


def _columns(rng: np.random.Generator) -> BugLayout:
    """Names above scores, the clocks between them."""
    wide = float(rng.uniform(3, 4))
    cells = (
        Cell("team_a", 0, 0, wide, 0.9, 0.5, "a"),
        Cell("score_a", 0, 0.9, wide, 1.5, 0.62, "dark"),
        Cell("period", wide, 0, 2.6, 0.9, 0.46, "dark"),
        Cell("clock", wide, 0.9, 2.6, 0.9, 0.62, "dark"),
        Cell("shot_clock", wide, 1.8, 2.6, 0.6, 0.66, "accent"),
        Cell("team_b", wide + 2.6, 0, wide, 0.9, 0.5, "b"),
        Cell("score_b", wide + 2.6, 0.9, wide, 1.5, 0.62, "dark"),
    )
    return BugLayout(cells, (0.5, 0.95))


def _busy(rng: np.random.Generator) -> BugLayout:
    """Two rows with logos, records, timeouts and fouls: many numbers that are no scores."""
    name = float(rng.uniform(2.4, 3.2))
    cells = []
    for row, team in enumerate("ab"):
        cells += [
            Cell(f"logo_{team}", 0, row * 1.2, 1.2, 1.2, ground=team),  # type: ignore[arg-type]
            Cell(f"team_{team}", 1.2, row * 1.2, name, 1.2, 0.44, team, "left"),  # type: ignore[arg-type]
            Cell(f"record_{team}", 1.2 + name, row * 1.2, 1.9, 1.2, 0.26, team),  # type: ignore[arg-type]
            Cell(f"fouls_{team}", 3.1 + name, row * 1.2, 0.9, 1.2, 0.26, "dark"),  # type: ignore[arg-type]
            Cell(f"score_{team}", 4.0 + name, row * 1.2, 1.9, 1.2, 0.54, "dark"),  # type: ignore[arg-type]
            Cell(f"dots_{team}", 1.2, row * 1.2 + 1.0, 2, 0.15, ground="none"),  # type: ignore[arg-type]
        ]
    cells += [
        Cell("period", 5.9 + name, 0, 2.2, 0.8, 0.52, "light"),
        Cell("clock", 5.9 + name, 0.8, 2.2, 0.9, 0.6, "light"),
        Cell("shot_clock", 5.9 + name, 1.7, 2.2, 0.7, 0.6, "accent"),
    ]
    return BugLayout(tuple(cells), (0.07, 0.92))


def _plain_line(rng: np.random.Generator) -> BugLayout:
    """Text on one dark, half transparent ground, without boxes."""
    name = float(rng.uniform(2.0, 2.8))
    x = [0.0, name, name + 1.5, 2 * name + 1.8, 2 * name + 3.3, 2 * name + 5.2]
    cells = (
        Cell("team_a", x[0], 0, name, ground="none"),
        Cell("score_a", x[1], 0, 1.5, ground="none"),
        Cell("team_b", x[2], 0, name, ground="none"),
        Cell("score_b", x[3] - 0.3, 0, 1.5, ground="none"),
        Cell("period", x[4] - 0.2, 0, 2.0, ground="none"),
        Cell("clock", x[5], 0, 2.2, ground="none"),
    )
    return BugLayout(cells, (0.05, 0.06))


def _wide(rng: np.random.Generator) -> BugLayout:
    """Teams far apart, the clocks in the middle."""
    name, away = float(rng.uniform(3.2, 4.4)), float(rng.uniform(0.6, 2.2))
    middle = name + 2.1 + away
    cells = (
        Cell("team_a", 0, 0, name, 1.2, 0.48, "a", "left"),
        Cell("score_a", name, 0, 2.1, 1.2, 0.6, "dark"),
        Cell("period", middle, 0, 1.8, 1.2, 0.42, "dark"),
        Cell("clock", middle + 1.8, 0, 2.5, 1.2, 0.55, "dark"),
        Cell("shot_clock", middle + 4.3, 0, 1.4, 1.2, 0.5, "accent"),
        Cell("score_b", middle + 5.7 + away, 0, 2.1, 1.2, 0.6, "dark"),
        Cell("team_b", middle + 7.8 + away, 0, name, 1.2, 0.48, "b", "right"),
    )
    return BugLayout(cells, (0.5, 0.94))


def _tall(rng: np.random.Generator) -> BugLayout:
    """Narrow, in four rows."""
    wide = float(rng.uniform(3.4, 4.4))
    cells = []
    for row, team in enumerate("ab"):
        cells += [
            Cell(f"team_{team}", 0, row * 1.1, wide - 1.9, 1.1, 0.46, team),  # type: ignore[arg-type]
            Cell(f"score_{team}", wide - 1.9, row * 1.1, 1.9, 1.1, 0.58, team),  # type: ignore[arg-type]
        ]
    cells += [
        Cell("clock", 0, 2.2, wide, 1.0, 0.6, "dark"),
        Cell("period", 0, 3.2, wide * 0.55, 0.8, 0.56, "dark"),
        Cell("shot_clock", wide * 0.55, 3.2, wide * 0.45, 0.8, 0.6, "accent"),
    ]
    return BugLayout(tuple(cells), (0.04, 0.1))


def _names_outside(rng: np.random.Generator) -> BugLayout:
    """Logos and short names; period and clock in one line in the middle."""
    name = float(rng.uniform(1.9, 2.5))
    cells = (
        Cell("logo_a", 0, 0, 1.3, 1.3, ground="a"),
        Cell("team_a", 1.3, 0, name, 1.3, 0.42, "dark"),
        Cell("score_a", 1.3 + name, 0, 1.9, 1.3, 0.56, "a"),
        Cell("period_clock", 3.2 + name, 0, 4.8, 1.3, 0.42, "dark"),
        Cell("score_b", 8.0 + name, 0, 1.9, 1.3, 0.56, "b"),
        Cell("team_b", 9.9 + name, 0, name, 1.3, 0.42, "dark"),
        Cell("logo_b", 9.9 + 2 * name, 0, 1.3, 1.3, ground="b"),
    )
    return BugLayout(cells, (0.5, 0.95))


LAYOUTS: dict[str, Callable[[np.random.Generator], BugLayout]] = {
    "strip": _strip,
    "stacked left": _stacked_left,
    "bar": _bar,
    "symmetric": _symmetric,
    "top box": _top_box,
    "scores outside": _scores_inside,
    "clock on top": _clock_on_top,
    "clock first": _clock_first,
    "columns": _columns,
    "busy": _busy,
    "plain line": _plain_line,
    "wide": _wide,
    "tall": _tall,
    "names outside": _names_outside,
    **LEAGUES,
}
"""By name; each makes a slightly different graphic every time."""
