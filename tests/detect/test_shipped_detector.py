"""The detector that comes with BBVA: whole, known, small, the default, and good at the main job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bbva_core.bench.detector import bench_detector
from bbva_core.detect import default_weights, list_weights, weights
from bbva_core.detect.engines import resolve_auto
from bbva_core.detect.weights import SHIPPED, SHIPPED_FOLDER, card_path, shipped_weights
from bbva_core.machine.hashing import model_files
from bbva_core.settings import AppSettings


def test_it_is_there_whole_and_small(app: AppSettings) -> None:
    found = shipped_weights(app)
    assert {file.name: file.sha256 for file in found} == SHIPPED
    assert all(file.origin == "shipped" and file.trusted for file in found)
    assert max(path.stat().st_size for file in found for path in model_files(file.path)) < 6_000_000


def test_its_card_says_what_it_is(app: AppSettings) -> None:
    for file in shipped_weights(app):
        card = json.loads(card_path(file.path).read_text(encoding="utf-8"))
        assert card["sha256"] == SHIPPED
        assert card["licence"] == "AGPL-3.0"
        assert file.figures["player_ap50"] > 0.5
    text = (SHIPPED_FOLDER / "README.md").read_text(encoding="utf-8")
    for words in ("CC BY 4.0", "AGPL-3.0", "basketball-f2rlv", "basketball-lhqoe", "Where it fails"):
        assert words in text
    assert all(sha256 in text for sha256 in SHIPPED.values())


def test_it_is_the_default_whatever_else_there_is(app: AppSettings, tmp_path: Path) -> None:
    (tmp_path / "yolo11n.pt").write_bytes(b"weights")
    with_others = app.model_copy(update={"models_dir": tmp_path})
    assert next(file.name for file in list_weights(with_others)) == "yolo11n.pt"
    default = default_weights(with_others)
    assert default is not None
    assert default.origin == "shipped"
    assert resolve_auto(with_others) == "ultralytics"


@pytest.mark.parametrize(("gpu", "kind"), [(False, "openvino"), (True, "pt")])
def test_the_form_that_is_fastest_here_comes_first(
    app: AppSettings, monkeypatch: pytest.MonkeyPatch, gpu: bool, kind: str
) -> None:
    monkeypatch.setattr(weights, "_has_gpu", lambda: gpu)
    assert next(file.kind for file in shipped_weights(app)) == kind


def test_a_changed_file_is_not_taken_for_it(app: AppSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bbva11n.pt").write_bytes(b"something else")
    monkeypatch.setattr(weights, "SHIPPED_FOLDER", tmp_path)
    assert shipped_weights(app) == []
    assert default_weights(app) is None


@pytest.mark.slow
def test_it_finds_the_players_of_the_sample_game_and_more_balls_than_coco(tmp_path: Path, shared_dir: Path) -> None:
    result = bench_detector(AppSettings(data_dir=tmp_path, models_dir=shared_dir / "models"), lambda done, of: None)
    (figures,) = result["sets"].values()
    (coco,) = (found for name, found in figures.items() if name not in SHIPPED)
    for name in SHIPPED:
        assert figures[name]["pictures"] == 600
        assert figures[name]["player_recall"] >= 0.95
        assert figures[name]["others_as_players_a_picture"] <= 0.1
        assert figures[name]["rim_recall"] >= 0.95
        # 0.95 is where we want to be; the model card says that this falls short.
        assert figures[name]["ball_recall"] >= 0.6 > 10 * coco["ball_recall"]
