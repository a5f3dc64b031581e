"""What a number was measured on."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

from bbva_core.machine.threads import resolve_threads
from bbva_core.machine.versions import version_of
from bbva_core.settings import AppSettings

_PACKAGES = ("torch", "ultralytics", "openvino", "onnxruntime", "rapidocr", "opencv-python-headless", "av")


def machine_info(app: AppSettings) -> dict[str, str | int]:
    """Processor, threads in use, system, and the versions that matter for speed."""
    info: dict[str, str | int] = {
        "cpu": _cpu_model(),
        "threads": resolve_threads(app.threads),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    return info | {package: version_of(package) for package in _PACKAGES}


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    try:
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return platform.processor() or platform.machine()
