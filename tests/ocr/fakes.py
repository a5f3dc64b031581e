"""A text reader without a model: it returns what it is told, as if printed at fixed places."""

from __future__ import annotations

from collections.abc import Callable

from bbva_core.ocr.types import Image, TextLine, Word


class FakeReader:
    """Calls `answer` with each picture, and remembers the pictures' sizes (width, height)."""

    name = "fake"

    def __init__(self, answer: Callable[[Image], list[TextLine]] = lambda _: []) -> None:
        self.answer = answer
        self.sizes: list[tuple[int, int]] = []

    def read(self, image: Image) -> list[TextLine]:
        self.sizes.append((image.shape[1], image.shape[0]))
        return self.answer(image)

    def read_line(self, field: Image) -> Word:
        found = self.answer(field)
        return Word(found[0].text, found[0].confidence) if found else Word("", 0.0)

    def close(self) -> None:
        pass


def draw_score_bug(width: int = 1280, height: int = 720, *, clock: str = "4:13") -> Image:
    """A dark bar at the bottom of a floor-coloured picture: HOME 40 AWAY 38 2ND clock."""
    import cv2
    import numpy as np

    picture = np.full((height, width, 3), (120, 170, 210), np.uint8)
    scale = width / 1280
    y1, y2 = round(height * 0.85), round(height * 0.85 + 48 * scale)
    cv2.rectangle(picture, (round(240 * scale), y1), (round(1060 * scale), y2), (20, 20, 20), -1)
    for x, text in ((265, "HOME"), (430, "40"), (545, "AWAY"), (710, "38"), (815, "2ND"), (920, clock)):
        position = (round(x * scale), round(y2 - 14 * scale))
        cv2.putText(
            picture, text, position, cv2.FONT_HERSHEY_SIMPLEX, 0.9 * scale, (255, 255, 255), max(1, round(2 * scale)),
            cv2.LINE_AA,
        )  # fmt: skip
    return picture
