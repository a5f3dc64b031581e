"""How good detections are: average precision per class, recall of small balls, people taken for players."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bbva_core.detect.types import Detections
from bbva_core.train.datasets import CLASSES, Labelled, class_name

Array = npt.NDArray[np.float64]

LEAST_SCORE = 0.005
"""What a detector that is scored is made with: average precision needs detections far below what a run keeps."""

_IOUS = np.linspace(0.5, 0.95, 10)
_SMALL_BALL = 0.02
"""A ball is small when its longer side is less than this share of the picture's longer side: 13 px of 640."""

_ELSEWHERE_IOU = 0.3
"""A detected player who overlaps every labelled player and referee less than this is somebody else: a spectator, a
coach, a substitute."""


@dataclass
class Scorer:
    """Collects detections and labels, picture by picture.

    Args:
        conf: Score from which a detection counts for recall and for people taken for players.
    """

    conf: float
    _scores: dict[int, list[Array]] = field(default_factory=lambda: defaultdict(list))
    _hits: dict[int, list[npt.NDArray[np.bool_]]] = field(default_factory=lambda: defaultdict(list))
    _labelled: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    _found: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    _small: int = 0
    _small_found: int = 0
    _elsewhere: int = 0
    _judged: int = 0
    pictures: int = 0

    def add(self, detections: Detections, labelled: Labelled, *, width: int, height: int) -> None:
        """Score a picture; only for the classes whose every instance is labelled.

        Args:
            detections: With low scores too: average precision needs them.
            labelled: The truth.
            width: Of the picture, pixels.
            height: Of the picture, pixels.
        """
        self.pictures += 1
        truth = labelled.boxes * np.array([width, height, width, height])
        labels = np.array([class_name(label) for label in detections.labels])
        boxes, scores = detections.boxes.astype(float), detections.scores.astype(float)
        for number in labelled.known:
            own, wanted = labels == CLASSES[number], truth[labelled.classes == number]
            overlap = iou(boxes[own], wanted)
            hits = _match(overlap)
            self._scores[number].append(scores[own])
            self._hits[number].append(hits)
            self._labelled[number] += len(wanted)
            sure = scores[own] >= self.conf
            got = (overlap[sure] >= 0.5).any(0) if sure.any() else np.zeros(len(wanted), bool)
            self._found[number] += int(got.sum())
            if CLASSES[number] == "ball":
                small = (wanted[:, 2:] - wanted[:, :2]).max(1, initial=0) < _SMALL_BALL * max(width, height)
                self._small += int(small.sum())
                self._small_found += int((small & got).sum())
        if {0, 3} <= labelled.known:
            people = truth[np.isin(labelled.classes, (0, 3))]
            sure = (labels == "player") & (scores >= self.conf)
            overlap = iou(boxes[sure], people).max(1, initial=0)
            self._elsewhere += int((overlap < _ELSEWHERE_IOU).sum())
            self._judged += 1

    def result(self) -> dict[str, float | int | None]:
        """The figures: for each labelled class `ap50`, `ap50_95`, `recall` and `labelled`; small balls; others.

        AP is COCO's: precision made monotonic, read at 101 recalls (Lin et al. 2014; pycocotools). A figure is None
        where nothing was labelled.
        """
        figures: dict[str, float | int | None] = {"pictures": self.pictures}
        for number, name in enumerate(CLASSES):
            count = self._labelled[number]
            figures[f"{name}_labelled"] = count
            if not count:
                continue
            scores = np.concatenate(self._scores[number])
            hits = np.concatenate(self._hits[number])[np.argsort(-scores, kind="stable")]
            precisions = [average_precision(hits[:, k], count) for k in range(len(_IOUS))]
            figures[f"{name}_ap50"] = round(precisions[0], 4)
            figures[f"{name}_ap50_95"] = round(float(np.mean(precisions)), 4)
            figures[f"{name}_recall"] = round(self._found[number] / count, 4)
        figures["small_balls"] = self._small
        figures["small_ball_recall"] = round(self._small_found / self._small, 4) if self._small else None
        figures["others_as_players_a_picture"] = round(self._elsewhere / self._judged, 2) if self._judged else None
        return figures


def iou(a: Array, b: Array) -> Array:
    """Intersection over union of boxes (n, 4) and (m, 4), x1 y1 x2 y2: (n, m)."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(1), (b[:, 2:] - b[:, :2]).prod(1)
    return np.asarray(shared / np.maximum(area_a[:, None] + area_b[None] - shared, 1e-9))


def average_precision(hits: npt.NDArray[np.bool_], labelled: int) -> float:
    """COCO's average precision.

    Args:
        hits: For each detection, best score first, whether it is a labelled thing that none before it was.
        labelled: How many things are labelled.
    """
    true = np.cumsum(hits)
    recall, precision = true / labelled, true / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.append(precision, 0.0)[np.minimum(at, len(hits))].mean())


def _match(overlap: Array) -> npt.NDArray[np.bool_]:
    """Whether each detection, best score first, is a hit at each of the ten overlaps: (n, 10)."""
    hits = np.zeros((len(overlap), len(_IOUS)), bool)
    for k, least in enumerate(_IOUS):
        free = np.ones(overlap.shape[1], bool)
        for row, values in enumerate(overlap):
            if not free.any():
                break
            best = int(np.argmax(np.where(free, values, -1.0)))
            if values[best] >= least:
                hits[row, k] = True
                free[best] = False
    return hits
