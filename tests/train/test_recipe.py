"""A recipe is checked when it is read, and hand-made labels fit the pictures they were made for or are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbva_core.errors import DataSetError, InvalidSettings
from bbva_core.machine.hashing import model_sha256
from bbva_core.settings import PROJECT_ROOT
from bbva_core.train.datasets import read_picture
from bbva_core.train.given import read_given
from bbva_core.train.recipe import Given, Source, make_recipe, read_recipe, sources_at
from tests.train.pictures import data_set


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_relative_to_the_recipe(tmp_path: Path) -> None:
    text = "data: [{folder: ../sets/a, times: 3}, {of: game.mp4, labels: game.json}]\nvideos: [/v/b.mp4]\nepochs: 4\n"
    recipe = read_recipe(write(tmp_path / "recipes" / "mine.yaml", text))
    source, given = recipe.data
    assert isinstance(source, Source)
    assert isinstance(given, Given)
    assert (source.folder.resolve(), source.times) == (tmp_path / "sets" / "a", 3)
    assert given.labels == tmp_path / "recipes" / "game.json"
    assert recipe.videos == (Path("/v/b.mp4"),)
    assert recipe.epochs == 4
    assert recipe.start is None
    for start, at in (("yolo11n.pt", "yolo11n.pt"), ("../w/mine.pt", str(tmp_path / "r" / "../w/mine.pt"))):
        assert read_recipe(write(tmp_path / "r" / "s.yaml", f"start: {start}")).start == at


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epochs: 0", "epochs"),
        ("imgsz: 100", "imgsz"),
        ("colour: red", "colour"),
        ("data: [{folder: a, classes: {Hoop: basket}}]", "Hoop"),
        ("- a list", "not a list of names and values"),
        ("[", "cannot be used"),
    ],
)
def test_a_recipe_that_cannot_be_used_names_the_field(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidSettings, match=words):
        read_recipe(write(tmp_path / "r.yaml", text))
    with pytest.raises(InvalidSettings, match=r"none\.yaml cannot be used"):
        read_recipe(tmp_path / "none.yaml")


def test_the_recipe_of_the_shipped_detector_can_be_read() -> None:
    recipe = read_recipe(PROJECT_ROOT / "data" / "models" / "bbva11n.yaml")
    labels = [source.labels for source in (*recipe.data, *recipe.check) if isinstance(source, Given)]
    assert labels
    for path in labels:
        pictures = json.loads(path.read_text())["pictures"]
        assert pictures
        for row in pictures.values():
            assert {box[0] for box in row["boxes"]} <= set(row["known"])
            assert all(0 <= box[1] < box[3] <= 1 and 0 <= box[2] < box[4] <= 1 for box in row["boxes"])


def test_measuring_takes_what_a_data_set_keeps_for_it(tmp_path: Path) -> None:
    data_set(tmp_path, {"a": ""})
    assert sources_at(tmp_path) == (Source(folder=tmp_path, splits=("train",)),)
    data_set(tmp_path, {"b": ""}, split="val", said="val/images")
    assert sources_at(tmp_path / "data.yaml") == (Source(folder=tmp_path, splits=("val",)),)
    recipe = write(tmp_path / "r.yaml", "check: [{folder: ., splits: [train, val]}]")
    assert sources_at(recipe) == (Source(folder=tmp_path / ".", splits=("train", "val")),)
    with pytest.raises(DataSetError, match="nothing to check with"):
        sources_at(write(tmp_path / "s.yaml", "epochs: 1"))


def test_what_is_given_on_the_command_line_is_checked_too() -> None:
    assert make_recipe(synthetic=3).synthetic == 3
    with pytest.raises(InvalidSettings, match="This training cannot be used: epochs"):
        make_recipe(epochs=-1)


@pytest.fixture
def labels(tmp_path: Path, clip: Path) -> Path:
    content: dict[str, Any] = {
        "sha256": model_sha256(clip),
        "pictures": {"7": {"known": ["ball", "rim"], "boxes": [["ball", 0.25, 0.5, 0.5, 1.0]]}},
    }
    return write(tmp_path / "clip.json", json.dumps(content))


def test_labels_are_joined_with_the_frames_they_were_made_for(labels: Path, clip: Path, tmp_path: Path) -> None:
    import av

    (labelled,) = read_given(clip, labels, tmp_path / "frames")
    assert (labelled.classes.tolist(), labelled.known) == ([1], {1, 2})
    assert labelled.boxes.tolist() == [[0.25, 0.5, 0.5, 1.0]]
    with av.open(str(clip)) as container:
        frames = [frame.to_ndarray(format="bgr24").astype(int) for frame in container.decode(video=0)]
    distances = [np.abs(read_picture(labelled) - frame).mean() for frame in frames]
    assert int(np.argmin(distances)) == 7


def test_labels_for_another_video_are_refused(labels: Path, clip: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.read_bytes() + b"x")
    with pytest.raises(DataSetError, match=r"are for a video that .* is not"):
        list(read_given(other, labels, tmp_path / "frames"))


def test_labels_for_pictures_of_a_folder_go_by_name(tmp_path: Path) -> None:
    data_set(tmp_path / "set", {"a": ""})
    row = {"known": ["player"], "boxes": []}
    labels = write(tmp_path / "l.json", json.dumps({"sha256": None, "pictures": {"a.png": row}}))
    (labelled,) = read_given(tmp_path / "set", labels, tmp_path / "frames")
    assert labelled.path.name == "a.png"
    write(labels, json.dumps({"sha256": None, "pictures": {"a.png": row, "b.png": row}}))
    with pytest.raises(DataSetError, match=r"lacks 1 of the pictures .* such as b\.png"):
        list(read_given(tmp_path / "set", labels, tmp_path / "frames"))


@pytest.mark.parametrize(
    "text", ["{", '{"pictures": {}}', '{"sha256": null, "pictures": {"a": {"known": ["cat"], "boxes": []}}}']
)
def test_a_damaged_label_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataSetError, match="is not a label file"):
        list(read_given(tmp_path, write(tmp_path / "l.json", text), tmp_path / "frames"))
