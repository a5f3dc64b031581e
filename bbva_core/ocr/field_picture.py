"""How a field of a scoreboard is handed to our own reader: as a grey strip of fixed height."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.ocr.types import Image

HEIGHT = 32
"""Height of a strip in pixels."""
MAX_WIDTH = 512
_STEP = 32  # widths are multiples of this, so that a network compiled for each width meets few of them
_MAX_GAIN = 6.0  # contrast is raised this much at most: an empty field stays empty


def field_strip(field: Image) -> npt.NDArray[np.uint8]:
    """A field as our reader sees it.

    Args:
        field: BGR, of any size.

    Returns:
        Grey, shape (HEIGHT, width): full contrast, the last column repeated up to a multiple of 32.
    """
    grey = cv2.cvtColor(field, cv2.COLOR_BGR2GRAY)
    high, wide = grey.shape
    width = min(MAX_WIDTH, max(8, round(wide * HEIGHT / high)))
    grey = cv2.resize(grey, (width, HEIGHT), interpolation=cv2.INTER_AREA if high > HEIGHT else cv2.INTER_CUBIC)
    low, top = np.percentile(grey, (1, 99))
    gain = min(_MAX_GAIN, 255.0 / max(1.0, top - low))
    middle = (low + top) / 2
    grey = np.clip((grey.astype(np.float32) - middle) * gain + 127.5, 0, 255).astype(np.uint8)
    padded = -(-width // _STEP) * _STEP
    return np.ascontiguousarray(np.pad(grey, ((0, 0), (0, padded - width)), mode="edge"))
