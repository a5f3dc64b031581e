"""Cut lines of text into what scoreboards write: a period, a clock, a number, a name.

Text finders take neighbouring cells of a graphic for one line (`43NORTH`, `4TH 46.4SHARKS114`), now so, now otherwise.
A line is cut by what its characters are and where gaps are, and then where there is least ink in the picture.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bbva_core.ocr.types import Image, TextLine
from bbva_core.scoreboard.pictures import emptiest, emptiest_span, grey

_GAP = 0.42
"""Of the height of a line: a blank of this width parts two fields, or two words of a name."""
_CLEAR = 0.14  # from this width a stretch without ink is one
_BLANK = 0.25  # from this width a gap within a token may be a blank
_NAME_GAP = 0.6
"""Words farther apart than this are no one name."""
_ONE_GROUND, _OTHER_GROUND = 35.0, 40.0
"""Levels of a colour, of 255, up to which a ground is the same, and from which two are of two cells."""
_MARGIN = (0.1, 0.16)  # from and to where there is ground above and below the letters of a line, of its height
_WIDER = 0.1  # of its height: by so much wider is a gap between two fields than one between two digits
_SPACED = 0.6  # from this width of a character, gaps included, in heights of the line, a dash parts two numbers
_NARROWEST = 0.25  # a box of a text, in heights of its line
_WIDEST = 1.6  # of a character and the blank beside it, in heights of its line

_TOKEN = re.compile(
    # Q13:54 is Q1 3:54, and OT1:15 is OT 1:15: their digits are not parted by a blank where letters stand close.
    r"(?:END(?:\s?OF)?\s?)?(?:(?:1ST|IST|2ND|3RD|4TH)(?:\s?(?:QTR|QUARTER|(?:HALF|PERIOD)\b))?"
    r"|[QPH][1-4](?=\d{1,2}[:.]\d)|[QP][1-4](?!\d)|H[12](?!\d)|[1-4]Q(?![A-Z])"
    r"|[1-9]?[O0]T(?=\d{1,2}[:.]\d)|[2-9][O0]T(?=\d)|[1-9]?[O0]T[1-9]?(?![A-Z0-9]))(?:\s?END\b)?"
    r"|\d{1,2}:\d{2}(?:\.\d)?|:?\d{1,2}\.\d|:\d{2}(?![\d-])|\(?\d+-\d+\)?|\d+?(?=1ST|2ND|3RD|4TH)"
    # No score is above 199: 582OT is 58 2OT, while 112OT is 112 OT. No period is longer than 20 minutes: 308:04 is
    # 3 08:04; gaps tell what 112:45 is.
    r"|(?:\d{3}|[2-9]\d)(?=[2-9][O0]T)|\d{1,3}?(?=(?:[01]\d|20|\d):\d\d)|\d+"
    r"|(?:(?!Q[1-4](?:(?!\d)|\d{1,2}[:.]\d))[^\s\d:(])+|\S",
    re.IGNORECASE,
)
_NUMBER = re.compile(r":?\d{1,3}|\d{1,2}:\d\d|:?\d{1,2}\.\d")
"""A score, a clock, a shot clock: not `3:04.4`, where the 3 may be a period in a cell of its own."""
_NO_NUMBER = re.compile(r"\d{4,}")
"""No scoreboard shows such a number: two were read as one, and where one ends nobody can tell."""


@dataclass(frozen=True)
class _Mark:
    """A character and its edges."""

    text: str
    left: float
    right: float


def cut_lines(image: Image, lines: Sequence[TextLine]) -> list[TextLine]:
    """The lines as tokens.

    Args:
        image: The picture they were found in.
        lines: Boxes in pixels of it.
    """
    return [
        token for line in lines for token in _cut(image, line) if _dense(token) and not _NO_NUMBER.fullmatch(token.text)
    ]


def _dense(line: TextLine) -> bool:
    """Whether a text fits its box: two digits far apart, read as one number, are no number, and an edge is none."""
    wide, high = line.box[2] - line.box[0], line.box[3] - line.box[1]
    return _NARROWEST * high <= wide <= (_WIDEST * len(line.text) + 0.5) * high


def _cut(image: Image, line: TextLine) -> list[TextLine]:
    marks = _marks(line)
    height = line.box[3] - line.box[1]
    spans = _spans(image, line, marks)
    if len(spans) < 2:
        return [_trimmed(replace(line, text=_joined(image, line, marks)), marks, height)] if line.marks else [line]
    edges = [line.box[0]]
    for (_, end), (start, _) in itertools.pairwise(spans):
        edges.append(_least_ink(image, line, marks[end - 1], marks[start]))
    edges.append(line.box[2])
    tokens = []
    for (start, end), left, right in zip(spans, edges, edges[1:], strict=False):
        part = marks[start:end]
        x1 = max(left, part[0].left - 0.25 * height)
        x2 = min(right, part[-1].right + 0.25 * height)
        text = _joined(image, line, part)
        if x2 > x1:
            tokens.append(TextLine(text, line.confidence, (x1, line.box[1], x2, line.box[3])))
    return tokens


def _trimmed(line: TextLine, marks: Sequence[_Mark], height: float) -> TextLine:
    """A number without what stands beside it in its box and was read as nothing, as a logo."""
    if not marks or not any(mark.text.isdigit() for mark in marks):
        return line
    x1 = max(line.box[0], marks[0].left - 0.4 * height)
    x2 = min(line.box[2], marks[-1].right + 0.4 * height)
    return replace(line, box=(x1, line.box[1], x2, line.box[3])) if x2 > x1 else line


def _marks(line: TextLine) -> list[_Mark]:
    letters = line.text.replace(" ", "")
    if line.marks:
        return [_Mark(mark, left, right) for mark, (left, right) in zip(letters, line.marks, strict=True)]
    # The engine does not tell: spread them evenly, blanks included.
    wide = (line.box[2] - line.box[0]) / len(line.text)
    places = [at for at, mark in enumerate(line.text) if mark != " "]
    return [_Mark(line.text[at], line.box[0] + at * wide, line.box[0] + (at + 1) * wide) for at in places]


def _spans(image: Image, line: TextLine, marks: Sequence[_Mark]) -> list[tuple[int, int]]:
    """Ranges of characters, one for each token."""
    height = line.box[3] - line.box[1]
    gaps = [after.left - before.right for before, after in itertools.pairwise(marks)]
    blanks = _blanks(line.text)
    # A string with a blank at each gap, and where its characters come from.
    text = ""
    origin: list[int] = []
    for at, mark in enumerate(marks):
        if at and _parts(marks, gaps, at, text, height, blank=at in blanks):
            text, origin = text + " ", [*origin, at]
        text, origin = text + mark.text, [*origin, at]
    found = [(origin[match.start()], origin[match.end() - 1] + 1) for match in _TOKEN.finditer(text)]
    found = _minutes_apart(marks, found, gaps, height)
    found = [part for span in found for part in _undashed(marks, span, height, blanks)]
    spans: list[tuple[int, int]] = []
    for start, end in _by_cells(image, line, marks, found):
        word = marks[start].text.isalpha() and (end - start > 1 or not marks[start].text.isdigit())
        if spans:
            before = spans[-1]
            gap = marks[start].left - marks[before[1] - 1].right
            both_words = word and marks[before[1] - 1].text.isalpha() and not _is_period(marks, *before)
            one_name = both_words and gap <= _NAME_GAP * height and not _is_period(marks, start, end)
            if one_name and not _in_two_cells(image, line, marks[before[1] - 1], marks[start]):
                spans[-1] = (before[0], end)
                continue
            # O read as 0 at the start of a word.
            lone_zero = before[1] - before[0] == 1 and marks[before[0]].text == "0"
            if lone_zero and word and gap <= 0.12 * height:
                spans[-1] = (before[0], end)
                continue
        spans.append((start, end))
    return spans


def _blanks(text: str) -> set[int]:
    """Numbers of the characters that an engine read a blank before, blanks not counted."""
    words = [len(word) for word in text.split()]
    return set(itertools.accumulate(words[:-1]))


def _parts(marks: Sequence[_Mark], gaps: Sequence[float], at: int, before: str, height: float, *, blank: bool) -> bool:
    """Whether a character begins another field than the one before it."""
    gap = gaps[at - 1]
    if marks[at].text == ":" and re.search(r"(?<![\d:])\d\d?$", before):
        # Where all letters are as wide as each other, there is as much room before a colon as behind it.
        even = at < len(gaps) and gaps[at] >= 0.5 * gap
        return gap > (_SPACED if even else _GAP) * height
    if re.search(r"(?<![\d:])\d\d?:$", before):
        return gap > _SPACED * height
    digits = blank and marks[at].text.isdigit() and marks[at - 1].text.isdigit()
    return gap > (_CLEAR if digits else _GAP) * height


def _is_period(marks: Sequence[_Mark], start: int, end: int) -> bool:
    return any(mark.text.isdigit() for mark in marks[start:end]) or "".join(
        m.text for m in marks[start:end]
    ).upper() in {"OT", "END", "HALF", "FINAL", "HALFTIME"}


def _joined(image: Image, line: TextLine, marks: Sequence[_Mark]) -> str:
    """The characters with blanks where gaps are wider than between letters; engines drop blanks.

    Where an engine says that a character begins is not exact: a gap counts only where there is no ink.
    """
    height = line.box[3] - line.box[1]
    gaps = [after.left - before.right for before, after in itertools.pairwise(marks)]
    wide = max(_BLANK * height, (statistics.median(gaps) if gaps else 0.0) + 0.15 * height)
    text = marks[0].text
    for gap, before, mark in zip(gaps, marks, marks[1:], strict=False):
        words = text[-1].isalpha() or mark.text.isalpha()
        apart = gap > wide and words and _clear(image, line, before, mark) >= _CLEAR * height
        text += f" {mark.text}" if apart else mark.text
    return text


def _undashed(marks: Sequence[_Mark], span: tuple[int, int], height: float, blanks: set[int]) -> list[tuple[int, int]]:
    """Two scores with a dash between them, which stands apart: `40 - 26`; a record, `12-7`, is written close, and
    nobody wins a hundred games."""
    start, end = span
    text = "".join(mark.text for mark in marks[start:end])
    if not re.fullmatch(r"\d{1,3}-\d{1,3}", text):
        return [span]
    dash = start + text.index("-")
    apart = marks[end - 1].right - marks[start].left > _SPACED * height * (end - start) or {dash, dash + 1} <= blanks
    if not apart and not re.search(r"\d{3}", text):
        return [span]
    return [(start, dash), (dash, dash + 1), (dash + 1, end)]


def _minutes_apart(
    marks: Sequence[_Mark], spans: Sequence[tuple[int, int]], gaps: Sequence[float], height: float
) -> list[tuple[int, int]]:
    """Ranges of characters; a number and a clock that ran together, 112:45, are cut at the wider gap: 11 2:45."""
    cut = list(spans)
    letters = "".join(mark.text for mark in marks)
    for at, ((start, end), (first, last)) in enumerate(itertools.pairwise(spans)):
        clock = re.fullmatch(r"\d\d:\d\d(?:\.\d)?", letters[first:last])
        if clock and end == first and letters[start:end].isdigit() and gaps[first] > gaps[end - 1] + _WIDER * height:
            cut[at], cut[at + 1] = (start, first + 1), (first + 1, last)
    return cut


def _by_cells(
    image: Image, line: TextLine, marks: Sequence[_Mark], spans: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Ranges of characters, cut where one cell of a graphic ends and another begins, but no number that may be."""
    parts = []
    for start, end in spans:
        number = _NUMBER.fullmatch("".join(mark.text for mark in marks[start:end]))
        inner = range(0) if number else range(start + 1, end)
        edges = [at for at in inner if _in_two_cells(image, line, marks[at - 1], marks[at])]
        parts += list(itertools.pairwise([start, *edges, end]))
    return parts


