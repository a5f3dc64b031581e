"""Lines of text that stay where they are while the picture moves: what a score bug is made of.

A line that a text finder finds at the same place in several pictures belongs to a *slot*.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bbva_core.ocr.types import Box, TextLine

_SAME_PLACE = 0.5  # intersection over union from which two boxes are at one place
_LETTERS = 0.6  # height of capitals and digits as a share of the line that a text finder draws around them
_FEWEST, _MOST = 0.4, 0.75  # and the least and the most that is believed
_TOUCHED = 0.25  # share of a box from which a line reaches into it
_APART = 0.25  # of its height is more between two words of a name
_COVERED = 0.6  # share of a box that a longer line must cover to hold it


@dataclass(frozen=True)
class Slot:
    """A place with text.

    Args:
        box: Around its lines, in pixels.
        height: Of its lines, in pixels: the median.
        texts: By number of the picture, in order.
        confidence: Of the text readers: the median.
        letters: Height of the letters themselves, in pixels; None where it was not measured. Text finders give
            neighbours one height, though a rank is written smaller than the score beside it.
        usual: The box that most of its lines have, while `box` holds all of them; None: the same.
    """

    box: Box
    height: float
    texts: dict[int, str]
    confidence: float
    letters: float | None = None
    usual: Box | None = None

    @property
    def size(self) -> float:
        """Height of what is written: measured, or guessed from that of the line."""
        if self.letters is None:
            return _LETTERS * self.height
        return min(max(self.letters, _FEWEST * self.height), _MOST * self.height)

    @property
    def middle(self) -> tuple[float, float]:
        """The centre."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


def find_slots(pictures: Sequence[Sequence[TextLine]], least: int) -> list[Slot]:
    """The places that have text in at least so many of the pictures, from top to bottom and left to right."""
    places: list[list[tuple[int, TextLine]]] = []
    for number, lines in enumerate(pictures):
        for line in lines:
            same = next((place for place in places if _overlap(place[0][1].box, line.box) >= _SAME_PLACE), None)
            if same is None:
                places.append([(number, line)])
            else:
                same.append((number, line))
    kept = [place for place in places if len({number for number, _ in place}) >= least]
    slots = [_slot(place) for place in _one_for_each_text(kept)]
    return sorted(slots, key=lambda slot: (slot.box[1], slot.box[0]))


def share_within(box: Box, other: Box) -> float:
    """Which share of a box lies within another."""
    return _shared(box, other) / max(1e-6, _area(box))


def _one_for_each_text(places: Sequence[list[tuple[int, TextLine]]]) -> list[list[tuple[int, TextLine]]]:
    """Places that do not lie within each other.

    A finder takes neighbours for one line in some pictures and for two in others. Numbers are better apart, as two
    fields; words are better together, as one name.
    """
    chosen = sorted(places, key=lambda place: _width(_around([line.box for _, line in place])))
    for longer in list(reversed(chosen)):
        if longer not in chosen:
            continue
        box = _around([line.box for _, line in longer])
        inside = [place for place in chosen if place is not longer and _holds(longer, place)]
        if not inside:
            continue
        share = sum(_width(_around([line.box for _, line in place])) for place in inside) / _width(box)
        digits = any(mark.isdigit() for _, line in longer for mark in line.text)
        if digits and len(inside) > 1 and share >= _COVERED:
            chosen.remove(longer)
        elif len(inside) > 1 or not (digits or _words(longer) == _words(inside[0])):
            for place in inside:
                chosen.remove(place)
        else:
            support = [len({number for number, _ in place}) for place in (longer, inside[0])]
            chosen.remove(inside[0] if support[0] >= support[1] else longer)
    return chosen


def _holds(longer: Sequence[tuple[int, TextLine]], place: Sequence[tuple[int, TextLine]]) -> bool:
    """Whether one place lies within another: and is no neighbour that a few of its lines ran together with."""
    inner = _around([line.box for _, line in place])
    if not _covers(_around([line.box for _, line in longer]), inner):
        return False
    beside = [line.box for _, line in longer if _shared(line.box, inner) < _TOUCHED * _area(inner)]
    if 2 * len(beside) <= len(longer):
        return True
    # Words of one name stand apart; two texts that touch were parted because each has a cell of its own.
    x1, x2 = statistics.median(box[0] for box in beside), statistics.median(box[2] for box in beside)
    return max(inner[0] - x2, x1 - inner[2]) > _APART * (inner[3] - inner[1])


def _words(place: Sequence[tuple[int, TextLine]]) -> str:
    """What it mostly says, without blanks."""
    return statistics.mode(line.text.replace(" ", "") for _, line in place)


def _slot(members: Sequence[tuple[int, TextLine]]) -> Slot:
    texts: dict[int, str] = {}
    by_picture: dict[int, list[TextLine]] = {}
    for number, line in members:
        by_picture.setdefault(number, []).append(line)
    for number, lines in sorted(by_picture.items()):
        chosen: list[TextLine] = []
        # Of two readings of one place the surer is kept; a picture may have been read twice, at two sizes.
        # Engines drop blanks more often than they make them up.
        for line in sorted(
            lines, key=lambda item: (-round(_width(item.box), -1), -item.text.count(" "), -item.confidence)
        ):
            if not any(_covers(other.box, line.box) or _overlap(other.box, line.box) > 0.3 for other in chosen):
                chosen.append(line)
        texts[number] = " ".join(line.text for line in sorted(chosen, key=lambda item: item.box[0]))
    boxes = [line.box for _, line in members]
    return Slot(
        box=_around(boxes),
        height=statistics.median(box[3] - box[1] for box in boxes),
        texts=texts,
        confidence=statistics.median(line.confidence for _, line in members),
        usual=(
            statistics.median(box[0] for box in boxes),
            statistics.median(box[1] for box in boxes),
            statistics.median(box[2] for box in boxes),
            statistics.median(box[3] for box in boxes),
        ),
    )


def _around(boxes: Sequence[Box]) -> Box:
    # The median of each edge, not the extremes: one careless box must not blow up the place; but text that grows to
    # the left or right must be inside.
    return (
        _low([box[0] for box in boxes]),
        statistics.median(box[1] for box in boxes),
        -_low([-box[2] for box in boxes]),
        statistics.median(box[3] for box in boxes),
    )


def _low(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 10]


def _width(box: Box) -> float:
    return box[2] - box[0]


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _shared(a: Box, b: Box) -> float:
    return _area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def _overlap(a: Box, b: Box) -> float:
    shared = _shared(a, b)
    return shared / (_area(a) + _area(b) - shared) if shared else 0.0


def _covers(longer: Box, box: Box) -> bool:
    """Whether a line covers most of a box that is not much taller or shorter than it."""
    shared = _shared(longer, box)
    tall = (longer[3] - longer[1]) / max(1e-6, box[3] - box[1])
    return shared >= _COVERED * _area(box) and 0.5 <= tall <= 2.0
