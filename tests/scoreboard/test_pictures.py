"""How far the ground of a text goes on, and how tall its letters are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bbva_core.ocr.types import Image
from bbva_core.scoreboard.pictures import grey, letter_height, room_beside, set_apart, still_columns

BOX = (246, 40, 261, 60)  # the text of a score at the right edge of its graphic


def bug(seed: int, *, edge: int) -> Image:
    """A dark bar from x 100 to an edge, on an even floor with a figure that moves, and a score inside the box."""
    picture = np.full((100, 400, 3), (60, 150, 150), np.uint8)
    x = 270 + 11 * seed
    cv2.rectangle(picture, (x, 30), (x + 30, 80), (200, 60, 200), -1)
    cv2.rectangle(picture, (100, 30), (edge - 1, 70), (20, 20, 20), -1)
    cv2.putText(picture, "3", (249, 57), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (250, 250, 250), 2, cv2.LINE_AA)
    return np.asarray(picture, np.uint8)


def room(edge: int) -> tuple[int, int]:
    pictures = [bug(seed, edge=edge) for seed in range(5)]
    still = still_columns([grey(picture) for picture in pictures], BOX, 24)
    return room_beside(pictures[0], BOX, [], 24, still)


def test_there_is_room_as_far_as_the_ground_goes() -> None:
    assert room(300) == (24, 24)
    assert room(270) == (24, 9)


def test_there_is_none_in_the_picture_beside_the_graphic() -> None:
    assert room(261) == (24, 0)
    assert room(260) == (24, 0)


def test_what_moves_is_no_room_though_it_is_as_dark_as_the_ground() -> None:
    rng = np.random.default_rng(0)
    pictures = []
    for seed in range(5):
        picture = bug(seed, edge=270)
        picture[:, 270:] = rng.integers(0, 60, (100, 130, 1))
        pictures.append(picture)
    still = still_columns([grey(picture) for picture in pictures], BOX, 24)
    assert still[250:270].all()
    assert still[272:].mean() < 0.2


@pytest.mark.parametrize("scale", [0.6, 0.75, 0.9])
def test_letters_are_measured_whatever_box_is_around_them(scale: float) -> None:
    (_, tall), _ = cv2.getTextSize("106", cv2.FONT_HERSHEY_SIMPLEX, scale, 2)
    part = np.full((40, 90), 30, np.uint8)
    cv2.putText(part, "106", (15, 20 + tall // 2), cv2.FONT_HERSHEY_SIMPLEX, scale, 240, 2, cv2.LINE_AA)
    assert letter_height(part) == pytest.approx(tall, abs=3)
    part[:, :6] = 220  # a neighbouring cell
    assert letter_height(part) == pytest.approx(tall, abs=3)
    assert letter_height(np.zeros((3, 10), np.uint8)) is None


def test_the_ground_between_letters_is_no_letter() -> None:
    part = np.full((17, 16), 46, np.uint8)
    part[0] = 118  # the picture above the graphic
    for x in (5, 6, 9, 10, 11):
        part[6:12, x] = 160
    assert letter_height(part) == 6


def test_two_texts_part_where_they_meet_though_a_gap_within_one_of_them_is_wider() -> None:
    picture = np.full((47, 120), 10, np.uint8)
    for x1, x2 in ((0, 40), (46, 59), (68, 80), (89, 107)):  # ...H, 1, 1, 6
        picture[10:38, x1:x2] = 240
    left, right = set_apart([(0, 0, 43, 47), (43, 0, 115, 47)], [picture])
    assert 40 <= left[2] <= 46
    assert right[0] == left[2]


def test_a_text_that_was_found_across_others_cuts_none_of_them() -> None:
    boxes = [(277, 442, 332, 468), (332, 442, 416, 468)]
    across = (130, 5, 687, 479)
    assert set_apart([*boxes, across], [np.zeros((480, 854), np.uint8)])[:2] == boxes


def test_two_texts_part_where_most_of_their_lines_meet() -> None:
    # 2ND QTR|1 1:28: the gap between the digits is as wide as that between the texts.
    picture = np.zeros((40, 300), np.uint8)
    for left, right in ((10, 96), (105, 114), (123, 132), (140, 200)):
        picture[12:28, left:right] = 255
    boxes = [(5, 4, 120, 36), (98, 4, 205, 36)]
    first, second = set_apart(boxes, [picture], [(5, 4, 101, 36), (101, 4, 205, 36)])
    assert first[2] == second[0] == 100


def test_letters_of_thin_strokes_are_measured_whole() -> None:
    part = np.full((20, 60), 20, np.uint8)
    for x in (8, 20, 32):  # tops and bottoms, and nothing between them that could be seen
        part[4:8, x] = part[4:8, x + 4] = part[12:16, x + 1] = part[12:16, x + 5] = 160
    assert letter_height(part) == 12
