"""A scoreboard seen straight, as light: what is lit, what could be, and where every digit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.synth.boards.glyphs import LampStyle, draw_glyph, letters, random_style
from bbva_core.synth.boards.plans import BoardPlan, Number
from bbva_core.synth.digits import Mask

Light = npt.NDArray[np.float32]
"""Shape (height, width, 3), blue, green, red; 1 is what a camera shows as white, lamps are brighter."""

OTHER = "?"
"""The mark of a letter made of lamps."""

# Blue, green, red of the lamps that boards have.
_LAMPS = ((0.05, 0.08, 1.0), (0.02, 0.6, 1.0), (0.3, 1.0, 0.15), (1.0, 1.0, 1.0), (0.75, 1.0, 0.2), (0.1, 0.85, 1.0))


@dataclass(frozen=True)
class Painted:
    """A board.

    Args:
        light: The picture.
        marks: Every digit, colon, point and letter of lamps, and its box x1, y1, x2, y2 in pixels.
    """

    light: Light
    marks: tuple[tuple[str, tuple[float, float, float, float]], ...]


def paint(rng: np.random.Generator, plan: BoardPlan, fonts: Sequence[Path]) -> Painted:
    """A board as it would look without a camera.

    Args:
        rng: Decides everything that the plan does not.
        plan: What it shows.
        fonts: For labels and letters; with none, OpenCV's own letters.
    """
    wide, high = plan.size
    sheet = _ground(rng, wide, high)
    ink = np.full(3, rng.uniform(0.5, 1.0)) if rng.random() < 0.7 else rng.uniform(0.2, 1.0, 3)
    font = fonts[int(rng.integers(len(fonts)))] if fonts else None
    for label in plan.labels:
        _lay(sheet, letters(label.text, max(6, round(label.height)), font), label.x, label.y, ink)
    if rng.random() < 0.4:
        _lines(rng, sheet, ink)
    colours = [np.array(_LAMPS[int(rng.choice(len(_LAMPS), p=[0.35, 0.2, 0.12, 0.15, 0.08, 0.1]))]) for _ in range(4)]
    styles = [random_style(rng, fonts)]
    styles.append(styles[0] if rng.random() < 0.7 else random_style(rng, fonts))
    panelled = rng.random() < 0.55
    panel = np.full(3, rng.uniform(0.0, 0.12)) + rng.uniform(0, 0.04, 3)
    framed = rng.random() < 0.4
    lit, unlit = np.zeros_like(sheet), np.zeros((high, wide), np.float32)
    marks: list[tuple[str, tuple[float, float, float, float]]] = []
    bright = float(rng.uniform(0.9, 2.6))
    for number in plan.numbers:
        style = styles[0 if number.role == "clock" else 1]
        if number.role == "name":
            style = replace(style, segments=None, rows=7, columns=5, spacing=0.2)
        picture = _written(rng, number, style)
        tall, long = picture.lit.shape
        left, top = round(number.x - long / 2), round(number.y - tall / 2)
        if panelled and number.role != "name":
            edge = round(number.height * float(rng.uniform(0.06, 0.2)))
            box = ((left - edge, top - edge), (left + long + edge, top + tall + edge))
            cv2.rectangle(sheet, *box, [float(value) for value in panel], -1)
            if framed:
                cv2.rectangle(sheet, *box, [float(value) for value in ink], max(1, edge // 4))
        colour = colours[number.hue] * bright * float(rng.uniform(0.85, 1.15))
        _add(lit, picture.lit, left, top, colour)
        _add(unlit[..., None], picture.unlit, left, top, np.ones(1))
        marks += [(mark, (x1 + left, y1 + top, x2 + left, y2 + top)) for mark, (x1, y1, x2, y2) in picture.marks]
    if rng.random() < 0.75:
        shade = np.clip(panel + rng.uniform(-0.02, 0.22) * (0.4 + 0.6 * colours[1]), 0, 1).astype(np.float32)
        sheet += (shade - sheet) * unlit[..., None]
    sheet = np.where(lit.max(axis=2, keepdims=True) > 0.05, np.maximum(sheet, 0) * 0.5, sheet)
    glow = lit * float(rng.uniform(0.7, 1.0))
    for size, share in ((float(rng.uniform(1.5, 4.0)), rng.uniform(0.0, 0.5)), (12.0, rng.uniform(0.0, 0.22))):
        half = cv2.resize(lit, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        soft = cv2.resize(cv2.GaussianBlur(half, (0, 0), size / 2), (wide, high), interpolation=cv2.INTER_LINEAR)
        glow = glow + soft * np.float32(share)
    return Painted((sheet + glow).astype(np.float32), tuple(marks))


@dataclass(frozen=True)
class _Written:
    lit: Mask
    unlit: Mask
    marks: list[tuple[str, tuple[float, float, float, float]]]


def _written(rng: np.random.Generator, number: Number, style: LampStyle) -> _Written:
    high = max(7, round(number.height))
    gap = style.spacing * high
    glyphs: list[tuple[str, Mask, Mask]] = []
    colon = round(high * float(rng.uniform(0.1, 0.4)))
    for mark in number.text:
        if mark in ":.":
            dots = _dots(rng, mark, high, colon)
            glyphs.append((mark, dots, np.zeros_like(dots)))
        else:
            lit, unlit = draw_glyph(mark, high, style)
            glyphs.append((mark, lit, unlit))
    long = round(sum(lit.shape[1] for _, lit, _ in glyphs) + gap * (len(glyphs) - 1)) + 2
    tall = max(lit.shape[0] for _, lit, _ in glyphs)
    lit, unlit = np.zeros((tall, long), np.float32), np.zeros((tall, long), np.float32)
    marks = []
    x = 0.0
    for mark, on, off in glyphs:
        left = round(x)
        part = (slice(0, on.shape[0]), slice(left, left + on.shape[1]))
        dim = np.float32(rng.uniform(0.8, 1.0))
        lit[part], unlit[part] = np.maximum(lit[part], on * dim), np.maximum(unlit[part], off)
        inked = np.argwhere(on > 0.25)
        if len(inked):
            (y1, x1), (y2, x2) = inked.min(axis=0), inked.max(axis=0) + 1
            name = mark if mark in "0123456789:." else OTHER
            marks.append((name, (float(x1 + left), float(y1), float(x2 + left), float(y2))))
        x += on.shape[1] + gap
    return _Written(lit, unlit, marks)


def _dots(rng: np.random.Generator, mark: str, high: int, wide: int) -> Mask:
    radius = max(1.0, high * float(rng.uniform(0.045, 0.11)))
    wide = max(wide, round(2 * radius) + 2)
    dots = np.zeros((high, wide), np.uint8)
    spread = float(rng.uniform(0.14, 0.26))
    low = 0.92 if rng.random() < 0.6 else 0.5 + spread
    square = rng.random() < 0.25
    for y in (0.5 - spread, 0.5 + spread) if mark == ":" else (low,):
        centre = (wide / 2, min(y * high, high - radius - 1))
        if square:
            corners = [(round((value - radius) * 8), round((value + radius) * 8)) for value in centre]
            cv2.rectangle(dots, (corners[0][0], corners[1][0]), (corners[0][1], corners[1][1]), 255, -1, cv2.LINE_AA, 3)
        else:
            cv2.circle(dots, (round(centre[0] * 8), round(centre[1] * 8)), round(radius * 8), 255, -1, cv2.LINE_AA, 3)
    return dots.astype(np.float32) / np.float32(255)


def _ground(rng: np.random.Generator, wide: int, high: int) -> Light:
    colour = rng.uniform(0.0, 0.12, 3) if rng.random() < 0.6 else rng.uniform(0, 0.6, 3) * rng.uniform(0.3, 1.0)
    sheet = np.empty((high, wide, 3), np.float32)
    sheet[:] = colour
    if rng.random() < 0.5:  # light from one side
        shade = np.linspace(rng.uniform(0.6, 1.0), rng.uniform(1.0, 1.6), wide, dtype=np.float32)
        sheet *= shade[None, :: int(rng.choice([-1, 1])), None]
    if rng.random() < 0.15:  # advertisements
        for _ in range(int(rng.integers(1, 4))):
            x, y = int(rng.integers(0, wide)), int(rng.choice([0, high - 30]))
            tint = [float(value) for value in rng.uniform(0, 1, 3)]
            cv2.rectangle(sheet, (x, y), (x + int(rng.integers(40, 200)), y + 30), tint, -1)
    return sheet


def _lines(rng: np.random.Generator, sheet: Light, ink: npt.NDArray[np.float64]) -> None:
    high, wide = sheet.shape[:2]
    colour = [float(value) for value in ink]
    cv2.rectangle(sheet, (2, 2), (wide - 3, high - 3), colour, int(rng.integers(1, 6)))
    if rng.random() < 0.3:
        y = int(high * rng.uniform(0.45, 0.7))
        cv2.line(sheet, (0, y), (wide, y), colour, int(rng.integers(1, 5)))


def _lay(sheet: Light, mask: Mask, x: float, y: float, ink: npt.NDArray[np.float64]) -> None:
    left, top = round(x - mask.shape[1] / 2), round(y - mask.shape[0] / 2)
    xs, ys = max(0, -left), max(0, -top)
    part = sheet[max(0, top) : top + mask.shape[0], max(0, left) : left + mask.shape[1]]
    alpha = mask[ys : ys + part.shape[0], xs : xs + part.shape[1], None]
    part += (ink.astype(np.float32) - part) * alpha


def _add(sheet: npt.NDArray[np.float32], mask: Mask, left: int, top: int, colour: npt.NDArray[np.float64]) -> None:
    xs, ys = max(0, -left), max(0, -top)
    part = sheet[max(0, top) : top + mask.shape[0], max(0, left) : left + mask.shape[1]]
    alpha = mask[ys : ys + part.shape[0], xs : xs + part.shape[1], None]
    np.maximum(part, alpha * colour.astype(np.float32), out=part)
