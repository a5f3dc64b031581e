"""Import ultralytics so that it stays quiet: no telemetry, no pip install, no writes outside the cache folder."""

from __future__ import annotations

import functools
import math
import os
import warnings
from pathlib import Path
from typing import Any

from bbva_core.detect.ultralytics_exports import tame_exports
from bbva_core.machine.privacy import silence_telemetry

_QUIET_SETTINGS = dict.fromkeys(
    (
        "sync",
        "clearml",
        "comet",
        "dvc",
        "mlflow",
        "raytune",
        "tensorboard",
        "wandb",
        "vscode_msg",
        "openvino_msg",
    ),
    False,
)


def import_yolo(cache_dir: Path, threads: int) -> Any:
    """The class `ultralytics.YOLO`, with the process prepared for it.

    Args:
        cache_dir: The only folder it may write to.
        threads: CPU threads for torch, and for exports loaded from now on.

    Raises:
        ImportError: torch or ultralytics is not installed, or is broken.
        OSError: The cache folder cannot be written.
    """
    cache_dir = cache_dir.resolve()
    config_dir = cache_dir / "ultralytics"
    config_dir.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        YOLO_CONFIG_DIR=str(config_dir),
        YOLO_AUTOINSTALL="false",
        YOLO_OFFLINE="true",
        YOLO_VERBOSE="false",
        MPLCONFIGDIR=str(cache_dir / "matplotlib"),
        TORCH_HOME=str(cache_dir / "torch"),
        TORCHINDUCTOR_CACHE_DIR=str(cache_dir / "torch" / "inductor"),
        # ultralytics sets 1 when this is unset, and half the speed is gone.
        OMP_NUM_THREADS=str(threads),
        # Threads that wait by spinning starve each other when something else runs: 0.9 frames/s instead of 11 were
        # measured beside four busy processes on two cores.
        OMP_WAIT_POLICY="PASSIVE",
    )
    silence_telemetry()
    with warnings.catch_warnings():
        # Deprecations inside torch and ultralytics are theirs to mend, and nothing an analyst can act on.
        warnings.simplefilter("ignore")
        import torch

        torch.set_num_threads(threads)
        from ultralytics.utils import SETTINGS, nms

        changed = {key: value for key, value in _QUIET_SETTINGS.items() if SETTINGS.get(key) != value}
        if changed:
            SETTINGS.update(changed)
        from ultralytics import YOLO
    if not isinstance(nms.non_max_suppression, functools.partial):
        # By default it returns nothing for the remaining frames once the wall clock has moved 2 s on, as it does when a
        # laptop wakes up: rows would be missing without an error, and a resumed run would differ.
        nms.non_max_suppression = functools.partial(nms.non_max_suppression, max_time_img=math.inf)
    tame_exports(threads)
    return YOLO
