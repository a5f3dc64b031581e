"""Pseudo-labels: what a detector finds in an unlabelled video, as a data set that a person can look over.

Three things make them better than the detections of a run: the pictures are looked at in a larger size; what is kept
was also found in the frames just before and after; and who does not stand on the court becomes background. What is
doubtful is blurred out of the picture, so that it teaches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.detect.types import Detections, Detector
from bbva_core.detect.types import Frame as Picture
from bbva_core.machine.hashing import model_sha256
from bbva_core.train.court import find_court, stands_on
from bbva_core.train.datasets import CLASSES, class_name
from bbva_core.train.scoring import iou
from bbva_core.train.writing import DataSetWriter
from bbva_core.video import Frame, FrameSource, check_video

Array = npt.NDArray[np.float64]

LOOK_SIZE = 1280
"""Longer side of the picture that the detector is given, pixels."""

LEAST_SCORE = 0.2
"""Scores below this are not looked at."""

_SURE = 0.4
"""A detection that was confirmed and scores this is labelled."""

_NEIGHBOUR = 2
"""How many frames before and after a picture must show the same."""

_PEOPLE = ("player", "referee", "person")
_SAME = 0.7
"""Boxes of people that overlap so much are of one of them."""

_UPRIGHT = 1.3
"""Height over width of somebody who stands; the heads of a front row are lower."""


def label_video(
    video: Path,
    folder: Path,
    detector: Detector,
    *,
    every: float,
    progress: Callable[[int, int], None],
) -> int:
    """Write pictures of a video and their pseudo-labels; pictures that are already there are not made again.

    Args:
        video: Any video that BBVA reads.
        folder: The data set that the pictures go to; only what the detector can find counts as labelled in it.
        detector: Made with `LOOK_SIZE` and `LEAST_SCORE`.
        every: Seconds of video between two pictures.
        progress: Called with (pictures done, pictures in all).

    Returns:
        How many pictures the data set has of this video.

    Raises:
        UnsupportedVideo: It is refused.
        VideoReadError: It can no longer be read.
        DetectorError: The detector failed.
        DataSetError: The folder holds a data set with other classes.
    """
    writer = DataSetWriter(folder, set(map(class_name, detector.labels)))
    prefix = f"{video.stem}-{model_sha256(video)[:6]}"
    info, index = check_video(video)
    step = max(1, round(every * info.frame_count / max(float(info.duration), 1e-9)))
    wanted = range(min(_NEIGHBOUR, info.frame_count - 1), info.frame_count, step)
    written = 0
    with FrameSource(video, index, info) as source:
        for done, number in enumerate(wanted):
            name = f"{prefix}-{number:06d}"
            if not writer.has(name):
                last = info.frame_count - 1
                around = sorted({max(0, number - _NEIGHBOUR), number, min(last, number + _NEIGHBOUR)})
                frames = [next(source.frames(at, at + 1)) for at in around]
                if all(isinstance(frame, Frame) for frame in frames):
                    pictures = [frame.image for frame in frames if isinstance(frame, Frame)]
                    _write(writer, name, pictures, around.index(number), detector)
            written += writer.has(name)
            progress(done + 1, len(wanted))
    return written


def _write(writer: DataSetWriter, name: str, pictures: Sequence[Picture], which: int, detector: Detector) -> None:
    found = detector.detect(pictures)
    neighbours = [detections for at, detections in enumerate(found) if at != which]
    kept, doubtful = judge(pictures[which], found[which], neighbours)
    height, width = pictures[which].shape[:2]
    size = np.array([width, height, width, height])
    boxes = found[which].boxes.astype(float)
    labels = map(class_name, found[which].labels)
    picture = blur_out(pictures[which], boxes[doubtful], boxes[kept])
    classes = [CLASSES.index(label) for label, keep in zip(labels, kept, strict=True) if keep]
    writer.add(name, picture, classes, boxes[kept] / size)


def judge(
    picture: Picture, found: Detections, neighbours: Sequence[Detections]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which detections to label and which are doubtful; the others are background. Two masks (n,).

    Args:
        picture: BGR, (height, width, 3).
        found: Its detections.
        neighbours: Detections of the frames around it.
    """
    boxes = found.boxes.astype(float)
    labels = np.array(found.labels, dtype=object)
    height, width = picture.shape[:2]
    confirmed = np.array([_confirmed(found, k, neighbours) for k in range(len(found))], bool)
    person = np.isin(labels, _PEOPLE)
    off_court = np.zeros(len(found), bool)
    hull = find_court(picture)
    if hull is not None and person.any():
        shares = boxes / (width, height, width, height)
        upright = boxes[:, 3] - boxes[:, 1] >= _UPRIGHT * (boxes[:, 2] - boxes[:, 0])
        off_court = person & ~(stands_on(hull, shares) & upright)
    kept = confirmed & (found.scores >= _SURE) & ~off_court
    overlap = iou(boxes, boxes)
    for k in np.flatnonzero(kept & person):  # best score first: nobody is a player and a referee
        kept[k + 1 :] &= ~(person[k + 1 :] & (overlap[k, k + 1 :] > _SAME))
    doubtful = ~kept & ~off_court
    doubtful[person] &= ~(overlap[np.ix_(person, kept & person)] > _SAME).any(1)
    return kept, doubtful


def _confirmed(found: Detections, k: int, neighbours: Sequence[Detections]) -> bool:
    """Whether a neighbour has the same: overlapping, or for a flying ball as near as it can have flown."""
    label, box = found.labels[k], found.boxes[k : k + 1].astype(float)
    for other in neighbours:
        same = other.boxes[[name == label for name in other.labels]].astype(float)
        if not len(same):
            continue
        if label != "ball":
            if iou(box, same).max() >= 0.4:
                return True
            continue
        size = float((box[0, 2:] - box[0, :2]).max())
        gaps = np.abs((same[:, :2] + same[:, 2:]) / 2 - (box[0, :2] + box[0, 2:]) / 2).max(1)
        if gaps.min() < 2.0 * _NEIGHBOUR * size:
            return True
    return False


def blur_out(picture: Picture, doubtful: Array, kept: Array) -> Picture:
    """The picture with the doubtful boxes blurred beyond recognition, and what is kept as it was.

    Args:
        picture: BGR; stays as it is.
        doubtful: (n, 4) pixels.
        kept: (m, 4) pixels.
    """
    out = picture.copy()
    for x1, y1, x2, y2 in np.maximum(doubtful.round(), 0).astype(int):
        part = out[y1:y2, x1:x2]
        if part.size:
            tiny = cv2.resize(part, (2, 2), interpolation=cv2.INTER_AREA)
            part[:] = cv2.resize(tiny, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR)
    for x1, y1, x2, y2 in np.maximum(kept.round(), 0).astype(int):
        out[y1:y2, x1:x2] = picture[y1:y2, x1:x2]
    return out
