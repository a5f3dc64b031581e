"""The progress on the command line says how long a long thing still takes."""

from __future__ import annotations

import pytest

from bbva_core.terminal import time_left


@pytest.mark.parametrize(
    ("seconds", "done", "remaining", "words"),
    [
        (60, 10, 90, ", 9 min left"),
        (1200, 10, 90, ", 3.0 hours left"),
        (3600, 10, 90, ", 9.0 hours left"),
        (1, 10, 90, ""),  # too early to say
        (60, 0, 90, ""),  # goes on with an interrupted thing, and nothing is done yet
        (60, 90, 10, ""),  # seconds
        (60, 90, 0, ""),
    ],
)
def test_time_left(seconds: float, done: int, remaining: int, words: str) -> None:
    assert time_left(seconds, done, remaining) == words
