"""Text as masks, in the font that comes inside Pillow (so that no font file has to be on the machine)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont


@lru_cache(maxsize=2048)
def text_mask(text: str, size: int, bold: int = 0) -> npt.NDArray[np.uint8]:
    """Letters as an 8-bit mask, cut to the inked columns; height is that of the digits.

    Args:
        size: Height of the font in pixels.
        bold: Extra weight in pixels.
    """
    font = ImageFont.load_default(size=size)
    wide = Pillow.new("L", (max(4, int(len(text) * size * 1.2) + 8), size * 2), 0)
    ImageDraw.Draw(wide).text((4, size // 4), text, 255, font, stroke_width=bold)
    digits = Pillow.new("L", (size * 16, size * 2), 0)
    ImageDraw.Draw(digits).text((4, size // 4), "H0123456789", 255, font, stroke_width=bold)
    box = digits.getbbox() or (0, 0, 1, size)
    pixels = np.asarray(wide)
    columns = np.flatnonzero(pixels.max(axis=0))
    left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, 1)
    return np.ascontiguousarray(pixels[box[1] : box[3], left:right])


@lru_cache(maxsize=4096)
def font_mask(text: str, font: Path | None, capitals: int, stretch: float = 1.0) -> npt.NDArray[np.uint8]:
    """Letters of any font as an 8-bit mask, cut to the inked columns; what hangs below the line is kept.

    Args:
        text: What to write.
        font: A font file; None is the font inside Pillow.
        capitals: Height of the capitals in pixels; they stand at the top of the mask.
        stretch: Width against that of the font.
    """
    size = 64
    drawn = ImageFont.load_default(size=size) if font is None else ImageFont.truetype(str(font), size)
    _, top, _, bottom = drawn.getbbox("H0")
    sheet = Pillow.new("L", (int(drawn.getlength(text)) + size, round(bottom + size * 0.4)), 0)
    ImageDraw.Draw(sheet).text((size // 4, 0), text, 255, drawn)
    pixels = np.asarray(sheet)[int(top) :]
    columns = np.flatnonzero(pixels.max(axis=0))
    if not len(columns):
        return np.zeros((capitals, 1), np.uint8)
    pixels = pixels[:, columns[0] : columns[-1] + 1]
    scale = capitals / max(1, bottom - top)
    wide = max(1, round(pixels.shape[1] * scale * stretch))
    return cv2.resize(pixels, (wide, max(1, round(pixels.shape[0] * scale))), interpolation=cv2.INTER_AREA)  # type: ignore[no-any-return]
