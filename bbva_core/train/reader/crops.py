"""Pictures of scoreboard fields as a broadcast or a filmed board shows them, drawn at random, each with its text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from bbva_core.errors import InvalidSettings
from bbva_core.ocr.types import Image
from bbva_core.synth.digits import DigitStyle, draw_digits
from bbva_core.train.reader.texts import board_text, random_text

_Mask = npt.NDArray[np.float32]
_FONT_SIZE = 56  # letters are drawn at this size, and brought to the one wanted
FONT_ENDINGS = (".ttf", ".otf", ".woff", ".woff2")


def find_fonts(folder: Path) -> list[Path]:
    """All font files below a folder that can write digits, capitals and small letters."""
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in FONT_ENDINGS and is_usable_font(path)]


def fonts_for_training(folders: Sequence[Path], *, what: str) -> list[Path]:
    """The fonts to draw with, after a check that what is trained with them can be written.

    Args:
        folders: With font files.
        what: Is trained, with its article.

    Raises:
        InvalidSettings: There are no usable fonts, or onnx is not installed.
    """
    if find_spec("onnx") is None:  # torch needs it for writing, and says so only after hours of training
        raise InvalidSettings(
            f"Writing {what} needs the package onnx, which is not installed.",
            safe="Nothing was started.",
            do="pip install -r requirements-dev.txt",
        )
    found = [font for folder in folders for font in find_fonts(folder)]
    if not found:
        raise InvalidSettings(
            f"There are no fonts that write digits and letters in {', '.join(map(str, folders)) or 'no folder'}.",
            safe="Nothing was started.",
            do="Name a folder with .ttf, .otf or .woff2 files.",
        )
    return found


def is_usable_font(path: Path) -> bool:
    """Whether a file is a font that can write digits, capitals and small letters."""
    try:
        masks = {bytes(_letters(path, mark)) for mark in "0123456789:.AKan"}
    except OSError:
        return False  # not a font, or one that FreeType cannot read
    return len(masks) >= 15 and bytes(_letters(path, "")) not in masks


def random_field(rng: np.random.Generator, fonts: Sequence[Path], *, boards: float = 0.25) -> tuple[Image, str]:
    """A field and its text, in capitals.

    Args:
        rng: Decides everything.
        fonts: To write with.
        boards: Share of fields of physical boards.
    """
    if rng.random() < boards:
        text = board_text(rng)
        return _board_field(rng, text), text
    text = random_text(rng)
    return _broadcast_field(rng, text, fonts[int(rng.integers(len(fonts)))]), text.upper()


# -- broadcast graphics ------------------------------------------------------------------------------------------------


def _broadcast_field(rng: np.random.Generator, text: str, font: Path) -> Image:
    mask = _written(rng, text, font)
    high = float(np.exp(rng.uniform(np.log(7), np.log(46))))  # height of the capitals in the picture
    scale = max(1.0, min(4.0, 40 / high))  # drawn larger than shown
    letters = _resized(mask, max(5, round(high * scale)), float(np.clip(rng.normal(1.0, 0.12), 0.7, 1.35)))
    share = float(rng.uniform(0.42, 0.95))
    tall = max(letters.shape[0] + 2, round(letters.shape[0] / share))
    margins = [max(1, round(letters.shape[0] * _margin(rng))) for _ in range(2)]
    wide = letters.shape[1] + sum(margins)
    ground, ink = _colours(rng)
    picture = _ground(rng, tall, wide, ground, margins)
    top = int(np.clip(rng.normal((tall - letters.shape[0]) / 2, tall * 0.06), 0, tall - letters.shape[0]))
    if rng.random() < 0.2:
        _shadow(rng, picture, letters, top, margins[0], dark=sum(ink) > sum(ground))
    _put(picture, letters, top, margins[0], ink)
    return _filmed(rng, picture, 1 / scale)


def _margin(rng: np.random.Generator) -> float:
    return float(rng.uniform(0.05, 0.5) if rng.random() < 0.65 else rng.uniform(0.5, 2.5))


def _written(rng: np.random.Generator, text: str, font: Path) -> _Mask:
    """The text as a mask, its height that of the capitals (what hangs below is cut off only when there is none)."""
    tracking = int(rng.integers(-2, 8)) if rng.random() < 0.3 else 0
    parts = _parts(rng, text)
    stroke = int(rng.choice([0, 0, 0, 0, 1, 2]))
    masks = [(_letters(font, words, stroke, tracking), size, raised) for words, size, raised in parts if words]
    if not masks:
        return np.zeros((40, 12), np.float32)
    tall = masks[0][0].shape[0]
    columns = []
    for mask, size, raised in masks:
        if size != 1.0:
            small = cv2.resize(mask, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
            mask = np.zeros((tall, small.shape[1] + 2), np.uint8)
            at = 0 if raised else tall - small.shape[0]
            mask[at : at + small.shape[0], 1 : 1 + small.shape[1]] = small
        columns.append(mask)
    mask = np.hstack(columns)
    inked = np.flatnonzero(mask.max(axis=0))
    mask = mask[:, inked[0] : inked[-1] + 1] if len(inked) else mask
    if rng.random() < 0.15:
        lean = float(rng.uniform(-0.05, 0.25))
        more = int(abs(lean) * mask.shape[0])
        shift = np.array([[1, -lean, more if lean > 0 else 0], [0, 1, 0]], np.float32)
        mask = cv2.warpAffine(mask, shift, (mask.shape[1] + more, mask.shape[0]), flags=cv2.INTER_LINEAR)
    return mask.astype(np.float32) / np.float32(255)


def _parts(rng: np.random.Generator, text: str) -> list[tuple[str, float, bool]]:
    """Pieces of one size: (text, size, raised). Endings of ordinals may be raised, tenths smaller."""
    upper = text.upper()
    for ending in ("ST", "ND", "RD", "TH"):
        at = upper.find(ending)
        if at > 0 and upper[at - 1].isdigit() and rng.random() < 0.45:
            size = float(rng.uniform(0.5, 0.8))
            return [(text[:at], 1.0, False), (text[at : at + 2], size, True), (text[at + 2 :], 1.0, False)]
    if "." in text and ":" not in text and rng.random() < 0.2:
        at = text.index(".")
        return [(text[:at], 1.0, False), (text[at:], float(rng.uniform(0.6, 0.9)), False)]
    return [(text, 1.0, False)]


@lru_cache(maxsize=4096)
def _font(path: Path) -> tuple[ImageFont.FreeTypeFont, int, int]:
    """A font, and the rows of its digits and capitals."""
    font = ImageFont.truetype(str(path), _FONT_SIZE)
    box = font.getbbox("H0123456789")
    return font, int(box[1]), int(box[3])


def _letters(path: Path, text: str, stroke: int = 0, tracking: int = 0) -> npt.NDArray[np.uint8]:
    font, top, bottom = _font(path)
    wide = int(font.getlength(text)) + len(text) * max(0, tracking) + 24
    sheet = Pillow.new("L", (wide, bottom + 24), 0)
    draw = ImageDraw.Draw(sheet)
    if tracking:
        x = 8.0
        for mark in text:
            draw.text((x, 6), mark, 255, font, stroke_width=stroke)
            x += font.getlength(mark) + tracking
    else:
        draw.text((8, 6), text, 255, font, stroke_width=stroke)
    return np.asarray(sheet)[top + 6 - stroke : bottom + 6 + stroke]


def _resized(mask: _Mask, high: int, stretch: float) -> _Mask:
    wide = max(1, round(mask.shape[1] * high / mask.shape[0] * stretch))
    smaller = high < mask.shape[0]
    return cv2.resize(mask, (wide, high), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)  # type: ignore[no-any-return]


def _colours(rng: np.random.Generator) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Ground and ink that can be told apart by their brightness."""
    weights = np.array([0.114, 0.587, 0.299], np.float32)
    least = 45 if rng.random() < 0.2 else 90
    while True:
        ground = rng.uniform(0, 255, 3).astype(np.float32)
        if rng.random() < 0.5:
            ground *= rng.uniform(0, 0.4)
        form = rng.random()
        ink = np.full(3, rng.uniform(225, 255), np.float32) if form < 0.6 else rng.uniform(0, 255, 3).astype(np.float32)
        if form > 0.85:
            ink = np.full(3, rng.uniform(0, 40), np.float32)
        if abs(float((ink - ground) @ weights)) >= least:
            return ground, ink


