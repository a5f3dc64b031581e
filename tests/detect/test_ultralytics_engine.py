"""The YOLO engine with real weights: right labels, results that depend on the frame alone, and a quiet process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from bbva_core.detect.engines import create_detector
from bbva_core.detect.types import Detector, Frame
from bbva_core.detect.ultralytics_engine import UltralyticsDetector
from bbva_core.detect.weights import DEFAULT_NAME, OFFICIAL, WeightsFile, resolve_weights
from bbva_core.errors import DetectorError, WeightsUntrusted
from bbva_core.settings import AppSettings

pytestmark = pytest.mark.slow

NAME = "yolo11n-coco-dequantised.pt"


@pytest.fixture(scope="module")
def app(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AppSettings:
    return AppSettings(data_dir=tmp_path_factory.mktemp("data"), models_dir=shared_dir / "models")


@pytest.fixture(scope="module")
def detector(app: AppSettings) -> Detector:
    return create_detector(
        "ultralytics", resolve_weights(app, NAME), conf=0.25, imgsz=640, threads=0, cache_dir=app.cache_dir
    )


@pytest.fixture(scope="module")
def frames(shared_dir: Path) -> list[Frame]:
    capture = cv2.VideoCapture(str(shared_dir / "games" / "euroleague.mp4"))
    read = [capture.read()[1] for _ in range(7)]
    capture.release()
    return read


def test_finds_people_on_the_court(detector: Detector, frames: list[Frame]) -> None:
    found = detector.detect(frames)
    assert len(found) == len(frames)
    for one in found:
        assert sum(label == "person" for label in one.labels) >= 6
        assert set(one.labels) <= {"person", "ball"}
        assert (one.boxes >= 0).all()
        assert (one.boxes <= [640, 360, 640, 360]).all()


def test_result_depends_on_the_frame_alone(detector: Detector, frames: list[Frame]) -> None:
    small = cv2.resize(frames[0], (320, 240))
    mixed = [*frames[:3], small, *frames[3:]]
    one_by_one = [detector.detect([frame])[0] for frame in mixed]
    assert detector.detect(mixed) == one_by_one
    assert detector.detect(mixed[1:]) == one_by_one[1:]


def test_no_frames_no_results(detector: Detector) -> None:
    assert detector.detect([]) == []


def test_a_bad_frame_is_an_error(detector: Detector) -> None:
    with pytest.raises(DetectorError, match="expected uint8"):
        detector.detect([np.zeros((4, 4), np.uint8)])


def make(app: AppSettings, weights: WeightsFile) -> UltralyticsDetector:
    return UltralyticsDetector(weights, conf=0.25, imgsz=640, threads=1, device="cpu", cache_dir=app.cache_dir)


def test_closed_is_an_error(app: AppSettings) -> None:
    detector = make(app, resolve_weights(app, NAME))
    detector.close()
    detector.close()
    with pytest.raises(DetectorError, match="closed"):
        detector.detect([])


@pytest.mark.parametrize("name", ["broken.pt", "broken.onnx"])
def test_broken_weights_are_an_error_in_words(app: AppSettings, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"this is no model")
    with pytest.raises(DetectorError, match=name) as caught:
        make(app, resolve_weights(app, str(tmp_path / name), trust=True)).detect([np.zeros((64, 64, 3), np.uint8)])
    assert caught.value.do


def test_weights_that_changed_or_are_not_confirmed_are_not_opened(app: AppSettings, tmp_path: Path) -> None:
    path = tmp_path / "mine.pt"
    path.write_bytes(b"one")
    chosen = resolve_weights(app, str(path), trust=True)
    path.write_bytes(b"two")
    with pytest.raises(DetectorError, match="changed"):
        make(app, chosen)
    untrusted = WeightsFile(
        name="m.pt", path=path, kind="pt", bytes=3, sha256=chosen.sha256, origin="unknown", trusted=False
    )
    with pytest.raises(WeightsUntrusted):
        make(app, untrusted)


def test_the_url_is_the_one_ultralytics_uses(monkeypatch: pytest.MonkeyPatch, detector: Detector) -> None:
    from ultralytics.utils import downloads

    urls: list[str] = []
    monkeypatch.setattr(downloads, "safe_download", lambda url, **_: urls.append(url))
    downloads.attempt_download_asset(DEFAULT_NAME)
    assert urls == [OFFICIAL[DEFAULT_NAME].url]


_QUIET = """
import sys
from pathlib import Path
import numpy as np
import socket
def refuse(*args, **kwargs): raise SystemExit("tried to reach the network")
socket.getaddrinfo = refuse
socket.socket.connect = refuse
from bbva_core.settings import AppSettings
from bbva_core.detect import create_detector, resolve_weights
app = AppSettings()
weights = resolve_weights(app, sys.argv[1])
detector = create_detector("ultralytics", weights, conf=0.25, imgsz=640, threads=2, cache_dir=app.cache_dir)
assert len(detector.detect([np.zeros((360, 640, 3), np.uint8)])) == 1
import torch
assert torch.get_num_threads() == 2
from ultralytics.utils import AUTOINSTALL, SETTINGS
assert not AUTOINSTALL and not SETTINGS["sync"]
"""


def test_writes_only_to_the_cache_and_stays_off_the_network(app: AppSettings, tmp_path: Path) -> None:
    home, work, data, temporary = (tmp_path / name for name in ("home", "work", "data", "tmp"))
    for folder in (home, work, temporary):
        folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LD_LIBRARY_PATH")}
    environment = {
        **kept,
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "BBVA_DATA_DIR": str(data),
        "BBVA_MODELS_DIR": str(app.models_dir),
    }
    done = subprocess.run(
        [sys.executable, "-c", _QUIET, NAME], cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
    for folder in (home, work, temporary):
        assert list(folder.rglob("*")) == [], folder
    assert [path.name for path in data.iterdir()] == ["cache"]