def _in_two_cells(image: Image, line: TextLine, before: _Mark, after: _Mark) -> bool:
    """Whether the ground changes between two characters, or a line stands there.

    The ground of a cell is the same above the letters as below; where a line reaches beyond the graphic, it is not.
    """
    between = _between(image, line, before, after)
    high, wide = between.shape[:2]
    first, end = (round(share * high) for share in _MARGIN)
    if wide < 3 or end <= first:
        return False
    above, below = (np.median(rows, axis=0) for rows in (between[first:end], between[high - end : high - first]))
    if float(np.abs(above - below)[[0, -1]].max()) > _ONE_GROUND:
        return False
    changes = [np.abs(ground - ground[0]).max(axis=1) > _OTHER_GROUND for ground in (above, below)]
    return bool((changes[0] & changes[1]).any())


def _between(image: Image, line: TextLine, before: _Mark, after: _Mark) -> Image:
    """The picture between the middles of two characters."""
    x1, x2 = max(0, round((before.left + before.right) / 2)), min(image.shape[1], round((after.left + after.right) / 2))
    y1, y2 = max(0, round(line.box[1])), min(image.shape[0], round(line.box[3]))
    return image[y1 : max(y1, y2), x1 : max(x1, x2)]


def _clear(image: Image, line: TextLine, before: _Mark, after: _Mark) -> float:
    """Pixels of the widest stretch without ink between the middles of two characters; all, where they are too close."""
    between = _between(image, line, before, after)
    if min(between.shape[:2]) < 3:
        return float(between.shape[1])
    start, end = emptiest_span([grey(between)])
    return float(end - start)


def _least_ink(image: Image, line: TextLine, before: _Mark, after: _Mark) -> float:
    """Where to cut between two characters: in the middle of the widest stretch of columns without ink."""
    between = _between(image, line, before, after)
    if min(between.shape[:2]) < 3:
        return (before.right + after.left) / 2
    return float(max(0, round((before.left + before.right) / 2)) + emptiest([grey(between)]))
