"""The score graphic at the foot of the picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bbva_core.synth.canvas import BGR
from bbva_core.synth.lettering import text_mask
from bbva_core.synth.scoreboard import Scoreboard

Image = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]


class ScoreBug:
    """Draws the state of the game on finished pictures; what it drew last is kept."""

    def __init__(self, width: int, height: int, team_a: str, team_b: str, colours: tuple[BGR, BGR]) -> None:
        self._teams = (team_a, team_b)
        self._colours = colours
        self._high = max(12, round(height * 0.072))
        self._long = min(width - 8, max(round(width * 0.66), self._high * 12))
        left = (width - self._long) // 2
        top = round(height * 0.925) - self._high
        self.box: Box = (left, top, left + self._long, top + self._high)
        self._last: tuple[str, ...] = ()
        self._picture: Image = np.zeros((self._high, self._long, 3), np.uint8)

    def texts(self, board: Scoreboard) -> tuple[str, ...]:
        """What is written, from left to right."""
        a, b = board.scores
        left, right = self._teams
        shot = str(board.shown_shot_clock)
        return left, str(a), right, str(b), board.period_text, board.clock_text, shot

    def draw(self, picture: Image, board: Scoreboard) -> None:
        """Draw it on a picture, in place."""
        texts = self.texts(board)
        if texts != self._last:
            self._picture, self._last = self._paint(texts), texts
        x1, y1, x2, y2 = self.box
        picture[y1:y2, x1:x2] = self._picture
        below = picture[y2 : y2 + 3, x1:x2]
        below[:] = (below * 0.55).astype(np.uint8)

    def _paint(self, texts: tuple[str, ...]) -> Image:
        dark, white = (34, 26, 22), (250, 250, 250)
        picture = np.empty((self._high, self._long, 3), np.uint8)
        picture[:] = dark
        shares = (0.215, 0.085, 0.215, 0.085, 0.13, 0.155, 0.115)
        edges = np.round(np.cumsum((0.0, *shares)) * self._long).astype(int)
        left, right = self._colours
        grounds: tuple[BGR, ...] = (left, _darker(left), right, _darker(right), dark, dark, (28, 96, 214))
        inks = (white, white, white, white, (214, 214, 214), (90, 226, 252), white)
        size = round(self._high * 0.70)
        for text, ground, ink, x1, x2 in zip(texts, grounds, inks, edges[:-1], edges[1:], strict=True):
            picture[:, x1:x2] = ground
            mask = _fitted(text, size, int(x2 - x1) - 4)
            high, wide = mask.shape
            top, at = (self._high - high) // 2, int(x1 + x2 - wide) // 2
            part = picture[top : top + high, at : at + wide]
            alpha = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
            part[:] = (part * (1 - alpha) + np.array(ink, np.float32) * alpha + 0.5).astype(np.uint8)
        shine = np.linspace(1.10, 0.94, self._high, dtype=np.float32)[:, None, None]
        return np.asarray(np.minimum(picture * shine, 255).astype(np.uint8))


def _darker(colour: BGR) -> BGR:
    return colour[0] * 2 // 3, colour[1] * 2 // 3, colour[2] * 2 // 3


def _fitted(text: str, size: int, room: int) -> Image:
    while True:
        mask = text_mask(text, size)
        if mask.shape[1] <= room or size <= 5:
            return mask[:, : max(1, room)]
        size -= 1
