"""Where the fields of a scoreboard are. Light: no pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

Box = tuple[int, int, int, int]
"""x1, y1, x2, y2 in pixels, origin top left; x2 and y2 exclusive."""


class Kind(StrEnum):
    """What a field shows."""

    CLOCK = "clock"
    PERIOD = "period"
    SHOT_CLOCK = "shot_clock"
    SCORE_A = "score_a"
    SCORE_B = "score_b"
    TEAM_A = "team_a"
    TEAM_B = "team_b"


@dataclass(frozen=True)
class Field:
    """A part of the scoreboard with one line of text.

    Args:
        holds: What it shows; more than one thing when they stand too close to be told apart, as `1ST 11:20 :05`.
        box: Where, with room for longer text.
        text_box: Where the text was when the field was found.
    """

    holds: tuple[Kind, ...]
    box: Box
    text_box: Box

    @property
    def name(self) -> str:
        """What it shows, in words."""
        return " ".join(self.holds)

    def moved(self, dx: int, dy: int) -> Field:
        """The same field of a scoreboard that has slid."""
        return replace(self, box=shifted(self.box, dx, dy), text_box=shifted(self.text_box, dx, dy))


@dataclass(frozen=True)
class Layout:
    """A scoreboard: its place in the picture, its fields, and the names of the teams where it shows any.

    `team_a` is the left or upper team.
    """

    box: Box
    fields: tuple[Field, ...]
    team_a: str | None = None
    team_b: str | None = None
    board: bool = False
    """A filmed board of lamps, not a graphic."""

    def moved(self, dx: int, dy: int) -> Layout:
        """The same layout, slid."""
        return replace(self, box=shifted(self.box, dx, dy), fields=tuple(item.moved(dx, dy) for item in self.fields))

    def to_dict(self) -> dict[str, Any]:
        """For storage as JSON."""
        return {
            "box": list(self.box),
            "fields": [[list(item.holds), list(item.box), list(item.text_box)] for item in self.fields],
            "teams": [self.team_a, self.team_b],
            "board": self.board,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        fields = tuple(
            Field(tuple(map(Kind, holds)), _box(box), _box(text_box)) for holds, box, text_box in stored["fields"]
        )
        team_a, team_b = stored["teams"]
        return cls(_box(stored["box"]), fields, team_a, team_b, board=stored.get("board", False))


def shifted(box: Box, dx: int, dy: int) -> Box:
    """A box at another place."""
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy


def union(boxes: Sequence[Sequence[float]]) -> Box:
    """The smallest box of whole pixels around all of them."""
    return (
        int(min(box[0] for box in boxes)),
        int(min(box[1] for box in boxes)),
        int(-(-max(box[2] for box in boxes) // 1)),
        int(-(-max(box[3] for box in boxes) // 1)),
    )


def _box(values: Sequence[int]) -> Box:
    x1, y1, x2, y2 = values
    return x1, y1, x2, y2
