"""A detector without a model: a plain function of the pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bbva_core.detect.types import Detections, Frame, check_frames
from bbva_core.detect.vocabulary import LABELS
from bbva_core.errors import DetectorError


class FakeDetector:
    """Finds as many boxes as a hash of the frame says, between 0 and 4; equal frames give equal boxes."""

    name = "fake"
    labels = frozenset(LABELS)

    def __init__(self) -> None:
        self.closed = False

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        if self.closed:
            raise DetectorError("The fake detector is closed.")
        check_frames(frames)
        return [self._detect(frame) for frame in frames]

    def close(self) -> None:
        self.closed = True

    @staticmethod
    def _detect(frame: Frame) -> Detections:
        height, width = frame.shape[:2]
        digest = hashlib.sha256(frame.tobytes()).digest()
        boxes, scores, labels = [], [], []
        for i in range(digest[0] % 5):
            x, y, size, score, label = digest[1 + 5 * i : 6 + 5 * i]
            boxes.append((x / 256 * width / 2, y / 256 * height / 2, (x + size + 64) / 512 * width, height * 0.9))
            scores.append(0.25 + score / 512)
            labels.append(LABELS[label % len(LABELS)])
        return Detections.canonical(boxes, scores, labels, width=width, height=height)
