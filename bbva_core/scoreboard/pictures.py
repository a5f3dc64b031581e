"""Plain picture work for finding and following a scoreboard. All boxes x1, y1, x2, y2 in pixels."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.ocr.types import Image
from bbva_core.scoreboard.layout import Box

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

STEADY = 14.0
"""A pixel whose brightness varies by no more than this (standard deviation, of 255) stands still: codecs leave 2 to 6
in a graphic, a moving picture 20 and more."""

_LEAST_GROUND = 0.12  # share of the pixels around a text that look like its ground
_LIKE_GROUND = 26.0  # mean difference of a column from the ground beside the text, of 255

_SOME_INK = 0.2  # of the row of a text that has most of it: less may be noise
_MUCH_TALLER = 4.0  # a text so much taller than another does not stand in a row with it, but was found across it

_FARTHER = 0.3
"""By so much wider, for each pixel of distance, must be a gap between two texts that is not where they seem to meet."""


def grey(image: Image) -> Grey:
    """Brightness."""
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)  # type: ignore[no-any-return]


def crop(image: Image, box: Box) -> Image:
    """The part of a picture inside a box; empty when they do not meet."""
    high, wide = image.shape[:2]
    x1, y1, x2, y2 = max(0, box[0]), max(0, box[1]), min(wide, box[2]), min(high, box[3])
    return image[y1 : max(y1, y2), x1 : max(x1, x2)]


def clipped(box: Sequence[float], wide: int, high: int) -> Box:
    """A box cut at the edges of a picture."""
    return max(0, round(box[0])), max(0, round(box[1])), min(wide, round(box[2])), min(high, round(box[3]))


def steady(greys: Sequence[Grey]) -> Mask:
    """Pixels that look the same in all of the pictures, but for what a codec does to them."""
    return np.asarray(np.stack(greys).std(axis=0) <= STEADY)


def set_apart(boxes: Sequence[Box], greys: Sequence[Grey], usual: Sequence[Sequence[float]] | None = None) -> list[Box]:
    """Boxes of texts in one row, cut where they reach into each other: where there is least ink in all pictures.

    Args:
        boxes: Around the texts; their sides are not exact.
        greys: Pictures that show them.
        usual: Boxes that tell better where the texts meet.
    """
    cut = [list(box) for box in boxes]
    meet = boxes if usual is None else usual
    for one, left in enumerate(boxes):
        for two, right in enumerate(boxes):
            height = min(left[3] - left[1], right[3] - right[1])
            in_row = min(left[3], right[3]) - max(left[1], right[1]) >= 0.5 * height
            alike = max(left[3] - left[1], right[3] - right[1]) <= _MUCH_TALLER * height
            if (
                one == two
                or not in_row
                or not alike
                or left[0] + left[2] >= right[0] + right[2]
                or right[0] - left[2] > 0.4 * height
            ):
                continue
            x1 = max(left[0] + 1, min(left[2], right[0]) - height // 2)
            x2 = min(right[2] - 1, max(left[2], right[0]) + height // 2)
            rows = slice(max(left[1], right[1]), min(left[3], right[3]))
            if x2 - x1 < 3:
                continue
            edge = (meet[one][2] + meet[two][0]) / 2 - x1
            place = x1 + emptiest([picture[rows, x1:x2] for picture in greys], near=edge)
            cut[one][2] = min(cut[one][2], place)
            cut[two][0] = max(cut[two][0], place)
    return [(x1, y1, max(x1 + 2, x2), y2) for x1, y1, x2, y2 in cut]


def strokes(part: Grey, side: int) -> tuple[Grey, Grey]:
    """By how much each pixel of a part of a picture is brighter, and darker, than what is around it.

    Letters are made of strokes, whatever their colour; grounds and what is broader than a side do not count.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    bright, dark = (cv2.morphologyEx(part, way, kernel) for way in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT))
    return np.asarray(bright, np.uint8), np.asarray(dark, np.uint8)


def letter_height(part: Grey) -> float | None:
    """Pixels from top to bottom of a line of text, given the part of a picture around it; None when it is unclear."""
    if min(part.shape) < 4:
        return None
    high = part.shape[0]
    ground = float(np.median(part))
    contrasts = (float(part.max()) - ground, ground - float(part.min()))
    tallest = 0
    for drawn, contrast in zip(strokes(part, max(3, round(0.4 * high) | 1)), contrasts, strict=True):
        if contrast < 0.6 * max(contrasts):
            continue  # what looks darker than white letters is the ground between them
        ink = np.asarray(drawn > max(20.0, 0.4 * float(drawn.max())), np.uint8)
        _, labels, marks, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        # A neighbouring cell reaches to the edge, letters do not; ground between them is filled, and holes are smaller.
        inside = [
            number
            for number, (x, y, wide, tall, area) in enumerate(marks)
            if number
            and y > 0
            and y + tall < high
            and (area < 0.75 * wide * tall or wide < 0.5 * tall)
            and x + wide < part.shape[1]
        ]
        # Thin strokes fall to pieces: they reach from the first row to the last one that has some of them.
        rows = np.isin(labels, inside).sum(axis=1)
        inked = np.flatnonzero(rows >= max(2.0, _SOME_INK * float(rows.max())))
        together = [int(inked[-1] - inked[0]) + 1] if len(inked) else []
        heights = [*(int(marks[number][3]) for number in inside), *together]
        tallest = max([tallest, *(tall for tall in heights if 0.3 * high <= tall <= 0.85 * high)])
    return float(tallest) if tallest else None


