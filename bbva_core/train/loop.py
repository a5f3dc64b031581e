"""The training loop that our own networks share. Imports torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from bbva_core.train.bfloat16 import cpu_has_bfloat16

Progress = Callable[[int, int, float], None]


def descend(
    model: nn.Module,
    batches: Iterator[Any],
    as_input: Callable[[torch.Tensor], torch.Tensor],
    loss_of: Callable[..., torch.Tensor],
    *,
    steps: int,
    rate: float,
    warm_up: int,
    progress: Progress,
) -> None:
    """Train a network in place, for a number of steps of one batch each: AdamW, the rate along a cosine.

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
    half = cpu_has_bfloat16()
    model.train()
    model.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min(1.0, (step + 1) / warm_up) * (0.5 + 0.5 * float(np.cos(np.pi * min(1.0, step / steps)))),
    )
    for step in range(steps):
        pictures, *target = next(batches)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            said = model(as_input(pictures).contiguous(memory_format=torch.channels_last))
        loss = loss_of(said.float(), *target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        progress(step + 1, steps, float(loss.detach()))
