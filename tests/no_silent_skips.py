"""In CI a skipped test is a failed one: what it needs has to be there. Only "GPU …" is a reason to skip."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

ALLOWED = "GPU"

_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test or fixture that skips."""
    return _judged((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that skips, as `importorskip` does."""
    return _judged((yield))


def _judged(report: _Report) -> _Report:
    expected_failure = hasattr(report, "wasxfail")
    if not report.skipped or expected_failure or os.environ.get("CI", "").lower() not in ("true", "1"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(ALLOWED):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where everything a test needs must be there: {reason}"
    return report
