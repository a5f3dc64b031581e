"""What the finder of digits made of lamps tells apart, and where it is. Light: no engine."""

from bbva_core.settings import PROJECT_ROOT

MODEL = PROJECT_ROOT / "data" / "models" / "bbva_lamps.onnx"
"""The weights that we ship."""

MARKS = "0123456789:.?"
"""In the order of the network's classes; `?` is a letter made of lamps."""

STRIDE = 4
"""Pixels between two cells of the network's maps."""

SIZE_STEP = 32
"""Height and width of a picture are multiples of this."""
