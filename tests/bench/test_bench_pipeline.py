"""The benchmark runs, compares like with like, and leaves nothing behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from bbva_core.bench import bench_pipeline
from bbva_core.errors import NotFound
from bbva_core.settings import AppSettings


@pytest.fixture(autouse=True)
def no_system_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary folder of the system is not there: nothing can be written to it."""
    gone = str(tmp_path_factory.mktemp("system") / "gone")
    monkeypatch.setattr(tempfile, "tempdir", gone)


@pytest.mark.slow
def test_with_weights(tmp_path: Path, shared_dir: Path) -> None:
    app = AppSettings(data_dir=tmp_path, models_dir=shared_dir / "models")
    seen: list[tuple[int, int]] = []
    result = bench_pipeline(app, lambda done, total: seen.append((done, total)), frames=60, runs=1)
    assert seen == [(1, 2), (2, 2)]
    assert result["frames"] == 60
    assert result["ratio"] == pytest.approx(
        result["bbva_frames_per_second"] / result["plain_frames_per_second"], abs=0.01
    )
    # The decoders differ by a rounding of colours; what they find does not differ by more than a few boxes.
    assert result["detections"]["bbva"] == pytest.approx(result["detections"]["plain"], rel=0.1)
    assert set(result["stage_seconds"]) == {"detect", "ocr"}
    assert result["commit_ms"] > 0
    assert [path.name for path in tmp_path.rglob("*")] == ["cache"]


@pytest.mark.slow
@pytest.mark.usefixtures("no_shipped_detector")
def test_without_weights_it_says_so(tmp_path: Path) -> None:
    app = AppSettings(data_dir=tmp_path / "not yet", models_dir=None)
    result = bench_pipeline(app, frames=60, runs=1)
    assert result["ratio"] is None
    assert "no YOLO weights" in result["note"]
    assert result["bbva_frames_per_second"] > 0


def test_no_such_video(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no video"):
        bench_pipeline(AppSettings(data_dir=tmp_path), video=tmp_path / "none.mp4")
