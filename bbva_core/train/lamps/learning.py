"""The training loop of our finder of digits made of lamps. Imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from bbva_core.ocr.lamp_marks import MARKS, STRIDE
from bbva_core.synth.boards import Photo, paint, photograph, random_plan
from bbva_core.train.lamps.network import LampNet
from bbva_core.train.loop import Progress, descend, drawn
from bbva_core.train.reader.crops import random_field

SIDE = 256
"""Of the pictures trained on, in pixels."""
BATCH = 16
_FROM_ONE_BOARD = 6
_GRAPHICS = 0.25  # chance, before each board, of a picture without lamps: one picture in nineteen
_WARM_UP = 100
_SIZES = (11.0, 80.0)
"""Heights of the digits in the pictures, in pixels."""


def draw_batch(rng: np.random.Generator, fonts: Sequence[Path], size: int = BATCH) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (size, SIDE, SIDE, 3), BGR, and their targets as `target_of` makes them."""
    pictures: list[npt.NDArray[np.uint8]] = []
    targets: list[npt.NDArray[np.float32]] = []
    while len(pictures) < size:
        if rng.random() < _GRAPHICS:
            pictures.append(_graphics(rng, fonts))
            targets.append(target_of(Photo(pictures[-1], ())))
            continue
        board = paint(rng, random_plan(rng), fonts)
        for _ in range(min(_FROM_ONE_BOARD, size - len(pictures))):
            mark, (x1, y1, x2, y2) = board.marks[int(rng.integers(len(board.marks)))]
            high = max(y2 - y1, 8.0) if mark not in ":." else 40.0
            scale = float(np.exp(rng.uniform(*np.log(_SIZES)))) / high
            photo = photograph(rng, board, (SIDE, SIDE), focus=((x1 + x2) / 2, (y1 + y2) / 2), scale=scale)
            if rng.random() < 0.2:
                photo = _cut_out(rng, photo)
            pictures.append(photo.image)
            targets.append(target_of(photo))
    return torch.from_numpy(np.stack(pictures)), torch.from_numpy(np.stack(targets))


def _graphics(rng: np.random.Generator, fonts: Sequence[Path]) -> npt.NDArray[np.uint8]:
    """Digits and words that are printed or of a broadcast's graphics: no lamps."""
    coarse = rng.integers(0, 256, (int(rng.integers(1, 5)), int(rng.integers(1, 5)), 3)).astype(np.uint8)
    picture = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    x, y, low = 0, 0, 0
    while y < SIDE:
        field, _ = random_field(rng, fonts, boards=0.0)
        part = picture[y : y + field.shape[0], x : x + field.shape[1]]
        part[:] = field[: part.shape[0], : part.shape[1]]
        low = max(low, field.shape[0])
        x += field.shape[1] + int(rng.integers(0, 20))
        if x >= SIDE:
            x, y, low = 0, y + low + int(rng.integers(0, 40)), 0
    return np.asarray(picture, np.uint8)


def _cut_out(rng: np.random.Generator, photo: Photo) -> Photo:
    """The row of one digit with little above and below, as fields are shown to the network; the edge goes on."""
    digits = [box for mark, box in photo.marks if mark not in ":."]
    if not digits:
        return photo
    _, y1, _, y2 = digits[int(rng.integers(len(digits)))]
    above, below = rng.uniform(0.1, 0.6, 2) * (y2 - y1)
    top, bottom = max(0, round(y1 - above)), min(SIDE, round(y2 + below))
    image = photo.image.copy()
    image[:top], image[bottom:] = image[top], image[bottom - 1]
    marks = [(mark, box) for mark, box in photo.marks if box[1] >= top - 1 and box[3] <= bottom + 1]
    return Photo(image, tuple(marks))


def target_of(photo: Photo) -> npt.NDArray[np.float32]:
    """What the network shall say: (7, cells, cells).

    How near the middle of a mark is (1 in the middle), the class of the mark or -1, the distances to its edges in
    cells, and whether the cell counts for class and edges.
    """
    high, wide = photo.image.shape[0] // STRIDE, photo.image.shape[1] // STRIDE
    target = np.zeros((7, high, wide), np.float32)
    target[1] = -1
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
    for mark, box in photo.marks:
        x1, y1, x2, y2 = (value / STRIDE for value in box)
        x, y = min(max((x1 + x2) / 2, 0), wide - 1), min(max((y1 + y2) / 2, 0), high - 1)
        column, row = int(x), int(y)
        near = np.exp(
            -(((columns - column) / max(0.6, (x2 - x1) / 6)) ** 2 + ((rows - row) / max(0.6, (y2 - y1) / 6)) ** 2) / 2
        )
        mine = (near > 0.6) & (near > target[0])
        target[0] = np.maximum(target[0], near)
        target[1][mine] = MARKS.index(mark)
        for at, distance in enumerate((columns + 0.5 - x1, rows + 0.5 - y1, x2 - columns - 0.5, y2 - rows - 0.5)):
            target[2 + at][mine] = np.maximum(distance[mine], 0.1)
        target[6][mine] = 1
    return target


def as_input(pictures: torch.Tensor) -> torch.Tensor:
    """Pictures as the network takes them."""
    return pictures.permute(0, 3, 1, 2).float() / 255


def loss_of(said: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How wrong the network is: where (focal, as CenterNet's), what, and how large."""
    near, there = target[:, 0], torch.sigmoid(said[:, 0]).clamp(1e-5, 1 - 1e-5)
    middle = near >= 0.999
    count = middle.sum().clamp(min=1)
    hit = -((1 - there) ** 2 * there.log())[middle].sum()
    miss = -((1 - near) ** 4 * there**2 * (1 - there).log())[~middle].sum()
    counts = target[:, 6] > 0
    kinds = said[:, 5:].permute(0, 2, 3, 1)[counts]
    what = nn.functional.cross_entropy(kinds, target[:, 1][counts].long(), label_smoothing=0.01)
    edges = said[:, 1:5].permute(0, 2, 3, 1)[counts]
    size = nn.functional.smooth_l1_loss(edges, target[:, 2:6].permute(0, 2, 3, 1)[counts].log(), beta=0.1)
    return (hit + miss) / count + what + size


def train(
    model: LampNet,
    fonts: Sequence[Path],
    *,
    steps: int,
    batch: int = BATCH,
    rate: float = 2e-3,
    first_seed: int = 0,
    progress: Progress = lambda _step, _steps, _loss: None,
) -> None:
    """Train a network in place, for a number of steps of one batch each."""
    batches = drawn(partial(draw_batch, fonts=fonts, size=batch), first_seed)
    descend(model, batches, as_input, loss_of, steps=steps, rate=rate, warm_up=_WARM_UP, progress=progress)
