"""The server process imports these packages: no engine may come with them."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("cv2", "torch", "ultralytics", "openvino", "onnxruntime", "rapidocr", "easyocr", "streamlit")


@pytest.mark.parametrize("package", ["bbva_core.detect", "bbva_core.ocr", "bbva_core.ocr.easyocr_models"])
def test_import_is_light(package: str) -> None:
    code = f"import sys, {package}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
