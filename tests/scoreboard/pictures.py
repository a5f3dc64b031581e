"""Drawn score bugs for tests: a bar with texts over noise that moves."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

BOX = (100, 250, 500, 280)


def frame(clock: str = "4:13", *, seed: int = 0, at: tuple[int, int] = BOX[:2], bug: bool = True) -> Image:
    """A picture of 640 x 360."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (24, 40, 3)).astype(np.uint8)
    picture = cv2.resize(coarse, (640, 360), interpolation=cv2.INTER_CUBIC)
    if bug:
        x, y = at
        cv2.rectangle(picture, (x, y), (x + 399, y + 29), (30, 20, 20), -1)
        cv2.rectangle(picture, (x, y), (x + 90, y + 29), (160, 60, 20), -1)
        for left, text in ((8, "HOME"), (110, "40"), (180, "AWAY"), (260, "38"), (320, clock)):
            place = (x + left, y + 22)
            cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (250, 250, 250), 2, cv2.LINE_AA)
    return np.asarray(picture, np.uint8)


def compressed(picture: Image, quality: int = 35) -> Image:
    """As a codec leaves it."""
    _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
