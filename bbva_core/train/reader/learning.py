"""The training loop of our own reader. Imports torch."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import nn

from bbva_core.machine.device import torch_device
from bbva_core.ocr.field_picture import field_strip
from bbva_core.ocr.network import NETWORK_FOLDER
from bbva_core.ocr.network.bbva_reader import Model
from bbva_core.train.loop import Batch, Progress, descend, drawn, with_earlier
from bbva_core.train.reader.crops import random_field

CONFIG: dict[str, Any] = yaml.safe_load((NETWORK_FOLDER / "bbva_reader.yaml").read_text(encoding="utf-8"))
CHARACTERS: str = CONFIG["character_list"]
BATCH = 96
_WARM_UP = 200
_VALIDATION_SEED = 987_654_321


def draw_batch(
    rng: np.random.Generator, fonts: list[Path], size: int = BATCH
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Strips (size, 1, 32, width), the labels one after the other, and their lengths.

    Strips of one batch are of one width: fields are drawn until enough of the same width class are there.
    """
    limit = int(rng.choice([64, 96, 128, 192, 320], p=[0.28, 0.28, 0.24, 0.14, 0.06]))
    count = min(size, size * 160 // max(limit, 96)) if limit > 128 else size
    strips: list[Any] = []
    labels: list[list[int]] = []
    while len(strips) < count:
        picture, text = random_field(rng, fonts)
        strip = field_strip(picture)
        if strip.shape[1] > limit or (strip.shape[1] < limit // 3 and rng.random() < 0.8):
            continue
        strips.append(np.pad(strip, ((0, 0), (0, limit - strip.shape[1])), mode="edge"))
        labels.append([CHARACTERS.index(mark) + 1 for mark in text])
    pictures = torch.from_numpy(np.stack(strips)[:, None])
    flat = torch.tensor([mark for label in labels for mark in label], dtype=torch.long)
    return pictures, flat, torch.tensor([len(label) for label in labels], dtype=torch.long)


def varied(batch: Batch, rng: np.random.Generator) -> Batch:
    """A batch with other contrast, other brightness and other noise, and a column to the side."""
    strips, *labels = batch
    other = (strips.float() - 127.5) * rng.uniform(0.85, 1.15) + 127.5 + rng.uniform(-10, 10)
    if rng.random() < 0.5:
        other = other + torch.randn(other.shape) * rng.uniform(1, 6)
    other = torch.roll(other, int(rng.integers(-1, 2)), dims=3)
    return (other.clamp(0, 255).to(strips.dtype), *labels)


def as_input(strips: torch.Tensor) -> torch.Tensor:
    """Grey values as the network sees them: the scaling that EasyOCR uses."""
    return strips.float() / 127.5 - 1.0


def decode(scores: torch.Tensor) -> list[str]:
    """Best path of CTC."""
    texts = []
    for steps in scores.argmax(dim=2).tolist():
        marks = [mark for at, mark in enumerate(steps) if mark and (at == 0 or steps[at - 1] != mark)]
        texts.append(" ".join("".join(CHARACTERS[mark - 1] for mark in marks).split()))
    return texts


def exact_share(model: Model, fonts: list[Path], batches: int = 12) -> float:
    """Share of drawn fields, always the same ones, that are read without a mistake."""
    model.eval()
    right = total = 0
    with torch.inference_mode():
        for number in range(batches):
            strips, flat, lengths = draw_batch(np.random.default_rng(_VALIDATION_SEED + number), fonts)
            read = decode(model(as_input(strips)))
            ends = np.cumsum([0, *lengths.tolist()])
            for at, text in enumerate(read):
                truth = "".join(CHARACTERS[mark - 1] for mark in flat[ends[at] : ends[at + 1]].tolist())
                right += text == truth
                total += 1
    model.train()
    return right / total


def make_model() -> Model:
    """A network with random weights."""
    return Model(num_class=len(CHARACTERS) + 1, **CONFIG["network_params"])


def train(
    model: Model,
    fonts: list[Path],
    *,
    steps: int,
    rate: float = 2e-3,
    first_seed: int = 0,
    progress: Progress = lambda _step, _steps, _loss: None,
) -> None:
    """Train a network in place, for a number of steps of one batch each."""
    batches = drawn(partial(draw_batch, fonts=fonts), first_seed)
    if torch_device() == "cuda":
        batches = with_earlier(batches, varied, np.random.default_rng(first_seed))
    descend(model, batches, as_input, _ctc_loss, steps=steps, rate=rate, warm_up=_WARM_UP, progress=progress)


def _ctc_loss(said: torch.Tensor, flat: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    likely = said.log_softmax(2).transpose(0, 1)
    all_steps = torch.full((likely.shape[1],), likely.shape[0], dtype=torch.long)
    return nn.functional.ctc_loss(likely, flat, all_steps, lengths, blank=0, zero_infinity=True)
