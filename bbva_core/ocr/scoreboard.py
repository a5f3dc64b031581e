"""Read the text of the scoreboard in one frame. What it means is for a later stage.

Stateless: a reading depends on its frame alone, so a resumed run reads the same as an uninterrupted one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2

from bbva_core.ocr.types import Box, Image, ScoreboardReading, TextLine, TextReader, canonical_line, reading_order
from bbva_core.settings import Region

# Where broadcasts put the score bug, in fractions of the height; tried in this order.
_BANDS = ((0.72, 1.0), (0.0, 0.18))
# Frames are brought to this width first: text of a 360p broadcast is 9 px high, too little to be read.
_READ_WIDTH = 1280
_MAX_ENLARGEMENT = 2.5
# Two lines belong together when this many times their height, or less, lies between them.
_GAP_ACROSS, _GAP_DOWN = 8.0, 1.5

_CLOCK = re.compile(r"(?<![\d:.])(?:\d{1,2}:[0-5]\d|[0-5]?\d\.\d)(?![\d:])")
_NUMBER = re.compile(r"(?<![\w:.])\d{1,3}(?![\w:.])")
_PERIOD = re.compile(r"\b(?:[1-4](?:ST|ND|RD|TH)|Q[1-4]|[1-9]?OT|QTR|HALF|HALFTIME|FINAL|END)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")


def read_scoreboard(reader: TextReader, frame: Image, region: Region | None = None) -> ScoreboardReading:
    """Read the scoreboard.

    Args:
        reader: Any text reader.
        frame: A whole frame.
        region: Where the scoreboard is: all text in it is kept. None searches the bottom and the top of the picture
            and keeps the group of lines that looks most like a score bug.

    Raises:
        ReaderError: The engine failed.
    """
    height, width = frame.shape[:2]
    if region is not None:
        x1, y1, x2, y2 = region[0], region[1], min(region[2], width), min(region[3], height)
        if x1 >= x2 or y1 >= y2:
            return _reading((), (x1, y1, x2, y2), f"the region lies outside the picture of {width}x{height}")
        lines = _read_part(reader, frame, (x1, y1, x2, y2))
        return _reading(lines, (x1, y1, x2, y2), "no text in the region")
    crop = (0, 0, width, height)
    for top, bottom in _BANDS:
        crop = (0, round(height * top), width, round(height * bottom))
        if crop[1] >= crop[3]:
            continue
        group = _most_like_a_scoreboard(_read_part(reader, frame, crop))
        if group:
            return _reading(group, crop, "")
    return _reading((), crop, "no text like a scoreboard")


def _reading(lines: Sequence[TextLine], crop: tuple[int, int, int, int], reason: str) -> ScoreboardReading:
    letters = sum(len(line.text) for line in lines)
    confidence = sum(line.confidence * len(line.text) for line in lines) / letters if letters else 0.0
    return ScoreboardReading(
        lines=tuple(lines),
        crop=crop,
        confidence=round(confidence, 4),
        raw_text=" | ".join(line.text for line in lines),
        reason="" if lines else reason,
    )


def _read_part(reader: TextReader, frame: Image, crop: tuple[int, int, int, int]) -> list[TextLine]:
    """Text lines of a part of the frame, boxes in pixels of the frame."""
    x1, y1, x2, y2 = crop
    part = frame[y1:y2, x1:x2]
    # By the width of the frame, not of the part: the same text is read at the same size wherever the region ends.
    factor = min(_MAX_ENLARGEMENT, _READ_WIDTH / frame.shape[1])
    if factor != 1.0:
        size = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
        part = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)
    across, down = part.shape[1] / (x2 - x1), part.shape[0] / (y2 - y1)
    moved = [
        canonical_line(
            line.text,
            line.confidence,
            (
                line.box[0] / across + x1,
                line.box[1] / down + y1,
                line.box[2] / across + x1,
                line.box[3] / down + y1,
            ),
        )
        for line in reader.read(part.copy() if part.base is not None else part)
    ]
    return reading_order([line for line in moved if line is not None])


def _most_like_a_scoreboard(lines: Sequence[TextLine]) -> list[TextLine]:
    """The best group of lines, or nothing when none qualifies."""
    ranked = [(_likeness([line.text for line in group]), group) for group in _groups(lines)]
    best = max((rank for rank, _ in ranked), default=0)
    return next((group for rank, group in ranked if rank == best > 0), [])


def _likeness(texts: Sequence[str]) -> int:
    """How much a group looks like a score bug; 0: not at all.

    A score bug shows a clock or a period, and numbers. A shot clock above the basket also shows a clock and a number,
    but no word.
    """
    text = "\n".join(texts)
    clocks = _CLOCK.findall(text)
    rest = _CLOCK.sub(" ", text)
    numbers = min(len(_NUMBER.findall(rest)), 4)
    period = _PERIOD.search(rest) is not None
    if clocks and numbers and (period or _WORD.search(rest)):
        return 10 + numbers + 3 * period
    if period and numbers >= 2:
        return 5 + numbers
    return 0


def _groups(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines that lie close together, each group in the order given."""
    group_of = list(range(len(lines)))
    for i, one in enumerate(lines):
        for j in range(i):
            if group_of[i] != group_of[j] and _close(one.box, lines[j].box):
                old, new = group_of[i], group_of[j]
                group_of = [new if group == old else group for group in group_of]
    return [
        [line for line, group in zip(lines, group_of, strict=True) if group == wanted]
        for wanted in dict.fromkeys(group_of)
    ]


def _close(a: Box, b: Box) -> bool:
    text_height = max(a[3] - a[1], b[3] - b[1])
    across = max(a[0], b[0]) - min(a[2], b[2])
    down = max(a[1], b[1]) - min(a[3], b[3])
    return across <= _GAP_ACROSS * text_height and down <= _GAP_DOWN * text_height
