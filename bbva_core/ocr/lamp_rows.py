"""Digits that were found become numbers: what stands in one row, alike in height and close together. No engine."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bbva_core.ocr.types import Box

_LIKE = 0.62  # digits of one number differ no more in height
_LEVEL = 0.3  # nor in place, in heights of a digit: a board seen askew
_GAP = 0.6
"""Between two digits of a number at most, in heights of a digit."""
_BESIDE_ONE = 0.55  # more beside a 1, which leaves a part of its place empty
_COLON_GAP = 2.2
"""Between the digits on both sides of a colon at most: some boards have a panel for each pair."""
_APART = 1.4  # the same where no colon was found
_OTHER_SIZE = 0.12  # digits, or the gaps between them, that differ so much are of two numbers; of the height of a clock
_SPLIT = 0.25  # by so much the gap without a lit colon is wider than others, in heights of a digit


@dataclass(frozen=True)
class LampMark:
    """A digit, a colon, a point or a letter made of lamps.

    Args:
        mark: One of `lamp_marks.MARKS`.
        confidence: 0 to 1.
        box: Around what is lit, in pixels.
    """

    mark: str
    confidence: float
    box: Box

    @property
    def height(self) -> float:
        """In pixels."""
        return self.box[3] - self.box[1]

    @property
    def middle(self) -> tuple[float, float]:
        """The centre."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True)
class LampRow:
    """A number, a clock, or a word, from left to right."""

    marks: tuple[LampMark, ...]

    @property
    def text(self) -> str:
        """As it stands there."""
        return "".join(mark.mark for mark in self.marks)

    @property
    def digits(self) -> tuple[LampMark, ...]:
        """Without colons and points."""
        return tuple(mark for mark in self.marks if mark.mark not in ":.")

    @property
    def box(self) -> Box:
        """Around all of it."""
        return (
            min(mark.box[0] for mark in self.marks),
            min(mark.box[1] for mark in self.digits),
            max(mark.box[2] for mark in self.marks),
            max(mark.box[3] for mark in self.digits),
        )

    @property
    def height(self) -> float:
        """Of its digits, in pixels."""
        return statistics.median(mark.height for mark in self.digits)

    @property
    def middle(self) -> tuple[float, float]:
        """The centre."""
        x1, y1, x2, y2 = self.box
        return (x1 + x2) / 2, (y1 + y2) / 2

    @property
    def confidence(self) -> float:
        """That of its least likely digit; colons are small, and what they are is known from the digits beside them."""
        return min(mark.confidence for mark in self.digits)


def rows_of(marks: Sequence[LampMark]) -> list[LampRow]:
    """The numbers, clocks and words among the marks, from left to right."""
    glyphs = sorted((mark for mark in marks if mark.mark not in ":."), key=lambda mark: mark.middle[0])
    points = [mark for mark in marks if mark.mark in ":."]
    after: dict[int, tuple[int, LampMark | None]] = {}
    taken: set[int] = set()
    for at, left in enumerate(glyphs):
        for other in range(at + 1, len(glyphs)):
            right = glyphs[other]
            if other in taken or not _level(left, right):
                continue
            between = _between(left, right, points)
            if _gap(left, right) <= _most(left, right, between):
                after[at] = (other, between)
                taken.add(other)
            break
    rows = []
    for at in range(len(glyphs)):
        if at in taken:
            continue
        chain, here = [glyphs[at]], at
        while here in after:
            here, between = after[here]
            chain += [between] if between is not None else []
            chain.append(glyphs[here])
        rows += [LampRow(tuple(_led(part, points))) for part in _parted(chain)]
    return rows


