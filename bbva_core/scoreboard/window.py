"""The part of a frame that the scoreboard reader is shown: all of it, or what somebody has drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.ocr.types import Image
from bbva_core.scoreboard.layout import Box
from bbva_core.settings import Corners, Region

_SIDE = 1600  # pixels that the longer side of a board seen askew is brought to, at most


@dataclass(frozen=True)
class Window:
    """What of a frame is read.

    Args:
        region: x1, y1, x2, y2; None: everything.
        corners: Of a board seen askew: upper left, upper right, lower right, lower left. They come before the region.
    """

    region: Region | None = None
    corners: Corners | None = None

    @property
    def drawn(self) -> bool:
        """Whether somebody has pointed out where the scoreboard is."""
        return self.region is not None or self.corners is not None

    def cut(self, image: Image) -> Image:
        """What is read of a frame. A region that lies outside the frame gives one pixel of it."""
        if self.corners is not None:
            return cv2.warpPerspective(image, self._warp, self._size, flags=cv2.INTER_AREA)  # type: ignore[no-any-return]
        if self.region is None:
            return image
        high, wide = image.shape[:2]
        x1, y1 = min(self.region[0], wide - 1), min(self.region[1], high - 1)
        return np.ascontiguousarray(image[y1 : max(y1 + 1, self.region[3]), x1 : max(x1 + 1, self.region[2])])

    def placed(self, box: Box) -> list[int]:
        """A box of what was read, in pixels of the frame."""
        x1, y1, x2, y2 = box
        if self.corners is not None:
            there = np.array([[(x1, y1), (x2, y1), (x2, y2), (x1, y2)]], np.float64)
            back = cv2.perspectiveTransform(there, np.linalg.inv(self._warp))[0]
            (left, top), (right, bottom) = back.min(axis=0), back.max(axis=0)
            return [round(left), round(top), round(right), round(bottom)]
        dx, dy = (0, 0) if self.region is None else self.region[:2]
        return [x1 + dx, y1 + dy, x2 + dx, y2 + dy]

    @cached_property
    def _size(self) -> tuple[int, int]:
        assert self.corners is not None
        a, b, c, d = (np.array(corner, float) for corner in self.corners)
        wide = max(float(np.linalg.norm(b - a)), float(np.linalg.norm(c - d)))
        high = max(float(np.linalg.norm(d - a)), float(np.linalg.norm(c - b)))
        scale = min(1.0, _SIDE / max(wide, high))
        return max(2, round(wide * scale)), max(2, round(high * scale))

    @cached_property
    def _warp(self) -> npt.NDArray[np.float64]:
        wide, high = self._size
        target = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
        return np.asarray(cv2.getPerspectiveTransform(np.array(self.corners, np.float32), target), np.float64)
