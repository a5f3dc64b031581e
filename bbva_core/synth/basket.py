"""The baskets: stand, glass board, rim and net."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bbva_core.synth.camera import Camera
from bbva_core.synth.canvas import BGR, Canvas
from bbva_core.synth.court import BOARD_BOTTOM, BOARD_HEIGHT, BOARD_WIDTH, RIM_HEIGHT, RIM_RADIUS, Court

Array = npt.NDArray[np.float64]
_RIM: BGR = (28, 70, 232)
_NET: BGR = (240, 240, 240)
_STEEL: BGR = (58, 36, 24)
_STRANDS = 12


def draw_basket(canvas: Canvas, camera: Camera, court: Court, side: int, swish: float) -> None:
    """Draw the basket on `side` (+1 right, -1 left).

    Args:
        swish: How far a ball stretches the net, 0 to 1.
    """
    thick = max(1, round(0.018 * camera.focal / 24))
    _stand(canvas, camera, court, side)
    x = side * court.board_x
    half, low, high = BOARD_WIDTH / 2, BOARD_BOTTOM, BOARD_BOTTOM + BOARD_HEIGHT
    board = camera.project([(x, -half, low), (x, half, low), (x, half, high), (x, -half, high)])
    canvas.polygon(board, (214, 206, 196), 0.30)
    canvas.path(board[[0, 1, 2, 3, 0]], (250, 250, 250), 2 * thick)
    low, high = RIM_HEIGHT, RIM_HEIGHT + 0.45
    square = camera.project([(x, -0.295, low), (x, 0.295, low), (x, 0.295, high), (x, -0.295, high)])
    canvas.path(square[[0, 1, 2, 3, 0]], (250, 250, 250), thick)
    padding = camera.project([(x, -half, 2.88), (x, half, 2.88), (x, half, 2.95), (x, -half, 2.95)])
    canvas.polygon(padding, (40, 30, 170), 0.98)
    rim_x = side * court.rim_x
    plate = camera.project([(x, 0, RIM_HEIGHT), (rim_x + side * RIM_RADIUS, 0, RIM_HEIGHT)])
    canvas.path(plate, _RIM, 3 * thick)
    ring = rim_ring(court, side)
    _net(canvas, camera, ring, swish, thick)
    points = camera.project(ring)
    count = len(ring) // 2
    canvas.path(points[: count + 1], _RIM, max(2, round(1.6 * thick)))  # the far half, then the near half
    canvas.path(np.concatenate([points[count:], points[:1]]), _RIM, max(2, round(1.6 * thick)))


def rim_ring(court: Court, side: int) -> Array:
    """Points (24, 3) on the rim, the far half first; metres."""
    angles = np.linspace(0, 2 * np.pi, 2 * _STRANDS, endpoint=False)
    ring = np.full((2 * _STRANDS, 3), RIM_HEIGHT)
    ring[:, 0] = side * court.rim_x + RIM_RADIUS * np.cos(angles)
    ring[:, 1] = RIM_RADIUS * np.sin(angles)
    return ring


def net_levels(ring: Array, swish: float = 0.0) -> list[Array]:
    """The net as rings of knots, each (24, 3) in metres, from the rim down.

    Args:
        swish: How far a ball stretches it, 0 to 1.
    """
    centre = ring.mean(axis=0)
    levels = []
    for k, width in enumerate((1.0, 0.84, 0.70, 0.62, 0.60)):
        level = centre + (ring - centre) * (width + 0.22 * swish * (k == 2) - 0.12 * swish * (k == 4))
        level[:, 2] = RIM_HEIGHT - 0.105 * k * (1 + 0.12 * swish)
        levels.append(np.roll(level, k % 2, axis=0))
    return levels


def _net(canvas: Canvas, camera: Camera, ring: Array, swish: float, thick: int) -> None:
    levels = [camera.project(level) for level in net_levels(ring, swish)]
    for start in range(0, 2 * _STRANDS, 2):
        for way in (1, -1):
            strand = np.stack([level[(start + way * k) % len(ring)] for k, level in enumerate(levels)])
            canvas.path(strand, _NET, thick, 0.62)


def _stand(canvas: Canvas, camera: Camera, court: Court, side: int) -> None:
    """A padded base behind the baseline, a post and an arm."""
    base = side * (court.length / 2 + 2.0)
    _block(canvas, camera, (base, 0.0, 0.0), (1.1, 0.75, 1.15), (112, 54, 26))
    foot, knee = np.array([base - side * 0.3, 0, 1.1]), np.array([base - side * 0.2, 0, 2.7])
    tip = np.array([side * (court.board_x + 0.06), 0, 3.25])
    for y in (-0.22, 0.22):
        shift = np.array([0, y, 0])
        ends = camera.project([foot + shift, knee + shift, tip + shift * 0.8])
        canvas.path(ends, (214, 210, 206), max(2, round(0.15 * camera.focal / ends[0, 2])))
    low = np.array([side * (court.board_x + 0.06), 0, 2.98])
    ends = camera.project([foot, low])
    canvas.path(ends, _STEEL, max(2, round(0.12 * camera.focal / ends[0, 2])))


def _block(
    canvas: Canvas,
    camera: Camera,
    centre: tuple[float, float, float],
    half: tuple[float, float, float],
    colour: BGR,
) -> None:
    """A box on the floor; the faces that show: top, near side, the end towards the camera."""
    (x, y, z), (hx, hy, height) = centre, half
    end = x - hx if x > camera.position[0] else x + hx
    faces = (
        ([(end, y - hy, z), (end, y + hy, z), (end, y + hy, z + height), (end, y - hy, z + height)], 0.8),
        ([(x - hx, y - hy, z), (x + hx, y - hy, z), (x + hx, y - hy, z + height), (x - hx, y - hy, z + height)], 1.0),
        (
            [
                (x - hx, y - hy, z + height),
                (x + hx, y - hy, z + height),
                (x + hx, y + hy, z + height),
                (x - hx, y + hy, z + height),
            ],
            1.35,
        ),
    )
    for corners, light in faces:
        shaded = (min(255, int(colour[0] * light)), min(255, int(colour[1] * light)), min(255, int(colour[2] * light)))
        canvas.polygon(camera.project(corners), shaded)
