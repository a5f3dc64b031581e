"""Where torch computes on this machine: on an NVIDIA GPU or on the CPU."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

from bbva_core.errors import ResumeRefused

Device = Literal["cpu", "cuda"]

# The driver itself is asked, so that CUDA_VISIBLE_DEVICES counts; in a process of its own, which may crash or hang.
_ASK_DRIVER = """
import ctypes, sys
driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
count, version = ctypes.c_int(), ctypes.c_int()
failed = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
failed = failed or driver.cuDriverGetVersion(ctypes.byref(version))
print(0 if failed or count.value == 0 else version.value // 1000)
"""
_TIMEOUT_SECONDS = 30.0


def torch_device() -> Device:
    """Where torch would compute here, told without importing it: the server process must not."""
    wanted = _torch_cuda()
    # A driver works with the CUDA versions up to its own, and with later ones of the same major number.
    return "cuda" if wanted and _driver_cuda() >= wanted else "cpu"


def require_cuda() -> None:
    """Check that torch finds a GPU. Call it in the compute process: it imports torch.

    Raises:
        ResumeRefused: It finds none.
    """
    import torch

    if not torch.cuda.is_available():
        raise ResumeRefused(
            f"This run computes on an NVIDIA GPU, but PyTorch {torch.__version__} finds none that it can use, and on"
            " the CPU its rows would differ.",
            safe="Everything committed is safe and can be exported.",
            do="Make the GPU available (`python -m bbva_core doctor` shows what works here) and press Resume; or set"
            " CUDA_VISIBLE_DEVICES=-1, start BBVA again, and analyse the video in a new run on the CPU.",
        )


def _torch_cuda() -> int:
    """Major version of the CUDA that the installed torch was built for; 0 for none."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return 0
    try:
        text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(r"^cuda\b.*=\s*['\"](\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _driver_cuda() -> int:
    """Major version of the CUDA that the NVIDIA driver supports; 0 without a driver or a GPU."""
    try:
        asked = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _ASK_DRIVER], capture_output=True, text=True, timeout=_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return int(asked.stdout) if asked.returncode == 0 and asked.stdout.strip().isdigit() else 0