def _parted(chain: list[LampMark]) -> list[list[LampMark]]:
    """A score and the clock close beside it: no clock has more than two digits before its colon."""
    at = next((number for number, mark in enumerate(chain) if mark.mark == ":"), 0)
    if at < 3 or any(mark.mark in ":." for mark in chain[:at]):
        return [chain]
    sizes = [mark.height for mark in chain]
    after = statistics.median(sizes[at + 1 :])
    # The first of the two digits before the colon belongs to the clock when it is of its height and not of the score's.
    mine, other = abs(sizes[at - 2] - after), abs(sizes[at - 2] - sizes[at - 3])
    if abs(mine - other) >= _OTHER_SIZE * after:
        first = at - 2 if mine < other else at - 1
    else:
        gaps = [_gap(chain[at - 3], chain[at - 2]), _gap(chain[at - 2], chain[at - 1])]
        if abs(gaps[0] - gaps[1]) < _OTHER_SIZE * after:
            return [chain]
        first = at - 2 if gaps[0] > gaps[1] else at - 1
    return [chain[:first], chain[first:]]


def with_colon(row: LampRow) -> str:
    """The text of a clock whose colon blinks, or was not found: it stands where the gap is wide."""
    if re.fullmatch(r"\d{1,2}\.\d\d", row.text):  # a colon of which one dot was seen
        return row.text.replace(".", ":")
    digits = row.digits
    if len(digits) not in (3, 4) or len(digits) != len(row.marks):
        return row.text
    if len(digits) == 4:  # no score has four digits
        return f"{row.text[:2]}:{row.text[2:]}"
    # From right edge to right edge: a 1 leaves the left part of its place empty.
    steps = [right.box[2] - left.box[2] for left, right in itertools.pairwise(digits)]
    middle = steps[-2]
    others = [*steps[:-2], steps[-1]]
    if middle - max(others) < _SPLIT * row.height:
        return row.text
    return f"{row.text[:-2]}:{row.text[-2:]}"


def joined(left: LampRow, right: LampRow) -> LampRow | None:
    """Minutes and seconds whose panels stand apart, and no colon was found."""
    tall = max(left.height, right.height)
    gap = right.box[0] - left.box[2]
    if not (re.fullmatch(r"\d{1,2}", left.text) and re.fullmatch(r"[0-5]\d", right.text)):
        return None
    level = abs(left.middle[1] - right.middle[1]) < _LEVEL * tall
    alike = min(left.height, right.height) > 0.75 * tall
    return LampRow((*left.marks, *right.marks)) if level and alike and 0 < gap < _APART * tall else None


def _level(left: LampMark, right: LampMark) -> bool:
    tall = max(left.height, right.height)
    if min(left.height, right.height) < _LIKE * tall:
        return False
    away = max(0.0, right.box[0] - left.box[2])
    return abs(left.middle[1] - right.middle[1]) <= _LEVEL * tall + 0.06 * min(away, tall)


def _gap(left: LampMark, right: LampMark) -> float:
    return right.box[0] - left.box[2]


def _most(left: LampMark, right: LampMark, between: LampMark | None) -> float:
    tall = max(left.height, right.height)
    if between is not None:
        return _COLON_GAP * tall
    return (_GAP + _BESIDE_ONE * ((left.mark == "1") / 2 + (right.mark == "1"))) * tall


def _between(left: LampMark, right: LampMark, points: Sequence[LampMark]) -> LampMark | None:
    """The colon or point between two digits."""
    tall = max(left.height, right.height)
    top, bottom = min(left.box[1], right.box[1]), max(left.box[3], right.box[3])
    inside = [
        point
        for point in points
        if left.middle[0] < point.middle[0] < right.middle[0]
        and left.box[2] - 0.2 * tall < point.middle[0] < right.box[0] + 0.2 * tall
        and top < point.middle[1] < bottom + 0.15 * tall
        and point.height < 1.1 * tall
    ]
    return max(inside, key=lambda point: point.confidence, default=None)


def _led(chain: list[LampMark], points: Sequence[LampMark]) -> list[LampMark]:
    """The marks of a number, with a colon before it, as in `:45`."""
    first = chain[0]
    before = [
        point
        for point in points
        if point.mark == ":"
        and 0 < first.box[0] - point.box[2] < 0.45 * first.height
        and abs(point.middle[1] - first.middle[1]) < 0.25 * first.height
        and 0.3 * first.height < point.height < first.height
    ]
    return [max(before, key=lambda point: point.confidence), *chain] if before else chain
