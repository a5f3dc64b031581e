"""Fills in what partial labels leave out, with what a detector is sure of: a rim that is there and not labelled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from bbva_core.detect.types import Detections, Detector
from bbva_core.train.datasets import CLASSES, Labelled, read_picture
from bbva_core.train.scoring import iou

LEAST_SCORE = 0.2
"""Scores below this are not looked at."""

_SURE = 0.6
_SAME = 0.5
"""Two detections that overlap so much are of one thing."""


def fill_in(
    pictures: Iterable[Labelled], detector: Detector, progress: Callable[[int, int], None]
) -> Iterator[Labelled]:
    """The pictures, with more of their classes known where the detector is sure.

    Args:
        pictures: With partial labels.
        detector: Made with `LEAST_SCORE`.
        progress: Called with (pictures done, pictures in all).

    Raises:
        DataSetError: A file is not a picture.
        DetectorError: The detector failed.
    """
    all_of_them = list(pictures)
    for done, labelled in enumerate(all_of_them):
        picture = read_picture(labelled)
        height, width = picture.shape[:2]
        yield filled(labelled, detector.detect([picture])[0], width=width, height=height)
        progress(done + 1, len(all_of_them))


def filled(labelled: Labelled, found: Detections, *, width: int, height: int) -> Labelled:
    """The labels, with each unknown class that was found for sure, and of which nothing was found half surely.

    A labelled thing is known to be of no other class, so what lies on it is not filled in.
    """
    labels = np.array(found.labels, dtype=object)
    boxes = found.boxes.astype(float) / (width, height, width, height)
    taken = iou(boxes, labelled.boxes).max(1, initial=0) >= _SAME
    classes, added, known = labelled.classes.tolist(), [labelled.boxes], set(labelled.known)
    for number, name in enumerate(CLASSES):
        own = boxes[(labels == name) & ~taken]
        sure = found.scores[(labels == name) & ~taken] >= _SURE
        # A doubtful detection of the same thing as a sure one is no second thing.
        doubtful = iou(own[~sure], own[sure]).max(1, initial=0) < _SAME
        if number in known or not sure.any() or doubtful.any():
            continue
        classes += [number] * int(sure.sum())
        added.append(own[sure])
        known.add(number)
    return replace(labelled, classes=np.array(classes, np.int64), boxes=np.concatenate(added), known=frozenset(known))
