"""The court: measures in metres and the painted floor.

Coordinates of the world: origin at the centre of the court, x along its length (to the right on screen), y across it
(away from the main camera), z up.
Sources: FIBA Official Basketball Rules 2022 (Rule 2, and Equipment) for `FIBA`; NBA Rule 1 for `NBA`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.synth.settings import CourtName

Image = npt.NDArray[np.uint8]
BGR = tuple[int, int, int]

FOOT = 0.3048
LINE = 0.05
"""Width of every line."""
RIM_HEIGHT = 3.05
RIM_RADIUS = 0.225
BOARD_WIDTH = 1.80
BOARD_HEIGHT = 1.05
BOARD_BOTTOM = 2.90
BOARD_FROM_BASELINE = 1.20
BALL_RADIUS = 0.122
CIRCLE_RADIUS = 1.80

FLOOR_X = 19.0
"""The painted floor texture reaches from -FLOOR_X to FLOOR_X."""
FLOOR_Y = 11.0
"""The painted floor texture reaches from -FLOOR_Y to FLOOR_Y."""


@dataclass(frozen=True, kw_only=True)
class Court:
    """Measures of a court, metres."""

    length: float
    width: float
    rim_from_baseline: float
    """From the inner edge of the baseline to the centre of the rim."""
    three_radius: float
    three_from_sideline: float
    key_width: float
    key_length: float
    no_charge_radius: float

    @property
    def rim_x(self) -> float:
        """Distance of the centre of a rim from the centre of the court."""
        return self.length / 2 - self.rim_from_baseline

    @property
    def board_x(self) -> float:
        """Distance of the face of a backboard from the centre of the court."""
        return self.length / 2 - BOARD_FROM_BASELINE

    def is_three(self, x: float, y: float, side: int) -> bool:
        """Whether a shot from (x, y) at the basket on `side` (+1 right, -1 left) counts three."""
        straight = self.width / 2 - self.three_from_sideline
        return float(np.hypot(side * self.rim_x - x, y)) > self.three_radius or abs(y) > straight


FIBA = Court(
    length=28.0,
    width=15.0,
    rim_from_baseline=1.575,
    three_radius=6.75,
    three_from_sideline=0.90,
    key_width=4.90,
    key_length=5.80,
    no_charge_radius=1.25,
)
NBA = Court(
    length=94 * FOOT,
    width=50 * FOOT,
    rim_from_baseline=5.25 * FOOT,
    three_radius=23.75 * FOOT,
    three_from_sideline=3 * FOOT,
    key_width=16 * FOOT,
    key_length=19 * FOOT,
    no_charge_radius=4 * FOOT,
)


def court_named(name: CourtName) -> Court:
    """The measures of a kind of court."""
    return {"fiba": FIBA, "nba": NBA}[name]


@dataclass(frozen=True, kw_only=True)
class FloorPaint:
    """Colours of the floor, BGR."""

    wood: BGR = (128, 178, 216)
    apron: BGR = (92, 44, 26)
    key: BGR = (104, 52, 30)
    line: BGR = (245, 245, 245)
    logo: BGR = (60, 46, 170)


def paint_floor(court: Court, paint: FloorPaint, per_metre: float, rng: np.random.Generator) -> Image:
    """The floor from above; row 0 is y = +FLOOR_Y, column 0 is x = -FLOOR_X.

    Args:
        per_metre: Pixels per metre.
    """
    floor = _Painter(per_metre)
    floor.planks(paint, court, rng)
    half_l, half_w = court.length / 2, court.width / 2
    for side in (-1, 1):
        floor.box(
            side * (half_l - court.key_length), -court.key_width / 2, side * half_l, court.key_width / 2, paint.key
        )
    floor.disc(0, 0, CIRCLE_RADIUS, paint.key)
    floor.logo(paint)
    line = paint.line
    floor.outline(-half_l, -half_w, half_l, half_w, line)
    floor.path([(0, -half_w), (0, half_w)], line)
    floor.arc(0, 0, CIRCLE_RADIUS, 0, 360, line)
    straight = half_w - court.three_from_sideline
    reach = float(np.sqrt(court.three_radius**2 - straight**2))
    corner = float(np.degrees(np.arctan2(straight, -reach)))
    for side in (-1, 1):
        rim = side * court.rim_x
        key_edge = side * (half_l - court.key_length)
        floor.outline(key_edge, -court.key_width / 2, side * half_l, court.key_width / 2, line)
        floor.arc(key_edge, 0, CIRCLE_RADIUS, 0, 360, line)
        first, last = (corner, 360 - corner) if side > 0 else (corner - 180, 180 - corner)
        floor.arc(rim, 0, court.three_radius, first, last, line)
        for sign in (-1, 1):
            floor.path([(side * half_l, sign * straight), (rim - side * reach, sign * straight)], line)
            for k in range(4):  # marks of the rebound places along the key
                x = side * (half_l - 1.75 - 0.85 * k - (0.4 if k else 0.0))
                floor.path([(x, sign * court.key_width / 2), (x, sign * (court.key_width / 2 + 0.12))], line, 2 * LINE)
        low, high = (90, 270) if side > 0 else (-90, 90)
        floor.arc(rim, 0, court.no_charge_radius, low, high, line)
    floor.words(half_l, paint)
    floor.lamps()
    return floor.image


class _Painter:
    """Draws in metres on a picture of the floor, anti-aliased."""

    def __init__(self, per_metre: float) -> None:
        self.scale = per_metre
        shape = (round(2 * FLOOR_Y * per_metre), round(2 * FLOOR_X * per_metre), 3)
        self.image: Image = np.zeros(shape, np.uint8)

    def _px(self, x: float, y: float) -> tuple[int, int]:
        # cv2 takes fixed point with 4 fractional bits
        return round((x + FLOOR_X) * self.scale * 16), round((FLOOR_Y - y) * self.scale * 16)

    def _points(self, points: list[tuple[float, float]]) -> Any:
        return np.array([[self._px(*point)] for point in points], np.int32)

    def _thickness(self, metres: float) -> int:
        return max(1, round(metres * self.scale))

    def planks(self, paint: FloorPaint, court: Court, rng: np.random.Generator) -> None:
        """Strips of wood along the court with boards of changing tone, and the painted apron around."""
        height, width = self.image.shape[:2]
        strip = max(2, round(0.10 * self.scale))
        tone = np.empty((height, width), np.float32)
        for top in range(0, height, strip):
            edges = np.cumsum(rng.uniform(0.8, 2.2, 60)) * self.scale
            tones = rng.normal(1.0, 0.035, 61).astype(np.float32)
            row = tones[np.searchsorted(edges, np.arange(width))]
            tone[top : top + strip] = row
            tone[top : top + 1] *= 0.95
        grain = cv2.resize(rng.normal(0, 0.012, (height, max(4, width // 24))).astype(np.float32), (width, height))
        wood = (tone + grain)[..., None] * np.array(paint.wood, np.float32)
        self.image[:] = np.clip(wood, 0, 255).astype(np.uint8)
        apron = self.image.copy()
        mask = np.full((height, width), 255, np.uint8)
        left, top = (v // 16 for v in self._px(-court.length / 2, court.width / 2))
        right, bottom = (v // 16 for v in self._px(court.length / 2, -court.width / 2))
        mask[top:bottom, left:right] = 0
        apron[:] = np.clip(tone[..., None] * np.array(paint.apron, np.float32), 0, 255).astype(np.uint8)
        self.image[mask > 0] = apron[mask > 0]

    def _blend(self, layer: Image, opacity: float) -> None:
        cv2.addWeighted(layer, opacity, self.image, 1 - opacity, 0, self.image)

    def box(self, x1: float, y1: float, x2: float, y2: float, colour: BGR) -> None:
        layer = self.image.copy()
        cv2.fillPoly(layer, [self._points([(x1, y1), (x2, y1), (x2, y2), (x1, y2)])], colour, cv2.LINE_AA, 4)
        self._blend(layer, 0.9)

    def disc(self, x: float, y: float, radius: float, colour: BGR) -> None:
        layer = self.image.copy()
        cv2.circle(layer, self._px(x, y), round(radius * self.scale * 16), colour, -1, cv2.LINE_AA, 4)
        self._blend(layer, 0.9)

    def path(self, points: list[tuple[float, float]], colour: BGR, width: float = LINE) -> None:
        cv2.polylines(self.image, [self._points(points)], False, colour, self._thickness(width), cv2.LINE_AA, 4)

    def outline(self, x1: float, y1: float, x2: float, y2: float, colour: BGR) -> None:
        self.path([(x1, y1), (x2, y1), (x2, y2), (x1, y2), (x1, y1)], colour)

    def arc(self, x: float, y: float, radius: float, first: float, last: float, colour: BGR) -> None:
        angles = np.radians(np.linspace(first, last, 160))
        self.path([(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in angles], colour)

    def logo(self, paint: FloorPaint) -> None:
        """A plain basketball in the centre circle."""
        self.disc(0, 0, 1.25, (40, 120, 225))
        dark = (40, 30, 30)
        self.arc(0, 0, 1.25, 0, 360, dark)
        self.path([(-1.25, 0), (1.25, 0)], dark)
        self.path([(0, -1.25), (0, 1.25)], dark)
        self.arc(-1.75, 0, 1.25, -44, 44, dark)
        self.arc(1.75, 0, 1.25, 136, 224, dark)

    def lamps(self) -> None:
        """Soft reflections of the rows of lamps above."""
        height, width = self.image.shape[:2]
        x = np.linspace(-FLOOR_X, FLOOR_X, width, dtype=np.float32)[None, :]
        y = np.linspace(FLOOR_Y, -FLOOR_Y, height, dtype=np.float32)[:, None]
        for row in (-4.6, 4.2):
            for column in (-11.5, -4.0, 4.0, 11.5):
                spot = np.exp(-(((x - column) / 2.6) ** 2) - ((y - row) / 1.1) ** 2)
                lit = self.image + spot[..., None] * (235 - self.image.astype(np.float32)) * np.float32(0.16)
                self.image[:] = np.minimum(lit, 255).astype(np.uint8)

    def words(self, half_length: float, paint: FloorPaint) -> None:
        """Lettering on the apron behind both baselines and along the far sideline."""
        from bbva_core.synth.lettering import text_mask

        for side in (-1, 1):
            mask = text_mask("OPEN          COURT", max(12, round(1.15 * self.scale)))
            mask = np.ascontiguousarray(np.rot90(mask, -side))
            self._stamp(mask, side * (half_length + 1.15), 0.0, paint.line, 0.85)

    def _stamp(self, mask: Image, x: float, y: float, colour: BGR, opacity: float) -> None:
        cx, cy = (v // 16 for v in self._px(x, y))
        height, width = mask.shape
        top, left = cy - height // 2, cx - width // 2
        if top < 0 or left < 0:
            return
        part = self.image[top : top + height, left : left + width]
        alpha = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255 * opacity
        part[:] = (part * (1 - alpha) + np.array(colour, np.float32) * alpha).astype(np.uint8)
