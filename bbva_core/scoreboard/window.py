"""Where in a frame the scoreboard is looked for, and what it is followed in: all of it, or what somebody has drawn."""

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
    """Where the scoreboard is, as somebody has drawn it.

    Args:
        region: x1, y1, x2, y2; None: anywhere.
        corners: Of a board seen askew: upper left, upper right, lower right, lower left. They come before the region.
    """

    region: Region | None = None
    corners: Corners | None = None

    @property
    def drawn(self) -> bool:
        """Whether somebody has pointed out where the scoreboard is."""
        return self.region is not None or self.corners is not None

    def seen(self, frame: Image) -> Image:
        """What the scoreboard is followed in: the frame, or a board seen straight on. A graphic may slide out of the
        region it was found in."""
        if self.corners is None:
            return frame
        return cv2.warpPerspective(frame, self._warp, self._size, flags=cv2.INTER_AREA)  # type: ignore[no-any-return]

    def searched(self, seen: Image) -> Image:
        """The part of what is seen in which the scoreboard is looked for. A region outside the frame is one pixel."""
        if self.corners is not None or self.region is None:
            return seen
        x, y = self.origin(seen)
        return np.ascontiguousarray(seen[y : max(y + 1, self.region[3]), x : max(x + 1, self.region[2])])

    def origin(self, seen: Image) -> tuple[int, int]:
        """Where that part begins: x, y."""
        if self.corners is not None or self.region is None:
            return 0, 0
        return min(self.region[0], seen.shape[1] - 1), min(self.region[1], seen.shape[0] - 1)

    def placed(self, box: Box) -> list[int]:
        """A box of what is seen, in pixels of the frame."""
        if self.corners is None:
            return list(box)
        x1, y1, x2, y2 = box
        there = np.array([[(x1, y1), (x2, y1), (x2, y2), (x1, y2)]], np.float64)
        back = cv2.perspectiveTransform(there, np.linalg.inv(self._warp))[0]
        (left, top), (right, bottom) = back.min(axis=0), back.max(axis=0)
        return [round(left), round(top), round(right), round(bottom)]

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


WHOLE = Window()
"""Nothing is drawn."""
