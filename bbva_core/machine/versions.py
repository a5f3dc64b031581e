"""Versions of installed packages, told without importing them."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from bbva_core import __version__

PACKAGES = (
    "streamlit",
    "sqlalchemy",
    "av",
    "opencv-python-headless",
    "torch",
    "ultralytics",
    "openvino",
    "onnxruntime",
    "rapidocr",
    "easyocr",
)
"""What a report about BBVA should name."""


def version_of(package: str) -> str:
    """The version of an installed package, or `absent`."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def versions() -> dict[str, str]:
    """BBVA, Python, and the packages that matter."""
    return {"BBVA": __version__, "Python": platform.python_version(), **{name: version_of(name) for name in PACKAGES}}
