"""Clocks as scoreboards write them."""

from __future__ import annotations

import pytest

from bbva_core.ui.words import game_clock, shot_clock


@pytest.mark.parametrize(("seconds", "text"), [(None, "-"), (24.0, "24"), (4.5, "4.5"), (0.0, "0")])
def test_a_shot_clock_has_no_minutes(seconds: float | None, text: str) -> None:
    assert shot_clock(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(None, "-"), (248.0, "4:08"), (41.9, "41.9"), (5.0, "0:05")])
def test_a_game_clock_has_tenths_where_they_are_shown(seconds: float | None, text: str) -> None:
    assert game_clock(seconds) == text
