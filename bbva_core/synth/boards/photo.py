"""A board as a camera in the gym sees it: askew, too bright or too dark, soft, noisy, compressed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.synth.boards.painting import Light, Painted

Picture = npt.NDArray[np.uint8]
"""BGR."""


@dataclass(frozen=True)
class Photo:
    """A picture, and every mark in it with its box x1, y1, x2, y2 in pixels; marks cut off by the edge are left out."""

    image: Picture
    marks: tuple[tuple[str, tuple[float, float, float, float]], ...]


def photograph(
    rng: np.random.Generator,
    board: Painted,
    size: tuple[int, int],
    *,
    focus: tuple[float, float] | None = None,
    scale: float | None = None,
) -> Photo:
    """A picture of a board.

    Args:
        rng: Decides everything else.
        board: What is photographed.
        size: Width and height in pixels.
        focus: A place of the board that comes somewhere into the picture; None: its middle comes into the middle.
        scale: Pixels of the picture for one of the board; None: the board fills most of the picture.
    """
    high, wide = board.light.shape[:2]
    if scale is None:
        scale = min(size[0] / wide, size[1] / high) * float(rng.uniform(0.75, 0.98))
    light, first = board.light, 1.0
    if scale < 0.75 and rng.random() < 0.85:  # else lamps and pixels beat
        first = scale * 1.3
        light = cv2.resize(light, None, fx=first, fy=first, interpolation=cv2.INTER_AREA)
    warp = _warp(rng, (wide, high), size, focus, scale)
    rest = warp @ np.diag([1 / first, 1 / first, 1.0])
    scene = cv2.warpPerspective(light, rest, size, flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.ones(light.shape[:2], np.float32), rest, size, flags=cv2.INTER_LINEAR)[..., None]
    scene = scene + _wall(rng, size) * (1 - cover)
    image = _exposed(rng, scene.astype(np.float32), max(1.0, scale * 60) / 30)
    marks = []
    for mark, (x1, y1, x2, y2) in board.marks:
        corners = np.array([[(x1, y1), (x2, y1), (x2, y2), (x1, y2)]], np.float64)
        there = cv2.perspectiveTransform(corners, warp)[0]
        (left, top), (right, bottom) = there.min(axis=0), there.max(axis=0)
        area = (right - left) * (bottom - top)
        inside = max(0.0, min(right, size[0]) - max(left, 0)) * max(0.0, min(bottom, size[1]) - max(top, 0))
        if inside >= 0.85 * area:
            marks.append((mark, (float(left), float(top), float(right), float(bottom))))
    return Photo(image, tuple(marks))


def _warp(
    rng: np.random.Generator,
    board: tuple[int, int],
    size: tuple[int, int],
    focus: tuple[float, float] | None,
    scale: float,
) -> npt.NDArray[np.float64]:
    wide, high = board
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    askew = corners * scale + rng.normal(0, 0.022, (4, 2)).astype(np.float32) * high * scale
    turn = np.deg2rad(rng.normal(0, 2.0))
    middle = askew.mean(axis=0)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], np.float32)
    askew = (askew - middle) @ spin.T + middle
    squeeze = rng.uniform(0.8, 1.2)  # seen from the side, or a picture brought to another shape
    askew[:, 0] *= squeeze
    warp = cv2.getPerspectiveTransform(corners, askew.astype(np.float32))
    at = np.array([[focus if focus is not None else (wide / 2, high / 2)]], np.float64)
    x, y = cv2.perspectiveTransform(at, warp)[0, 0]
    if focus is None:
        to = (size[0] / 2 + rng.normal(0, 0.02) * size[0], size[1] / 2 + rng.normal(0, 0.02) * size[1])
    else:
        to = (rng.uniform(0.15, 0.85) * size[0], rng.uniform(0.15, 0.85) * size[1])
    return np.asarray(np.array([[1, 0, to[0] - x], [0, 1, to[1] - y], [0, 0, 1]]) @ warp, np.float64)


def _wall(rng: np.random.Generator, size: tuple[int, int]) -> Light:
    wide, high = size
    coarse = rng.uniform(0, 1, (int(rng.integers(1, 6)), int(rng.integers(1, 8)), 3)).astype(np.float32)
    flat = rng.uniform(0, 1, 3).astype(np.float32)
    wall = cv2.resize(flat + (coarse - flat) * np.float32(rng.uniform(0, 0.8)), size, interpolation=cv2.INTER_LINEAR)
    wall *= np.float32(rng.uniform(0.05, 1.0))
    for _ in range(int(rng.integers(0, 8))):  # windows, beams, lamps, posters
        x, y = int(rng.integers(0, wide)), int(rng.integers(0, high))
        shade = [float(value) for value in rng.uniform(0, 1.3, 3)]
        if rng.random() < 0.5:
            far = (x + int(rng.integers(3, 90)), y + int(rng.integers(3, 60)))
            cv2.rectangle(wall, (x, y), far, shade, -1 if rng.random() < 0.6 else 2)
        elif rng.random() < 0.5:
            cv2.line(wall, (x, y), (int(rng.integers(0, wide)), int(rng.integers(0, high))), shade, 2)
        else:
            cv2.circle(wall, (x, y), int(rng.integers(2, 14)), [value * 1.5 for value in shade], -1)
    if rng.random() < 0.25:  # bricks
        tall, long = int(rng.integers(8, 30)), int(rng.integers(16, 70))
        shade = [float(wall.mean()) * 0.7] * 3
        for row, y in enumerate(range(0, high, tall)):
            cv2.line(wall, (0, y), (wide, y), shade, 1)
            for x in range((row % 2) * long // 2, wide, long):
                cv2.line(wall, (x, y), (x, y + tall), shade, 1)
    return np.asarray(wall, np.float32)


def _exposed(rng: np.random.Generator, scene: Light, size: float) -> Picture:
    """What the sensor makes of the light; `size` is that of details in pixels."""
    high, wide = scene.shape[:2]
    scene = scene * np.float32(np.exp(rng.normal(0.0, 0.45)))
    scene *= np.exp(rng.normal(0, 0.12, 3)).astype(np.float32)
    if rng.random() < 0.5:
        scene = cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(0.3, 1.3)) * max(0.6, size))
    if rng.random() < 0.12:
        long = int(rng.integers(2, max(3, round(4 * size))))
        kernel = np.zeros((long, long), np.float32)
        cv2.line(kernel, (0, int(rng.integers(0, long))), (long - 1, int(rng.integers(0, long))), 1.0, 1)
        scene = cv2.filter2D(scene, -1, kernel / kernel.sum())
    if rng.random() < 0.15:  # moiré
        across, down = np.meshgrid(np.arange(wide), np.arange(high))
        wave = np.sin((across * rng.normal() + down * rng.normal()) * rng.uniform(0.1, 1.2) + rng.uniform(0, 6))
        scene = scene * (1 + np.float32(rng.uniform(0.05, 0.3)) * wave[..., None].astype(np.float32))
    if rng.random() < 0.35:  # haze, or a reflection
        veil = np.linspace(rng.uniform(0, 1), rng.uniform(0, 1), wide, dtype=np.float32)[None, :, None]
        scene = scene * np.float32(rng.uniform(0.55, 1.0)) + veil * np.float32(rng.uniform(0.05, 0.5))
    if rng.random() < 0.07:
        scene = np.repeat(scene.mean(axis=2, keepdims=True), 3, axis=2)
    shown = np.clip(scene, 0, 1) ** np.float32(rng.uniform(0.5, 1.25)) * 255
    if rng.random() < 0.4:
        shown = shown + rng.normal(0, rng.uniform(1, 12), shown.shape).astype(np.float32)
    image = np.clip(shown, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 95))])
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return np.asarray(image, np.uint8)
