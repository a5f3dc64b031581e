"""Out of the box only this machine is served, nothing is reported, and nothing is asked on the terminal."""

from __future__ import annotations

import tomllib

import pytest

from bbva_core.settings import PROJECT_ROOT

CONFIG = tomllib.loads((PROJECT_ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("section", "option", "wanted"),
    [
        ("server", "address", "127.0.0.1"),
        ("browser", "gatherUsageStats", False),
        ("server", "showEmailPrompt", False),
        ("client", "showErrorDetails", "none"),
    ],
)
def test_option(section: str, option: str, wanted: object) -> None:
    assert CONFIG[section][option] == wanted
