"""The network of our own reader, as EasyOCR wants it. Importing this imports no torch."""

from pathlib import Path

from bbva_core.settings import PROJECT_ROOT

NETWORK_FOLDER = Path(__file__).parent
"""Where EasyOCR finds `bbva_reader.py` and `bbva_reader.yaml`."""

MODEL = PROJECT_ROOT / "data" / "models" / "bbva_reader.onnx"
"""The weights that we ship, for onnxruntime."""

WEIGHTS = MODEL.with_suffix(".pth")
"""The same for EasyOCR."""
