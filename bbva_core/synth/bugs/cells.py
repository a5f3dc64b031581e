"""What score bugs are drawn from: cells with something written in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Content = Literal[
    "team_a", "score_a", "team_b", "score_b", "period", "clock", "shot_clock", "period_clock", "logo_a", "logo_b",
    "sponsor", "ticker", "dots_a", "dots_b", "record_a", "record_b", "fouls_a", "fouls_b",
    "rank_a", "rank_b", "bonus_a", "bonus_b", "arrow_a", "arrow_b", "dash", "network", "clock_zero", "period_digit",
]  # fmt: skip
Ground = Literal["dark", "light", "a", "b", "accent", "none"]


@dataclass(frozen=True)
class Cell:
    """A rectangle of a graphic, with what is written in it.

    Args:
        content: What.
        x: From the left edge of the graphic.
        y: From its upper edge.
        w: Width.
        h: Height.
        size: Height of the capitals as a share of the height of the cell.
        ground: Colour behind it.
        align: Where the text stands in it.
    """

    content: Content
    x: float
    y: float
    w: float
    h: float = 1.0
    size: float = 0.55
    ground: Ground = "dark"
    align: Literal["left", "centre", "right"] = "centre"


@dataclass(frozen=True)
class BugLayout:
    """A graphic: its cells, and where in the picture it stands (0 to 1 of the room there is, across and down)."""

    cells: tuple[Cell, ...]
    place: tuple[float, float]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in heights of a row."""
        return max(cell.x + cell.w for cell in self.cells), max(cell.y + cell.h for cell in self.cells)
