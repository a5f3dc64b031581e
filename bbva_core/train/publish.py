"""The trained weights in the forms that BBVA uses, and what is known of them beside them."""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bbva_core.detect.weights import OPENVINO_SUFFIX, card_path
from bbva_core.machine.hashing import model_sha256
from bbva_core.settings import AppSettings

_FORM_OF_ALL_SIZES = 640
"""The OpenVINO form takes pictures of any size; this one is written into its notes as the usual one."""


def publish(app: AppSettings, checkpoint: Path, folder: Path, name: str, about: Mapping[str, Any]) -> list[Path]:
    """Write `NAME.pt`, `NAME_openvino_model` and `NAME.json`; weights of that name that were there are replaced.

    Args:
        app: Its cache folder is where they are made.
        checkpoint: As ultralytics' trainer left it.
        folder: Where to write them.
        name: Their name.
        about: What to write into the JSON file, besides the checksums.

    Returns:
        The weights, the `.pt` first.
    """
    from ultralytics import YOLO

    app.cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bbva-train-", dir=app.cache_dir) as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # see import_yolo
        weights = Path(scratch) / f"{name}.pt"
        _strip(checkpoint, weights)
        export = Path(YOLO(str(weights)).export(format="openvino", dynamic=True, half=True, imgsz=_FORM_OF_ALL_SIZES))
        card = card_path(weights)
        sums = {path.name: model_sha256(path) for path in (weights, export)}
        card.write_text(json.dumps({**about, "sha256": sums}, indent=1) + "\n", encoding="utf-8")
        made = [folder / weights.name, folder / f"{name}{OPENVINO_SUFFIX}"]
        folder.mkdir(parents=True, exist_ok=True)
        for source, target in ((weights, made[0]), (export, made[1]), (card, card_path(made[0]))):
            if target.is_dir():
                shutil.rmtree(target)
            shutil.move(source, target)
    return made


def _strip(checkpoint: Path, weights: Path) -> None:
    """The averaged weights in half precision, without the state of the training and the folders it knew."""
    import torch
    from ultralytics.utils.torch_utils import strip_optimizer

    found = strip_optimizer(str(checkpoint), str(weights))
    model = found["model"]
    model.args = {"task": "detect", "imgsz": found["train_args"]["imgsz"]}
    model.pt_path = model.class_weights = None
    kept = ("date", "version", "license", "docs", "epoch")
    torch.save({**{key: found[key] for key in kept}, "model": model, "train_args": dict(model.args)}, weights)
