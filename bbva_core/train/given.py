"""Labels that were made by hand for pictures kept elsewhere: frames of a video, or the pictures of a folder.

A label file is JSON, so that labels can be kept and published where the pictures cannot:

    sha256     of the video; null for a folder
    pictures   by frame index, or by file name: {known: [class, …], boxes: [[class, x1, y1, x2, y2], …]}

Boxes are shares of the picture's width and height. `known` are the classes whose every instance in the picture is
labelled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bbva_core.errors import DataSetError
from bbva_core.machine.hashing import model_sha256
from bbva_core.train.datasets import CLASSES, Labelled
from bbva_core.video import Frame, FrameSource, check_video

_QUALITY = 95


def read_given(of: Path, labels: Path, frames: Path) -> Iterator[Labelled]:
    """The labelled pictures.

    Args:
        of: The video, or the folder with the pictures.
        labels: The label file.
        frames: Where frames of a video are written to, as pictures.

    Raises:
        DataSetError: The label file is damaged, is for another video, or names a picture that is not there.
        UnsupportedVideo: The video cannot be read.
    """
    try:
        content = json.loads(labels.read_text(encoding="utf-8"))
        pictures: dict[str, Any] = content["pictures"]
        made = {name: _labelled(row) for name, row in pictures.items()}
        sha256 = content["sha256"]
        numbers = sorted(map(int, made)) if sha256 is not None else []
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise DataSetError(
            f"{labels} is not a label file BBVA can use: {error!r}.", safe="Nothing was changed."
        ) from None
    if sha256 is None:
        found = {path.name: path for path in of.rglob("*")}
        paths = {name: found[name] for name in made if name in found}
    else:
        if not of.is_file() or model_sha256(of) != sha256:
            raise DataSetError(
                f"The labels {labels} are for a video that {of} is not.",
                safe="Nothing was changed.",
                do="Put that video there.",
            )
        paths = _frames(of, frames / sha256[:16], numbers)
    missing = sorted(made.keys() - paths.keys())
    if missing:
        raise DataSetError(
            f"{of} lacks {len(missing)} of the pictures that {labels} is about, such as {missing[0]}.",
            safe="Nothing was changed.",
            do="Get the whole data set.",
        )
    for name, (classes, boxes, known) in made.items():
        yield Labelled(paths[name], classes, boxes, known)


def _labelled(row: Mapping[str, Any]) -> tuple[Any, Any, frozenset[int]]:
    classes = np.array([CLASSES.index(box[0]) for box in row["boxes"]], np.int64)
    boxes = np.array([box[1:] for box in row["boxes"]], float).reshape(-1, 4)
    if not ((boxes >= 0) & (boxes <= 1)).all() or not (boxes[:, :2] < boxes[:, 2:]).all():
        raise ValueError(f"a box is not within the picture: {row['boxes']}")
    return classes, boxes, frozenset(map(CLASSES.index, row["known"]))


def _frames(video: Path, folder: Path, wanted: list[int]) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    info, index = check_video(video)
    paths = {}
    with FrameSource(video, index, info) as source:
        for number in wanted:
            if number >= info.frame_count:
                continue
            frame = next(source.frames(number, number + 1))
            if isinstance(frame, Frame):
                path = folder / f"{video.stem}-{number:06d}.jpg"
                cv2.imwrite(str(path), frame.image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
                paths[str(number)] = path
    return paths
