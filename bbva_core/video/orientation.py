"""Turning the stored picture upright: the display matrix of phone videos."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from bbva_core.video.frames import Image

# (transpose, flip x, flip y) for each clockwise rotation, before mirroring.
_STEPS = {0: (False, False, False), 90: (True, True, False), 180: (False, True, True), 270: (True, False, True)}


def read_orientation(frame: VideoFrame) -> tuple[int, bool]:
    """Degrees clockwise and whether mirrored, from the display matrix of a decoded frame.

    A matrix that turns by something else than a right angle is taken as the nearest right angle.
    """
    side_data: Any = frame.side_data  # typed by PyAV for motion vectors only
    if Type.DISPLAYMATRIX not in side_data:
        return 0, False
    a, b, _, c, d = np.frombuffer(bytes(side_data[Type.DISPLAYMATRIX]), np.int32)[:5].tolist()
    # The matrix sends stored (x, y) to displayed (a x + c y, b x + d y).
    transpose = abs(b) > abs(a)
    flips = (c < 0, b < 0) if transpose else (a < 0, d < 0)
    for rotation, (turned, flip_x, flip_y) in _STEPS.items():
        if turned == transpose and flip_y == flips[1]:
            return rotation, flip_x != flips[0]
    raise AssertionError("the four rotations cover every case")


def upright(image: Image, rotation: int, mirrored: bool) -> Image:
    """The picture as displayed, C-contiguous."""
    transpose, flip_x, flip_y = _STEPS[rotation]
    if transpose:
        image = image.transpose(1, 0, 2)
    if flip_y:
        image = image[::-1]
    if flip_x != mirrored:
        image = image[:, ::-1]
    return np.ascontiguousarray(image)
