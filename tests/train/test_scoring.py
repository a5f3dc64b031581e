"""The figures: average precision as COCO defines it, over what is known to be labelled."""

from __future__ import annotations

import numpy as np
import pytest

from bbva_core.detect.types import Detections
from bbva_core.train.scoring import Scorer, average_precision, iou
from tests.train.pictures import labelled

PLAYER, BALL, RIM, REFEREE = range(4)


def found(*rows: tuple[str, float, float, float, float, float]) -> Detections:
    return Detections.canonical(
        [row[2:] for row in rows], [row[1] for row in rows], [row[0] for row in rows], width=100, height=100
    )


def score(detections: Detections, *args: object, **known: object) -> dict[str, float | int | None]:
    scorer = Scorer(0.25)
    scorer.add(detections, labelled(*args, **known), width=100, height=100)  # type: ignore[arg-type]
    return scorer.result()


def test_average_precision_of_textbook_cases() -> None:
    assert average_precision(np.array([True, True]), 2) == 1
    assert average_precision(np.array([], bool), 2) == 0
    # Half of the recall at full precision: 51 of the 101 recalls, 0 to 0.5, are reached.
    assert average_precision(np.array([True]), 2) == pytest.approx(51 / 101)
    # A miss first: precision 1/2 up to full recall.
    assert average_precision(np.array([False, True]), 1) == pytest.approx(0.5)
    # Precision is made monotonic: the later 2/3 counts for the earlier 1/2, too.
    assert average_precision(np.array([False, True, True]), 2) == pytest.approx(2 / 3)


def test_overlap_is_intersection_over_union() -> None:
    a = np.array([[0.0, 0, 10, 10]])
    b = np.array([[0.0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30]])
    assert iou(a, b)[0].tolist() == pytest.approx([1, 1 / 3, 0])


def test_each_labelled_thing_is_found_once() -> None:
    result = score(found(("ball", 0.9, 10, 10, 20, 20), ("ball", 0.8, 10, 10, 20, 20)), [(BALL, 0.1, 0.1, 0.2, 0.2)])
    assert result["ball_ap50"] == 1  # the second comes after full recall
    assert result["ball_recall"] == 1
    twice = score(
        found(("ball", 0.9, 50, 50, 60, 60), ("ball", 0.8, 10, 10, 20, 20)),
        [(BALL, 0.1, 0.1, 0.2, 0.2)],
    )
    assert twice["ball_ap50"] == pytest.approx(0.5)


def test_ap50_95_asks_for_more_overlap() -> None:
    result = score(found(("rim", 0.9, 0, 0, 100, 72)), [(RIM, 0, 0, 1, 1)])  # overlaps by 0.72
    assert result["rim_ap50"] == 1
    assert result["rim_ap50_95"] == pytest.approx(0.5)  # at 0.50, 0.55, 0.60, 0.65 and 0.70


def test_what_is_not_known_to_be_labelled_is_not_scored() -> None:
    result = score(found(("rim", 0.9, 0, 0, 10, 10), ("ball", 0.9, 0, 0, 10, 10)), [(BALL, 0, 0, 0.1, 0.1)], {BALL})
    assert result["ball_ap50"] == 1
    assert "rim_ap50" not in result
    assert result["others_as_players_a_picture"] is None


def test_a_person_of_coco_is_a_player() -> None:
    assert score(found(("person", 0.9, 0, 0, 10, 40)), [(PLAYER, 0, 0, 0.1, 0.4)])["player_ap50"] == 1


def test_people_who_are_not_in_the_game_are_counted() -> None:
    truth = [(PLAYER, 0.0, 0, 0.1, 0.4), (REFEREE, 0.5, 0, 0.6, 0.4)]
    detections = found(
        ("player", 0.9, 0, 0, 10, 40),  # the player
        ("player", 0.9, 50, 0, 60, 40),  # the referee: a wrong class, but not a spectator
        ("player", 0.9, 80, 60, 90, 90),  # a spectator
        ("player", 0.2, 20, 60, 30, 90),  # another, below the score that counts
    )
    assert score(detections, truth)["others_as_players_a_picture"] == 1


def test_small_balls_are_counted_apart() -> None:
    truth = [(BALL, 0.1, 0.1, 0.115, 0.115), (BALL, 0.5, 0.5, 0.7, 0.7)]
    result = score(found(("ball", 0.9, 50, 50, 70, 70)), truth)
    assert (result["small_balls"], result["small_ball_recall"], result["ball_recall"]) == (1, 0, 0.5)


def test_recall_counts_from_the_score_that_a_run_keeps() -> None:
    result = score(found(("ball", 0.2, 10, 10, 20, 20)), [(BALL, 0.1, 0.1, 0.2, 0.2)])
    assert (result["ball_ap50"], result["ball_recall"]) == (1, 0)


def test_pictures_are_ranked_together() -> None:
    scorer = Scorer(0.25)
    truth = labelled([(BALL, 0.1, 0.1, 0.2, 0.2)])
    scorer.add(found(("ball", 0.3, 10, 10, 20, 20)), truth, width=100, height=100)
    scorer.add(found(("ball", 0.9, 60, 60, 70, 70)), truth, width=100, height=100)
    # By score: a miss, then a hit, and one of two is found: precision 1/2 at recalls up to 1/2.
    assert scorer.result()["ball_ap50"] == pytest.approx(51 / 101 / 2, abs=1e-4)
    assert scorer.result()["pictures"] == 2
