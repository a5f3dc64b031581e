"""More layouts, as leagues and colleges put them: ranks, records, fouls and bonus beside what counts.

Lengths are in heights of a row of text, as in `layouts`. No broadcaster's graphic is copied.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bbva_core.synth.bugs.cells import BugLayout, Cell


def _ranked(rng: np.random.Generator) -> BugLayout:
    """Colleges: ranks before names, the bonus and an arrow for possession under them; one row."""
    name = float(rng.uniform(3.0, 4.2))
    cells, x = [], 0.0
    for team in "ab":
        cells += [
            Cell(f"rank_{team}", x, 0, 0.9, size=0.34, ground=team),  # type: ignore[arg-type]
            Cell(f"team_{team}", x + 0.9, 0, name, size=0.52, ground=team, align="left"),  # type: ignore[arg-type]
            Cell(f"score_{team}", x + 0.9 + name, 0, 1.8, size=0.62, ground="dark"),  # type: ignore[arg-type]
            Cell(f"bonus_{team}", x + 0.9, 1.0, 2.0, 0.5, 0.6, ground="dark"),  # type: ignore[arg-type]
            Cell(f"arrow_{team}", x + 3.0, 1.0, 0.6, 0.5, ground="dark"),  # type: ignore[arg-type]
        ]
        x += name + 2.75
    cells += [
        Cell("period", x, 0, 1.9, size=0.5, ground="light"),
        Cell("clock", x + 1.9, 0, 2.4, size=0.55, ground="light"),
        Cell("shot_clock", x + 4.3, 0, 1.5, size=0.55, ground="accent"),
    ]
    return BugLayout(tuple(cells), (0.5, 0.92))


def _with_fouls(rng: np.random.Generator) -> BugLayout:
    """Rows of teams with fouls in a box behind the score; clock over period at the left."""
    name = float(rng.uniform(2.6, 4.0))
    cells = [
        Cell("clock", 0, 0, 2.8, 1.1, 0.56, "light"),
        Cell("period", 0, 1.1, 1.6, 0.9, 0.5, "light"),
        Cell("shot_clock", 1.6, 1.1, 1.2, 0.9, 0.56, "accent"),
    ]
    for row, team in enumerate("ab"):
        cells += [
            Cell(f"team_{team}", 2.9, row, name, size=0.52, ground=team, align="left"),  # type: ignore[arg-type]
            Cell(f"score_{team}", 2.9 + name, row, 1.9, size=0.62, ground="dark"),  # type: ignore[arg-type]
            Cell(f"fouls_{team}", 4.8 + name, row, 0.9, size=0.5, ground="accent"),  # type: ignore[arg-type]
        ]
    return BugLayout(tuple(cells), (0.06, 0.9))


def _dashed(rng: np.random.Generator) -> BugLayout:
    """Scores side by side with a dash between them, names outside, and the clock, with a leading zero, at the end."""
    name = float(rng.uniform(2.4, 3.6))
    cells = (
        Cell("team_a", 0, 0, name, size=0.5, ground="a"),
        Cell("score_a", name, 0, 1.7, size=0.6, ground="dark"),
        Cell("dash", name + 1.7, 0, 0.5, size=0.5, ground="dark"),
        Cell("score_b", name + 2.2, 0, 1.7, size=0.6, ground="dark"),
        Cell("team_b", name + 3.9, 0, name, size=0.5, ground="b"),
        Cell("period", 2 * name + 4.1, 0, 1.7, size=0.46, ground="light"),
        Cell("clock_zero", 2 * name + 5.8, 0, 2.5, size=0.54, ground="light"),
        Cell("network", 2 * name + 8.5, 0, 2.0, size=0.4, ground="accent"),
    )
    return BugLayout(cells, (float(rng.choice([0.05, 0.5])), 0.07))


def _names_below(rng: np.random.Generator) -> BugLayout:
    """Large scores with small names and records below them; clock and period between."""
    wide = float(rng.uniform(3.0, 3.8))
    middle = float(rng.uniform(2.8, 3.4))
    cells = []
    for x, team in ((0.0, "a"), (wide + 1.6 + middle, "b")):
        inside = x + 1.6 if team == "a" else x
        cells += [
            Cell(f"logo_{team}", x if team == "a" else x + wide, 0, 1.6, 2.5, ground=team),  # type: ignore[arg-type]
            Cell(f"score_{team}", inside, 0, wide, 1.4, 0.66, "dark"),  # type: ignore[arg-type]
            Cell(f"team_{team}", inside, 1.4, wide, 0.65, 0.62, "dark"),  # type: ignore[arg-type]
            Cell(f"record_{team}", inside, 2.05, wide, 0.45, 0.6, "dark"),  # type: ignore[arg-type]
        ]
    cells += [
        Cell("clock", wide + 1.6, 0, middle, 1.2, 0.58, "light"),
        Cell("period", wide + 1.6, 1.2, middle, 0.7, 0.58, "light"),
        Cell("shot_clock", wide + 1.6, 1.9, middle, 0.6, 0.66, "accent"),
    ]
    return BugLayout(tuple(cells), (0.5, 0.93))


def _with_records(rng: np.random.Generator) -> BugLayout:
    """One row; a logo, the name over the record and dots for timeouts, and the score, for each team."""
    name = float(rng.uniform(2.8, 3.8))
    cells, x = [], 0.0
    for team in "ab":
        cells += [
            Cell(f"logo_{team}", x, 0, 1.5, 1.5, ground=team),  # type: ignore[arg-type]
            Cell(f"team_{team}", x + 1.5, 0, name, 0.85, 0.6, team, "left"),  # type: ignore[arg-type]
            Cell(f"record_{team}", x + 1.5, 0.85, 1.8, 0.4, 0.66, team, "left"),  # type: ignore[arg-type]
            Cell(f"dots_{team}", x + 1.6, 1.32, 2.0, 0.12, ground="none"),  # type: ignore[arg-type]
            Cell(f"score_{team}", x + 1.5 + name, 0, 2.2, 1.5, 0.56, team),  # type: ignore[arg-type]
        ]
        x += name + 3.8
    cells += [
        Cell("period", x, 0, 2.6, 0.7, 0.58, "dark"),
        Cell("clock", x, 0.7, 2.6, 0.8, 0.62, "dark"),
        Cell("shot_clock", x + 2.6, 0, 1.6, 1.5, 0.42, "accent"),
    ]
    return BugLayout(tuple(cells), (0.5, 0.94))


def _bare_period(rng: np.random.Generator) -> BugLayout:
    """Streams of small leagues: the period is a lone digit between the teams, beside the clock."""
    name = float(rng.uniform(2.6, 3.6))
    cells = (
        Cell("team_a", 0, 0, name, size=0.5, ground="a"),
        Cell("score_a", name, 0, 1.9, size=0.62, ground="dark"),
        Cell("period_digit", name + 1.9, 0, 1.1, size=0.5, ground="accent"),
        Cell("clock_zero", name + 3.0, 0, 2.7, size=0.56, ground="dark"),
        Cell("score_b", name + 5.7, 0, 1.9, size=0.62, ground="dark"),
        Cell("team_b", name + 7.6, 0, name, size=0.5, ground="b"),
    )
    return BugLayout(cells, (0.5, float(rng.choice([0.05, 0.95]))))


LEAGUES: dict[str, Callable[[np.random.Generator], BugLayout]] = {
    "ranked": _ranked,
    "with fouls": _with_fouls,
    "dashed": _dashed,
    "names below": _names_below,
    "with records": _with_records,
    "bare period": _bare_period,
}
"""By name; each makes a slightly different graphic every time."""
