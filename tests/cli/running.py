"""Running the command line: in this process with fake engines, or as a real process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bbva_core.settings import PROJECT_ROOT

# OpenCV's detector: the only one that needs no model. A low score, so that it finds something in a test picture.
FAST = ("--detector", "opencv-hog", "--ocr", "none", "--batch-frames", "4", "--conf", "0.05")


def environment(**more: str) -> Mapping[str, str]:
    """Ours without any BBVA setting, and with these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BBVA_")} | more


def start(*arguments: str | Path, **settings: str) -> subprocess.Popen[str]:
    """`python -m bbva_core …` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "bbva_core", *map(str, arguments)],
        cwd=PROJECT_ROOT,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: str | Path, **settings: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    process = start(*arguments, **settings)
    out, err = process.communicate(timeout=800)
    return process.returncode, out, err
