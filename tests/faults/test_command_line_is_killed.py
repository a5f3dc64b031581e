"""P1, P3, P8: kill -9 of the real command line with a real detector; other points and signals have tests elsewhere."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cli.running import FAST, run
from tests.faults.killing import assert_whole_batches_only, committed, exports, query, rows_of_an_uninterrupted_analysis

ANALYZE = (*FAST, "--end-frame", "12")  # three batches


@pytest.fixture(scope="module")
def uninterrupted(game: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return rows_of_an_uninterrupted_analysis(game, tmp_path_factory.mktemp("uninterrupted"), *ANALYZE)


def resume_equals(tmp_path: Path, expected: dict[str, bytes]) -> None:
    data = tmp_path / "data"
    assert_whole_batches_only(data)
    code, out, err = run("resume", "--last", "--data-dir", data, "--json")
    assert code == 0, err
    assert json.loads(out)["state"] == "complete"
    assert query(data, "PRAGMA integrity_check") == [("ok",)]
    assert exports(data, tmp_path / "out") == expected


@pytest.mark.parametrize(
    ("point", "executor", "done"),
    [
        pytest.param("inside_commit:kill:2", "process", 1),
        pytest.param("after_inference:kill:2", "inline", 1, marks=pytest.mark.slow),
    ],
)
def test_killed_at(
    game: Path, tmp_path: Path, uninterrupted: dict[str, bytes], point: str, executor: str, done: int
) -> None:
    data = tmp_path / "data"
    code, _, err = run("analyze", game, *ANALYZE, "--executor", executor, "--data-dir", data, BBVA_FAILPOINT=point)
    assert code == -signal.SIGKILL, err
    assert query(data, "SELECT state FROM runs") == [("running",)]
    assert committed(data) == done
    resume_equals(tmp_path, uninterrupted)
