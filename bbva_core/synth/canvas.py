"""A picture with depth: shaded capsules and flat polygons, hidden by what stands nearer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.synth.camera import Camera

Image = npt.NDArray[np.uint8]
BGR = tuple[int, int, int]

# Towards the light in the picture's axes (right, down, to the viewer): rows of lamps above, slightly left.
_LIGHT = (-0.26, -0.80, 0.54)
_FAR = np.float32(1e6)


@dataclass(frozen=True, slots=True)
class Capsule:
    """A round bar between two points of the world; metres, BGR. Equal ends make a ball."""

    a: tuple[float, float, float]
    b: tuple[float, float, float]
    radius_a: float
    radius_b: float
    colour: BGR
    hem: BGR | None = None
    """Colour of the last part towards b, where the bar then ends flat."""
    part: int = 0
    """Non-zero marks pixels for decals."""


@dataclass(slots=True)
class Coverage:
    """The pixels that one figure covers, before anything hides it: a window of the canvas and its mask."""

    x: int
    y: int
    mask: npt.NDArray[np.uint8]
    """The part number + 1 where the figure is, else 0."""


class Canvas:
    """Colour, depth and owner of every pixel."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.colour: Image = np.zeros((height, width, 3), np.uint8)
        self.depth: npt.NDArray[np.float32] = np.full((height, width), _FAR, np.float32)
        self.owner: Image = np.zeros((height, width), np.uint8)
        self._xs = np.arange(width, dtype=np.float32)[None, :] + np.float32(0.5)
        self._ys = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5)

    def start(self, background: Image) -> None:
        """Begin a picture on a background that is behind everything."""
        self.colour = background
        self.depth.fill(_FAR)
        self.owner.fill(0)

    def figure(self, camera: Camera, capsules: list[Capsule], owner: int = 0) -> Coverage | None:
        """Draw capsules as one figure; returns what it covers inside the picture, or None if that is nothing."""
        ends = camera.project([point for item in capsules for point in (item.a, item.b)])
        radii = np.array([r for item in capsules for r in (item.radius_a, item.radius_b)])
        pixels = np.maximum(radii * camera.focal / ends[:, 2], 0.6)
        x1 = max(0, int((ends[:, 0] - pixels).min()))
        y1 = max(0, int((ends[:, 1] - pixels).min()))
        x2 = min(self.width, int((ends[:, 0] + pixels).max()) + 2)
        y2 = min(self.height, int((ends[:, 1] + pixels).max()) + 2)
        if x2 <= x1 or y2 <= y1:
            return None
        cover = Coverage(x1, y1, np.zeros((y2 - y1, x2 - x1), np.uint8))
        own = np.full(cover.mask.shape, _FAR, np.float32)
        rows: list[list[float]] = np.column_stack([ends, pixels, radii]).tolist()
        for i, item in enumerate(capsules):
            self._capsule(rows[2 * i], rows[2 * i + 1], item, owner, cover, own)
        return cover if cover.mask.any() else None

    def _capsule(
        self,
        a: list[float],
        b: list[float],
        item: Capsule,
        owner: int,
        cover: Coverage,
        own: npt.NDArray[np.float32],
    ) -> None:
        ax, ay, ad, ar, aw = a
        bx, by, bd, br, bw = b
        x1, y1 = max(0, int(min(ax - ar, bx - br))), max(0, int(min(ay - ar, by - br)))
        x2, y2 = min(self.width, int(max(ax + ar, bx + br)) + 2), min(self.height, int(max(ay + ar, by + br)) + 2)
        if x2 <= x1 or y2 <= y1:
            return
        f = np.float32
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        px = self._xs[:, x1:x2] - f(ax)
        py = self._ys[y1:y2] - f(ay)
        if length2 > 0.01:
            along = px * f(dx / length2) + py * f(dy / length2)
            t = np.clip(along, 0, 1)
            px = px - t * f(dx)
            py = py - t * f(dy)
            inverse = 1 / (f(ar) + t * f(br - ar))
        else:
            along = t = np.zeros((y2 - y1, x2 - x1), np.float32)
            inverse = np.full((1, 1), 1 / max(ar, br), np.float32)
        nx, ny = px * inverse, py * inverse
        rest = 1 - nx * nx - ny * ny
        inside = rest > 0
        if item.hem is not None:
            inside &= along < 1.04
        nz = np.sqrt(np.maximum(rest, 0))
        depth = f(ad) + t * f(bd - ad) - nz * (f(aw) + t * f(bw - aw))
        box = np.s_[y1:y2, x1:x2]
        inner = np.s_[y1 - cover.y : y2 - cover.y, x1 - cover.x : x2 - cover.x]
        nearest = inside & (depth < own[inner])
        own[inner][nearest] = depth[nearest]
        cover.mask[inner][nearest] = item.part + 1
        shown = nearest & (depth < self.depth[box])
        shade = f(0.50) + f(0.62) * np.maximum(nx * f(_LIGHT[0]) + ny * f(_LIGHT[1]) + nz * f(_LIGHT[2]), 0)
        shade = shade - f(0.16) * (1 - nz) * (1 - nz)  # darker towards the rim, as if light came round
        light = shade[shown][:, None]
        base: Any = np.array(item.colour, np.float32)
        if item.hem is not None:
            base = np.where((t[shown] > 0.88)[:, None], np.array(item.hem, np.float32), base)
        self.colour[box][shown] = np.minimum(light * base, 255).astype(np.uint8)
        self.depth[box][shown] = depth[shown]
        self.owner[box][shown] = owner

    def polygon(self, points: npt.NDArray[np.float64], colour: BGR, opacity: float = 1.0, bias: float = 0.0) -> None:
        """Fill a flat convex polygon of projected points (u, v, depth); it hides what is behind when it is opaque.

        Args:
            bias: Metres to draw it nearer than it is, for things that lie on a surface.
        """
        self._flat(points, colour, opacity, bias, None)

    def path(self, points: npt.NDArray[np.float64], colour: BGR, thickness: int, opacity: float = 1.0) -> None:
        """Draw a line through projected points (u, v, depth)."""
        self._flat(points, colour, opacity, 0.05, thickness)

    def _flat(
        self, points: npt.NDArray[np.float64], colour: BGR, opacity: float, bias: float, thickness: int | None
    ) -> None:
        pad = 2 if thickness is None else thickness + 2
        x1, y1 = np.maximum(np.floor(points[:, :2].min(axis=0)).astype(int) - pad, 0)
        x2 = min(self.width, int(points[:, 0].max()) + pad + 1)
        y2 = min(self.height, int(points[:, 1].max()) + pad + 1)
        if x2 <= x1 or y2 <= y1:
            return
        mask = np.zeros((y2 - y1, x2 - x1), np.uint8)
        fixed = np.round((points[:, :2] - (x1, y1)) * 16).astype(np.int32)
        if thickness is None:
            cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, 4)
        else:
            cv2.polylines(mask, [fixed], False, 255, thickness, cv2.LINE_AA, 4)
        box = np.s_[y1:y2, x1:x2]
        depth = np.float32(points[:, 2].mean() - bias)
        alpha = mask.astype(np.float32) * np.float32(opacity / 255)
        alpha[self.depth[box] < depth] = 0
        part = self.colour[box]
        part[:] = (part + alpha[..., None] * (np.array(colour, np.float32) - part)).astype(np.uint8)
        if opacity >= 0.99:
            solid = alpha > 0.5
            self.depth[box][solid] = depth
            self.owner[box][solid] = 0

    def shadow(self, camera: Camera, x: float, y: float, radius: float, strength: float) -> None:
        """Darken the floor softly around (x, y); radius in metres."""
        (u, v, depth), (_, v_near, _) = camera.project([(x, y, 0.0), (x, y - radius, 0.0)])
        wide, high = radius * camera.focal / depth, max(1.0, abs(v_near - v))
        x1, y1 = max(0, int(u - 2 * wide)), max(0, int(v - 2 * high))
        x2, y2 = min(self.width, int(u + 2 * wide) + 1), min(self.height, int(v + 2 * high) + 1)
        if x2 <= x1 or y2 <= y1:
            return
        qx = (self._xs[:, x1:x2] - np.float32(u)) / np.float32(wide)
        qy = (self._ys[y1:y2] - np.float32(v)) / np.float32(high)
        keep = 1 - np.float32(strength) * np.exp(-1.6 * (qx * qx + qy * qy))
        part = self.colour[y1:y2, x1:x2]
        part[:] = (part * keep[..., None]).astype(np.uint8)
