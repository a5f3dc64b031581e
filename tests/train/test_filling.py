"""What partial labels leave out is filled in where a detector is sure, and left unknown where it is not."""

from __future__ import annotations

import numpy as np

from bbva_core.detect.types import Detections
from bbva_core.train.datasets import Labelled
from bbva_core.train.filling import filled
from tests.train.pictures import labelled

PLAYER, BALL, RIM, REFEREE = range(4)
A_BALL = (BALL, 0.1, 0.1, 0.2, 0.2)


def fill(truth: Labelled, *rows: tuple[str, float, float, float, float, float]) -> Labelled:
    boxes = [row[2:] for row in rows]
    found = Detections.canonical(boxes, [row[1] for row in rows], [row[0] for row in rows], width=100, height=100)
    return filled(truth, found, width=100, height=100)


def test_a_sure_detection_of_an_unknown_class_becomes_a_label() -> None:
    result = fill(labelled([A_BALL], {BALL}), ("rim", 0.7, 50, 20, 60, 30), ("rim", 0.9, 80, 20, 90, 30))
    assert result.known == {BALL, RIM}
    assert result.classes.tolist() == [BALL, RIM, RIM]
    assert np.allclose(result.boxes[1:], [[0.8, 0.2, 0.9, 0.3], [0.5, 0.2, 0.6, 0.3]])


def test_where_something_is_doubtful_the_class_stays_unknown() -> None:
    truth = labelled([A_BALL], {BALL})
    half_sure = fill(truth, ("player", 0.9, 50, 20, 60, 60), ("player", 0.4, 80, 20, 90, 60))
    assert (half_sure.known, half_sure.classes.tolist()) == ({BALL}, [BALL])
    assert fill(truth, ("player", 0.5, 50, 20, 60, 60)).known == {BALL}
    assert fill(truth).known == {BALL}


def test_a_second_box_of_the_same_thing_is_no_doubt() -> None:
    result = fill(labelled([A_BALL], {BALL}), ("rim", 0.9, 50, 20, 60, 30), ("rim", 0.3, 50, 20, 60, 32))
    assert result.classes.tolist() == [BALL, RIM]


def test_labels_are_believed() -> None:
    known = labelled([A_BALL], {BALL, PLAYER})
    result = fill(known, ("player", 0.9, 50, 20, 60, 60), ("rim", 0.9, 10, 10, 20, 20))
    # Players are known to be none here, and the ball is no rim.
    assert (result.known, result.classes.tolist()) == ({BALL, PLAYER}, [BALL])
