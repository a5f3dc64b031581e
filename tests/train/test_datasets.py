"""Data sets in YOLO format are read as their makers meant them, and damaged ones are refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbva_core.errors import DataSetError
from bbva_core.train.datasets import read_data_set, read_picture
from tests.train.pictures import data_set, labelled

PLAYER, BALL, RIM, REFEREE = range(4)


def test_boxes_are_corners_and_classes_are_ours(tmp_path: Path) -> None:
    data_set(tmp_path, {"a": "1 0.5 0.5 0.2 0.4\n0 0.1 0.5 0.4 1.0\n"}, names="[Hoop, 'sports ball']")
    (picture,) = read_data_set(tmp_path)
    assert picture.classes.tolist() == [BALL, RIM]
    assert picture.boxes.tolist() == [pytest.approx([0.4, 0.3, 0.6, 0.7]), pytest.approx([0, 0, 0.3, 1])]
    assert picture.known == {BALL, RIM}
    assert read_picture(picture).shape == (48, 64, 3)


@pytest.mark.parametrize("said", ["../train/images", "train/images", "train"])
def test_pictures_are_found_however_data_yaml_says_it(tmp_path: Path, said: str) -> None:
    data_set(tmp_path / "one", {"a": "0 0.5 0.5 0.2 0.4"}, said=said)
    (tmp_path / "train" / "images").mkdir(parents=True)  # beside the data set, and not meant
    assert [picture.path.name for picture in read_data_set(tmp_path / "one")][-1:] == ["a.png"]


def test_only_the_splits_asked_for_are_read(tmp_path: Path) -> None:
    data_set(tmp_path, {"a": ""})
    data_set(tmp_path, {"b": ""}, split="test", said="test/images")
    assert [picture.path.stem for picture in read_data_set(tmp_path, splits=["train"])] == ["a"]
    assert [picture.path.stem for picture in read_data_set(tmp_path, splits=["test"])] == ["b"]
    assert list(read_data_set(tmp_path, splits=["val"])) == []


def test_class_names_can_be_told_otherwise(tmp_path: Path) -> None:
    data_set(tmp_path, {"a": "0 0.5 0.5 0.2 0.4\n1 0.5 0.5 0.2 0.4"}, names="[Goal, person]")
    (as_it_says,) = read_data_set(tmp_path)
    assert as_it_says.classes.tolist() == [RIM, PLAYER]
    (told,) = read_data_set(tmp_path, classes={"Goal": "ball", "person": "none"})
    assert (told.classes.tolist(), told.known) == ([BALL], {BALL})


def test_with_partial_labels_only_what_has_a_box_is_known(tmp_path: Path) -> None:
    data_set(tmp_path, {"a": "1 0.5 0.5 0.2 0.4", "b": ""})
    assert [picture.known for picture in read_data_set(tmp_path)] == [{PLAYER, BALL}, {PLAYER, BALL}]
    assert [picture.known for picture in read_data_set(tmp_path, partial=True)] == [{BALL}, set()]


def test_a_polygon_is_the_box_around_it(tmp_path: Path) -> None:
    data_set(tmp_path, {"a": "0 0.1 0.2 0.5 0.1 0.3 0.9"})
    (picture,) = read_data_set(tmp_path)
    assert picture.boxes.tolist() == [[0.1, 0.1, 0.5, 0.9]]


def test_boxes_are_cut_at_the_edges_and_empty_ones_dropped(tmp_path: Path) -> None:
    data_set(tmp_path, {"a": "0 0.0 0.5 0.2 0.2\n0 0.5 0.5 0 0.2"})
    (picture,) = read_data_set(tmp_path)
    assert picture.boxes.tolist() == [pytest.approx([0, 0.4, 0.1, 0.6])]


@pytest.mark.parametrize("line", ["0 0.5 0.5 0.2", "0 0.5 nan 0.2 0.2", "7 0.5 0.5 0.2 0.2", "ball 0.5 0.5 0.2 0.2"])
def test_a_damaged_label_is_named(tmp_path: Path, line: str) -> None:
    data_set(tmp_path, {"a": line})
    with pytest.raises(DataSetError, match=r"a\.txt has a line that is not a label"):
        list(read_data_set(tmp_path))


def test_what_is_no_data_set_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match=r"data\.yaml cannot be read"):
        list(read_data_set(tmp_path))
    (tmp_path / "data.yaml").write_text("[")
    with pytest.raises(DataSetError, match=r"data\.yaml cannot be read"):
        list(read_data_set(tmp_path))
    (tmp_path / "data.yaml").write_text("train: images")
    with pytest.raises(DataSetError, match="names no classes"):
        list(read_data_set(tmp_path))
    (tmp_path / "data.yaml").write_text("names: [cat]\ntrain: images")
    with pytest.raises(DataSetError, match=r"none of its classes means anything here; they are \['cat'\]"):
        list(read_data_set(tmp_path))
    (tmp_path / "data.yaml").write_text("names: [ball]\ntrain: images")
    with pytest.raises(DataSetError, match="the folder images of its split train is not there"):
        list(read_data_set(tmp_path))
    with pytest.raises(DataSetError, match="it has no class rim"):
        list(read_data_set(tmp_path, classes={"rim": "rim"}))


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match=r"nowhere\.png is not a picture"):
        read_picture(labelled([]))
