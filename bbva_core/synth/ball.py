"""The ball: its flights, and how it is drawn with seams and motion blur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bbva_core.synth.camera import Camera
from bbva_core.synth.canvas import Canvas, Coverage
from bbva_core.synth.court import BALL_RADIUS

Array = npt.NDArray[np.float64]
GRAVITY = 9.81


@dataclass(frozen=True)
class Flight:
    """A throw from `start` to `end` (metres) that takes `seconds`."""

    start: Array
    end: Array
    seconds: float

    def at(self, t: float) -> Array:
        """Position t seconds after the throw."""
        velocity = (self.end - self.start) / self.seconds
        velocity[2] += GRAVITY * self.seconds / 2
        point = self.start + velocity * t
        point[2] -= GRAVITY * t * t / 2
        return np.asarray(point)


def draw_ball(canvas: Canvas, camera: Camera, track: Array, spin: float, owner: int) -> Coverage | None:
    """Draw the ball along the part of its way that one exposure sees.

    Args:
        track: (n, 3) positions while the shutter is open, metres.
        spin: Angle of its turn, radians.
    """
    points = camera.project(track)
    depth = float(points[:, 2].mean())
    radius = max(1.2, BALL_RADIUS * camera.focal / depth)
    x1, y1 = np.maximum((points[:, :2].min(axis=0) - radius - 1).astype(int), 0)
    x2, y2 = (points[:, :2].max(axis=0) + radius + 2).astype(int)
    x2, y2 = min(x2, canvas.width), min(y2, canvas.height)
    if x2 <= x1 or y2 <= y1:
        return None
    gap = float(np.linalg.norm(points[-1, :2] - points[0, :2]))
    steps = int(np.clip(np.ceil(gap / (radius * 0.3)), 1, 9))
    xs = np.arange(x1, x2, dtype=np.float32)[None, :] + np.float32(0.5)
    ys = np.arange(y1, y2, dtype=np.float32)[:, None] + np.float32(0.5)
    colour = np.zeros((y2 - y1, x2 - x1, 3), np.float32)
    weight = np.zeros((y2 - y1, x2 - x1), np.float32)
    for share in np.linspace(0, 1, steps):
        at = points[0] + (points[-1] - points[0]) * share
        nx, ny = (xs - np.float32(at[0])) / radius, (ys - np.float32(at[1])) / radius
        q = nx * nx + ny * ny
        alpha = np.clip((1 - np.sqrt(q)) * radius + 0.5, 0, 1)
        nz = np.sqrt(np.maximum(1 - q, 0))
        colour += alpha[..., None] * _skin(nx, ny, nz, spin, radius)
        weight += alpha
    box = np.s_[y1:y2, x1:x2]
    cover = Coverage(int(x1), int(y1), (weight > 0.35 * steps).astype(np.uint8))
    near = np.float32(depth - 2 * BALL_RADIUS)  # the hands that hold it do not swallow it
    alpha = np.where(canvas.depth[box] > near, weight / steps, 0).astype(np.float32)
    part = canvas.colour[box]
    part[:] = (part * (1 - alpha[..., None]) + colour / np.maximum(weight, 1e-3)[..., None] * alpha[..., None]).astype(
        np.uint8
    )
    solid = alpha > 0.35
    canvas.depth[box][solid] = near
    canvas.owner[box][solid] = owner
    return cover


def _skin(
    nx: npt.NDArray[np.float32], ny: npt.NDArray[np.float32], nz: npt.NDArray[np.float32], spin: float, radius: float
) -> npt.NDArray[np.float32]:
    """Orange leather with dark seams, lit from above; BGR."""
    c, s = np.float32(np.cos(spin)), np.float32(np.sin(spin))
    x, y, z = nx * c + nz * s, ny * np.float32(0.9) + nz * np.float32(0.43), nz * c - nx * s
    width = np.float32(max(0.07, 0.75 / radius))
    seam = (np.abs(x) < width) | (np.abs(y) < width) | (np.abs(np.abs(z) - 0.62 - 0.25 * y * y) < width)
    light = np.float32(0.55) + np.float32(0.6) * np.maximum(-0.26 * nx - 0.80 * ny + 0.54 * nz, 0)
    base = np.where(seam[..., None], np.array((20, 44, 92), np.float32), np.array((34, 104, 222), np.float32))
    return np.asarray(np.minimum(base * light[..., None], 255), np.float32)
