"""Writes a data set in YOLO format, picture by picture, so that what was interrupted can go on."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.detect.types import Frame
from bbva_core.errors import DataSetError
from bbva_core.train.datasets import CLASSES, class_numbers

_QUALITY = 92


class DataSetWriter:
    """A folder with `data.yaml`, `train/images` and `train/labels`; made with the first picture.

    Args:
        folder: What it holds stays.
        labels: The classes that are labelled; those that are not are not taken for absent.

    Raises:
        DataSetError: The folder holds a data set with other classes.
    """

    def __init__(self, folder: Path, labels: Collection[str] = CLASSES) -> None:
        self._about = folder / "data.yaml"
        self._images, self._labels = folder / "train" / "images", folder / "train" / "labels"
        self._names = {number: name for number, name in enumerate(CLASSES) if name in labels}
        if self._about.exists() and class_numbers(folder) != {number: number for number in self._names}:
            raise DataSetError(
                f"{folder} holds a data set with other classes than {', '.join(self._names.values())}.",
                safe="It was left as it is.",
                do="Name another folder.",
            )

    def has(self, name: str) -> bool:
        """Whether the picture is there, whole: its labels are written after it."""
        return (self._labels / f"{name}.txt").exists()

    def add(self, name: str, picture: Frame, classes: Sequence[int], boxes: npt.NDArray[np.float64]) -> None:
        """Write a picture and its labels.

        Args:
            name: File name without its ending.
            picture: BGR, (height, width, 3).
            classes: Numbers in `CLASSES`.
            boxes: (n, 4) x1, y1, x2, y2 as shares of the picture's width and height.
        """
        self._images.mkdir(parents=True, exist_ok=True)
        self._labels.mkdir(parents=True, exist_ok=True)
        if not self._about.exists():
            # JSON is YAML but for numbers as keys, and there is no second way of quoting a path.
            about = {"train": "train/images", "names": {str(number): name for number, name in self._names.items()}}
            self._about.write_text(json.dumps(about, indent=1), encoding="utf-8")
        done, picture_bytes = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        assert done
        (self._images / f"{name}.jpg").write_bytes(picture_bytes.tobytes())
        # Whole or not at all: an empty label file would say that there is nothing in the picture.
        unfinished = self._labels / f"{name}.new"
        unfinished.write_text(label_lines(classes, boxes), encoding="utf-8")
        unfinished.replace(self._labels / f"{name}.txt")


def label_lines(classes: Sequence[int], boxes: npt.NDArray[np.float64]) -> str:
    """Labels as they are written in YOLO format; arguments as in `DataSetWriter.add`."""
    return "\n".join(
        f"{number} {(x1 + x2) / 2:.6f} {(y1 + y2) / 2:.6f} {x2 - x1:.6f} {y2 - y1:.6f}"
        for number, (x1, y1, x2, y2) in zip(classes, boxes.tolist(), strict=True)
    )
