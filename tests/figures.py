"""Figures that tests measure: printed together at the end of a run, so that `docs/reliability.md` can be checked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Figure = Callable[[str, object], None]

_KEY = pytest.StashKey[list[str]]()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Notes a figure under a name, for people to read; it decides nothing."""
    noted = request.config.stash.setdefault(_KEY, [])
    return lambda name, value: noted.append(f"{request.node.name}: {name}: {value}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was noted."""
    if noted := config.stash.get(_KEY, []):
        terminalreporter.section("figures")
        for line in noted:
            terminalreporter.write_line(line)
