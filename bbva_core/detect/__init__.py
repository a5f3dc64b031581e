"""Detection: engines behind one protocol, weights and their provenance, one vocabulary of classes.

Importing this package is light; an engine is imported when it is made.
"""

from bbva_core.detect.download import download_weights
from bbva_core.detect.engines import ENGINES, create_detector, resolve_auto
from bbva_core.detect.types import Detections, Detector
from bbva_core.detect.vocabulary import LABELS
from bbva_core.detect.weights import OFFICIAL, WeightsFile, default_weights, list_weights, resolve_weights

__all__ = [
    "ENGINES",
    "LABELS",
    "OFFICIAL",
    "Detections",
    "Detector",
    "WeightsFile",
    "create_detector",
    "default_weights",
    "download_weights",
    "list_weights",
    "resolve_auto",
    "resolve_weights",
]