def emptiest(parts: Sequence[Grey], *, near: float | None = None) -> int:
    """The middle of the widest stretch of columns that have least ink, as a column; see `emptiest_span`."""
    start, end = emptiest_span(parts, near=near)
    return (start + end) // 2


def emptiest_span(parts: Sequence[Grey], *, near: float | None = None) -> tuple[int, int]:
    """The widest stretch of columns that have least ink: the first column, and the first after it.

    Args:
        parts: Of pictures, of one shape.
        near: A column where it is likely: a stretch farther away must be wider. None: it may be anywhere.
    """
    inset = max(1, parts[0].shape[0] // 6)
    inner = np.stack([part[inset:-inset] if part.shape[0] > 3 * inset else part for part in parts]).astype(np.float32)
    ink = (inner.max(axis=1) - inner.min(axis=1)).max(axis=0)
    plain = ink <= ink.min() + 0.25 * max(1.0, float(ink.max() - ink.min()))
    spans: list[tuple[int, int]] = []
    start = None
    for at, free in enumerate([*plain, False]):
        if free and start is None:
            start = at
        elif not free and start is not None:
            spans.append((start, at))
            start = None

    def worth(span: tuple[int, int]) -> float:
        away = 0.0 if near is None else abs((span[0] + span[1]) / 2 - near)
        return span[1] - span[0] - _FARTHER * away

    return max(spans, key=worth, default=(0, 0))


def still_columns(greys: Sequence[Grey], box: Box, most: int) -> npt.NDArray[np.bool_]:
    """Which columns of a picture stand as still, in the rows of a box, as the ground of the box does.

    Args:
        greys: Pictures of the same thing, at different times.
        box: Around a text.
        most: Columns to each side of the box that are looked at; all beyond count as moving.
    """
    x1, y1, x2, y2 = box
    left, right = max(0, x1 - most), min(greys[0].shape[1], x2 + most)
    still = np.zeros(greys[0].shape[1], bool)
    if len(greys) < 3 or y2 - y1 < 3 or x2 <= x1:
        still[left:right] = True
        return still
    parts = np.stack([picture[y1:y2, left:right] for picture in greys]).astype(np.float32)
    # From the median, and without the fifth that differs most: a score that lights up is no moving picture.
    away = np.quantile(np.abs(parts - np.median(parts, axis=0)), 0.8, axis=0)
    own = float(np.quantile(away[:, x1 - left : x2 - left], 0.4))
    still[left:right] = (away <= max(STEADY, 1.5 * own)).mean(axis=0) >= 0.6
    return still


def room_beside(
    image: Image, box: Box, others: Sequence[Box], most: int, still: npt.NDArray[np.bool_]
) -> tuple[int, int]:
    """How far the plain ground of a text goes on to its left and right.

    Args:
        image: BGR.
        box: Around the text.
        others: Boxes of other texts, which the ground ends at.
        most: Pixels to look at, to each side.
        still: Columns of the picture that stand still; the ground ends at others.

    Returns:
        Pixels to the left, pixels to the right.
    """
    x1, y1, x2, y2 = box
    inset = max(1, (y2 - y1) // 6)
    rows = image[y1 + inset : y2 - inset].astype(np.float32)
    if rows.size == 0:
        return 0, 0
    beside = [other for other in others if other[1] < y2 and other[3] > y1]
    left_end = max([0, x1 - most, *(other[2] for other in beside if other[2] <= x1 + 2)])
    right_end = min([image.shape[1], x2 + most, *(other[0] for other in beside if other[0] >= x2 - 2)])
    inside = rows[:, x1:x2]
    left = _run(rows[:, left_end:x1][:, ::-1], rows[:, max(0, x1 - 2) : x1 + 1], inside, still[left_end:x1][::-1])
    right = _run(rows[:, x2:right_end], rows[:, x2 - 1 : x2 + 2], inside, still[x2:right_end])
    return left, right


def _run(
    columns: npt.NDArray[np.float32],
    start: npt.NDArray[np.float32],
    inside: npt.NDArray[np.float32],
    still: npt.NDArray[np.bool_],
) -> int:
    """How many columns in a row look like the ground; the ground may shade from top to bottom."""
    if columns.shape[1] == 0 or start.shape[1] == 0:
        return 0
    ground = np.median(start, axis=1, keepdims=True)
    if (np.abs(inside - ground).mean(axis=2) <= _LIKE_GROUND).mean() < _LEAST_GROUND:
        return 0  # the text reaches to the edge of the graphic: what is beside it is the picture
    differs = (np.abs(columns - ground).mean(axis=(0, 2)) > _LIKE_GROUND) | ~still
    return int(differs.argmax()) if differs.any() else columns.shape[1]


def enlarged(image: Image, factor: float) -> Image:
    """A picture at another size."""
    if factor == 1.0:
        return image
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)  # type: ignore[no-any-return]
