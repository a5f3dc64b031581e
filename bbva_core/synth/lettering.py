"""Text as masks, in the font that comes inside Pillow (so that no font file has to be on the machine)."""

from __future__ import annotations

from functools import lru_cache

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
