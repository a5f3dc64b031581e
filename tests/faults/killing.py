"""Killing real runs, and comparing what resuming gives with an uninterrupted run."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from bbva_core.export import TABLES, WRITERS, export_run
from bbva_core.settings import AppSettings
from bbva_core.store import Store
from tests.cli.running import run, start


def exports(data_dir: Path, folder: Path) -> dict[str, bytes]:
    """Every table of the last run in every format."""
    folder.mkdir(exist_ok=True)
    with Store(AppSettings(data_dir=data_dir)) as store:
        run = store.queries.last_run()
        assert run is not None
        for table in TABLES:
            for format in WRITERS:
                export_run(store.queries, run, table=table, format=format, out=folder / f"{table}.{format}")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def rows_of_an_uninterrupted_analysis(game: Path, folder: Path, *arguments: str) -> dict[str, bytes]:
    """The exports of a command line that nothing disturbed."""
    code, out, err = run("analyze", game, *arguments, "--data-dir", folder / "data", "--json")
    assert code == 0, err
    assert json.loads(out)["detections"] > 12, "too few rows to compare"
    return exports(folder / "data", folder / "out")


def query(data_dir: Path, statement: str) -> list[tuple[object, ...]]:
    """Look into the database without our code."""
    connection = sqlite3.connect(f"file:{data_dir / 'bbva.db'}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def committed(data_dir: Path) -> int:
    """Stages of batches that are committed."""
    return int(str(query(data_dir, "SELECT count(*) FROM batch_stages WHERE status = 'completed'")[0][0]))


def assert_whole_batches_only(data_dir: Path) -> None:
    """Rows belong to committed batches, and committed batches have all their rows."""
    for stage, table in (("detect", "detections"), ("ocr", "scoreboard_readings")):
        assert not query(
            data_dir,
            f"SELECT s.batch_id FROM batch_stages s WHERE s.stage = '{stage}' AND (SELECT count(*) FROM {table} r"
            " WHERE r.batch_id = s.batch_id) != CASE s.status WHEN 'completed' THEN s.rows ELSE 0 END",
        )


class Watched:
    """A command line whose stderr is read line by line."""

    def __init__(self, *arguments: str | Path, **settings: str) -> None:
        self.process: subprocess.Popen[str] = start(*arguments, **settings)
        self.lines: list[str] = []

    def wait_for(self, text: str) -> str:
        """Read stderr up to a line with this text."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if text in line:
                return line
        raise AssertionError(f"{text!r} was never said; exit code {self.process.wait()}: {''.join(self.lines)}")

    def end(self) -> int:
        """Wait for the end, reading what it says; returns the exit code."""
        out, err = self.process.communicate(timeout=800)
        self.out = out
        self.lines.append(err)
        return self.process.returncode

    @property
    def said(self) -> str:
        return "".join(self.lines)


def kill_when(process: subprocess.Popen[str], moment: Callable[[], bool], *, delay: float) -> bool:
    """Kill -9 once `moment` is true and this many seconds later; False when the process ended before."""
    pause = threading.Event()
    while not moment():
        if process.poll() is not None:
            return False
        pause.wait(0.02)
    pause.wait(delay)
    if process.poll() is not None:
        return False
    process.kill()
    process.communicate()
    return True
