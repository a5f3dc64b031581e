"""What is done to training pictures besides ultralytics' own augmentations: bad pictures, and more small balls."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.detect.types import Frame
from bbva_core.train.datasets import CLASSES

BALL = CLASSES.index("ball")
Array = npt.NDArray[np.float64]


class Degrade:
    """What cameras, encoders and scalers do to a picture: blur, fewer pixels, JPEG blocks, noise.

    Args:
        p: Share of the pictures to which one of them is done.
    """

    def __init__(self, p: float) -> None:
        self.p = p

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Change `labels["img"]`, uint8 (height, width, 3)."""
        if random.random() < self.p:
            image = np.ascontiguousarray(labels["img"])
            labels["img"] = random.choice((_motion_blur, _fewer_pixels, _jpeg, _noise))(image)
        return labels


class BallPaster:
    """Pastes real balls, made small, into pictures: in wide shots a ball is some ten pixels of any background.

    Args:
        p: Share of the pictures that get one or two.
    """

    def __init__(self, p: float) -> None:
        self.p = p
        self._balls: list[Frame] = []

    def learn(self, picture: Frame, classes: Sequence[int], boxes: Array) -> None:
        """Keep the balls of a picture that are large and round enough to be made small.

        Args:
            picture: BGR, (height, width, 3).
            classes: Numbers in `CLASSES`.
            boxes: (n, 4) x1, y1, x2, y2 as shares of the picture.
        """
        height, width = picture.shape[:2]
        for number, box in zip(classes, boxes, strict=True):
            x1, y1, x2, y2 = (box * (width, height, width, height)).round().astype(int)
            wide, high = x2 - x1, y2 - y1
            inside = x1 > 0 and y1 > 0 and x2 < width and y2 < height
            if number == BALL and inside and min(wide, high) >= 28 and 0.87 < wide / high < 1.15:
                self._balls.append(cv2.resize(picture[y1:y2, x1:x2], (48, 48), interpolation=cv2.INTER_AREA))

    def paste(self, picture: Frame, boxes: Array) -> tuple[Frame, Array]:
        """The picture with balls pasted in, and their boxes.

        Args:
            picture: BGR; stays as it is.
            boxes: (n, 4) as shares: balls that must not be covered.

        Returns:
            The new picture and (m, 4) boxes as shares of it.
        """
        if not self._balls or random.random() >= self.p:
            return picture, np.zeros((0, 4))
        picture = picture.copy()
        height, width = picture.shape[:2]
        placed: list[Array] = []
        for _ in range(random.choice((1, 1, 2))):
            patch, alpha = _small_ball(random.choice(self._balls), random.uniform(6, 24))
            high, wide = alpha.shape
            x, y = random.randint(0, max(0, width - wide)), random.randint(0, max(0, height - high))
            solid = np.argwhere(alpha > 0.35)
            if not len(solid) or high > height or wide > width:
                continue
            (top, left), (bottom, right) = solid.min(0), solid.max(0) + 1
            box = np.array([(x + left) / width, (y + top) / height, (x + right) / width, (y + bottom) / height])
            others = np.concatenate([boxes, np.array(placed).reshape(-1, 4)])
            if ((box[:2] < others[:, 2:]).all(1) & (others[:, :2] < box[2:]).all(1)).any():
                continue
            part = picture[y : y + high, x : x + wide]
            # In broadcasts a ball is duller than in the photos these come from, and smeared by compression.
            light, grey, hidden = random.uniform(0.4, 1.1), random.uniform(0, 0.5), random.uniform(0, 0.35)
            patch = patch * (1 - grey) + patch.mean(2, keepdims=True) * grey
            cover = alpha[..., None] * (1 - hidden)
            part[:] = (part * (1 - cover) + np.clip(patch * light, 0, 255) * cover).astype(np.uint8)
            placed.append(box)
        return picture, np.array(placed).reshape(-1, 4)


def _small_ball(ball: Frame, size: float) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """A ball of `size` pixels and how much it hides of what is behind it; often blurred by its motion."""
    edge = max(5, round(size))
    small = cv2.resize(ball, (edge, edge), interpolation=cv2.INTER_AREA).astype(np.float32)
    ys, xs = np.mgrid[0:edge, 0:edge] + 0.5 - edge / 2
    alpha = np.clip(edge / 2 - np.hypot(xs, ys) + 0.3, 0, 1).astype(np.float32)
    reach = round(random.uniform(0.2, 0.9) * edge) if random.random() < 0.5 else 0
    pad = reach + 1
    colour = cv2.copyMakeBorder(small * alpha[..., None], pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    alpha = cv2.copyMakeBorder(alpha, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    if reach:
        kernel = _streak(reach, random.uniform(0, np.pi))
        colour, alpha = cv2.filter2D(colour, -1, kernel), cv2.filter2D(alpha, -1, kernel)
    if random.random() < 0.7:  # no camera draws an edge of one pixel
        colour, alpha = cv2.GaussianBlur(colour, (3, 3), 0), cv2.GaussianBlur(alpha, (3, 3), 0)
    return colour / np.maximum(alpha, 1e-3)[..., None], alpha


def _streak(length: int, angle: float) -> npt.NDArray[np.float32]:
    """A kernel that blurs along a line."""
    size = 2 * (length // 2) + 1
    kernel = np.zeros((size, size), np.float32)
    step = np.array([np.cos(angle), np.sin(angle)]) * (size // 2)
    start, end = (size // 2 - step).round().astype(int), (size // 2 + step).round().astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _motion_blur(image: Frame) -> Frame:
    # Cameras pan sideways more than in any other direction.
    angle = random.gauss(0, 0.2) if random.random() < 0.7 else random.uniform(0, np.pi)
    return np.asarray(cv2.filter2D(image, -1, _streak(random.choice((3, 3, 5, 7)), angle)), np.uint8)


def _fewer_pixels(image: Frame) -> Frame:
    height, width = image.shape[:2]
    scale = random.uniform(0.4, 0.9)
    small = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _jpeg(image: Frame) -> Frame:
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, random.randint(20, 70)])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _noise(image: Frame) -> Frame:
    noise = np.random.default_rng(random.getrandbits(32)).normal(0, random.uniform(3, 12), image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)
