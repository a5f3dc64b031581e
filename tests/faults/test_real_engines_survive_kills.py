"""A real game with the real engines, killed again and again at moments that nobody chose."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

import pytest

from tests.cli.running import run, start
from tests.faults.killing import assert_whole_batches_only, committed, exports, kill_when, query

KILLS = 5
ANALYZE = ("--end-frame", "150", "--batch-frames", "10")  # long enough not to end between five kills


def claim_of(data: Path) -> object:
    """The token of the process that works on the run; None before there is one."""
    try:
        rows = query(data, "SELECT claim FROM runs")
    except sqlite3.OperationalError:  # no database yet
        return None
    return rows[0][0] if rows else None


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_killed_five_times_equals_uninterrupted(shared_dir: Path, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    chance = random.Random(seed)
    game = shared_dir / "games" / "spurs_thunder.mp4"
    models = {"BBVA_MODELS_DIR": str(shared_dir / "models")}
    whole, data = tmp_path / "whole", tmp_path / "data"
    code, out, err = run("analyze", game, *ANALYZE, "--data-dir", whole, "--json", **models)
    assert code == 0, err
    assert json.loads(out)["detections"] > 60 and json.loads(out)["readings"] > 0
    expected = exports(whole, tmp_path / "expected")

    command: tuple[str | Path, ...] = ("analyze", game, *ANALYZE)
    claims: set[object] = {None}
    for kill in range(KILLS):
        # Not before this process has the run, and has perhaps committed one stage more; then at any moment.
        wanted = (committed(data) if kill else 0) + chance.randrange(2)
        process = start(*command, "--data-dir", data, **models)

        def moment(wanted: int = wanted) -> bool:
            return claim_of(data) not in claims and committed(data) >= wanted

        assert kill_when(process, moment, delay=chance.uniform(0.0, 0.8)), f"it ended before kill {kill}, seed {seed}"
        print(f"kill {kill}: {committed(data)} stages committed")  # noqa: T201
        claims.add(claim_of(data))
        assert_whole_batches_only(data)
        command = ("resume", "--last")
    code, out, err = run("resume", "--last", "--data-dir", data, "--json", **models)
    assert code == 0, err
    assert exports(data, tmp_path / "found") == expected
