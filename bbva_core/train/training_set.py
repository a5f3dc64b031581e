"""One folder with everything to train on, as ultralytics wants it, and what is known of each picture beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bbva_core.errors import DataSetError
from bbva_core.train.datasets import CLASSES, Labelled
from bbva_core.train.writing import label_lines

_KNOWN = "known.json"


@dataclass(frozen=True)
class TrainingSet:
    """The folder of a training set.

    Args:
        folder: Holds `images/`, `labels/`, `train.txt`, `data.yaml` and what is known of each picture.
    """

    folder: Path

    @property
    def data_yaml(self) -> Path:
        """What ultralytics is given."""
        return self.folder / "data.yaml"

    def known(self) -> Mapping[str, frozenset[int]]:
        """Of each picture, by file name, the classes whose every instance is labelled."""
        text = (self.folder / _KNOWN).read_text(encoding="utf-8")
        return {name: frozenset(classes) for name, classes in json.loads(text).items()}


def write_training_set(folder: Path, pictures: Iterable[tuple[Labelled, int]]) -> TrainingSet:
    """Write a training set anew; what `folder` held is replaced.

    Args:
        folder: To be written.
        pictures: Each with how often it is shown in an epoch. Pictures of which nothing is known are left out.

    Raises:
        DataSetError: That leaves none.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    known: dict[str, list[int]] = {}
    shown: list[str] = []
    for labelled, times in pictures:
        if not labelled.known:
            continue
        name = f"{len(known):06d}{labelled.path.suffix.lower()}"
        _link(labelled.path.resolve(), folder / "images" / name)
        lines = label_lines(labelled.classes.tolist(), labelled.boxes)
        (folder / "labels" / name).with_suffix(".txt").write_text(lines, encoding="utf-8")
        known[name] = sorted(labelled.known)
        shown += [f"./images/{name}"] * times
    if not known:
        raise DataSetError(
            "Nothing is left to train on: no picture has labels, or all look like those that are measured on.",
            do="Add pictures, or measure on others (a split `val` of its own in the data set, or `check` in a recipe).",
        )
    (folder / "train.txt").write_text("\n".join(shown), encoding="utf-8")
    (folder / _KNOWN).write_text(json.dumps(known), encoding="utf-8")
    about = {"path": str(folder.resolve()), "train": "train.txt", "val": "train.txt", "names": list(CLASSES)}
    # JSON is YAML: no second way of quoting a path.
    (folder / "data.yaml").write_text(json.dumps(about, indent=1), encoding="utf-8")
    return TrainingSet(folder)


def _link(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source)
    except OSError:  # Windows without the right to make links
        shutil.copyfile(source, target)
