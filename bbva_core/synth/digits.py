"""Digits as physical boards show them: seven segments, or a matrix of lamps. Masks only; colour is for the caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.float32]
"""Shape (height, width), 0 to 1."""

# Which of the segments a to g are lit, by the usual letters: a is the top one, then clockwise, g is in the middle.
SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc",
    "5": "afgcd", "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg",
}  # fmt: skip
UNUSUAL = {"6": "cdefg", "7": "abcf", "9": "abcfg"}

# Five lamps by seven, a row of the matrix at a time; the usual character set of such displays.
MATRIX = {
    "0": "01110 10001 10001 10001 10001 10001 01110", "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111", "3": "01110 10001 00001 00110 00001 10001 01110",
    "4": "00010 00110 01010 10010 11111 00010 00010", "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "01110 10000 10000 11110 10001 10001 01110", "7": "11111 00001 00010 00100 00100 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110", "9": "01110 10001 10001 01111 00001 00001 01110",
}  # fmt: skip
# The same in the square form of boards whose digits are modelled on seven segments.
SQUARE_MATRIX = {
    "0": "11111 10001 10001 10001 10001 10001 11111", "1": "00001 00001 00001 00001 00001 00001 00001",
    "2": "11111 00001 00001 11111 10000 10000 11111", "3": "11111 00001 00001 11111 00001 00001 11111",
    "4": "10001 10001 10001 11111 00001 00001 00001", "5": "11111 10000 10000 11111 00001 00001 11111",
    "6": "11111 10000 10000 11111 10001 10001 11111", "7": "11111 00001 00001 00001 00001 00001 00001",
    "8": "11111 10001 10001 11111 10001 10001 11111", "9": "11111 10001 10001 11111 00001 00001 11111",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DigitStyle:
    """How a board draws its digits. Lengths are in heights of a digit."""

    kind: Literal["segments", "dotted segments", "matrix", "square matrix"]
    aspect: float = 0.55
    """Width of a digit."""
    stroke: float = 0.12
    """Thickness of a segment, or diameter of a lamp."""
    gap: float = 0.02
    """Between two segments that meet."""
    spacing: float = 0.25
    """Between two digits."""
    slant: float = 0.0
    """Shift of the top against the bottom."""
    lone_one: bool = False
    """Draw a 1 as narrow as it is, instead of at the right of its place."""
    unusual: str = ""
    """Digits of seven segments in their less usual form: 6 and 9 without a tail, 7 with one."""


def draw_digits(text: str, height: int, style: DigitStyle) -> tuple[Mask, Mask]:
    """A number or a clock.

    Args:
        text: Digits, `:` and `.`; a blank is a place where nothing is lit.
        height: Of a digit, in pixels.
        style: How.

    Returns:
        What is lit, and what could be lit but is not; both of one shape, cut to the places of the digits.
    """
    scale = 8  # OpenCV draws to a fraction of a pixel: 1/8
    lean = style.slant * height
    places: list[tuple[str, float]] = []
    x = abs(lean) / 2
    wide = style.aspect * height
    for mark in text:
        if mark in ":.":
            places.append((mark, x))
            x += (style.stroke * 1.3 + style.spacing) * height
        elif mark == "1" and style.lone_one:
            places.append((mark, x - wide + style.stroke * height))
            x += (style.stroke + style.spacing) * height
        else:
            places.append((mark, x))
            x += wide + style.spacing * height
    long = max(1, round(x - style.spacing * height + abs(lean) / 2))
    lit, unlit = np.zeros((height, long), np.uint8), np.zeros((height, long), np.uint8)

    def leaned(px: float, py: float) -> tuple[int, int]:
        return round((px + lean * (0.5 - py / height)) * (1 << 3)), round(py * (1 << 3))

    def lamp(canvas: npt.NDArray[np.uint8], px: float, py: float, radius: float) -> None:
        cv2.circle(canvas, leaned(px, py), max(1, round(radius * scale)), 255, -1, cv2.LINE_AA, 3)

    for mark, left in places:
        if mark in ":.":
            radius = style.stroke * height * 0.62
            middle = left + radius
            for y in (0.3, 0.72) if mark == ":" else (0.93,):
                lamp(lit, middle, y * height, radius)
        elif style.kind in ("segments", "dotted segments"):
            for name, ends in _segments(style, height, left).items():
                canvas = lit if name in _lit_segments(mark, style) else unlit
                if mark == "1" and style.lone_one and canvas is unlit:
                    continue
                if style.kind == "segments":
                    _bar(canvas, ends, style.stroke * height, leaned)
                else:
                    (ax, ay), (bx, by) = ends
                    steps = max(2, round(np.hypot(bx - ax, by - ay) / (style.stroke * height * 1.15)))
                    for share in np.linspace(0, 1, steps):
                        lamp(canvas, ax + (bx - ax) * share, ay + (by - ay) * share, style.stroke * height * 0.42)
        else:
            patterns = MATRIX if style.kind == "matrix" else SQUARE_MATRIX
            rows = patterns[mark].split() if mark in patterns else ["00000"] * 7
            for row, pattern in enumerate(rows):
                for column, on in enumerate(pattern):
                    if mark == "1" and style.lone_one and on == "0":
                        continue
                    px = left + (column + 0.5) / 5 * wide
                    lamp(
                        lit if on == "1" else unlit, px, (row + 0.5) / 7 * height, min(style.stroke, 0.13) * height / 2
                    )
    return lit.astype(np.float32) / np.float32(255), unlit.astype(np.float32) / np.float32(255)


def _lit_segments(mark: str, style: DigitStyle) -> str:
    return UNUSUAL[mark] if mark in style.unusual and mark in UNUSUAL else SEGMENTS.get(mark, "")


def _segments(
    style: DigitStyle, height: int, left: float
) -> dict[str, tuple[tuple[float, float], tuple[float, float]]]:
    half, gap = style.stroke * height / 2, style.gap * height
    x1, x2 = left + half, left + style.aspect * height - half
    y1, y2, y3 = half, height / 2, height - half
    return {
        "a": ((x1 + gap, y1), (x2 - gap, y1)),
        "b": ((x2, y1 + gap), (x2, y2 - gap)),
        "c": ((x2, y2 + gap), (x2, y3 - gap)),
        "d": ((x1 + gap, y3), (x2 - gap, y3)),
        "e": ((x1, y2 + gap), (x1, y3 - gap)),
        "f": ((x1, y1 + gap), (x1, y2 - gap)),
        "g": ((x1 + gap, y2), (x2 - gap, y2)),
    }


def _bar(
    canvas: npt.NDArray[np.uint8],
    ends: tuple[tuple[float, float], tuple[float, float]],
    thick: float,
    leaned: Callable[[float, float], tuple[int, int]],
) -> None:
    (ax, ay), (bx, by) = ends
    half = thick / 2
    # A hexagon, pointed at both ends.
    along = (half, 0.0) if ay == by else (0.0, half)
    aside = (0.0, half) if ay == by else (half, 0.0)
    corners = [
        (ax, ay),
        (ax + along[0] - aside[0], ay + along[1] - aside[1]),
        (bx - along[0] - aside[0], by - along[1] - aside[1]),
        (bx, by),
        (bx - along[0] + aside[0], by - along[1] + aside[1]),
        (ax + along[0] + aside[0], ay + along[1] + aside[1]),
    ]
    cv2.fillPoly(canvas, [np.array([leaned(x, y) for x, y in corners], np.int32)], 255, cv2.LINE_AA, 3)
