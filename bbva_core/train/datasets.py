"""Labelled pictures from data sets in YOLO format, as Roboflow, CVAT, Label Studio and `bbva label` write them.

A data set is a folder with a `data.yaml` (docs.ultralytics.com/datasets/detect): class names, and for each split the
folder of its pictures; a picture `…/images/x.jpg` has its boxes in `…/labels/x.txt`, one `class cx cy w h` a line, as
shares of the picture's width and height.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bbva_core.detect.types import Frame
from bbva_core.detect.vocabulary import to_label
from bbva_core.errors import DataSetError

CLASSES = ("player", "ball", "rim", "referee")
"""What our detector tells apart, in the order of its class numbers."""

SPLITS = ("train", "val", "test")
"""The splits of a data set, by their names in data.yaml."""

_PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
_IGNORED = "none"


@dataclass(frozen=True, eq=False)
class Labelled:
    """A picture and what is known of it.

    Args:
        path: The picture.
        classes: int (n,): for each box a number in `CLASSES`.
        boxes: float64 (n, 4): x1, y1, x2, y2 as shares of the picture's width and height, 0 to 1.
        known: Classes whose every instance is labelled. Of any other class an unlabelled instance may be there.
    """

    path: Path
    classes: npt.NDArray[np.int64]
    boxes: npt.NDArray[np.float64]
    known: frozenset[int]


def class_name(label: str) -> str:
    """What a label of the vocabulary is among `CLASSES`: a person, as COCO knows them, is taken for a player."""
    return "player" if label == "person" else label


def read_data_set(
    folder: Path,
    *,
    splits: Sequence[str] = ("train", "val"),
    classes: Mapping[str, str] | None = None,
    partial: bool = False,
) -> Iterator[Labelled]:
    """The pictures of a data set, in the order of their paths.

    Args:
        folder: The folder with the `data.yaml`.
        splits: Which of `SPLITS` to read; one that the data set lacks is empty.
        classes: What the data set's class names mean, where that is not obvious: one of `CLASSES`, or `none` to
            ignore its boxes. Other names are looked up in BBVA's vocabulary; a person is a player.
        partial: The labels of a picture are complete only for the classes that it has a box of. Otherwise they are
            complete for all classes of the data set.

    Raises:
        DataSetError: The folder is not such a data set, or a label file is damaged.
    """
    about = _about(folder)
    numbers = _class_numbers(folder, about, classes or {})
    all_known = frozenset(number for number in numbers.values() if number is not None)
    for split in splits:
        for path in _pictures(folder, about, split):
            found, boxes = _labels(path, numbers)
            known = frozenset(found.tolist()) if partial else all_known
            yield Labelled(path, found, boxes, known)


def read_picture(labelled: Labelled) -> Frame:
    """The pixels of a labelled picture, BGR.

    Raises:
        DataSetError: The file is not a picture.
    """
    import cv2

    picture = cv2.imread(str(labelled.path))
    if picture is None:
        raise DataSetError(f"{labelled.path} is not a picture.", do="Remove it, or put the original back.")
    return np.asarray(picture, np.uint8)


def class_numbers(folder: Path) -> dict[int, int | None]:
    """For each class number of a data set its number in `CLASSES`, or None for one that means nothing here.

    Raises:
        DataSetError: The folder is not a data set.
    """
    return _class_numbers(folder, _about(folder), {})


def has_split(folder: Path, split: str) -> bool:
    """Whether a data set has pictures for a split; Roboflow names folders that are not there.

    Raises:
        DataSetError: The folder is not a data set.
    """
    about = _about(folder)
    return bool(about.get(split)) and all(_home(folder, about, place) for place in _places(about, split))


def _about(folder: Path) -> dict[str, Any]:
    import yaml

    try:
        with (folder / "data.yaml").open(encoding="utf-8") as file:
            about = yaml.safe_load(file)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _not_a_data_set(folder, f"its data.yaml cannot be read ({error})") from error
    if not isinstance(about, dict) or not isinstance(about.get("names"), dict | list):
        raise _not_a_data_set(folder, "its data.yaml names no classes")
    return about


def _class_numbers(folder: Path, about: Mapping[str, Any], given: Mapping[str, str]) -> dict[int, int | None]:
    """For each class number of the data set ours, or None for one to ignore."""
    names = about["names"]
    pairs = names.items() if isinstance(names, dict) else enumerate(names)
    own = {int(number): str(name) for number, name in pairs}
    unknown = given.keys() - set(own.values())
    if unknown:
        raise _not_a_data_set(
            folder, f"it has no class {', '.join(sorted(unknown))}; its classes are {list(own.values())}"
        )
    numbers: dict[int, int | None] = {}
    for number, name in own.items():
        label = given.get(name) or to_label(name) or _IGNORED
        label = class_name(label)
        if label not in (*CLASSES, _IGNORED):
            raise _not_a_data_set(folder, f"{name} cannot mean {label}; expected one of {', '.join(CLASSES)} or none")
        numbers[number] = None if label == _IGNORED else CLASSES.index(label)
    if all(number is None for number in numbers.values()):
        raise _not_a_data_set(folder, f"none of its classes means anything here; they are {list(own.values())}")
    return numbers


def _pictures(folder: Path, about: Mapping[str, Any], split: str) -> list[Path]:
    """The pictures of a split: where data.yaml says, or below it, or where Roboflow puts them whatever it says."""
    pictures: list[Path] = []
    for place in _places(about, split):
        home = _home(folder, about, place)
        if home is None:
            raise _not_a_data_set(folder, f"the folder {place} of its split {split} is not there")
        pictures += (path for path in home.rglob("*") if path.suffix.lower() in _PICTURES)
    return sorted(pictures)


def _places(about: Mapping[str, Any], split: str) -> list[Path]:
    said = about.get(split) or []
    return [Path(place) for place in ([said] if isinstance(said, str) else said)]


def _home(folder: Path, about: Mapping[str, Any], place: Path) -> Path | None:
    root = folder / str(about.get("path") or "")
    inside = Path(*(part for part in place.parts if part != ".."))
    return next((base for base in (root / inside, folder / inside, root / place) if base.is_dir()), None)


def _labels(picture: Path, numbers: Mapping[int, int | None]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The classes and boxes of a picture; no file means no boxes."""
    parts = list(picture.parts)
    where = len(parts) - 1 - parts[::-1].index("images") if "images" in parts else None
    if where is not None:
        parts[where] = "labels"
    file = Path(*parts).with_suffix(".txt")
    found: list[int] = []
    boxes: list[tuple[float, float, float, float]] = []
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    for line in filter(None, map(str.strip, lines)):
        try:
            number, *values = line.split()
            points = np.array(values, dtype=np.float64)
            ours = numbers[int(float(number))]
            box = _bounds(points)
        except (ValueError, KeyError):
            raise DataSetError(
                f"{file} has a line that is not a label: {line[:80]!r}.",
                safe="Nothing was changed.",
                do="Expected `class cx cy w h` with a class of data.yaml and shares of the picture from 0 to 1.",
            ) from None
        if ours is not None and box[2] > box[0] and box[3] > box[1]:
            found.append(ours)
            boxes.append(box)
    return np.array(found, dtype=np.int64), np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _bounds(points: npt.NDArray[np.float64]) -> tuple[float, float, float, float]:
    """The box of a label: given as centre and size, or as a polygon of three points or more."""
    if not np.isfinite(points).all() or len(points) < 4 or len(points) % 2:
        raise ValueError
    if len(points) == 4:
        x, y, w, h = points
        x1, y1, x2, y2 = x - w / 2, y - h / 2, x + w / 2, y + h / 2
    else:
        (x1, y1), (x2, y2) = points.reshape(-1, 2).min(0), points.reshape(-1, 2).max(0)
    x1, y1, x2, y2 = np.clip([x1, y1, x2, y2], 0.0, 1.0).tolist()
    return x1, y1, x2, y2


def _not_a_data_set(folder: Path, why: str) -> DataSetError:
    return DataSetError(
        f"{folder} is not a data set BBVA can use: {why}.",
        safe="Nothing was changed.",
        do="Expected a folder with a data.yaml, images and labels in YOLO format.",
    )
