"""Our own finder of digits made of lamps, on onnxruntime: for boards on the wall, whole or field by field."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.errors import foreign
from bbva_core.ocr.lamp_marks import MARKS, MODEL, SIZE_STEP, STRIDE
from bbva_core.ocr.lamp_rows import LampMark, LampRow, joined, rows_of, with_colon
from bbva_core.ocr.own_network import load_network, network_failed
from bbva_core.ocr.types import Image, Word, check_image

_SIDES = (416, 576, 768)
"""The longer side of a board is brought to these: digits that are too small in the one are right in another."""
_LARGEST = 2.0  # but no picture is enlarged more than this
_LEAST = 0.3
"""Of the network's saying that there is a mark."""
_PLAIN = 0.5  # and from here that is beyond doubt
_HEIGHTS = (7.0, 100.0)  # of digits, in pixels of what the network sees: it was trained on 11 to 80
_FAINT = 0.25  # in a field, marks below this are something else
_SAME = 0.35  # two marks that share so much of the smaller one are one
_FIELD = (92, 72, 58)
"""Heights in pixels that a field is brought to, margins included."""
_SECOND = (80, 64, 50)
"""The same for a second opinion."""

_failed = partial(network_failed, "Our reader of boards")


class LampReader:
    """Finds digits, colons and points made of lamps, and reads fields of them.

    Args:
        model: `bbva_lamps.onnx`.
        threads: CPU threads.

    Raises:
        ReaderError: The model is missing or damaged.
    """

    def __init__(self, model: Path = MODEL, *, threads: int = 1) -> None:
        self._session: Any = load_network(
            model, called=f"The model {model.name} of our reader of boards", threads=threads, failed=_failed
        )

    def find(self, image: Image) -> list[LampMark]:
        """All marks in the picture of a board, boxes in pixels of it.

        Raises:
            ReaderError: The engine failed, or is closed.
        """
        longer = max(image.shape[:2])
        scales = dict.fromkeys(min(_LARGEST, side / longer) for side in _SIDES)
        return _agreed([self._marks(image, scale) for scale in scales])

    def read_line(self, field: Image) -> Word:
        """The number or clock of a field: BGR, with some room around it.

        Raises:
            ReaderError: The engine failed, or is closed.
        """
        return _word(self.row(field))

    def read_smaller(self, field: Image) -> Word:
        """The same from smaller pictures: a second opinion."""
        return _word(self.row(field, _SECOND))

    def row(self, field: Image, heights: Sequence[int] = _FIELD) -> LampRow | None:
        """The number in a field, boxes in pixels of the field; None when nothing is lit."""
        tall = field.shape[0]
        marks = _agreed([self._marks(field, height / tall) for height in heights], doubtful=True)
        return _main(rows_of([mark for mark in marks if mark.confidence >= _FAINT]), tall)

    def close(self) -> None:
        """Free the model."""
        self._session = None

    def _marks(self, image: Image, scale: float) -> list[LampMark]:
        if self._session is None:
            raise _failed("the reader is closed")
        try:
            check_image(image)
            high, wide = image.shape[:2]
            size = (max(8, round(wide * scale)), max(8, round(high * scale)))
            sized = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
            right, below = -size[0] % SIZE_STEP, -size[1] % SIZE_STEP
            padded = cv2.copyMakeBorder(sized, 0, below, 0, right, cv2.BORDER_REPLICATE)
            batch = padded.astype(np.float32).transpose(2, 0, 1)[None] / 255
            maps = self._session.run(None, {"pictures": np.ascontiguousarray(batch)})[0][0]
        except Exception as error:  # onnxruntime raises types of its own
            raise _failed(foreign(error)) from error
        return _decoded(maps, size[0] / wide, size[1] / high)


@lru_cache(maxsize=1)
def shipped_lamps() -> LampReader:
    """The reader that comes with BBVA, loaded once.

    Raises:
        ReaderError: Its model is missing or damaged.
    """
    return LampReader()


def _decoded(maps: npt.NDArray[np.float32], across: float, down: float) -> list[LampMark]:
    """Marks where the map of middles has its peaks; `across` and `down` are the scales of the picture."""
    there = 1 / (1 + np.exp(-maps[0]))
    peaks = (there >= _LEAST) & (there >= cv2.dilate(there, np.ones((3, 3), np.uint8)))
    marks = []
    for row, column in np.argwhere(peaks):
        left, top, right, bottom = np.exp(np.minimum(maps[1:5, row, column], 5.0))
        logits = maps[5:, row, column]
        likely = np.exp(logits - logits.max())
        likely /= likely.sum()
        kind = int(likely.argmax())
        x, y = column + 0.5, row + 0.5
        if MARKS[kind] not in ":." and not _HEIGHTS[0] <= (top + bottom) * STRIDE <= _HEIGHTS[1]:
            continue
        box = (
            float((x - left) * STRIDE / across),
            float((y - top) * STRIDE / down),
            float((x + right) * STRIDE / across),
            float((y + bottom) * STRIDE / down),
        )
        sure = float(likely[kind]) * min(1.0, float(there[row, column]) / _PLAIN)
        marks.append(LampMark(MARKS[kind], round(sure, 4), box))
    return marks


def _agreed(sizes: Sequence[Sequence[LampMark]], *, doubtful: bool = False) -> list[LampMark]:
    """One mark where several lie upon each other, seen at several sizes: they vote what it is, and where.

    Args:
        sizes: The marks that were seen at each size.
        doubtful: A mark that was seen at fewer than half of the sizes may be a trick of the light.
    """
    seen = [(mark, size) for size, marks in enumerate(sizes) for mark in marks]
    places: list[list[tuple[LampMark, int]]] = []
    for mark, size in sorted(seen, key=lambda item: -item[0].confidence):
        place = next((place for place in places if _same(mark, place[0][0])), None)
        if place is None:
            places.append([(mark, size)])
        else:
            place.append((mark, size))
    agreed = []
    for place in places:
        share = len({size for _, size in place}) / len(sizes)
        agreed.append(_voted([mark for mark, _ in place], share if doubtful and share < 0.5 else 1.0))
    return agreed


def _voted(place: Sequence[LampMark], seen: float) -> LampMark:
    votes: dict[str, float] = {}
    for mark in place:
        votes[mark.mark] = votes.get(mark.mark, 0.0) + mark.confidence
    said = max(votes, key=lambda mark: votes[mark])
    mine = [mark for mark in place if mark.mark == said]
    x1, y1, x2, y2 = (sum(m.box[side] * m.confidence for m in mine) / votes[said] for side in range(4))
    sure = max(mark.confidence for mark in mine) * votes[said] / sum(votes.values()) * seen
    return LampMark(said, round(sure, 4), (x1, y1, x2, y2))


def _same(a: LampMark, b: LampMark) -> bool:
    across = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    down = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    if across <= 0 or down <= 0:
        return False
    areas = [(mark.box[2] - mark.box[0]) * mark.height for mark in (a, b)]
    return across * down > _SAME * min(areas)


def _main(rows: Sequence[LampRow], height: int) -> LampRow | None:
    """The number that a field is about: the tallest near the middle of its height."""
    central = [row for row in rows if abs(row.middle[1] - height / 2) < 0.25 * height and "?" not in row.text]
    central += [both for one, two in itertools.permutations(central, 2) if (both := joined(one, two)) is not None]
    return max(central, key=lambda row: row.height + 0.2 * (row.box[2] - row.box[0]), default=None)


def _word(row: LampRow | None) -> Word:
    return Word("", 1.0) if row is None else Word(with_colon(row), round(row.confidence, 4))
