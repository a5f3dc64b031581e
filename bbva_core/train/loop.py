"""The training loop that our own networks share. Imports torch."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from bbva_core.errors import InvalidSettings, foreign
from bbva_core.machine.device import torch_device
from bbva_core.train.bfloat16 import cpu_has_bfloat16

Progress = Callable[[int, int, float], None]
Batch = tuple[torch.Tensor, ...]
"""Pictures, and what the loss takes besides."""

_LEAST_KEPT, _MOST_KEPT = 64, 3000
"""Earlier batches: so many before one is used again, and so many that are kept."""


def begin_with(model: nn.Module, weights: Path) -> None:
    """Put the weights of a `.pth` into a network.

    Raises:
        InvalidSettings: The file cannot be read, or holds another network.
    """
    try:
        stored = torch.load(weights, map_location="cpu", weights_only=True)
        model.load_state_dict({name.removeprefix("module."): value for name, value in stored.items()})
    except Exception as error:  # torch raises types of many kinds
        raise InvalidSettings(
            f"{weights} is no network of this kind, or of another size: {foreign(error).splitlines()[0]}",
            safe="Nothing was started.",
            do="Give --start the .pth that an earlier training of the same kind wrote, or leave it out.",
        ) from error


class _Drawn(IterableDataset):  # type: ignore[misc]
    """Batches without end; every batch from a seed of its own."""

    def __init__(self, draw: Callable[[np.random.Generator], Batch], first: int) -> None:
        self._draw, self._first = draw, first

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        step, number = (1, 0) if worker is None else (worker.num_workers, worker.id)
        seed = self._first + number
        while True:
            yield self._draw(np.random.default_rng(seed))
            seed += step


def drawn(draw: Callable[[np.random.Generator], Batch], first_seed: int) -> Iterator[Batch]:
    """Batches that other processes draw: one beside a CPU that trains, on all other cores where a GPU does.

    Args:
        draw: Draws one; it can be pickled.
        first_seed: Of the first batch; each takes one more.
    """
    processes = max(1, (os.cpu_count() or 2) - 1) if torch_device() == "cuda" else 1
    # Spawned, because OpenCV's threads do not survive a fork.
    batches = _Drawn(draw, first_seed)
    return iter(
        DataLoader(batches, batch_size=None, num_workers=processes, prefetch_factor=4, multiprocessing_context="spawn")
    )


def with_earlier(
    batches: Iterator[Batch], vary: Callable[[Batch, np.random.Generator], Batch], rng: np.random.Generator
) -> Iterator[Batch]:
    """Batches, and while the next one is being drawn, earlier ones, varied: a GPU learns faster than cores can draw.

    Args:
        batches: Without end; each takes its time.
        vary: Makes of a batch another one.
        rng: Chooses among the earlier ones.

    Raises:
        Exception: What drawing raised.
    """
    waiting: queue.Queue[Batch | BaseException] = queue.Queue(maxsize=_LEAST_KEPT)

    def draw() -> None:
        try:
            for batch in batches:
                waiting.put(batch)
        except BaseException as error:  # is raised where it is waited for
            waiting.put(error)

    threading.Thread(target=draw, daemon=True).start()
    kept: list[Batch] = []
    while True:
        try:
            batch = waiting.get(block=len(kept) < _LEAST_KEPT)
        except queue.Empty:
            yield vary(kept[int(rng.integers(len(kept)))], rng)
            continue
        if isinstance(batch, BaseException):
            raise batch
        if len(kept) < _MOST_KEPT:
            kept.append(batch)
        else:
            kept[int(rng.integers(_MOST_KEPT))] = batch
        yield batch


def descend(
    model: nn.Module,
    batches: Iterator[Batch],
    as_input: Callable[[torch.Tensor], torch.Tensor],
    loss_of: Callable[..., torch.Tensor],
    *,
    steps: int,
    rate: float,
    warm_up: int,
    progress: Progress,
) -> None:
    """Train a network in place, for a number of steps of one batch each: AdamW, the rate along a cosine.

    It computes on the GPU where torch finds one that it can use; afterwards the network is on the CPU.

    Args:
        model: The network.
        batches: Each a tensor of pictures, and what the loss takes besides.
        as_input: Makes of the pictures what the network takes.
        loss_of: Given what the network says, and the rest of the batch.
        steps: How many batches.
        rate: The highest learning rate.
        warm_up: Steps in which the rate rises to it.
        progress: Called with the step, all steps, and the loss.
    """
    device = torch_device()
    half = torch.cuda.is_bf16_supported() if device == "cuda" else cpu_has_bfloat16()
    model.train()
    model.to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min(1.0, (step + 1) / warm_up) * (0.5 + 0.5 * float(np.cos(np.pi * min(1.0, step / steps)))),
    )
    for step in range(steps):
        pictures, *target = (part.to(device) for part in next(batches))
        with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
            said = model(as_input(pictures).contiguous(memory_format=torch.channels_last))
        loss = loss_of(said.float(), *target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        progress(step + 1, steps, float(loss.detach()))
    model.to("cpu")
