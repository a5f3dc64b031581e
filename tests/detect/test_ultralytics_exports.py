"""An export of the weights finds what the weights find, however the processor would rather compute."""

from __future__ import annotations

import contextlib
import copy
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bbva_core.detect.engines import create_detector
from bbva_core.detect.types import Detections, Frame
from bbva_core.detect.ultralytics_setup import import_yolo
from bbva_core.detect.weights import resolve_weights
from bbva_core.settings import AppSettings

pytestmark = pytest.mark.slow

NAME = "yolo11n-coco-dequantised.pt"
SIZE = 640
SHAPE = [384, SIZE]  # what weights see of a picture of 640 x 360


@pytest.fixture(scope="module")
def app(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AppSettings:
    return AppSettings(data_dir=tmp_path_factory.mktemp("data"), models_dir=shared_dir / "models")


@pytest.fixture(scope="module")
def frames(shared_dir: Path) -> list[Frame]:
    capture = cv2.VideoCapture(str(shared_dir / "games" / "mavs_hawks.mp4"))
    read = [capture.read()[1] for _ in range(12)]
    capture.release()
    return read


@pytest.fixture(scope="module")
def model(app: AppSettings, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = shutil.copy(app.models_dir / NAME, tmp_path_factory.mktemp("export") / "exported.pt")
    return import_yolo(app.cache_dir, 2)(str(path))


@pytest.fixture(scope="module")
def openvino_folder(model: Any) -> Path:
    with quiet():
        return Path(model.export(format="openvino", imgsz=SHAPE, device="cpu"))


@pytest.fixture(scope="module")
def onnx_file(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ultralytics exports it, but without the package onnx, which we do not need otherwise."""
    import torch
    from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

    path = tmp_path_factory.mktemp("onnx") / "exported.onnx"
    network = copy.deepcopy(model.model).float().eval()
    network.model[-1].export, network.model[-1].format = True, "onnx"
    with quiet(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            onnx_proto_utils, "_add_onnxscript_fn", lambda proto, _: proto
        )  # needs onnx, and would do nothing
        torch.onnx.export(network, (torch.zeros(1, 3, *SHAPE),), str(path), dynamo=False, input_names=["images"])
    facts = {"names": model.names, "stride": 32, "task": "detect", "imgsz": SHAPE, "batch": 1}
    with path.open("ab") as file:
        for name, value in facts.items():
            file.write(_field(14, _field(1, name.encode()) + _field(2, str(value).encode())))
    return path


def _field(number: int, data: bytes) -> bytes:
    # Protocol buffers: number and length before the bytes, 7 bits at a time. A field at the end counts as the others.
    length, size = b"", len(data)
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + data


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # see import_yolo
        yield


@pytest.fixture(scope="module", params=["openvino_folder", "onnx_file"])
def export(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


def detect(app: AppSettings, weights: str, frames: list[Frame], threads: int = 2) -> list[Detections]:
    chosen = resolve_weights(app, weights, trust=True)
    detector = create_detector("ultralytics", chosen, conf=0.25, imgsz=SIZE, threads=threads, cache_dir=app.cache_dir)
    try:
        return detector.detect(frames)
    finally:
        detector.close()


@pytest.fixture(scope="module")
def expected(app: AppSettings, frames: list[Frame]) -> list[Detections]:
    return detect(app, NAME, frames)


def test_an_export_finds_what_the_weights_find(
    app: AppSettings, export: Path, frames: list[Frame], expected: list[Detections]
) -> None:
    found = detect(app, str(export), frames)
    assert sum(len(one.labels) for one in expected) > 5 * len(frames)
    for one, other in zip(found, expected, strict=True):
        assert sorted(one.labels) == sorted(other.labels)
        # Two of nearly the same score may change places.
        near = np.abs(one.boxes[:, None] - other.boxes[None]).max(axis=2).argmin(axis=1)
        assert sorted(near.tolist()) == list(range(len(other.labels)))
        assert np.abs(one.boxes - other.boxes[near]).max(initial=0) < 1
        assert np.abs(one.scores - other.scores[near]).max(initial=0) < 0.01
    assert detect(app, str(export), frames) == found


def test_openvino_computes_in_float32_with_the_threads_of_the_run(
    app: AppSettings, openvino_folder: Path, frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    import openvino
    from ultralytics.nn.backends.openvino import OpenVINOBackend

    asked: list[tuple[Any, ...]] = []
    forward = OpenVINOBackend.forward

    def noting(self: OpenVINOBackend, im: Any) -> Any:
        model = self.ov_compiled_model
        asked.append(
            tuple(
                model.get_property(name)
                for name in ("INFERENCE_PRECISION_HINT", "INFERENCE_NUM_THREADS", "EXECUTION_DEVICES")
            )
        )
        return forward(self, im)

    plain = openvino.Core
    monkeypatch.setattr(OpenVINOBackend, "forward", noting)
    for threads in (2, 1):
        detect(app, str(openvino_folder), frames[:1], threads)
        assert asked[-1] == (openvino.Type.f32, threads, ["CPU"])
    assert openvino.Core is plain


def test_onnx_computes_with_the_threads_of_the_run(
    app: AppSettings, onnx_file: Path, frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ultralytics.nn.backends.onnx import ONNXBackend

    asked: list[int] = []
    forward = ONNXBackend.forward

    def noting(self: ONNXBackend, im: Any) -> Any:
        asked.append(self.session.get_session_options().intra_op_num_threads)
        return forward(self, im)

    monkeypatch.setattr(ONNXBackend, "forward", noting)
    for threads in (2, 1):
        detect(app, str(onnx_file), frames[:1], threads)
        assert asked[-1] == threads
