"""What a text reader returns, and what a text reader is. Light: numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""A picture of shape (height, width, 3), channels in the order blue, green, red."""

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels, origin top left."""

BOX_DECIMALS = 2
CONFIDENCE_DECIMALS = 4


@dataclass(frozen=True)
class TextLine:
    """A piece of text on one line.

    Args:
        text: As read, without blanks around it; never empty.
        confidence: 0 to 1.
        box: In pixels of the picture given.
        marks: Left and right edge of each character but blanks, as far as the engine tells; about right only.
    """

    text: str
    confidence: float
    box: Box
    marks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Word:
    """The text of one line that was pointed out.

    Args:
        text: As read; empty when there is none.
        confidence: 0 to 1.
    """

    text: str
    confidence: float


class LineReader(Protocol):
    """Reads a picture of one line of text. The result depends on the picture alone."""

    def read_line(self, field: Image) -> Word:
        """The text of the line, which fills most of the picture.

        Raises:
            ReaderError: The engine failed.
        """
        ...

    def close(self) -> None:
        """Free the models. The reader cannot be used afterwards; closing twice is fine."""
        ...


class TextReader(LineReader, Protocol):
    """Finds and reads text in a picture, or reads a line that was found. The result depends on the picture alone."""

    @property
    def name(self) -> str:
        """The engine's name, as in `RunSettings.ocr`."""
        ...

    def read(self, image: Image) -> list[TextLine]:
        """All text in the picture, in reading order. An empty list means that there is none.

        Raises:
            ReaderError: The engine failed.
        """
        ...


def canonical_line(
    text: str, confidence: float, box: Sequence[float], marks: Sequence[tuple[float, float]] = ()
) -> TextLine | None:
    """A line with rounded numbers and single blanks, or None when it says nothing.

    Edges of characters that are not as many as the characters are dropped.
    """
    words = " ".join(text.split())
    if not words:
        return None
    x1, y1, x2, y2 = (round(float(value), BOX_DECIMALS) for value in box)
    sure = round(min(1.0, max(0.0, float(confidence))), CONFIDENCE_DECIMALS)
    edges = tuple((round(float(left), BOX_DECIMALS), round(float(right), BOX_DECIMALS)) for left, right in marks)
    return TextLine(words, sure, (x1, y1, x2, y2), edges if len(edges) == len(words.replace(" ", "")) else ())


def reading_order(lines: Sequence[TextLine]) -> list[TextLine]:
    """Rows from top to bottom, each from left to right.

    A line belongs to a row when its middle lies within the height of the row's first line.
    """
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda item: (item.box[1] + item.box[3], item.box, item.text)):
        middle = (line.box[1] + line.box[3]) / 2
        if rows and rows[-1][0].box[1] <= middle <= rows[-1][0].box[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda item: (item.box, item.text))]


def check_image(image: Image) -> None:
    """Refuse what is not a BGR picture, before an engine says it in its own words.

    Raises:
        ValueError: Wrong shape or type.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise ValueError(f"expected uint8 (height, width, 3); found {image.dtype} {image.shape}")
