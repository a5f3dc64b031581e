"""P1, P3, P6, P8: the disk is full, the database locked, damaged, newer or half upgraded: words, nothing lost, and it
works again when the cause is gone. What a page shows then is in tests/browser/test_pages_when_storage_fails.py.
"""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from bbva_core.settings import PROJECT_ROOT, AppSettings
from bbva_core.store import Store, check_integrity, migrate
from tests.cli.running import FAST, environment, run
from tests.fakes import add_run, sql
from tests.faults.killing import (
    Watched,
    assert_whole_batches_only,
    committed,
    exports,
    query,
    rows_of_an_uninterrupted_analysis,
)
from tests.limits import files_limited_to

HANGS = "mid_decode:hang:13"  # in the fourth of six batches; a process that takes over ends before its thirteenth
ROOM = 50_000  # bytes beyond an empty database: enough to begin a run, not to end it


@pytest.fixture(scope="module")
def uninterrupted(game: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return rows_of_an_uninterrupted_analysis(game, tmp_path_factory.mktemp("uninterrupted"), *FAST)


def check_resume(data: Path, expected: dict[str, bytes]) -> None:
    """Whole batches, a sound database, and the rows of an uninterrupted run."""
    assert_whole_batches_only(data)
    assert check_integrity(AppSettings(data_dir=data)) == []
    code, _, err = run("resume", "--last", "--data-dir", data)
    assert code == 0, err
    assert exports(data, data.parent / "out") == expected


@contextmanager
def locked(data: Path) -> Iterator[sqlite3.Connection]:
    """Another program writes, and does not end its transaction."""
    with closing(sqlite3.connect(data / "bbva.db", isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def hanging(game: Path, data: Path) -> tuple[Watched, psutil.Process]:
    """A command line whose compute process hangs, and that process: three of six batches are committed then."""
    watched = Watched("analyze", game, *FAST, "--data-dir", data, BBVA_FAILPOINT=HANGS)
    return watched, psutil.Process(int(watched.wait_for("hangs").split()[-2]))


@pytest.mark.slow
def test_a_disk_that_is_full_in_the_middle_of_a_run_costs_no_commit(
    game: Path, tmp_path: Path, uninterrupted: dict[str, bytes]
) -> None:
    data = tmp_path / "data"
    assert run("runs", "--data-dir", data)[0] == 0
    with files_limited_to((data / "bbva.db").stat().st_size + ROOM):
        code, out, err = run("analyze", game, *FAST, "--data-dir", data, "--json")
    assert code == 1, err
    assert "could not be written" in err and "Free some space" in err and "resume" in err and "Traceback" not in err
    assert 0 < json.loads(out)["batches"]["done"] == committed(data) < 6
    check_resume(data, uninterrupted)


@pytest.mark.slow
def test_a_run_waits_for_a_program_that_locks_the_database_for_seconds(
    game: Path, tmp_path: Path, uninterrupted: dict[str, bytes]
) -> None:
    data = tmp_path / "data"
    watched, compute = hanging(game, data)
    with locked(data):
        compute.kill()
        threading.Event().wait(3.0)  # a sign of life every two: it does meet the lock
        assert committed(data) == 3
    assert watched.end() == 0, watched.said
    assert exports(data, tmp_path / "out") == uninterrupted


@pytest.mark.slow
def test_a_database_that_stays_locked_for_a_minute_ends_the_run_in_words_and_resumable(
    game: Path, tmp_path: Path, uninterrupted: dict[str, bytes]
) -> None:
    data = tmp_path / "data"
    watched, compute = hanging(game, data)
    with locked(data):
        compute.kill()
        assert watched.end() == 1
        assert committed(data) == 3
        again = Watched("resume", "--last", "--data-dir", data)
        assert again.end() == 1
    for said in (watched.said, again.said):
        assert "kept the database locked" in said and "Close the program" in said and "Traceback" not in said
    check_resume(data, uninterrupted)


def _garbage(path: Path) -> None:
    path.write_bytes(b"this was a database once" * 500)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def _half_made(path: Path) -> None:
    """By a program that does not do it in one transaction, as ours does."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM alembic_version")
        connection.execute("DROP TABLE scoreboard_readings")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param(_garbage, "not a sound SQLite database", id="garbage"),
        pytest.param(_cut, "not a sound SQLite database", id="cut"),
        pytest.param(_newer, "does not know", id="newer"),
        pytest.param(_half_made, "or not to the end", id="half made"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_in_words_and_left_as_it_is(
    app: AppSettings, store: Store, harm: Callable[[Path], None], words: str
) -> None:
    fake = add_run(store, app)
    store.close()
    sound = app.database_path.read_bytes()
    harm(app.database_path)
    harmed = app.database_path.read_bytes()
    for arguments in (("runs",), ("resume", "--last")):
        code, out, err = run(*arguments, "--data-dir", app.data_dir)
        assert (code, out) == (1, "") and words in err, err
        assert "Traceback" not in err and "sqlalche.me" not in err and "[SQL" not in err
    assert app.database_path.read_bytes() == harmed, "not even the refusal may touch it"
    app.database_path.write_bytes(sound)
    code, out, err = run("runs", "--data-dir", app.data_dir)
    assert code == 0 and fake.uuid in out, err


UPGRADE = """
import sys
from alembic.script import ScriptDirectory
from bbva_core.settings import AppSettings
from bbva_core.store import Store, migrate
migrate._script = lambda: ScriptDirectory(sys.argv[2])
Store(AppSettings(data_dir=sys.argv[1])).close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("fresh", [True, False], ids=["a new database", "one with runs"])
def test_an_upgrade_that_is_killed_half_way_has_not_begun(tmp_path: Path, fresh: bool) -> None:
    app = AppSettings(data_dir=tmp_path / "data")
    if not fresh:
        with Store(app) as store:
            add_run(store, app)
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    head = migrate._script().get_current_head()
    revision = folder / "versions" / "next.py"
    begin = (
        "import os, signal\nimport sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = 'next'\ndown_revision = {head!r}\ndef upgrade():\n"
        "    op.add_column('runs', sa.Column('note', sa.Text(), nullable=True))\n"
        "    op.execute(\"UPDATE runs SET note = 'half'\")\n"
    )

    def upgrade() -> int:
        command = [sys.executable, "-c", UPGRADE, app.data_dir, folder]
        return subprocess.run(command, cwd=PROJECT_ROOT, env=environment()).returncode

    revision.write_text(begin + "    os.kill(os.getpid(), signal.SIGKILL)\n")
    assert upgrade() == -signal.SIGKILL
    assert query(app.data_dir, "PRAGMA integrity_check") == [("ok",)]
    with Store(app) as store:  # the version before still opens it
        assert len(store.queries.runs()) == (0 if fresh else 1)
    assert "note" not in [row[1] for row in sql(app, "PRAGMA table_info(runs)")]
    revision.write_text(begin)
    assert upgrade() == 0
    assert sql(app, "SELECT note FROM runs") == ([] if fresh else [("half",)])
    assert check_integrity(app) == []
