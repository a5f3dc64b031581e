"""Digits and letters made of lamps: every make of board has forms of its own. Masks only; colour is for the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from bbva_core.synth.digits import MATRIX, SEGMENTS, SQUARE_MATRIX, DigitStyle, Mask, draw_digits

Pattern = npt.NDArray[np.bool_]
"""Which lamps of a matrix are lit, shape (rows, columns)."""


@dataclass(frozen=True, kw_only=True)
class LampStyle:
    """How a board writes. Lengths are in heights of a digit.

    Args:
        segments: Digits of seven segments, drawn so; None: of a matrix.
        columns: Of the matrix.
        rows: Of the matrix.
        strong: Lamps that a stroke is wide.
        cut: Corners of the strokes are not lit.
        font: A font that is brought to the matrix; None: strokes like seven segments, or the usual characters.
        usual: The usual characters of five lamps by seven.
        lamp: Diameter of a lamp, in distances between lamps.
        aspect: Width of a digit.
        spacing: Between two digits.
        slant: Shift of the top against the bottom.
        round: Lamps are round, not square.
    """

    segments: DigitStyle | None = None
    columns: int = 5
    rows: int = 7
    strong: int = 1
    cut: bool = False
    font: Path | None = None
    usual: bool = False
    lamp: float = 0.8
    aspect: float = 0.6
    spacing: float = 0.25
    slant: float = 0.0
    round: bool = True


def random_style(rng: np.random.Generator, fonts: Sequence[Path]) -> LampStyle:
    """A make of digits."""
    aspect, spacing = float(rng.uniform(0.45, 0.72)), float(rng.uniform(0.1, 0.4))
    slant = float(rng.uniform(0.02, 0.16)) if rng.random() < 0.3 else 0.0
    kind = rng.random()
    if kind < 0.5:
        tails = "".join(mark for mark in "679" if rng.random() < 0.15)
        return LampStyle(
            segments=DigitStyle(
                kind="segments" if rng.random() < 0.6 else "dotted segments",
                aspect=aspect,
                stroke=float(rng.uniform(0.07, 0.2)),
                gap=float(rng.uniform(0.0, 0.045)),
                slant=slant,
                lone_one=False,
                unusual=tails,
            ),
            aspect=aspect,
            spacing=spacing,
        )
    lamp = float(rng.uniform(0.5, 1.0))
    if kind < 0.82:
        rows = int(rng.choice([7, 7, 7, 8, 9, 11, 13]))
        columns = max(4, round(rows * rng.uniform(0.5, 0.75)))
        return LampStyle(
            columns=columns,
            rows=rows,
            strong=2 if rows >= 9 and rng.random() < 0.6 else 1,
            cut=bool(rng.random() < 0.5),
            usual=bool(rows == 7 and rng.random() < 0.4),
            lamp=lamp,
            aspect=columns / rows * float(rng.uniform(0.85, 1.2)),
            spacing=spacing,
            slant=slant if rng.random() < 0.3 else 0.0,
            round=bool(rng.random() < 0.8),
        )
    rows = int(rng.integers(8, 17))
    return LampStyle(
        columns=round(rows * rng.uniform(0.55, 0.75)),
        rows=rows,
        font=fonts[int(rng.integers(len(fonts)))] if fonts else None,
        strong=2,
        lamp=lamp,
        aspect=float(rng.uniform(0.5, 0.75)),
        spacing=spacing * 0.6,
        round=bool(rng.random() < 0.7),
    )


def draw_glyph(mark: str, height: int, style: LampStyle) -> tuple[Mask, Mask]:
    """A digit, a letter, or a blank place.

    Args:
        mark: One character; a blank is a place where nothing is lit.
        height: In pixels.
        style: How. Letters are drawn with a matrix even where digits have segments.

    Returns:
        What is lit, and what could be lit but is not; both of one shape.
    """
    if style.segments is not None and (mark in SEGMENTS or mark == " "):
        return draw_digits(mark, height, style.segments)
    return _draw_pattern(_pattern(mark, style), height, style)


def _pattern(mark: str, style: LampStyle) -> Pattern:
    empty = np.zeros((style.rows, style.columns), bool)
    if mark == " ":
        return empty
    if mark not in SEGMENTS:
        return _from_font(mark, style.font, max(7, style.rows), max(5, style.columns))
    if style.font is not None:
        return _from_font(mark, style.font, style.rows, style.columns)
    if style.usual:
        table = MATRIX if not style.cut else SQUARE_MATRIX
        return np.array([[lamp == "1" for lamp in row] for row in table[mark].split()])
    return _strokes(mark, style.rows, style.columns, style.strong, style.cut)


def _strokes(mark: str, rows: int, columns: int, strong: int, cut: bool) -> Pattern:
    """A digit like one of seven segments, in a matrix."""
    lit = np.zeros((rows, columns), bool)
    middle = (rows - strong) // 2
    for name in SEGMENTS[mark]:
        if name in "adg":
            top = {"a": 0, "g": middle, "d": rows - strong}[name]
            lit[top : top + strong] = True
        else:
            left = 0 if name in "ef" else columns - strong
            span = slice(0, middle + strong) if name in "fb" else slice(middle, rows)
            lit[span, left : left + strong] = True
    if cut and mark not in "147":
        for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
            lit[row, column] = False
    return lit


@lru_cache(maxsize=4096)
def _from_font(mark: str, font: Path | None, rows: int, columns: int) -> Pattern:
    """A character of a font, brought to a matrix."""
    mask = letters(mark, 96, font)
    inked = np.argwhere(mask > 0.3)
    if not len(inked):
        return np.zeros((rows, columns), bool)
    (y1, x1), (y2, x2) = inked.min(axis=0), inked.max(axis=0) + 1
    narrow = (x2 - x1) < 0.35 * (y2 - y1)
    part = mask[y1:y2, x1:x2]
    wide = max(2, columns // 3) if narrow else columns
    small = cv2.resize(part, (wide, rows), interpolation=cv2.INTER_AREA)
    lit = np.zeros((rows, columns), bool)
    at = (columns - wide) // 2
    lit[:, at : at + wide] = small > 0.45
    return lit


def _draw_pattern(pattern: Pattern, height: int, style: LampStyle) -> tuple[Mask, Mask]:
    rows, columns = pattern.shape
    wide = max(3, round(height * style.aspect))
    lean = style.slant * height
    long = wide + round(abs(lean))
    lit, unlit = np.zeros((height, long), np.uint8), np.zeros((height, long), np.uint8)
    pitch = min(height / rows, wide / columns)
    radius = max(0.5, style.lamp * pitch / 2)
    for row in range(rows):
        y = (row + 0.5) * height / rows
        shift = lean * (1 - y / height) if lean > 0 else 0.0
        for column in range(columns):
            canvas = lit if pattern[row, column] else unlit
            x = (column + 0.5) * wide / columns + shift
            if style.round:
                cv2.circle(canvas, (round(x * 8), round(y * 8)), max(1, round(radius * 8)), 255, -1, cv2.LINE_AA, 3)
            else:
                corner = (round((x - radius) * 8), round((y - radius) * 8))
                other = (round((x + radius) * 8), round((y + radius) * 8))
                cv2.rectangle(canvas, corner, other, 255, -1, cv2.LINE_AA, 3)
    return lit.astype(np.float32) / np.float32(255), unlit.astype(np.float32) / np.float32(255)


@lru_cache(maxsize=512)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


def letters(text: str, height: int, font: Path | None) -> Mask:
    """Painted text, cut to its ink.

    Args:
        text: Of one line.
        height: Of what is drawn at most, in pixels.
        font: None: one that OpenCV brings along.
    """
    if font is None:
        thick = max(1, height // 9)
        scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, max(4, height - thick), thick)
        (wide, tall), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
        sheet = np.zeros((tall + below + 2 * thick, wide + 2 * thick), np.uint8)
        cv2.putText(sheet, text, (thick, tall + thick), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thick, cv2.LINE_AA)
    else:
        face = _font(font, 64)
        box = face.getbbox(text)
        page = Pillow.new("L", (int(box[2]) + 8, int(box[3]) + 8), 0)
        ImageDraw.Draw(page).text((2, 2), text, 255, face)
        sheet = np.asarray(page)
    inked = np.argwhere(sheet > 60)
    if not len(inked):
        return np.zeros((height, 2), np.float32)
    (y1, x1), (y2, x2) = inked.min(axis=0), inked.max(axis=0) + 1
    part = sheet[y1:y2, x1:x2]
    wide = max(1, round(part.shape[1] * height / part.shape[0]))
    smaller = height < part.shape[0]
    sized = cv2.resize(part, (wide, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.asarray(sized, np.float32) / np.float32(255)
