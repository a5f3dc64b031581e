"""Train our own finder of digits made of lamps, and write it for onnxruntime. Imports torch."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from bbva_core.machine.hashing import sha256_file
from bbva_core.train.lamps.learning import BATCH, SIDE, train
from bbva_core.train.lamps.measuring import measure
from bbva_core.train.lamps.network import LampNet
from bbva_core.train.loop import begin_with
from bbva_core.train.reader.crops import fonts_for_training

NAME = "bbva_lamps"
_SAVED_EVERY = 250

Progress = Callable[[int, int], None]


def train_lamps(
    fonts: Sequence[Path],
    out: Path,
    *,
    steps: int = 2_000,
    batch: int = BATCH,
    start: Path | None = None,
    first_seed: int = 0,
    progress: Progress = lambda _done, _of: None,
) -> dict[str, Any]:
    """Train a finder on drawn boards, and write `bbva_lamps.onnx`, `.pth` and `.json` into a folder.

    Args:
        fonts: Folders with font files, for labels and letters of lamps. Fonts are only drawn with.
        out: The folder.
        steps: How many. The model card says what the shipped finder took.
        batch: Pictures a step. On a GPU more cost hardly more.
        start: A `.pth` to begin with; None begins with random weights.
        first_seed: Of the pictures, one a step: another one than before, or they come again.
        progress: Called with the steps done and all steps.

    Returns:
        What the `.json` says: fonts, steps, share of numbers on drawn boards read without a mistake, sums of the files.

    Raises:
        InvalidSettings: There are no usable fonts, onnx is not installed, or the `.pth` does not fit.
    """
    found = fonts_for_training(fonts, what="a finder")
    model = LampNet()
    rate = 2e-3
    if start is not None:
        begin_with(model, start)
        rate = 1.5e-3
    out.mkdir(parents=True, exist_ok=True)

    def report(step: int, of: int, _loss: float) -> None:
        progress(step, of)
        if step % _SAVED_EVERY == 0 and step < of:
            write(model, out)

    train(model, found, steps=steps, batch=batch, rate=rate, first_seed=first_seed, progress=report)
    write(model, out)
    said = {
        "fonts": len(found),
        "steps": steps,
        "batch": batch,
        "exact on drawn boards": measure(out / f"{NAME}.onnx", found),
        "sha256": {f"{NAME}.onnx": sha256_file(out / f"{NAME}.onnx")},
    }
    (out / f"{NAME}.json").write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    return said


def write(model: LampNet, out: Path) -> None:
    """Write a finder for onnxruntime, and its weights for further training."""
    model = copy.deepcopy(model).cpu().eval()
    torch.save(model.state_dict(), out / f"{NAME}.pth")
    torch.onnx.export(
        model,
        (torch.zeros(1, 3, SIDE, SIDE),),
        str(out / f"{NAME}.onnx"),
        input_names=["pictures"],
        output_names=["maps"],
        dynamic_axes={"pictures": {0: "n", 2: "height", 3: "width"}, "maps": {0: "n", 2: "rows", 3: "columns"}},
        opset_version=17,
        dynamo=False,
    )
