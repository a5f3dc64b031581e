"""The detector's benchmark measures all on the same pictures, and says what was measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bbva_core.bench.detector import as_table, bench_detector
from bbva_core.detect.weights import SHIPPED, SHIPPED_FOLDER
from bbva_core.errors import DataSetError, NotFound
from bbva_core.settings import AppSettings
from bbva_core.synth import SynthSettings, render_frames
from bbva_core.train.datasets import CLASSES
from bbva_core.train.writing import DataSetWriter

COCO = "yolo11n-coco-dequantised.pt"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A data set of nine pictures, and one that is not a picture of a game."""
    writer = DataSetWriter(tmp_path / "set")
    settings = SynthSettings(seconds=9, fps=1, seed=5, varied=True)
    for number, (picture, truth) in enumerate(render_frames(settings)):
        boxes = np.array([item.box for item in truth.objects]) / (640, 360, 640, 360)
        writer.add(f"game-{number}", picture, [CLASSES.index(item.kind) for item in truth.objects], boxes)
    writer.add("blank", np.full((200, 300, 3), 80, np.uint8), [], np.zeros((0, 4)))
    return tmp_path / "set"


@pytest.mark.slow
def test_ours_is_measured_beside_coco(pictures: Path, tmp_path: Path, shared_dir: Path) -> None:
    app = AppSettings(data_dir=tmp_path / "data", models_dir=shared_dir / "models")
    seen: list[tuple[int, int]] = []
    result = bench_detector(app, lambda done, of: seen.append((done, of)), data=[pictures], imgsz=320)
    assert seen == [(1, 10), (9, 10), (10, 10)]  # the blank one, eight of one size, and one more
    (figures,) = result["sets"].values()
    assert set(figures) == {*SHIPPED, COCO} == set(result["frames_per_second"]) == set(result["sha256"])
    assert all(values["pictures"] == 10 for values in figures.values())
    assert all(rate > 0 for rate in result["frames_per_second"].values())
    ours, coco = figures["bbva11n.pt"], figures[COCO]
    assert ours["player_labelled"] == coco["player_labelled"] > 40
    assert ours["rim_ap50"] > coco["rim_ap50"] == 0  # COCO knows no rims
    assert ours["player_ap50"] > 0.5
    # Both forms of ours are the same network.
    other = figures["bbva11n_openvino_model"]
    assert ours["player_ap50"] == pytest.approx(other["player_ap50"], abs=0.05)
    assert result["note"] == ""
    json.dumps(result)
    table = as_table(result)
    for words in ("10 pictures", "player 0.", COCO, "pictures/s", "others taken for players"):
        assert words in table
    assert list((tmp_path / "data" / "cache").glob("bbva-bench-*")) == []


@pytest.mark.slow
def test_weights_of_one_name_are_told_apart(pictures: Path, tmp_path: Path, shared_dir: Path) -> None:
    own = tmp_path / "bbva11n.pt"
    shutil.copyfile(shared_dir / "models" / COCO, own)
    app = AppSettings(data_dir=tmp_path / "data", models_dir=None)
    result = bench_detector(app, lambda done, of: None, data=[pictures], weights=str(own), imgsz=160)
    names = {str(own), str(SHIPPED_FOLDER / "bbva11n.pt"), "bbva11n_openvino_model"}
    assert set(result["sha256"]) == set(next(iter(result["sets"].values()))) == names
    assert result["note"] == "no COCO yolo11n on this machine to compare with"


@pytest.mark.usefixtures("no_shipped_detector")
def test_without_any_weights_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no weights to measure"):
        bench_detector(AppSettings(data_dir=tmp_path), lambda done, of: None)


def test_a_folder_that_is_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="is not a data set"):
        bench_detector(AppSettings(data_dir=tmp_path / "data"), lambda done, of: None, data=[tmp_path])
