"""Recognise the score bug again: is it there, has it slid, has it become another?

What stays the same of a score bug (its ground, lines, names) while the picture behind it moves is its *template*. The
bug is there when these pixels look as they did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.ocr.types import Image
from bbva_core.scoreboard.layout import Box
from bbva_core.scoreboard.pictures import Grey, grey, steady

SAMPLES = 900
"""Pixels that are compared; more would not tell more."""
THERE = 0.42
"""Correlation from which the bug is there. Measured: 0.9 and more where it is (0.45 for one that the picture shines
through), below 0.2 where it is not."""
_BRIGHTNESS = np.array([0.114, 0.587, 0.299], np.float32)  # of blue, green, red: ITU-R BT.601, as OpenCV weighs them
_FEW = 120  # a template of fewer steady pixels says nothing
_LEAST_SHARE = 0.06  # nor does one of which next to nothing stands still
_FLAT = 8.0  # nor does one of one brightness
_PLACES = 40  # that look most like it are looked at closely
_HALF = 2  # the search for a bug that slid looks at pictures of half the size


@dataclass(frozen=True)
class Template:
    """What stays the same of a score bug.

    Args:
        box: Where the bug was when the template was taken.
        picture: Its brightness, shape (height, width) of the box.
        mask: Which pixels count.
    """

    box: Box
    picture: Grey
    mask: npt.NDArray[np.bool_]

    @property
    def usable(self) -> bool:
        """Whether enough of the bug stands still to know it by."""
        steady_pixels = int(self.mask.sum())
        enough = steady_pixels >= max(_FEW, _LEAST_SHARE * self.mask.size)
        return enough and float(self.picture[self.mask].std()) >= _FLAT

    def likeness(self, image: Image, dx: int = 0, dy: int = 0) -> float:
        """Correlation of the pixels with how they looked, the bug shifted by (dx, dy): 1 at best, 0 when it is outside.

        Correlation, because it does not mind a fade, and a court as dark as the bug's ground does not pass for it.
        """
        rows, columns = self._points
        y, x = rows + self.box[1] + dy, columns + self.box[0] + dx
        if y.min() < 0 or x.min() < 0 or y.max() >= image.shape[0] or x.max() >= image.shape[1]:
            return 0.0
        now = image[y, x].astype(np.float32) @ _BRIGHTNESS  # of these pixels only: turning all grey costs far more
        now -= now.mean()
        size = float(np.linalg.norm(now)) * self._norm
        return float(now @ self._centred / size) if size else 0.0

    def find(self, image: Image) -> tuple[int, int] | None:
        """By how much the bug has slid, wherever it is now; None when it is nowhere."""
        small = _halved(grey(image))
        pattern, mask = _halved(self.picture), _halved(self.mask.astype(np.uint8) * 255)
        mask = (mask >= 128).astype(np.uint8)
        if pattern.shape[0] > small.shape[0] or pattern.shape[1] > small.shape[1] or int(mask.sum()) < _FEW // 8:
            return None
        # By correlation a flat ground is like anything; by differences a picture that stood still around the bug when
        # the template was taken counts too much. The better of both.
        places = []
        for way, sign in ((cv2.TM_SQDIFF, -1), (cv2.TM_CCOEFF_NORMED, 1)):
            good = sign * cv2.matchTemplate(small, pattern, way, mask=mask)
            if sign > 0:
                good[~(np.abs(good) <= 1.01)] = -1.0  # where all is of one brightness
            _, _, _, (x, y) = cv2.minMaxLoc(np.nan_to_num(good, nan=-1e30, neginf=-1e30))
            places.append((x * _HALF - self.box[0], y * _HALF - self.box[1]))
        around = [(dx + i, dy + j) for dx, dy in places for i in (-1, 0, 1) for j in (-1, 0, 1)]

        def alike(place: tuple[int, int]) -> float:
            return self.likeness(image, *place)

        _, down = max(around, key=alike)
        # A bar of cells looks like itself in many places along it, more so in half the size: there all pixels tell.
        row = [(dx, down) for dx in range(-self.box[0], image.shape[1] - self.box[2] + 1)]
        brightness = grey(image)
        best = max(sorted(row, key=alike)[-_PLACES:], key=lambda place: self._fit(brightness, *place))
        reach = range(-self.picture.shape[0], self.picture.shape[0] + 1)
        best = max(((best[0], best[1] + j) for j in reach), key=alike)
        return best if alike(best) >= THERE else None

    def _fit(self, brightness: Grey, dx: int, dy: int) -> float:
        """Correlation of all pixels that count, and not only of some; -1 when the place is outside."""
        x1, y1, x2, y2 = self.box
        part = brightness[max(0, y1 + dy) : max(0, y2 + dy), max(0, x1 + dx) : max(0, x2 + dx)]
        if part.shape != self.mask.shape:
            return -1.0
        now, then = (picture[self.mask].astype(np.float32) for picture in (part, self.picture))
        now, then = now - now.mean(), then - then.mean()
        size = float(np.linalg.norm(now) * np.linalg.norm(then))
        return float(now @ then) / size if size else -1.0

    @cached_property
    def _points(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Rows and columns of the pixels that are compared: half of them where brightness changes."""
        steps = np.abs(np.gradient(cv2.GaussianBlur(self.picture, (3, 3), 0).astype(np.float32))).max(axis=0)
        edges = self.mask & (steps >= np.percentile(steps[self.mask], 75))
        chosen = [_spread(np.nonzero(part), SAMPLES // 2) for part in (edges, self.mask & ~edges)]
        return np.concatenate([rows for rows, _ in chosen]), np.concatenate([columns for _, columns in chosen])

    @cached_property
    def _centred(self) -> npt.NDArray[np.float32]:
        values = self.picture[self._points].astype(np.float32)
        return np.asarray(values - values.mean(), np.float32)

    @cached_property
    def _norm(self) -> float:
        return float(np.linalg.norm(self._centred))


def _spread(points: tuple[npt.NDArray[np.intp], ...], most: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    rows, columns = points
    if len(rows) > most:
        chosen = np.linspace(0, len(rows) - 1, most).astype(np.intp)
        rows, columns = rows[chosen], columns[chosen]
    return rows, columns


def take_template(pictures: Sequence[Grey], box: Box, changing: Sequence[Box]) -> Template:
    """The template of a bug.

    Args:
        pictures: Whole frames in which it is there.
        box: Where it is.
        changing: Boxes of what changes in it: clocks and scores.
    """
    x1, y1, x2, y2 = box
    parts = [picture[y1:y2, x1:x2] for picture in pictures]
    mask = steady(parts)
    for other in changing:
        mask[max(0, other[1] - y1) : max(0, other[3] - y1), max(0, other[0] - x1) : max(0, other[2] - x1)] = False
    return Template(box, np.median(np.stack(parts), axis=0).astype(np.uint8), mask)


def _halved(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return cv2.resize(image, None, fx=1 / _HALF, fy=1 / _HALF, interpolation=cv2.INTER_AREA)  # type: ignore[no-any-return]
