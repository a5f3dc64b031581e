"""Train our own reader of scoreboard fields, and write it in both of its forms. Imports torch."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from bbva_core.machine.hashing import sha256_file
from bbva_core.ocr.field_picture import HEIGHT
from bbva_core.ocr.network.bbva_reader import Model
from bbva_core.train.loop import begin_with
from bbva_core.train.reader.crops import fonts_for_training
from bbva_core.train.reader.learning import exact_share, make_model, train

NAME = "bbva_reader"
_SAVED_EVERY = 500
_EXAMPLE_WIDTH = 96

Progress = Callable[[int, int], None]


def train_reader(
    fonts: Sequence[Path],
    out: Path,
    *,
    steps: int = 12_000,
    start: Path | None = None,
    progress: Progress = lambda _done, _of: None,
) -> dict[str, Any]:
    """Train a reader on drawn fields, and write `bbva_reader.onnx`, `.pth` and `.json` into a folder.

    Args:
        fonts: Folders with font files; the more families, the better. Fonts are only drawn with.
        out: The folder.
        steps: Of 96 fields each. The shipped reader took 12,000.
        start: A `.pth` to begin with; None begins with random weights.
        progress: Called with the steps done and all steps.

    Returns:
        What the `.json` says: fonts, steps, share of drawn fields read without a mistake, sums of the files.

    Raises:
        InvalidSettings: There are no usable fonts, onnx is not installed, or the `.pth` does not fit.
    """
    found = fonts_for_training(fonts, what="a reader")
    model = make_model()
    if start is not None:
        begin_with(model, start)
    out.mkdir(parents=True, exist_ok=True)

    def report(step: int, of: int, _loss: float) -> None:
        progress(step, of)
        if step % _SAVED_EVERY == 0 and step < of:
            write(model, out)

    train(model, found, steps=steps, progress=report)
    write(model, out)
    said = {
        "fonts": len(found),
        "steps": steps,
        "exact on drawn fields": round(exact_share(model, found), 4),
        "sha256": {path.name: sha256_file(path) for path in (out / f"{NAME}.onnx", out / f"{NAME}.pth")},
    }
    (out / f"{NAME}.json").write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    return said


def write(model: Model, out: Path) -> None:
    """Write a reader for onnxruntime and for EasyOCR."""
    model = copy.deepcopy(model).cpu().eval()
    # EasyOCR cuts seven characters off each name: those that torch's DataParallel puts before it.
    torch.save({f"module.{name}": value for name, value in model.state_dict().items()}, out / f"{NAME}.pth")
    torch.onnx.export(
        model,
        (torch.zeros(1, 1, HEIGHT, _EXAMPLE_WIDTH),),
        str(out / f"{NAME}.onnx"),
        input_names=["strips"],
        output_names=["scores"],
        dynamic_axes={"strips": {0: "n", 3: "width"}, "scores": {0: "n", 1: "steps"}},
        opset_version=17,
        dynamo=False,
    )
