"""Short texts that a text finder overlooks, as lone digits: found by their ink, believed if two readers agree.

Text finders are made for words. A score of one digit beside a logo, or in a half transparent bar, is often passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.ocr.types import Image, LineReader, TextLine, TextReader, Word
from bbva_core.scoreboard.layout import Box
from bbva_core.scoreboard.parse import parse_period, parse_score
from bbva_core.scoreboard.pictures import Grey, crop, grey, strokes

_INK = 45  # levels of brightness, of 255, that ink differs from its ground
_MOVES = 30.0  # standard deviation from which a pixel belongs to the picture behind, or to a text that changes
_GAP = 0.4  # of the height: characters closer than this are one text
_HEIGHTS = (0.35, 1.6)  # of a character, in heights of a line that was found
_WIDEST = 3.2  # of a text, in its own heights
_MOST = 15  # texts that are tried, of the bright and of the dark ones of one view
_SURE = 0.75  # of both readers


def overlooked(
    finder: TextReader, lines: LineReader, images: Sequence[Image], where: Box, known: Sequence[Box], height: float
) -> list[list[TextLine]]:
    """Numbers and periods in a part of some pictures where no text was found, by picture.

    Args:
        finder: Must read the same as `lines` does.
        lines: Reads what was found.
        images: Pictures that show one scoreboard at one place.
        where: The part.
        known: Boxes of the texts that were found there.
        height: Of a line of text, in pixels.

    Raises:
        ReaderError: An engine failed.
    """
    found: list[list[TextLine]] = [[] for _ in images]
    greys = [grey(crop(image, where)) for image in images]
    # All pictures together, and some by themselves: what changes stands out in these alone.
    views = [greys, *([greys[number]] for number in sorted({0, len(greys) // 2, len(greys) - 1}))]
    tried: list[Box] = []
    for box in (box for view in views for box in _texts(view, where, known, height)):
        if any(_same_place(box, other) for other in tried) or any(_touches(box, where, text) for text in known):
            continue
        tried.append(box)
        wide = _with_margin(box, where)
        words = [lines.read_line(part) if (part := crop(image, wide)).size else Word("", 0.0) for image in images]
        good = [number for number, word in enumerate(words) if word.confidence >= _SURE and _says(word.text)]
        if 2 * len(good) <= len(images):
            continue
        middle = good[len(good) // 2]
        other = finder.read_line(crop(images[middle], wide))
        if other.confidence < _SURE or _says(other.text) != _says(words[middle].text):
            continue
        line = TextLine("", 1.0, (float(wide[0]), float(wide[1]), float(wide[2]), float(wide[3])))
        for number in good:
            found[number].append(replace(line, text=words[number].text, confidence=words[number].confidence))
    return found


def _same_place(a: Box, b: Box) -> bool:
    return all(abs(one - two) <= 2 for one, two in zip(a, b, strict=True))


def _touches(box: Box, where: Box, text: Box) -> bool:
    """Whether a box of a part of a picture holds some of a text that is known, as a cell around it does."""
    across = min(box[2] + where[0], text[2]) - max(box[0] + where[0], text[0])
    down = min(box[3] + where[1], text[3]) - max(box[1] + where[1], text[1])
    return across > 0 and down > 0 and across * down > 0.2 * (text[2] - text[0]) * (text[3] - text[1])


def _with_margin(box: Box, where: Box) -> Box:
    """A box of a part of a picture, with some room, as one of the picture."""
    margin = max(1, round(0.2 * (box[3] - box[1])))
    x, y = where[:2]
    return box[0] + x - margin, box[1] + y - margin, box[2] + x + margin, box[3] + y + margin


def _says(text: str) -> str | None:
    score, period = parse_score(text), parse_period(text)
    return str(score) if score is not None else str(period) if period is not None else None


def _texts(greys: Sequence[Grey], where: Box, known: Sequence[Box], height: float) -> list[Box]:
    """Boxes around characters that stand together, in a part of some pictures, without what was found."""
    # Bright and dark by themselves: between white letters the ground is darker than what is around it.
    return [text for ink in _ink(greys, where, known, height) for text in _lines_of(ink, height)[:_MOST]]


def _ink(greys: Sequence[Grey], where: Box, known: Sequence[Box], height: float) -> list[npt.NDArray[np.uint8]]:
    """What is brighter, and what is darker, than its surroundings and no broader than a stroke."""
    stack = np.stack(greys).astype(np.float32)
    picture = np.median(stack, axis=0).astype(np.uint8)
    side = max(3, round(0.5 * height) | 1)
    inks = [np.asarray(drawn > _INK, np.uint8) for drawn in strokes(picture, side)]
    for ink in inks:
        ink[stack.std(axis=0) > _MOVES] = 0
        for x1, y1, x2, y2 in known:
            ink[max(0, y1 - where[1]) : max(0, y2 - where[1]), max(0, x1 - where[0]) : max(0, x2 - where[0])] = 0
    return inks


def _lines_of(ink: npt.NDArray[np.uint8], height: float) -> list[Box]:
    """Boxes around characters that stand together, from left to right."""
    _, _, parts, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    low, high = (share * height for share in _HEIGHTS)
    marks = sorted(
        (int(x), int(y), int(x + wide), int(y + tall))
        for x, y, wide, tall, _ in parts[1:]
        if low <= tall <= high and 0.08 * tall <= wide <= 1.3 * tall
    )
    texts: list[Box] = []
    for mark in marks:
        tall = mark[3] - mark[1]
        for number, text in enumerate(texts):
            shared = min(mark[3], text[3]) - max(mark[1], text[1])
            if shared >= 0.7 * max(tall, text[3] - text[1]) and mark[0] - text[2] <= _GAP * tall:
                texts[number] = (text[0], min(text[1], mark[1]), max(text[2], mark[2]), max(text[3], mark[3]))
                break
        else:
            texts.append(mark)
    return [text for text in texts if text[2] - text[0] <= _WIDEST * (text[3] - text[1])]
