"""The basic detector works without weights."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bbva_core.detect import hog_engine
from bbva_core.detect.engines import create_detector
from bbva_core.detect.hog_engine import HogDetector
from bbva_core.errors import DetectorError


@pytest.mark.slow
def test_finds_players_in_a_broadcast(shared_dir: Path) -> None:
    capture = cv2.VideoCapture(str(shared_dir / "games" / "euroleague.mp4"))
    ok, frame = capture.read()
    capture.release()
    assert ok
    [found] = HogDetector(conf=0.25, threads=2).detect([frame])
    assert set(found.labels) == {"person"}
    # Two who stand clear of the others, read by eye: a referee at the sideline and a player below the baseline.
    for x, y in ((208, 145), (356, 140)):
        assert any(x1 < x < x2 and y1 < y < y2 for _, _, x1, y1, x2, y2 in found.rows()), (x, y)


def test_nothing_on_an_empty_floor() -> None:
    [found] = HogDetector(conf=0.25, threads=2).detect([np.full((360, 640, 3), 210, np.uint8)])
    assert len(found) == 0


def test_result_depends_on_the_frame_alone() -> None:
    detector = HogDetector(conf=0.1, threads=2)
    random = np.random.default_rng(3)
    frames = [random.integers(0, 255, (180, 320, 3), dtype=np.uint8) for _ in range(3)]
    assert detector.detect(frames) == [detector.detect([frame])[0] for frame in frames]


def test_windows_keep_their_own_margins(monkeypatch: pytest.MonkeyPatch) -> None:
    # OpenCV's own search over all scales notes the two at different moments when it uses several threads.
    random = np.random.default_rng(5)
    frame = cv2.GaussianBlur(random.integers(0, 255, (360, 640, 3), dtype=np.uint8), (0, 0), 3)
    picture = cv2.resize(frame, (1280, 720), interpolation=cv2.INTER_LINEAR)
    hog = cv2.HOGDescriptor()
    hog.setSVMDetector(cv2.HOGDescriptor.getDefaultPeopleDetector())
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    windows, margins = hog.detectMultiScale(
        picture, hitThreshold=-1.0, winStride=(8, 8), padding=(8, 8), scale=1.1, groupThreshold=0
    )
    cv2.setNumThreads(threads)
    expected = [(x, y, x + w, y + h, m) for (x, y, w, h), m in zip(windows.tolist(), margins.ravel(), strict=True)]
    monkeypatch.setattr(hog_engine, "_THRESHOLD", -1.0)
    found = [hog_engine._search(hog, picture, scale) for scale in hog_engine._scales(hog, picture)]
    assert len(expected) > 20
    assert [(*box, margin) for boxes, ms in found for box, margin in zip(boxes.tolist(), ms, strict=True)] == expected


@pytest.mark.parametrize("size", [(1, 1), (20, 640), (640, 20), (2000, 30)], ids=str)
def test_odd_sizes(size: tuple[int, int]) -> None:
    [found] = HogDetector(conf=0.25, threads=2).detect([np.zeros((*size, 3), np.uint8)])
    assert len(found) == 0


def test_closed_and_bad_frames_are_errors() -> None:
    detector = create_detector("opencv-hog", conf=0.25, imgsz=640, threads=1, cache_dir=None)  # type: ignore[arg-type]
    with pytest.raises(DetectorError, match="expected uint8"):
        detector.detect([np.zeros((5, 5), np.uint8)])
    detector.close()
    with pytest.raises(DetectorError, match="closed"):
        detector.detect([])
