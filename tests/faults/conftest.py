"""A clip in which OpenCV's people detector finds someone."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.videos import Pixels

WIDTH, HEIGHT, FRAMES = 320, 180, 24


def players(i: int) -> Pixels:
    """Three figures of ellipses who walk to the right."""
    image = np.full((HEIGHT, WIDTH, 3), 190, np.uint8)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for k in range(3):
        x, y, h = 40 + k * 90 + i * 2 % 40, 40 + k * 15, 80 + 10 * k
        head, shirt, left, right = (
            (0.0, 0.08, 0.07, 0.08),
            (0.0, 0.35, 0.13, 0.22),
            (-0.06, 0.72, 0.05, 0.28),
            (0.06, 0.72, 0.05, 0.28),
        )
        for (dx, dy, rx, ry), colour in (
            (head, (60, 60, 70)),
            (shirt, (120, 30, 40)),
            (left, (40, 30, 30)),
            (right, (40, 30, 30)),
        ):
            inside = ((columns - x - dx * h) / (rx * h)) ** 2 + ((rows - y - dy * h) / (ry * h)) ** 2 <= 1
            image[inside] = colour
    return image


@pytest.fixture(scope="session")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 frames of 320 x 180 with three figures."""
    path = tmp_path_factory.mktemp("game") / "game.mp4"
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "12"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for i in range(FRAMES):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(players(i), format="rgb24")))
        out.mux(stream.encode(None))
    return path
