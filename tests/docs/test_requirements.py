"""What is installed is what was tested: exact pins for direct dependencies, and a torch and torchvision that match."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version

import pytest

from bbva_core.settings import PROJECT_ROOT


def _lines(name: str) -> list[str]:
    lines = (PROJECT_ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith(("#", "-r "))]


PINS = [line for name in ("requirements.txt", "requirements-dev.txt") for line in _lines(name)]


@pytest.mark.parametrize("line", PINS)
def test_pinned_exactly(line: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,-]+\])?==[0-9][A-Za-z0-9.!+]*", line)


@pytest.mark.parametrize("line", PINS)
def test_installed_as_pinned(line: str) -> None:
    name, _, wanted = line.partition("==")
    assert version(name) == wanted


def test_both_builds_of_opencv_are_one_version() -> None:
    pins = dict(line.split("==") for line in PINS)
    assert pins["opencv-python"] == pins["opencv-python-headless"]


def test_torch_and_torchvision_are_a_pair() -> None:
    code = (
        "import torch, torchvision\n"
        "boxes = torch.tensor([[0., 0., 10., 10.], [1., 1., 10., 10.], [20., 20., 30., 30.]])\n"
        "print(torchvision.ops.nms(boxes, torch.tensor([.9, .8, .7]), .5).tolist())"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[0, 2]", done.stderr
