"""Keep third-party libraries from reporting home. Call before they are imported."""

from __future__ import annotations

import os
import sys


def silence_telemetry() -> None:
    """No usage reports by onnxruntime and OpenVINO, and none of the files they keep for them in the home folder.

    onnxruntime 1.32 sends events to Microsoft on Linux too (microsoft/onnxruntime#27379) and writes to
    `~/.cache/Microsoft` as soon as it is imported; its own API can switch that off only afterwards.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    # OpenVINO's converter reports when this package can be imported, and carries a stub for when it cannot.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
