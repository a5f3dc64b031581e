"""Paints a score bug: colours, letters, marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.synth.bugs.cells import BugLayout, Cell
from bbva_core.synth.bugs.game import Says, Writing
from bbva_core.synth.lettering import font_mask

Image = npt.NDArray[np.uint8]
Colour = tuple[float, float, float]
_SMALL = ("record", "fouls", "sponsor", "ticker", "rank", "bonus", "arrow", "network")
"""What nobody needs to read in the smallest of pictures."""
_FINER = 2  # drawn so many times larger, and averaged down


@dataclass(frozen=True)
class Paint:
    """Colours, font, scale and place of a graphic.

    Args:
        font: None is the font inside Pillow.
        stretch: Width of letters against that of the font.
        row: Height of a row in pixels.
        left: Where it stands.
        top: Where it stands.
        elsewhere: Where it stands after it has slid.
        grounds: By name.
        inks: By name of the ground.
        clock_ink: Of the clock; None takes that of the ground.
        opacity: Of the ground; less than 1 lets the picture shine through.
    """

    font: Path | None
    stretch: float
    row: float
    left: int
    top: int
    elsewhere: tuple[int, int]
    grounds: dict[str, Colour]
    inks: dict[str, Colour]
    opacity: float

    @classmethod
    def random(
        cls,
        rng: np.random.Generator,
        fonts: Sequence[Path | None],
        layout: BugLayout,
        size: tuple[int, int],
        least_letters: float,
    ) -> Paint:
        """A graphic that fits a picture of a size."""
        wide, high = size
        smallest = min(
            cell.h * cell.size
            for cell in layout.cells
            if not cell.content.startswith(
                ("record", "fouls", "sponsor", "ticker", "rank", "bonus", "arrow", "network")
            )
        )
        columns, rows = layout.size
        most = min(wide * 0.98 / columns, high * 0.3 / rows)
        row = min(most, max(least_letters / smallest, high * float(rng.uniform(0.04, 0.075))))
        room = wide - columns * row, high - rows * row
        left, top = round(room[0] * layout.place[0]), round(room[1] * layout.place[1])
        up = -1 if layout.place[1] > 0.5 else 1
        elsewhere = (left, int(np.clip(top + up * high * 0.12, 0, room[1])))
        team_a, team_b = (_colour(rng) for _ in "ab")
        dark = _grey(rng, 8, 60)
        grounds = {
            "dark": dark,
            "light": _grey(rng, 200, 250),
            "a": team_a,
            "b": team_b,
            "accent": _colour(rng),
            "none": dark,
        }
        return cls(
            font=fonts[int(rng.integers(len(fonts)))],
            stretch=float(rng.uniform(0.78, 1.08)),
            row=row,
            left=left,
            top=top,
            elsewhere=elsewhere,
            grounds=grounds,
            inks={name: _ink(rng, colour) for name, colour in grounds.items()},
            opacity=float(rng.uniform(0.72, 0.9)) if rng.random() < 0.25 else 1.0,
        )


def paint_bug(
    layout: BugLayout, says: Says, writing: Writing, paint: Paint, *, flash: float = 0.0, team: str = "a"
) -> tuple[Image, npt.NDArray[np.float32]]:
    """The graphic and its opacity, in pixels of the picture.

    Args:
        layout: Its cells.
        says: What it says.
        writing: How it writes that.
        paint: How it looks.
        flash: How much the score that has just risen lights up, 0 to 1.
        team: Whose score that is.
    """
    columns, rows = layout.size
    unit = paint.row * _FINER
    high, wide = round(rows * unit), round(columns * unit)
    picture = np.zeros((high, wide, 3), np.float32)
    alpha = np.zeros((high, wide), np.float32)
    bare = all(cell.ground == "none" for cell in layout.cells)
    if bare:
        picture[:], alpha[:] = paint.grounds["none"], max(0.6, paint.opacity - 0.15)
    for cell in layout.cells:
        x1, y1 = round(cell.x * unit), round(cell.y * unit)
        x2, y2 = round((cell.x + cell.w) * unit), round((cell.y + cell.h) * unit)
        part, seen = picture[y1:y2, x1:x2], alpha[y1:y2, x1:x2]
        if cell.ground != "none":
            part[:], seen[:] = paint.grounds[cell.ground], paint.opacity
        if flash and cell.content == f"score_{team}":
            part[:] = part * (1 - flash) + 255 * flash
        ink = np.array(paint.inks[cell.ground], np.float32)
        if cell.content.startswith(("logo", "dots", "arrow")):
            _mark(part, seen, cell, ink)
        elif text := _text(cell.content, says, writing):
            _write(part, seen, cell, text, ink, paint)
    size = (round(wide / _FINER), round(high / _FINER))
    smaller = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.clip(smaller, 0, 255).astype(np.uint8), cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)


def _text(content: str, says: Says, writing: Writing) -> str:
    period = writing.period_text(says.period, ended=says.ended)
    clock = "" if says.clock is None else writing.clock_text(says.clock)
    match content:
        case "team_a" | "team_b":
            return getattr(says, content) or ""
        case "score_a" | "score_b":
            return str(getattr(says, content))
        case "period":
            return period
        case "clock":
            return clock
        case "clock_zero":
            return f"0{clock}" if clock.find(":") == 1 else clock
        case "period_digit":
            return str(says.period) if says.period <= 4 else period
        case "rank_a" | "rank_b":
            return "5" if content == "rank_a" else "12"
        case "bonus_a" | "bonus_b":
            return "BONUS" if content == "bonus_a" else ""
        case "dash":
            return "-"
        case "network":
            return "NBS HD"
        case "period_clock":
            return f"{period} {clock}".strip()
        case "shot_clock":
            return "" if says.shot_clock is None else writing.shot_text(says.shot_clock)
        case "record_a" | "record_b":
            return "(12-7)" if content == "record_a" else "(9-10)"
        case "fouls_a" | "fouls_b":
            return "3" if content == "fouls_a" else "4"
        case "sponsor":
            return "NOVA AIR LEAGUE"
        case _:
            return "TONIGHT: 18-26 ON THE ROAD, 8-12 AT HOME"


def _write(
    part: npt.NDArray[np.float32],
    seen: npt.NDArray[np.float32],
    cell: Cell,
    text: str,
    ink: npt.NDArray[np.float32],
    paint: Paint,
) -> None:
    high, wide = part.shape[:2]
    letters = max(4, round(high * cell.size))
    mask = font_mask(text, paint.font, letters, paint.stretch)
    room = wide - max(2, round(0.12 * high))
    if mask.shape[1] > room:
        # A cell is as narrow as its graphic's longest text: squeeze, as graphics do.
        mask = cv2.resize(mask, (max(1, room), mask.shape[0]), interpolation=cv2.INTER_AREA)
    left = {"left": round(0.12 * high), "right": wide - mask.shape[1] - round(0.12 * high)}.get(
        cell.align, (wide - mask.shape[1]) // 2
    )
    left, top = max(0, left), max(0, (high - letters) // 2)
    here = part[top : top + mask.shape[0], left : left + mask.shape[1]]
    share = mask[: here.shape[0], : here.shape[1], None].astype(np.float32) / 255
    here += (ink - here) * share
    solid = seen[top : top + mask.shape[0], left : left + mask.shape[1]]
    solid[:] = np.maximum(solid, share[..., 0])


def _mark(
    part: npt.NDArray[np.float32], seen: npt.NDArray[np.float32], cell: Cell, ink: npt.NDArray[np.float32]
) -> None:
    high, wide = part.shape[:2]
    canvas = np.zeros((high, wide), np.uint8)
    if cell.content.startswith("logo"):
        centre, radius = (wide // 2, high // 2), max(2, min(wide, high) // 3)
        cv2.circle(canvas, centre, radius, 255, -1, cv2.LINE_AA)
        cv2.line(canvas, (centre[0] - radius, centre[1]), (centre[0] + radius, centre[1]), 90, max(1, radius // 4))
    elif cell.content.startswith("arrow"):
        if cell.content == "arrow_a":
            corners = np.array([[wide // 8, high // 5], [wide // 8, high - high // 5], [wide - wide // 8, high // 2]])
            cv2.fillPoly(canvas, [corners], 255, cv2.LINE_AA)
    else:
        for number in range(5):
            x = round((number + 0.1) * wide / 5)
            cv2.rectangle(canvas, (x, 0), (x + max(1, wide // 8), high), 255 if number < 3 else 90, -1)
    share = canvas[..., None].astype(np.float32) / 255
    part += (ink - part) * share
    seen[:] = np.maximum(seen, share[..., 0])


def _colour(rng: np.random.Generator) -> Colour:
    hue, strong = int(rng.integers(0, 180)), int(rng.integers(90, 256))
    bgr = cv2.cvtColor(np.array([[[hue, strong, rng.integers(60, 235)]]], np.uint8), cv2.COLOR_HSV2BGR)[0, 0]
    return float(bgr[0]), float(bgr[1]), float(bgr[2])


def _grey(rng: np.random.Generator, low: int, high: int) -> Colour:
    level = float(rng.uniform(low, high))
    return level, level * 0.97, level * 0.94


def _ink(rng: np.random.Generator, ground: Colour) -> Colour:
    bright = 0.114 * ground[0] + 0.587 * ground[1] + 0.299 * ground[2]
    if bright > 140:
        return 12.0, 12.0, 16.0
    return (60.0, 220.0, 250.0) if rng.random() < 0.12 and bright < 90 else (248.0, 248.0, 248.0)
