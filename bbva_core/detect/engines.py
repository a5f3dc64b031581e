"""Which engine to use, and its construction. Engines are imported only when one is made."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from bbva_core.detect.types import Detector
from bbva_core.detect.weights import WeightsFile, default_weights
from bbva_core.errors import InvalidSettings, WeightsMissing
from bbva_core.machine.device import Device, torch_device
from bbva_core.machine.threads import resolve_threads
from bbva_core.settings import AppSettings, DetectorName

ENGINES: tuple[DetectorName, ...] = ("ultralytics", "opencv-hog")
"""The engines that `create_detector` knows."""


def resolve_auto(app: AppSettings, *, weights: str | None = None) -> DetectorName:
    """What `auto` means here: ultralytics when weights were named or there are some, else the basic detector.

    Args:
        app: Where to look for weights.
        weights: Weights that the user named, found or not: naming them asks for the engine that uses them.
    """
    if weights is not None:
        return "ultralytics"
    installed = importlib.util.find_spec("ultralytics") is not None
    return "ultralytics" if installed and default_weights(app) is not None else "opencv-hog"


def detector_for(app: AppSettings, weights: WeightsFile, *, conf: float, imgsz: int) -> Detector:
    """A detector outside of a run: with this machine's threads, and on its GPU where the weights can use one.

    Args:
        app: Threads and cache folder.
        weights: As resolved by `resolve_weights`.
        conf: Lowest score to keep.
        imgsz: Longer side of the picture the network sees.

    Raises:
        WeightsUntrusted: The weights are not confirmed.
        DetectorError: The engine cannot be loaded.
    """
    return create_detector(
        "ultralytics",
        weights,
        conf=conf,
        imgsz=imgsz,
        threads=app.threads,
        device=torch_device() if weights.kind == "pt" else "cpu",
        cache_dir=app.cache_dir,
    )


def create_detector(
    name: DetectorName,
    weights: WeightsFile | None = None,
    *,
    conf: float,
    imgsz: int,
    threads: int,
    device: Device = "cpu",
    cache_dir: Path,
) -> Detector:
    """Make a detector. Call it in the compute process: it imports torch.

    Args:
        name: One of `ENGINES`; `auto` must be resolved before.
        weights: As resolved by `resolve_weights`; needed by ultralytics only.
        conf: Lowest score to keep.
        imgsz: Longer side of the picture the network sees; ultralytics only.
        threads: CPU threads, 0 for one per physical core.
        device: Where torch computes; ultralytics only.
        cache_dir: Where libraries may write.

    Raises:
        InvalidSettings: `name` is not an engine.
        WeightsMissing: ultralytics without weights.
        WeightsUntrusted: The weights are not confirmed.
        ResumeRefused: The device is `cuda`, and torch finds none.
        DetectorError: The engine cannot be loaded.
    """
    if name == "ultralytics":
        if weights is None:
            raise WeightsMissing(
                "The detector ultralytics needs weights; none were given.",
                safe="Nothing was started.",
                do="Name weights, or choose the detector opencv-hog, which needs none.",
            )
        from bbva_core.detect.ultralytics_engine import UltralyticsDetector

        return UltralyticsDetector(
            weights, conf=conf, imgsz=imgsz, threads=resolve_threads(threads), device=device, cache_dir=cache_dir
        )
    if name == "opencv-hog":
        from bbva_core.detect.hog_engine import HogDetector

        return HogDetector(conf=conf, threads=resolve_threads(threads))
    raise InvalidSettings(
        f"{name!r} is not a detection engine: expected one of {', '.join(ENGINES)}.", do="Choose one of these."
    )
