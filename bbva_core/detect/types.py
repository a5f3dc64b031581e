"""What a detector returns, and what a detector is. Light: numpy only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

Frame = npt.NDArray[np.uint8]
"""A picture of shape (height, width, 3), channels in the order blue, green, red."""

BOX_DECIMALS = 2
SCORE_DECIMALS = 4


@dataclass(frozen=True, eq=False)
class Detections:
    """The detections of one frame, in canonical order.

    Args:
        boxes: float32 (n, 4): x1, y1, x2, y2 in pixels of the frame, origin top left.
        scores: float32 (n,): 0 to 1.
        labels: One of `bbva_core.detect.vocabulary.LABELS` for each box.
    """

    boxes: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.boxes.shape != (n, 4) or self.scores.shape != (n,):
            raise ValueError(
                f"expected boxes ({n}, 4) and scores ({n},) for {n} labels; "
                f"found {self.boxes.shape} and {self.scores.shape}"
            )

    @classmethod
    def canonical(
        cls,
        boxes: npt.ArrayLike,
        scores: npt.ArrayLike,
        labels: Sequence[str],
        *,
        width: int,
        height: int,
    ) -> Self:
        """Clip, round and sort, so that equal results are equal files.

        Boxes are clipped to the frame and rounded to 2 decimals, scores to 4. Boxes that are empty after that are
        dropped. The order is: score descending, then label, then box.

        Args:
            boxes: (n, 4) x1, y1, x2, y2 in pixels.
            scores: (n,).
            labels: n names.
            width: Width of the frame in pixels.
            height: Height of the frame in pixels.

        Raises:
            ValueError: A box or score is not a finite number, or the lengths differ.
        """
        b: npt.NDArray[np.float64] = np.array(boxes, dtype=np.float64).reshape(-1, 4)
        s: npt.NDArray[np.float64] = np.array(scores, dtype=np.float64).reshape(-1)
        if not (len(b) == len(s) == len(labels)):
            raise ValueError(f"expected equal lengths; found {len(b)} boxes, {len(s)} scores, {len(labels)} labels")
        if not (np.isfinite(b).all() and np.isfinite(s).all()):
            raise ValueError("expected finite boxes and scores; found NaN or infinity")
        # Sorted after rounding: the order must follow from the very values that are stored.
        b = b.clip(0.0, np.array([width, height, width, height], dtype=np.float64)).round(BOX_DECIMALS)
        s = s.clip(0.0, 1.0).round(SCORE_DECIMALS)
        keep = [i for i in range(len(b)) if b[i, 2] > b[i, 0] and b[i, 3] > b[i, 1]]
        keep.sort(key=lambda i: (-s[i], labels[i], tuple(b[i])))
        return cls(
            boxes=b[keep].astype(np.float32).reshape(-1, 4),
            scores=s[keep].astype(np.float32),
            labels=tuple(labels[i] for i in keep),
        )

    @classmethod
    def empty(cls) -> Self:
        """A frame in which nothing was found."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())

    def __len__(self) -> int:
        return len(self.labels)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Detections):
            return NotImplemented
        return (
            self.labels == other.labels
            and np.array_equal(self.boxes, other.boxes)
            and np.array_equal(self.scores, other.scores)
        )

    __hash__ = None  # type: ignore[assignment]  # arrays are mutable

    def rows(self) -> Iterator[tuple[str, float, float, float, float, float]]:
        """Label, score, x1, y1, x2, y2 as plain numbers.

        A float32 that was rounded to 12.34 becomes 12.34000015 as a Python float; these are rounded again.
        """
        for label, score, box in zip(self.labels, self.scores.tolist(), self.boxes.tolist(), strict=True):
            x1, y1, x2, y2 = (round(v, BOX_DECIMALS) for v in box)
            yield label, round(score, SCORE_DECIMALS), x1, y1, x2, y2


class Detector(Protocol):
    """Finds people and things in frames. The result for a frame depends on that frame alone."""

    @property
    def name(self) -> str:
        """The engine's name, as in `RunSettings.detector`."""
        ...

    @property
    def labels(self) -> frozenset[str]:
        """What it can find, of `bbva_core.detect.vocabulary.LABELS`."""
        ...

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One `Detections` for each frame, in the order given.

        Raises:
            DetectorError: The engine failed. Never an empty result instead.
        """
        ...

    def close(self) -> None:
        """Free the model. The detector cannot be used afterwards; closing twice is fine."""
        ...


def check_frames(frames: Sequence[Frame]) -> None:
    """Refuse what is not a list of BGR pictures, before an engine says it in its own words.

    Raises:
        ValueError: A frame has the wrong shape or type.
    """
    for position, frame in enumerate(frames):
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or 0 in frame.shape:
            raise ValueError(
                f"frame {position} of the list: expected uint8 (height, width, 3); found {frame.dtype} {frame.shape}"
            )
