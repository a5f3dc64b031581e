"""Where torch would compute is known without importing it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bbva_core.errors import ResumeRefused
from bbva_core.machine import device


@pytest.mark.parametrize(
    ("torch_cuda", "driver_cuda", "expected"),
    [(13, 13, "cuda"), (12, 13, "cuda"), (13, 12, "cpu"), (13, 0, "cpu"), (0, 13, "cpu")],
    ids=["equal", "newer driver", "driver too old", "no GPU", "torch without CUDA"],
)
def test_torch_and_driver_must_fit(
    monkeypatch: pytest.MonkeyPatch, torch_cuda: int, driver_cuda: int, expected: str
) -> None:
    monkeypatch.setattr(device, "_torch_cuda", lambda: torch_cuda)
    monkeypatch.setattr(device, "_driver_cuda", lambda: driver_cuda)
    assert device.torch_device() == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cuda: Optional[str] = '13.0'", 13),
        ("cuda = '12.8'", 12),
        ("cuda: Optional[str] = None\nhip = '6.2'", 0),
        ("", 0),
    ],
)
def test_what_torch_was_built_for_is_read_from_its_version_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, expected: int
) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    (tmp_path / "torch" / "version.py").write_text(f"__all__ = ['cuda']\n{line}\n")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert device._torch_cuda() == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("print(12)", 12),
        ("import ctypes; ctypes.CDLL('no-such-driver.so')", 0),
        ("import os; print(12, flush=True); os.abort()", 0),
        ("print('what')", 0),
    ],
    ids=["there", "not installed", "crashes", "nonsense"],
)
def test_a_driver_that_fails_is_none(monkeypatch: pytest.MonkeyPatch, script: str, expected: int) -> None:
    monkeypatch.setattr(device, "_ASK_DRIVER", script)
    assert device._driver_cuda() == expected


@pytest.mark.slow
def test_it_is_what_torch_says() -> None:
    code = "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')"
    said = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert device.torch_device() == said.stdout.strip()


@pytest.mark.slow
def test_a_gpu_that_is_gone_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ResumeRefused, match="finds none that it can use") as refused:
        device.require_cuda()
    assert refused.value.safe and "CUDA_VISIBLE_DEVICES" in refused.value.do
