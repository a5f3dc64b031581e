"""Figures that tests measure: printed together at the end of a run, so that `docs/reliability.md` can be checked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Figure = Callable[[str, object], None]

_PREFIX = "figure: "


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Notes a figure under a name, for people to read; it decides nothing."""
    return lambda name, value: record_property(_PREFIX + name, str(value))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was noted, in whichever process."""
    reports = (report for reports in terminalreporter.stats.values() for report in reports)
    noted = [
        f"{report.nodeid.rpartition('::')[2]}: {name.removeprefix(_PREFIX)}: {value}"
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name.startswith(_PREFIX)
    ]
    if noted:
        terminalreporter.section("figures")
        for line in noted:
            terminalreporter.write_line(line)
