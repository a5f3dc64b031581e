"""Writes a data set in YOLO format, picture by picture, so that what was interrupted can go on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.detect.types import Frame
from bbva_core.train.datasets import CLASSES

_QUALITY = 92


class DataSetWriter:
    """A folder with `data.yaml`, `train/images` and `train/labels`.

    Args:
        folder: Made when missing; pictures in it stay.
    """

    def __init__(self, folder: Path) -> None:
        self._images, self._labels = folder / "train" / "images", folder / "train" / "labels"
        self._images.mkdir(parents=True, exist_ok=True)
        self._labels.mkdir(parents=True, exist_ok=True)
        about = {"train": "train/images", "names": list(CLASSES)}
        # JSON is YAML: no second way of quoting a path.
        (folder / "data.yaml").write_text(json.dumps(about, indent=1), encoding="utf-8")

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
        done, picture_bytes = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        assert done
        (self._images / f"{name}.jpg").write_bytes(picture_bytes.tobytes())
        (self._labels / f"{name}.txt").write_text(label_lines(classes, boxes), encoding="utf-8")


def label_lines(classes: Sequence[int], boxes: npt.NDArray[np.float64]) -> str:
    """Labels as they are written in YOLO format; arguments as in `DataSetWriter.add`."""
    return "\n".join(
        f"{number} {(x1 + x2) / 2:.6f} {(y1 + y2) / 2:.6f} {x2 - x1:.6f} {y2 - y1:.6f}"
        for number, (x1, y1, x2, y2) in zip(classes, boxes.tolist(), strict=True)
    )
