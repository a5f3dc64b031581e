"""The browser tests find a Chromium, or say in words that there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import chromium


def test_the_one_found_starts() -> None:
    path = chromium.find_chromium()
    assert path is not None
    assert subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def test_one_that_does_not_start_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(chromium.NoChromium, match="does not start"):
        chromium.find_chromium()


def test_none_and_no_way_to_get_one_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "_candidates", lambda: iter(()))
    monkeypatch.setattr(
        chromium, "_ways_to_install", lambda: iter([("a way that fails", [[sys.executable, "-c", "1/0"]])])
    )
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(chromium.NoChromium, match="a way that fails"):
        chromium.ensure_chromium()
