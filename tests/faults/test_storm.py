"""P1, P3, P8: at least 200 kills at moments that nobody chose."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.storm import storm
from tests.figures import Figure


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_kills_change_nothing(tmp_path: Path, figure: Figure) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    toll = storm(tmp_path, seed=seed, kills=200, frames=2000)
    figure("storm", toll)
    assert toll.kills.total() >= 200, f"the run ended before, after {toll}"
