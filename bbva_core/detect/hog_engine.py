"""Detector engine: OpenCV's built-in people detector. Basic, but needs no weights.

It finds upright people who stand clear of others: in a broadcast about one in four of those that YOLO finds. No ball,
no rim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.detect.types import Detections, Frame, check_frames
from bbva_core.errors import DetectorError

# The detector knows one size, people about 96 px tall, and larger ones by shrinking the picture. In a broadcast a
# player is a sixth to a fourth of the height, so the longer side is brought to this length first.
_SIDE = 1280
_STRIDE = (8, 8)
_PADDING = (8, 8)
_SCALE_STEP = 1.1
_THRESHOLD = 0.0  # margin of the classifier
_IOU = 0.4
# The window includes a margin around the person, as fractions of its width and height on each side.
_MARGIN_X, _MARGIN_Y = 0.15, 0.06


class HogDetector:
    """Histogram of oriented gradients and a linear classifier, as OpenCV ships them.

    The classifier's margin m (0 to about 3) becomes the score 1 - exp(-m / 2): 0.25 at m = 0.58, 0.39 at 1, 0.63 at 2.
    It is an order, not a probability; at 0.25 about every second box is a person.

    Args:
        conf: Lowest score to keep.
        threads: CPU threads.

    Raises:
        DetectorError: This build of OpenCV has no people detector.
    """

    name = "opencv-hog"
    labels = frozenset({"person"})

    def __init__(self, *, conf: float, threads: int) -> None:
        self._conf = conf
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bbva-hog")
        try:
            self._hog: cv2.HOGDescriptor | None = cv2.HOGDescriptor()
            self._hog.setSVMDetector(cv2.HOGDescriptor.getDefaultPeopleDetector())
        except (AttributeError, cv2.error) as error:  # OpenCV 5 has none
            raise _failed(f"OpenCV {cv2.__version__} has no people detector ({error})") from error

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One `Detections` for each frame; all labels are `person`.

        Raises:
            DetectorError: OpenCV failed, or the detector is closed.
        """
        if self._hog is None:
            raise _failed("the detector is closed")
        try:
            check_frames(frames)
            return [self._detect(self._hog, frame) for frame in frames]
        except (ValueError, cv2.error) as error:
            raise _failed(str(error)) from error

    def close(self) -> None:
        """Free the classifier."""
        self._hog = None
        self._pool.shutdown()

    def _detect(self, hog: cv2.HOGDescriptor, frame: Frame) -> Detections:
        height, width = frame.shape[:2]
        factor = _SIDE / max(width, height)
        size = (round(width * factor), round(height * factor))
        if size[0] < hog.winSize[0] or size[1] < hog.winSize[1]:
            return Detections.empty()  # smaller than the detector's window: nothing can be in it
        picture = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR if factor > 1 else cv2.INTER_AREA)
        found = list(self._pool.map(lambda scale: _search(hog, picture, scale), _scales(hog, picture)))
        boxes = np.concatenate([windows for windows, _ in found])
        scores = 1.0 - np.exp(-np.concatenate([margins for _, margins in found]) / 2.0)
        keep = _suppress(boxes, scores, self._conf)
        boxes, scores = boxes[keep], scores[keep]
        inset = np.stack([(boxes[:, 2] - boxes[:, 0]) * _MARGIN_X, (boxes[:, 3] - boxes[:, 1]) * _MARGIN_Y], axis=1)
        boxes[:, :2] += inset
        boxes[:, 2:] -= inset
        return Detections.canonical(boxes / factor, scores, ["person"] * len(boxes), width=width, height=height)


def _scales(hog: cv2.HOGDescriptor, picture: Frame) -> Iterator[float]:
    """How much to shrink the picture, until the window does not fit into it."""
    scale = 1.0
    while round(picture.shape[1] / scale) >= hog.winSize[0] and round(picture.shape[0] / scale) >= hog.winSize[1]:
        yield scale
        scale *= _SCALE_STEP


def _search(
    hog: cv2.HOGDescriptor, picture: Frame, scale: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Windows (n, 4) as x1, y1, x2, y2 in pixels of the picture, and margins (n,), at one scale.

    As `detectMultiScale` does for each scale. That one searches with several threads, and notes windows and margins at
    different moments: now and then they belong to different people, and the same frame gives other rows.
    """
    size = (round(picture.shape[1] / scale), round(picture.shape[0] / scale))
    smaller = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR_EXACT)
    corners, margins = hog.detect(smaller, hitThreshold=_THRESHOLD, winStride=_STRIDE, padding=_PADDING)
    windows = np.zeros((len(corners), 4))
    if len(corners):
        windows[:, :2] = np.rint(np.asarray(corners).reshape(-1, 2) * scale)
        windows[:, 2:] = windows[:, :2] + np.rint(np.array(hog.winSize) * scale)
        windows = windows.clip(0, np.array(picture.shape[1::-1] * 2))
    return windows, np.asarray(margins, dtype=np.float64).reshape(-1)


def _suppress(boxes: npt.NDArray[np.float64], scores: npt.NDArray[np.float64], conf: float) -> list[int]:
    """Greedy non-maximum suppression, the best first; of equal ones the first in reading order."""
    order = [i for i in np.lexsort((*boxes.T[::-1], -scores)).tolist() if scores[i] >= conf]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    for i in order:
        others = boxes[kept]
        overlap = np.minimum(boxes[i, 2:], others[:, 2:]) - np.maximum(boxes[i, :2], others[:, :2])
        shared = np.clip(overlap, 0.0, None).prod(axis=1)
        if not (shared / (areas[i] + areas[kept] - shared) > _IOU).any():
            kept.append(i)
    return kept


def _failed(why: str) -> DetectorError:
    return DetectorError(
        f"The detector opencv-hog failed: {why}.",
        safe="What was committed before is safe.",
        do="Choose the detector ultralytics, or install the packages pinned in requirements.txt.",
    )
