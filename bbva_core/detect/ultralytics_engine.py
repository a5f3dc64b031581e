"""Detector engine: any YOLO weights that ultralytics can load (.pt, .onnx, OpenVINO folder)."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bbva_core.detect.types import Detections, Frame, check_frames
from bbva_core.detect.ultralytics_setup import import_yolo
from bbva_core.detect.vocabulary import label_map
from bbva_core.detect.weights import WeightsFile, require_trusted
from bbva_core.errors import DetectorError, ResumeRefused, foreign
from bbva_core.machine.device import Device, require_cuda
from bbva_core.machine.hashing import model_sha256

# Frames given to the network at a time. Always exactly that many (the last list is filled up), because torch rounds
# differently for one picture than for several: 1e-4 px, enough to change a stored digit. On two CPU cores lists of
# 1 / 2 / 4 / 8 ran at 27 / 33 / 23 / 34 frames a second; 2 divides a batch of 30 and wastes nothing on filling up.
_CHUNK_CPU = 2
_CHUNK_CUDA = 8
_CHUNK_EXPORT = 1
_TASKS = ("detect", "segment", "pose")


class UltralyticsDetector:
    """YOLO by ultralytics.

    Args:
        weights: As resolved by `resolve_weights`.
        conf: Lowest score to keep.
        imgsz: Longer side of the picture that the network sees; an export with a fixed size keeps its own.
        threads: CPU threads.
        device: Where torch computes; exports run on the CPU.
        cache_dir: The only folder that ultralytics may write to.

    Raises:
        ResumeRefused: The device is `cuda`, and torch finds none.
        WeightsUntrusted: The user has not agreed to these weights.
        DetectorError: They cannot be loaded, have changed, or know none of our classes.
    """

    name = "ultralytics"

    def __init__(
        self, weights: WeightsFile, *, conf: float, imgsz: int, threads: int, device: Device, cache_dir: Path
    ) -> None:
        require_trusted(weights)
        self._weights = weights
        self._threads = threads
        self._model: Any = None
        try:
            if model_sha256(weights.path, fresh=True) != weights.sha256:
                raise self._error("it has changed since it was chosen (another sha256)")
            self._model, names = self._load(cache_dir, device)
            self._labels = label_map(names, weights=weights.name)
            self._options: dict[str, Any] = {
                "conf": conf,
                "imgsz": imgsz,
                "classes": sorted(self._labels),
                "device": self._device,
                "verbose": False,
                "save": False,
            }
            # Exports are opened by the first prediction: fail now and not in the middle of a run. It also resets
            # torch's threads to one less than there are cores, so it must come before we set them.
            self._infer([np.zeros((64, 64, 3), np.uint8)])
        except (DetectorError, ResumeRefused):
            raise
        except Exception as error:  # whatever torch, a pickle or an inference runtime may raise
            raise self._error(foreign(error)) from error

    @property
    def labels(self) -> frozenset[str]:
        """What these weights can find."""
        return frozenset(self._labels.values())

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One `Detections` for each frame.

        Raises:
            DetectorError: The network failed, or the detector is closed.
        """
        if self._model is None:
            raise self._error("the detector is closed")
        try:
            check_frames(frames)
            self._claim_threads()
            return [found for chunk in self._chunks(frames) for found in self._infer(chunk)]
        except Exception as error:  # torch, onnxruntime and OpenVINO each raise their own
            raise self._error(foreign(error)) from error

    def close(self) -> None:
        """Free the network."""
        if self._model is None:
            return
        self._model = None
        if self._device.startswith("cuda"):
            import torch

            torch.cuda.empty_cache()

    def _load(self, cache_dir: Path, device: Device) -> tuple[Any, dict[int, str]]:
        yolo = import_yolo(cache_dir, self._threads)
        import torch

        is_torch = self._weights.kind == "pt"
        on_gpu = is_torch and device == "cuda"
        if on_gpu:
            require_cuda()
        self._device = "cuda:0" if on_gpu else "cpu"
        self._chunk = (_CHUNK_CUDA if on_gpu else _CHUNK_CPU) if is_torch else _CHUNK_EXPORT
        if on_gpu:
            # The fastest convolution is otherwise chosen by timing, and may round differently in the next process.
            torch.backends.cudnn.benchmark = False
            torch.backends.cudnn.deterministic = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # see import_yolo
            model = yolo(str(self._weights.path), task=None if is_torch else "detect")
            names = dict(model.names)
        if model.task not in _TASKS:
            raise self._error(f"expected a model for {' or '.join(_TASKS)}, found one for {model.task}")
        return model, names

    def _claim_threads(self) -> None:
        import torch

        torch.set_num_threads(self._threads)

    def _chunks(self, frames: Sequence[Frame]) -> Iterator[list[Frame]]:
        # A list of mixed sizes would be letterboxed to squares, so only neighbours of one size go together.
        for _, group in itertools.groupby(frames, key=lambda frame: frame.shape):
            same = list(group)
            for start in range(0, len(same), self._chunk):
                yield same[start : start + self._chunk]

    def _infer(self, chunk: list[Frame]) -> list[Detections]:
        filled = chunk + [chunk[-1]] * (self._chunk - len(chunk))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # see import_yolo
            results = self._model.predict(filled, **self._options)
        if len(results) != len(filled):
            raise self._error(f"expected {len(filled)} results, found {len(results)}")
        return [self._convert(result, frame) for result, frame in zip(results, chunk, strict=False)]

    def _convert(self, result: Any, frame: Frame) -> Detections:
        height, width = frame.shape[:2]
        boxes = result.boxes.numpy() if self._device == "cpu" else result.boxes.cpu().numpy()
        labels = [self._labels[int(number)] for number in boxes.cls]
        return Detections.canonical(boxes.xyxy, boxes.conf, labels, width=width, height=height)

    def _error(self, why: str) -> DetectorError:
        return DetectorError(
            f"The detector ultralytics with the weights {self._weights.name} failed: {why}.",
            safe="What was committed before is safe.",
            do="Retry; if it fails again, choose other weights or another detector. "
            "`python -m bbva_core doctor` says what works on this machine.",
        )
