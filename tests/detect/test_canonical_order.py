"""Detections come in one order, clipped and rounded, whatever order the engine found them in."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bbva_core.detect.types import Detections, Detector, check_frames
from tests.detect.fakes import FakeDetector

FOUND = [
    ((10.004, 5.0, 20.0, 30.0), 0.50001, "player"),
    ((1.0, 5.0, 20.0, 30.0), 0.50002, "player"),
    ((1.0, 5.0, 20.0, 30.0), 0.5, "ball"),
    ((-5.0, -5.0, 700.0, 500.0), 0.91239, "person"),
]


def test_order_does_not_depend_on_the_engine() -> None:
    results = [
        Detections.canonical([f[0] for f in order], [f[1] for f in order], [f[2] for f in order], width=640, height=360)
        for order in itertools.permutations(FOUND)
    ]
    assert all(result == results[0] for result in results)
    assert list(results[0].rows()) == [
        ("person", 0.9124, 0.0, 0.0, 640.0, 360.0),
        ("ball", 0.5, 1.0, 5.0, 20.0, 30.0),
        ("player", 0.5, 1.0, 5.0, 20.0, 30.0),
        ("player", 0.5, 10.0, 5.0, 20.0, 30.0),
    ]
    assert results[0].boxes.dtype == results[0].scores.dtype == np.float32


def test_boxes_outside_the_frame_are_dropped() -> None:
    found = Detections.canonical(
        [[650, 10, 700, 20], [5, 5, 5.001, 9]], [0.9, 0.8], ["ball"] * 2, width=640, height=360
    )
    assert len(found) == 0
    assert found == Detections.empty()


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(score: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Detections.canonical([[0, 0, 5, 5]], [score], ["ball"], width=10, height=10)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="2 labels"):
        Detections.canonical([[0, 0, 5, 5]], [0.5], ["ball", "rim"], width=10, height=10)
    with pytest.raises(ValueError, match="expected boxes"):
        Detections(np.zeros((1, 4), np.float32), np.zeros(1, np.float32), ())


@pytest.mark.parametrize(
    "frame",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)],
    ids=["grey", "float", "empty"],
)
def test_what_is_not_a_bgr_picture_is_refused(frame: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        check_frames([frame])


def test_the_fake_is_a_detector_and_a_function_of_pixels() -> None:
    fake: Detector = FakeDetector()
    frames = [np.full((36, 64, 3), value, np.uint8) for value in range(20)]
    together = fake.detect(frames)
    assert together == [fake.detect([frame])[0] for frame in frames]
    assert len({len(found) for found in together}) > 1
