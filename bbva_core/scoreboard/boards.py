"""Find the fields of a filmed board, in a part of the picture that somebody has pointed out.

A network finds digits made of lamps, `board_parts` tells which number is what, and the board becomes a `Layout` like
that of a broadcast's graphic, so that following, gate and rules are the same.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from bbva_core.ocr.lamp_reader import LampReader
from bbva_core.ocr.lamp_rows import LampMark, LampRow, rows_of, with_colon
from bbva_core.ocr.types import Image, LineReader, TextLine, TextReader, Word
from bbva_core.scoreboard.board_parts import FAINT, Parts, find_parts
from bbva_core.scoreboard.layout import Box, Field, Kind, Layout, union
from bbva_core.scoreboard.locate import Found, Probe
from bbva_core.scoreboard.pictures import clipped, enlarged
from bbva_core.scoreboard.rules import UNSURE
from bbva_core.scoreboard.template import Template

_READ_WIDTH = 1280  # as `locate` reads pictures of graphics
_ABOVE = 0.3
"""Of the height of a digit: room above and below a field."""
_PITCH = 0.85  # from one digit to the next, in heights, where there is only one
_PLAINLY = 0.965
"""Median confidence of clock and scores. 0.97 and more on 39 of 44 drawn boards that run; in 2 of 240 graphics of
broadcasts."""

Pulse = Callable[[], None]


class BoardLines:
    """Reads fields of lamps, and asks for a second opinion: the same at another size, then our reader of letters.

    Args:
        lamps: Finds the digits.
        lines: Our reader of fields, which knows lamps, too.
    """

    def __init__(self, lamps: LampReader, lines: LineReader) -> None:
        self._lamps, self._lines = lamps, lines

    def read_line(self, field: Image) -> Word:
        """The number in a field.

        Raises:
            ReaderError: An engine failed.
        """
        return self._lamps.read_line(field)

    def read_again(self, field: Image) -> Word:
        """A second opinion on it.

        Raises:
            ReaderError: An engine failed.
        """
        first, smaller = self._lamps.row(field), self._lamps.read_smaller(field)
        if first is None:
            return smaller
        # One network at two sizes is no independent witness of what it hardly sees.
        if smaller.text == with_colon(first) and min(smaller.confidence, first.confidence) >= UNSURE:
            return smaller
        margin = 0.15 * first.height
        x1, y1, x2, y2 = first.box
        box = clipped((x1 - margin, y1 - margin, x2 + margin, y2 + margin), field.shape[1], field.shape[0])
        return self._lines.read_line(np.ascontiguousarray(field[box[1] : box[3], box[0] : box[2]]))


@dataclass(frozen=True)
class Board:
    """A board that was found.

    Args:
        found: Where its fields are.
        plain: Whether its numbers are plainly made of lamps, in most of the pictures. Those of a graphic may pass for
            lamps, too, but now and then.
    """

    found: Found
    plain: bool


@dataclass(frozen=True)
class _Seen:
    number: int
    rows: list[LampRow]
    parts: Parts


def locate_board(
    lamps: LampReader, finder: TextReader, probes: Sequence[Probe], *, pulse: Pulse = lambda: None
) -> Board | None:
    """The board in pictures that show it and little else; None when there is none with a clock and two scores.

    Args:
        lamps: Finds the digits.
        finder: Reads painted labels.
        probes: In order of time, of one size.
        pulse: Called after every picture.

    Raises:
        ReaderError: An engine failed.
    """
    labels: list[TextLine] | None = None
    seen: list[_Seen] = []
    for number, probe in enumerate(probes):
        rows = rows_of(lamps.find(probe.image))
        if find_parts(rows, ()) is not None:
            if labels is None:  # they stay
                labels = _labels(finder, probe.image)
            parts = find_parts(rows, labels)
            if parts is not None:
                seen.append(_Seen(number, rows, parts))
        pulse()
    if not seen:
        return None
    best = max(seen, key=lambda one: one.parts.quality)
    sure = [min(row.confidence for row in (one.parts.clock, *one.parts.scores)) for one in seen]
    unseen = [0.0] * (len(probes) - len(seen))
    return Board(_found(best, probes), statistics.median([*sure, *unseen]) >= _PLAINLY)


def _labels(finder: TextReader, image: Image) -> list[TextLine]:
    factor = min(2.5, _READ_WIDTH / image.shape[1])
    larger = np.ascontiguousarray(enlarged(image, factor))
    bright = cv2.convertScaleAbs(larger, alpha=255.0 / max(64.0, float(np.percentile(larger, 95))))
    lines = finder.read(np.asarray(bright, np.uint8))
    return [replace(line, box=tuple(value / factor for value in line.box), marks=()) for line in lines]


def _found(best: _Seen, probes: Sequence[Probe]) -> Found:
    high, wide = probes[best.number].image.shape[:2]
    parts = best.parts
    shown = [
        (parts.clock, Kind.CLOCK, 5),
        (parts.scores[0], Kind.SCORE_A, 3),
        (parts.scores[1], Kind.SCORE_B, 3),
        *([(parts.period, Kind.PERIOD, 1)] if parts.period is not None else []),
    ]
    fields = []
    for row, kind, places in shown:
        others = [
            other.box for other in best.rows if other.confidence >= FAINT and not set(other.marks) & set(row.marks)
        ]
        x1, x2 = _room(row, places, others)
        y1, y2 = row.box[1] - _ABOVE * row.height, row.box[3] + _ABOVE * row.height
        fields.append(Field((kind,), clipped((x1, y1, x2, y2), wide, high), clipped(row.box, wide, high)))
    margin = parts.clock.height
    x1, y1, x2, y2 = union([field.box for field in fields])
    around: Box = clipped((x1 - margin, y1 - margin, x2 + margin, y2 + margin), wide, high)
    layout = Layout(around, tuple(fields), *parts.names, board=True)
    # A board does not slide: it is not looked for by its looks.
    return Found(layout, Template(around, np.zeros((0, 0), np.uint8), np.zeros((0, 0), bool)))


def _room(row: LampRow, places: int, others: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Left and right edge of a field with room for more digits, as far as no other number stands there."""
    height = row.height
    x1, y1, x2, y2 = row.box
    digits: Sequence[LampMark] = row.digits
    missing = max(0, places - len(row.marks))
    left = x1 - (missing * _PITCH + 0.4) * height
    right = x2 + (0.4 + (_PITCH if len(digits) < min(places, 2) else 0.25)) * height
    band = (y1 - 0.2 * height, y2 + 0.2 * height)
    for other in others:
        if other[1] < band[1] and other[3] > band[0]:
            if other[2] <= x1:
                left = max(left, min(x1 - 0.1 * height, other[2] + 0.1 * height))
            elif other[0] >= x2:
                right = min(right, max(x2 + 0.1 * height, other[0] - 0.1 * height))
    return left, right
