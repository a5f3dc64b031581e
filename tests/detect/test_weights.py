"""Where weights are found, and which may be loaded."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from bbva_core.detect import weights
from bbva_core.detect.engines import create_detector, resolve_auto
from bbva_core.detect.weights import default_weights, list_weights, require_trusted, resolve_weights
from bbva_core.errors import InvalidSettings, WeightsMissing, WeightsUntrusted
from bbva_core.machine import hashing
from bbva_core.settings import AppSettings

pytestmark = pytest.mark.usefixtures("no_shipped_detector")


@pytest.fixture
def app(tmp_path: Path) -> AppSettings:
    return AppSettings(data_dir=tmp_path / "data", models_dir=tmp_path / "own")


def put(folder: Path, name: str, content: bytes = b"weights") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def put_openvino(folder: Path, name: str = "net_openvino_model") -> Path:
    put(folder / name, "net.xml")
    put(folder / name, "net.bin")
    return folder / name


def test_order_explicit_then_models_dir_then_data(app: AppSettings, tmp_path: Path) -> None:
    assert app.models_dir is not None
    elsewhere = put(tmp_path, "a.pt", b"0")
    own = put(app.models_dir, "a.pt", b"1")
    downloaded = put(app.downloaded_models_dir, "a.pt", b"2")
    assert resolve_weights(app, str(elsewhere), trust=True).path == elsewhere
    assert resolve_weights(app, "a.pt").path == own
    own.unlink()
    assert resolve_weights(app, "a.pt", trust=True).path == downloaded


def test_a_bare_name_is_found_in_the_working_folder_last(
    app: AppSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = put(tmp_path / "here", "b.onnx")
    monkeypatch.chdir(here.parent)
    assert resolve_weights(app, "b.onnx").path == here


def test_missing_says_where_it_looked_and_what_to_do(app: AppSettings) -> None:
    for name in ("nothing.pt", None):
        with pytest.raises(WeightsMissing) as caught:
            resolve_weights(app, name)
        assert str(app.downloaded_models_dir) in caught.value.what
        assert "BBVA_MODELS_DIR" in caught.value.do


@pytest.mark.parametrize("name", ["movie.mp4", "folder"])
def test_what_is_not_a_model_is_refused(app: AppSettings, tmp_path: Path, name: str) -> None:
    path = put(tmp_path, name) if "." in name else tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if "." not in name:
        path.mkdir()
    with pytest.raises(WeightsMissing, match="not a model BBVA can load"):
        resolve_weights(app, str(path), trust=True)


def test_an_unknown_pickle_needs_a_yes(app: AppSettings) -> None:
    path = put(app.downloaded_models_dir, "stranger.pt")
    with pytest.raises(WeightsUntrusted, match="pickle"):
        resolve_weights(app, "stranger.pt")
    assert default_weights(app) is None
    assert resolve_auto(app) == "opencv-hog"
    [listed] = list_weights(app)
    assert (listed.path, listed.origin, listed.trusted) == (path, "unknown", False)
    with pytest.raises(WeightsUntrusted):
        require_trusted(listed)
    assert resolve_weights(app, "stranger.pt", trust=True).trusted


def test_exports_are_no_pickles(app: AppSettings) -> None:
    put(app.downloaded_models_dir, "net.onnx")
    put_openvino(app.downloaded_models_dir)
    found = list_weights(app)
    assert [(w.name, w.kind, w.trusted) for w in found] == [
        ("net.onnx", "onnx", True),
        ("net_openvino_model", "openvino", True),
    ]


def test_official_weights_are_known_by_content_not_by_name(
    app: AppSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, "renamed.pt", b"official bytes")
    official = weights.Official(url="https://x", sha256=hashing.model_sha256(path), bytes=14)
    monkeypatch.setitem(weights.OFFICIAL, "some.pt", official)
    assert resolve_weights(app, str(path)).origin == "official"
    path.write_bytes(b"official bytez")
    with pytest.raises(WeightsUntrusted):
        resolve_weights(app, str(path))


def test_default_prefers_yolo11n(app: AppSettings) -> None:
    assert app.models_dir is not None
    put(app.downloaded_models_dir, "aaa.onnx")
    put(app.models_dir, "zzz.pt")
    first = default_weights(app)
    assert first is not None
    assert (first.name, first.origin) == ("zzz.pt", "models_dir")
    put(app.models_dir, "yolo11n.pt")
    named = default_weights(app)
    assert named is not None
    assert named.name == "yolo11n.pt"
    assert resolve_auto(app) == "ultralytics"


def test_figures_come_from_the_card_beside_the_weights(app: AppSettings) -> None:
    files = [put(app.downloaded_models_dir, "gym.onnx"), put_openvino(app.downloaded_models_dir, "gym_openvino_model")]
    put(app.downloaded_models_dir, "odd.onnx")
    sums = {file.name: hashing.model_sha256(file) for file in files}
    card = {"figures": {"player_ap50": 0.9, "pictures": 4}, "sha256": sums}
    put(app.downloaded_models_dir, "gym.json", json.dumps(card).encode())
    put(app.downloaded_models_dir, "odd.json", b'{"figures": ["not ours"]}')
    figures = {weights.name: weights.figures for weights in list_weights(app)}
    assert figures == {
        "gym.onnx": {"player_ap50": 0.9, "pictures": 4},
        "gym_openvino_model": {"player_ap50": 0.9, "pictures": 4},
        "odd.onnx": {},
    }
    put(app.downloaded_models_dir, "gym.onnx", b"other weights")
    (changed,) = (weights for weights in list_weights(app) if weights.name == "gym.onnx")
    assert changed.figures == {}


def test_hash_of_a_folder_covers_names_and_content(tmp_path: Path) -> None:
    one, two = put_openvino(tmp_path / "1"), put_openvino(tmp_path / "2")
    assert hashing.model_sha256(one) == hashing.model_sha256(two)
    (two / "net.bin").write_bytes(b"other!!")
    assert hashing.model_sha256(one) != hashing.model_sha256(two)
    (two / "net.bin").write_bytes(b"weights")
    (two / "net.bin").rename(two / "net2.bin")
    assert hashing.model_sha256(one) != hashing.model_sha256(two)


def test_hashes_are_remembered_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "a.pt", b"first")
    before = hashing.model_sha256(path)
    with monkeypatch.context() as patch:
        patch.setattr(hashing, "sha256_file", lambda _: pytest.fail("read again"))
        assert hashing.model_sha256(path) == before
    path.write_bytes(b"other")
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1))
    assert hashing.model_sha256(path) != before


def test_ultralytics_needs_weights_and_names_are_checked(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing):
        create_detector("ultralytics", conf=0.25, imgsz=640, threads=1, cache_dir=tmp_path)
    with pytest.raises(InvalidSettings, match="auto"):
        create_detector("auto", conf=0.25, imgsz=640, threads=1, cache_dir=tmp_path)


def test_the_reader_of_scoreboards_is_no_detector(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "bbva_reader.onnx").write_bytes(b"not a detector")
    (models / "bbva_lamps.onnx").write_bytes(b"nor is this")
    (models / "other.onnx").write_bytes(b"a detector")
    found = list_weights(AppSettings(data_dir=tmp_path / "data", models_dir=models))
    names = [file.name for file in found if file.path.parent == models.resolve()]
    assert names == ["other.onnx"]
    assert not {"bbva_reader.onnx", "bbva_lamps.onnx"} & {file.name for file in found}
