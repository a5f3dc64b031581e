"""One frame as a JPEG shows that frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from bbva_core.errors import NotFound
from bbva_core.video import Frame, FrameSource, check_video, frame_jpeg


def _decode(data: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_it_is_the_frame_asked_for(make_video: Callable[[str], Path]) -> None:
    path = make_video("rotated.mp4")
    info, index = check_video(path)
    with FrameSource(path, index, info) as source:
        frame = next(source.frames(57, 58))
    assert isinstance(frame, Frame)
    shown = _decode(frame_jpeg(path, index, info, 57, quality=95))
    assert shown.shape == (info.height, info.width, 3)
    assert np.abs(shown.astype(int) - frame.image).mean() < 6


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        pytest.param({"max_width": 80}, (48, 80), id="scaled down"),
        pytest.param({"max_width": 9999}, (96, 160), id="never up"),
        pytest.param({"region": (10, 20, 50, 40)}, (20, 40), id="region"),
        pytest.param({"region": (100, 50, 999, 999)}, (46, 60), id="region clipped"),
        pytest.param({"region": (0, 0, 160, 96), "max_width": 40}, (24, 40), id="region scaled"),
    ],
)
def test_size(options: dict[str, object], shape: tuple[int, int], make_video: Callable[[str], Path]) -> None:
    path = make_video("h264-open-gop.mp4")
    info, index = check_video(path)
    assert _decode(frame_jpeg(path, index, info, 3, **options)).shape[:2] == shape  # type: ignore[arg-type]


def test_what_is_not_there_is_not_found(make_video: Callable[[str], Path]) -> None:
    path = make_video("h264-open-gop.mp4")
    info, index = check_video(path)
    with pytest.raises(NotFound, match="100 frames, 0 to 99"):
        frame_jpeg(path, index, info, 100)
    with pytest.raises(NotFound, match="outside"):
        frame_jpeg(path, index, info, 0, region=(500, 500, 600, 600))
