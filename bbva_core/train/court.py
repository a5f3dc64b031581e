"""Where the floor of the court is in a picture, told by its colour; good enough to tell players from spectators.

The floor is the largest area of nearly one colour in the lower two thirds of a wide shot, whatever that colour is. Its
convex hull takes in what stands on it, the painted areas and the lines. A close-up has no such area; then there is
no hull, and nothing is claimed.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.detect.types import Frame

Hull = npt.NDArray[np.float64]
"""(n, 2) corners as shares of the picture's width and height."""

_WIDTH = 240
"""The picture is looked at this wide: finer shows planks and faces."""

_SPREAD = (26, 9, 9)
"""How far lightness and the two colours of the CIE L*a*b* space (0 to 255 in OpenCV) may differ on one floor."""

_LEAST = 0.12
"""Share of the picture that a floor covers at least."""

_PIECE = 0.015
"""Share of the picture that a piece of floor covers at least: lines and painted areas cut it into several."""


def find_court(picture: Frame) -> Hull | None:
    """The hull of the floor, or None when the picture shows no wide view of one.

    Args:
        picture: BGR, (height, width, 3).
    """
    height = max(1, round(_WIDTH * picture.shape[0] / picture.shape[1]))
    small = cv2.resize(picture, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    middle = lab[height // 3 :].reshape(-1, 3)
    colours = np.stack([middle[:, 0] // 32, middle[:, 1] // 8, middle[:, 2] // 8], 1).astype(np.int64)
    codes, counts = np.unique(colours @ np.array([1024, 32, 1]), return_counts=True)
    best = codes[np.argmax(counts)]
    floor = np.median(middle[(colours @ np.array([1024, 32, 1])) == best], axis=0)
    mask = (np.abs(lab.astype(int) - floor) <= _SPREAD).all(2).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    _, areas, stats, _ = cv2.connectedComponentsWithStats(mask)
    large = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= _PIECE * mask.size)
    floor_mask = np.isin(areas, large[large > 0])
    if floor_mask.mean() < _LEAST:
        return None
    points = np.argwhere(floor_mask)[:, ::-1].astype(np.float32)
    hull = cv2.convexHull(points).reshape(-1, 2).astype(float) + 0.5
    return np.asarray(hull / (_WIDTH, height))


def stands_on(hull: Hull, boxes: npt.NDArray[np.float64], *, margin: float = 0.02) -> npt.NDArray[np.bool_]:
    """Whether the feet of each box are on the floor.

    Args:
        hull: From `find_court`.
        boxes: (n, 4) x1, y1, x2, y2 as shares of the picture.
        margin: How far outside still counts, as a share of the picture's width: players step over the lines.
    """
    contour = hull.astype(np.float32).reshape(-1, 1, 2)
    feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], 1)
    return np.array([cv2.pointPolygonTest(contour, foot.tolist(), True) >= -margin for foot in feet], bool)
