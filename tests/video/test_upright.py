"""A phone video is shown upright, in all eight ways a camera can be held and mirrored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bbva_core.video import Frame, FrameSource, check_video
from tests import videos

TURNS = {0: 0, -90: 90, 180: 180, 90: 270}


@pytest.mark.parametrize("mirrored", [False, True], ids=["plain", "mirrored"])
@pytest.mark.parametrize("degrees_ccw", TURNS)
def test_display_matrix_is_applied(degrees_ccw: int, mirrored: bool, tmp_path: Path) -> None:
    path = videos.write(tmp_path / "phone.mp4", count=3, rotation_ccw=degrees_ccw, mirrored=mirrored)
    info, index = check_video(path)
    with FrameSource(path, index, info) as source:
        frame = next(source.frames(0, 1))
    assert isinstance(frame, Frame)
    # The stored picture first turns, then is mirrored as the camera says.
    stored = videos.decode_all(path)[0][1]
    expected = np.rot90(stored, degrees_ccw // 90)
    if mirrored:
        expected = expected[:, ::-1]
    assert (info.width, info.height) == (expected.shape[1], expected.shape[0])
    assert np.array_equal(frame.image, expected)
    if not mirrored:
        assert info.rotation == TURNS[degrees_ccw]


def test_the_white_corner_of_an_upright_phone_video_is_top_right(tmp_path: Path) -> None:
    # The corner is stored top left; turned a quarter clockwise it comes to lie top right.
    path = videos.write(tmp_path / "phone.mp4", count=2, rotation_ccw=-90)
    info, index = check_video(path)
    assert (info.width, info.height, info.rotation) == (videos.HEIGHT, videos.WIDTH, 90)
    with FrameSource(path, index, info) as source:
        frame = next(source.frames(1, 2))
    assert isinstance(frame, Frame)
    assert frame.image[:30, -20:].mean() > 240
    assert frame.image[-30:, :20].mean() < 200
