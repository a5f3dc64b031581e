"""The training set: everything in one folder, with what is known of each picture, and nothing that is held out."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from bbva_core.train.datasets import Labelled, read_data_set, read_picture
from bbva_core.train.lookalikes import fingerprints, without_lookalikes
from bbva_core.train.training_set import write_training_set
from bbva_core.train.writing import DataSetWriter
from tests.train.pictures import data_set


def test_it_holds_pictures_labels_and_what_is_known(tmp_path: Path) -> None:
    data_set(tmp_path / "one", {"a": "1 0.5 0.5 0.2 0.4", "b": "0 0.5 0.5 0.2 0.4", "none": ""})
    pictures = [(labelled, 2) for labelled in read_data_set(tmp_path / "one", partial=True)]
    made = write_training_set(tmp_path / "set", pictures)
    assert made.known() == {"000000.png": {1}, "000001.png": {0}}  # of the third nothing is known
    shown = (made.folder / "train.txt").read_text().split()
    assert shown == ["./images/000000.png"] * 2 + ["./images/000001.png"] * 2
    assert (made.folder / "labels" / "000000.txt").read_text() == "1 0.500000 0.500000 0.200000 0.400000"
    assert (made.folder / "images" / "000001.png").read_bytes() == pictures[1][0].path.read_bytes()
    assert json.loads(made.data_yaml.read_text())["names"] == ["player", "ball", "rim", "referee"]


def test_it_is_written_anew(tmp_path: Path) -> None:
    data_set(tmp_path / "one", {"a": "1 0.5 0.5 0.2 0.4", "b": "0 0.5 0.5 0.2 0.4"})
    pictures = list(read_data_set(tmp_path / "one"))
    write_training_set(tmp_path / "set", [(labelled, 1) for labelled in pictures])
    made = write_training_set(tmp_path / "set", [(pictures[1], 1)])
    assert [path.name for path in (made.folder / "images").iterdir()] == ["000000.png"]
    assert all(labelled.path.exists() for labelled in pictures)  # the originals were never touched


@pytest.mark.parametrize("mirrored", [False, True])
def test_copies_of_what_is_held_out_are_left_out(tmp_path: Path, mirrored: bool) -> None:
    data_set(tmp_path / "train", {"a": "", "b": "", "c": ""})
    pictures = list(read_data_set(tmp_path / "train"))
    copy = tmp_path / "copy.jpg"
    smaller = cv2.resize(read_picture(pictures[1])[:, ::-1] if mirrored else read_picture(pictures[1]), (48, 36))
    cv2.imwrite(str(copy), smaller, [cv2.IMWRITE_JPEG_QUALITY, 60])
    held_out = Labelled(copy, pictures[1].classes, pictures[1].boxes, pictures[1].known)
    assert [item.path.stem for item in without_lookalikes(pictures, [held_out])] == ["a", "c"]
    assert [item.path.stem for item in without_lookalikes(pictures, [])] == ["a", "b", "c"]


def test_files_that_are_no_pictures_are_left_out(tmp_path: Path) -> None:
    data_set(tmp_path, {"a": "", "b": ""})
    (tmp_path / "train" / "images" / "a.png").write_bytes(b"not a picture")
    assert fingerprints(tmp_path / "train" / "images" / "a.png") == []
    assert [item.path.stem for item in without_lookalikes(read_data_set(tmp_path), [])] == ["b"]


def test_what_the_writer_writes_is_read_back(tmp_path: Path) -> None:
    writer = DataSetWriter(tmp_path)
    picture = np.full((40, 60, 3), 90, np.uint8)
    assert not writer.has("one")
    writer.add("one", picture, [2, 3], np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0, 1, 1]]))
    assert writer.has("one")
    (back,) = read_data_set(tmp_path)
    assert back.classes.tolist() == [2, 3]
    assert back.boxes == pytest.approx(np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0, 1, 1]]), abs=1e-5)
    assert back.known == {0, 1, 2, 3}
    assert np.abs(read_picture(back).astype(int) - picture).max() < 3
