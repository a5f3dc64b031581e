"""Which number of a board is what: the clock has a colon, the scores are alike and mirrored, the period is between.

Light: no pictures. Painted labels (HOME, FOULS, PERIOD) decide where they can be read.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bbva_core.ocr.lamp_rows import LampRow, joined, with_colon
from bbva_core.ocr.types import TextLine
from bbva_core.scoreboard.parse import is_word, parse_clock

_ALIKE = 0.75  # scores differ no more in height
_LEAST = 0.55
"""Confidence of the scores from which a picture is taken for that of a board."""
_PLAIN = 0.85
"""Of the clock, or of both scores: in graphics of broadcasts some digits pass for lamps, but not so plainly. Measured:
0.80 at most on drawn graphics, 0.93 and more on photographs of boards."""
FAINT = 0.28
"""Numbers below this are something else."""
_LABEL_GAP = 0.9  # a label is no farther from its number, in heights of a digit

_LABELS = {
    "team": re.compile(r"HOME|GUESTS?|VISITORS?|AWAY|LOCAL|VISITANTES?|HEIM|G[AÄ]STE?"),
    "foul": re.compile(r"(?:TEAM|PLAYER|T)?\s?F[O0]ULS?|PLAYER|PLYR|TOL|TIME\s?OUTS?(?: LEFT)?|SHOT"),
    "period": re.compile(r"PERI[O0]D|PER|[QO0]TR|(?:[QO0]U)?ARTER|HALF|SET"),
    "other": re.compile(r"MATCH|POINTS?|SCORES?|TIME|DAKTRONICS|NEVCO|FAIRPLAY"),
}


@dataclass(frozen=True)
class Parts:
    """The numbers of a board that tell of the game.

    Args:
        clock: With its colon, or with the gap where it belongs.
        scores: Left, right.
        period: None where none is shown.
        names: Of the teams as painted; None where none can be read.
        quality: The higher the better; comparable among pictures of one board.
    """

    clock: LampRow
    scores: tuple[LampRow, LampRow]
    period: LampRow | None
    names: tuple[str | None, str | None]
    quality: float


def find_parts(rows: Sequence[LampRow], labels: Sequence[TextLine]) -> Parts | None:
    """What the numbers in a picture are; None when clock or scores are missing.

    Args:
        rows: As `rows_of` gives them.
        labels: Text that was found in the picture, boxes in the same pixels.
    """
    numbers = [row for row in rows if "?" not in row.text and row.confidence >= FAINT]
    clock = _clock(numbers)
    if clock is None:
        return None
    rest = [row for row in numbers if not set(row.marks) & set(clock.marks)]
    kinds = _labelled(rest, labels)
    pair, quality = _scores(rest, clock, kinds)
    if pair is None or max(clock.confidence, min(row.confidence for row in pair)) < _PLAIN:
        return None
    period = _period([row for row in rest if row not in pair], clock, pair, kinds)
    return Parts(clock, pair, period, _names(pair, labels), quality + clock.confidence + (period is not None))


def _clock(rows: Sequence[LampRow]) -> LampRow | None:
    """The tallest number that is written as a clock; else the tallest one that stands as one without its colon."""
    written = [row for row in rows if set(row.text) & set(":.") and parse_clock(with_colon(row)) is not None]
    if written:
        return max(written, key=lambda row: row.height * row.confidence)
    spaced = [row for row in rows if ":" in with_colon(row) and parse_clock(with_colon(row)) is not None]
    spaced += [both for one, two in itertools.permutations(rows, 2) if (both := joined(one, two)) is not None]
    return max(spaced, key=lambda row: row.height * row.confidence, default=None)


def _scores(
    rows: Sequence[LampRow], clock: LampRow, kinds: dict[LampRow, str]
) -> tuple[tuple[LampRow, LampRow] | None, float]:
    numbers = [row for row in rows if re.fullmatch(r"\d{1,3}", row.text) and row.confidence >= _LEAST]
    tallest = max((row.height for row in numbers), default=1.0)
    far = max((abs(row.middle[1] - clock.middle[1]) for row in numbers), default=1.0) or 1.0
    best: tuple[tuple[LampRow, LampRow] | None, float] = (None, 0.0)
    for one, two in itertools.combinations(numbers, 2):
        left, right = sorted((one, two), key=lambda row: row.middle[0])
        tall, across = max(left.height, right.height), right.middle[0] - left.middle[0]
        down = abs(left.middle[1] - right.middle[1])
        alike = min(left.height, right.height) / tall
        if alike < _ALIKE or across < 2 * tall or down > 0.5 * tall + 0.08 * across:
            continue
        off = abs((left.middle[0] + right.middle[0]) / 2 - clock.middle[0]) / across
        if off > 0.35:
            continue
        quality = 3 * tall / tallest + 2 * alike - 2 * off - down / tall
        quality += 0.5 * (1 - abs((left.middle[1] + right.middle[1]) / 2 - clock.middle[1]) / far)
        quality += 0.3 * (max(len(left.text), len(right.text)) > 1) + 0.5 * across / (
            clock.box[2] - clock.box[0] + across
        )
        for row in (left, right):
            quality += {"team": 0.7, "foul": -1.0, "period": -1.5}.get(kinds.get(row, ""), 0.0)
        if quality > best[1]:
            best = ((left, right), quality)
    return best


def _period(
    rows: Sequence[LampRow], clock: LampRow, scores: tuple[LampRow, LampRow], kinds: dict[LampRow, str]
) -> LampRow | None:
    # A 7 beside 113 is not as far from the middle of the board: the clock tells it, too.
    middles = (clock.middle[0], (scores[0].middle[0] + scores[1].middle[0]) / 2)
    across = scores[1].middle[0] - scores[0].middle[0]
    best: tuple[LampRow | None, float] = (None, 0.0)
    for row in rows:
        away = min(abs(row.middle[0] - middle) for middle in middles) / across
        kind = kinds.get(row, "")
        if not re.fullmatch(r"\d", row.text) or away > 0.3 or kind == "foul" or row.confidence < _LEAST:
            continue
        if kind != "period" and away > 0.12:
            continue
        quality = 3 * (kind == "period") + row.confidence - 2 * away + 0.5 * row.height / scores[0].height
        if quality > best[1]:
            best = (row, quality)
    return best[0]


def _labelled(rows: Sequence[LampRow], labels: Sequence[TextLine]) -> dict[LampRow, str]:
    """What the nearest label says that each number is."""
    nearest: dict[LampRow, tuple[float, str]] = {}
    for label in labels:
        kind = label_kind(label.text)
        if kind in (None, "other"):
            continue
        gaps = [(gap, number) for number, row in enumerate(rows) if (gap := _away(label, row)) is not None]
        if not gaps:
            continue
        gap, number = min(gaps)
        row = rows[number]
        if gap <= _LABEL_GAP and (row not in nearest or gap < nearest[row][0]):
            nearest[row] = (gap, str(kind))
    return {row: kind for row, (_, kind) in nearest.items()}


def label_kind(text: str) -> str | None:
    """`team`, `foul`, `period` or `other` for the words that boards have painted on; None for any others."""
    bare = re.sub(r"[^A-ZÄ0 ]", "", text.upper()).strip()
    return next((kind for kind, words in _LABELS.items() if any(map(words.fullmatch, (bare, *bare.split())))), None)


def _away(label: TextLine, row: LampRow) -> float | None:
    """How far a label is from a number, in heights of a digit; labels stand above, seldom beside, never far."""
    x1, y1, x2, y2 = label.box
    a1, b1, a2, b2 = row.box
    height = row.height
    if min(y2, b2) - max(y1, b1) > 0.5 * (y2 - y1):  # beside
        if min(x2, a2) - max(x1, a1) > 0.3 * (a2 - a1):
            return None  # what stands upon a label is a part of it, or an arrow
        return max(a1 - x2, x1 - a2, 0.0) / height + 0.3
    if min(x2, a2 + 0.5 * height) > max(x1, a1 - 0.5 * height):  # above or below
        return max(0.0, b1 - y2) / height if (y1 + y2) < (b1 + b2) else max(0.0, y1 - b2) / height + 0.8
    return None


def _names(scores: tuple[LampRow, LampRow], labels: Sequence[TextLine]) -> tuple[str | None, str | None]:
    names = []
    for row in scores:
        ranked = []
        for label in labels:
            away, kind = _away(label, row), label_kind(label.text)
            above = label.box[1] + label.box[3] < row.box[1] + row.box[3]
            if away is not None and away < 1.0 and above and is_word(label.text) and kind in (None, "team"):
                ranked.append((away, label.text))
        names.append(min(ranked)[1] if ranked else None)
    return names[0], names[1]
