"""In CI a skip fails, unless its reason begins with "GPU"; elsewhere it is a skip."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bbva_core.settings import PROJECT_ROOT

_TESTS = """
import pytest
def test_passes(): pass
def test_missing(): pytest.skip("no model")
def test_gpu(): pytest.skip("GPU: none here")
@pytest.mark.skipif(True, reason="no browser")
def test_mark(): pass
@pytest.mark.xfail
def test_known(): assert False
"""


@pytest.mark.parametrize(
    ("ci", "wanted"),
    [("", "1 passed, 3 skipped, 1 xfailed"), ("true", "1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error")],
)
def test_skips(tmp_path: Path, ci: str, wanted: str) -> None:
    (tmp_path / "test_it.py").write_text(_TESTS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.no_silent_skips", "-q", str(tmp_path)],
        cwd=tmp_path,
        env=os.environ | {"CI": ci, "PYTHONPATH": str(PROJECT_ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    assert wanted in done.stdout


def test_a_whole_file_that_skips_fails_in_ci(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text('import pytest\npytest.importorskip("no_such_package")\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.no_silent_skips", "-q", str(tmp_path)],
        cwd=tmp_path,
        env=os.environ | {"CI": "true", "PYTHONPATH": str(PROJECT_ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "no_such_package" in done.stdout
