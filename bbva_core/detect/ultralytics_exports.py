"""Exports (OpenVINO, ONNX) compute as `.pt` weights do: in float32, on the CPU, with the threads of the run.

Left alone, OpenVINO computes in bfloat16 on processors that have it: 4 % of the detections went missing and scores
differed in the second digit, by machine. Both take all cores.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def tame_exports(threads: int) -> None:
    """Make ultralytics load exports that way from now on.

    Args:
        threads: CPU threads.

    Raises:
        ImportError: ultralytics is not installed, or is broken.
    """
    from ultralytics.nn.backends.onnx import ONNXBackend
    from ultralytics.nn.backends.openvino import OpenVINOBackend

    _wrap(OpenVINOBackend, functools.partial(_load_openvino, threads))
    _wrap(ONNXBackend, functools.partial(_load_onnx, threads))


def _wrap(backend: Any, load: Callable[[Callable[..., None], Any, Any], None]) -> None:
    original = getattr(backend.load_model, "__wrapped__", backend.load_model)

    @functools.wraps(original)
    def load_model(self: Any, weight: Any) -> None:
        load(original, self, weight)

    backend.load_model = load_model


def _load_openvino(threads: int, original: Callable[..., None], backend: Any, weight: Any) -> None:
    import openvino

    class Core(openvino.Core):  # type: ignore[misc]
        def compile_model(self, model: Any, device_name: Any = None, config: Any = None) -> Any:
            exact = {"INFERENCE_PRECISION_HINT": openvino.Type.f32, "INFERENCE_NUM_THREADS": threads}
            return super().compile_model(model, "CPU", {**(config or {}), **exact})

    # ultralytics takes no options for it.
    plain, openvino.Core = openvino.Core, Core
    try:
        original(backend, weight)
    finally:
        openvino.Core = plain


def _load_onnx(threads: int, original: Callable[..., None], backend: Any, weight: Any) -> None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    backend.session_options = options
    original(backend, weight)
