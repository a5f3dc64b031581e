"""Augmentations keep pictures and boxes true to each other."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bbva_core.train.augment import BALL, BallPaster, Degrade


@pytest.fixture(autouse=True)
def seeded() -> None:
    random.seed(11)


def paster() -> BallPaster:
    made = BallPaster(p=1.0)
    source = np.full((100, 100, 3), 30, np.uint8)
    source[20:60, 20:60] = (30, 110, 230)
    made.learn(source, [BALL], np.array([[0.2, 0.2, 0.6, 0.6]]))
    return made


def test_pasted_balls_are_where_their_boxes_are() -> None:
    plain = np.full((180, 320, 3), 250, np.uint8)
    for _ in range(40):
        picture, boxes = paster().paste(plain, np.zeros((0, 4)))
        assert len(boxes) in (1, 2)
        changed = np.abs(picture.astype(int) - plain).max(2) > 90
        inside = np.zeros_like(changed)
        for x1, y1, x2, y2 in (boxes * (320, 180, 320, 180)).round().astype(int):
            assert 0 <= x1 < x2 <= 320
            assert 0 <= y1 < y2 <= 180
            inside[y1:y2, x1:x2] = True
            assert changed[y1:y2, x1:x2].any()
            assert max(x2 - x1, y2 - y1) < 60
        assert not (changed & ~inside).sum() > 0.2 * changed.sum()  # the soft edge of a blurred ball
    assert (plain == 250).all()


def test_no_ball_covers_another() -> None:
    everywhere = np.array([[0.0, 0.0, 1.0, 1.0]])
    picture, boxes = paster().paste(np.zeros((90, 160, 3), np.uint8), everywhere)
    assert (len(boxes), picture.max()) == (0, 0)


def test_only_whole_round_balls_of_some_size_are_copied() -> None:
    made = BallPaster(p=1.0)
    picture = np.zeros((100, 100, 3), np.uint8)
    at_the_edge, flat, small, other = (
        [0, 0.2, 0.4, 0.6],
        [0.1, 0.2, 0.9, 0.6],
        [0.1, 0.1, 0.2, 0.2],
        [0.2, 0.2, 0.6, 0.6],
    )
    made.learn(picture, [BALL, BALL, BALL, BALL + 1], np.array([at_the_edge, flat, small, other]))
    assert len(made.paste(picture, np.zeros((0, 4)))[1]) == 0


def test_degrading_keeps_the_size_and_changes_the_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    for _ in range(20):
        worse = Degrade(p=1.0)({"img": picture})["img"]
        assert (worse.shape, worse.dtype) == (picture.shape, picture.dtype)
        assert (worse != picture).any()
    assert Degrade(p=0.0)({"img": picture})["img"] is picture
