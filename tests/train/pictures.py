"""Small data sets in YOLO format for tests."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from bbva_core.train.datasets import Labelled


def data_set(
    folder: Path,
    labels: dict[str, str],
    *,
    names: str = "[player, ball]",
    split: str = "train",
    said: str = "../train/images",
    size: tuple[int, int] = (64, 48),
) -> Path:
    """A data set whose pictures, by name, have these label files; None of the pictures is like another."""
    (folder / split / "images").mkdir(parents=True, exist_ok=True)
    (folder / split / "labels").mkdir(exist_ok=True)
    for number, (name, text) in enumerate(labels.items()):
        picture = np.random.default_rng(number).integers(0, 255, (6, 8, 3), np.uint8)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / split / "images" / f"{name}.png"), picture)
        (folder / split / "labels" / f"{name}.txt").write_text(text)
    with (folder / "data.yaml").open("a") as file:
        file.write((f"names: {names}\n" if file.tell() == 0 else "") + f"{split}: {said}\n")
    return folder


def labelled(boxes: list[tuple[int, float, float, float, float]], known: set[int] | None = None) -> Labelled:
    """A picture without a file: class number and box as shares of it."""
    return Labelled(
        Path("nowhere.png"),
        np.array([row[0] for row in boxes], np.int64),
        np.array([row[1:] for row in boxes], float).reshape(-1, 4),
        frozenset(range(4) if known is None else known),
    )