def _ground(
    rng: np.random.Generator, tall: int, wide: int, colour: npt.NDArray[np.float32], margins: Sequence[int]
) -> npt.NDArray[np.float32]:
    picture = np.empty((tall, wide, 3), np.float32)
    picture[:] = colour
    form = rng.random()
    if form < 0.3:
        picture *= np.linspace(rng.uniform(0.7, 1.0), rng.uniform(1.0, 1.25), tall)[:: rng.choice([1, -1]), None, None]
    elif form < 0.4:
        picture *= np.linspace(rng.uniform(0.6, 1.0), rng.uniform(1.0, 1.3), wide)[None, :: rng.choice([1, -1]), None]
    if rng.random() < 0.25:  # the picture shines through
        picture += (_texture(rng, tall, wide) - 128) * rng.uniform(0.05, 0.3)
    for side in (0, 1):  # the neighbour, or something of the court
        if rng.random() < 0.3 and margins[side] > 6:
            width = int(rng.integers(1, max(2, round(margins[side] * 0.6))))
            part = picture[:, :width] if side == 0 else picture[:, wide - width :]
            other = _texture(rng, tall, width) if rng.random() < 0.4 else rng.uniform(0, 255, 3)
            part[:] = other
            if rng.random() < 0.25 and width > 6:
                centre = (int(rng.integers(0, width)), int(rng.integers(0, tall)))
                shade = [float(value) for value in rng.uniform(0, 255, 3)]
                blob = np.ascontiguousarray(part)
                cv2.circle(blob, centre, int(rng.integers(2, max(3, tall // 2))), shade, -1)
                part[:] = blob
    for edge in (0, 1):
        if rng.random() < 0.22:
            thick = int(rng.integers(1, max(2, round(tall * 0.09))))
            part = picture[:thick] if edge == 0 else picture[tall - thick :]
            part[:] = _texture(rng, thick, wide) if rng.random() < 0.5 else rng.uniform(0, 255, 3)
    return picture


def _texture(rng: np.random.Generator, tall: int, wide: int) -> npt.NDArray[np.float32]:
    coarse = rng.uniform(0, 255, (int(rng.integers(1, 5)), int(rng.integers(2, 9)), 3)).astype(np.float32)
    return cv2.resize(coarse, (max(1, wide), max(1, tall)), interpolation=cv2.INTER_CUBIC)  # type: ignore[no-any-return]


def _shadow(
    rng: np.random.Generator, picture: npt.NDArray[np.float32], letters: _Mask, top: int, left: int, *, dark: bool
) -> None:
    away = max(1, round(letters.shape[0] * 0.06))
    padded = np.pad(letters, away * 2)
    soft = cv2.GaussianBlur(padded, (0, 0), float(rng.uniform(0.4, 1.2)) * away)
    y, x = top - away * 2 + int(rng.integers(0, away + 1)), left - away * 2 + int(rng.integers(0, away + 1))
    ys, xs = max(0, -y), max(0, -x)
    _put(picture, soft[ys:, xs:] * 0.8, max(0, y), max(0, x), np.full(3, 0.0 if dark else 255.0, np.float32))


def _put(picture: npt.NDArray[np.float32], mask: _Mask, top: int, left: int, ink: npt.NDArray[np.float32]) -> None:
    part = picture[top : top + mask.shape[0], left : left + mask.shape[1]]
    alpha = mask[: part.shape[0], : part.shape[1], None]
    part += (ink - part) * alpha


# -- physical boards ---------------------------------------------------------------------------------------------------


def _board_field(rng: np.random.Generator, text: str) -> Image:
    high = int(rng.integers(28, 72))
    kinds: list[Literal["segments", "dotted segments", "matrix", "square matrix"]] = [
        "segments",
        "dotted segments",
        "matrix",
        "square matrix",
    ]
    kind = kinds[int(rng.choice(4, p=[0.4, 0.15, 0.2, 0.25]))]
    lamps = "matrix" in kind
    style = DigitStyle(
        kind=kind,
        aspect=float(rng.uniform(0.45, 0.78)),
        stroke=float(rng.uniform(0.08, 0.15) if lamps else rng.uniform(0.07, 0.18)),
        gap=float(rng.uniform(0.0, 0.04)),
        spacing=float(rng.uniform(0.12, 0.5)),
        slant=float(rng.uniform(0.0, 0.15)) if rng.random() < 0.4 else 0.0,
        lone_one=bool(rng.random() < 0.15),
    )
    lit, unlit = draw_digits(text, high, style)
    margins = [max(2, round(high * _margin(rng) * 0.6)) for _ in range(4)]
    pads = ((margins[0] // 2, margins[1] // 2), (margins[2], margins[3]))
    lit, unlit = np.pad(lit, pads), np.pad(unlit, pads)
    tall, wide = lit.shape
    picture = np.empty((tall, wide, 3), np.float32)
    picture[:] = rng.uniform(0, 70, 3) if rng.random() < 0.7 else rng.uniform(0, 200, 3) * rng.uniform(0.3, 0.8)
    if rng.random() < 0.3:
        picture += (_texture(rng, tall, wide) - 128) * rng.uniform(0.02, 0.2)
    behind = float(picture.mean())
    if rng.random() < 0.6:
        shade = np.clip(picture.mean(axis=(0, 1)) + rng.uniform(-30, 45), 0, 255).astype(np.float32)
        _put(picture, unlit, 0, 0, shade)
    ink = np.full(3, rng.uniform(max(170, min(250, behind + 90)), 255), np.float32)
    if rng.random() < 0.75:  # lamps of a colour, white where they are too bright for the camera
        ink[int(rng.integers(3))] *= rng.uniform(0.1, 0.8)
        if rng.random() < 0.5:
            ink[int(rng.integers(3))] *= rng.uniform(0.1, 0.8)
    if float(ink @ [0.114, 0.587, 0.299]) < behind + 60:
        ink = np.full(3, 255.0, np.float32)
    glow = cv2.GaussianBlur(lit, (0, 0), high * float(rng.uniform(0.02, 0.09)))
    if rng.random() < 0.7:
        _put(picture, np.clip(glow * rng.uniform(0.2, 0.8), 0, 1), 0, 0, ink)
    _put(picture, lit, 0, 0, ink)
    if rng.random() < 0.35:  # the frame around it
        edge = [float(value) for value in rng.uniform(60, 255, 3)]
        cv2.rectangle(picture, (0, 0), (wide - 1, tall - 1), edge, int(rng.integers(1, max(2, round(high * 0.06)))))
    if rng.random() < 0.6:
        picture = _seen_askew(rng, picture)
    return _filmed(rng, picture, float(np.exp(rng.uniform(np.log(0.22), 0.0))))


def _seen_askew(rng: np.random.Generator, picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    tall, wide = picture.shape[:2]
    corners = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    moved = corners + rng.uniform(-0.06, 0.06, (4, 2)).astype(np.float32) * tall
    warp = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(picture, warp, (wide, tall), borderMode=cv2.BORDER_REPLICATE)  # type: ignore[no-any-return]


# -- camera and codec --------------------------------------------------------------------------------------------------


def _filmed(rng: np.random.Generator, picture: npt.NDArray[np.float32], scale: float) -> Image:
    """As it comes out of a video: scaled, softened, noisy, compressed."""
    tall, wide = picture.shape[:2]
    size = (max(4, round(wide * scale)), max(5, round(tall * scale)))
    if size != (wide, tall):
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.25, 0.9)) * max(1.0, size[1] / 28))
    if rng.random() < 0.3:
        picture = picture + rng.normal(0, rng.uniform(1, 9), picture.shape).astype(np.float32)
    shown = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.75:
        quality = int(rng.integers(18, 92))
        _, packed = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
        shown = cv2.imdecode(packed, cv2.IMREAD_COLOR)  # type: ignore[assignment]
    if rng.random() < 0.35 and shown.shape[0] > 16:  # enlarged from a smaller video
        smaller = float(rng.uniform(0.45, 0.95))
        shown = cv2.resize(shown, None, fx=smaller, fy=smaller, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(shown)
