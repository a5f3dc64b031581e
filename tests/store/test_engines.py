"""One engine writes, with transactions that begin at once; the other cannot write at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from bbva_core.errors import BBVAError, DatabaseBusy, DatabaseDamaged, StorageFull, StoreError
from bbva_core.settings import AppSettings
from bbva_core.store import Store, engine
from bbva_core.store.engine import read_engine, write_engine
from tests.fakes import add_run


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM runs", "UPDATE runs SET state = 'complete'", "CREATE TABLE more (x)", "DROP TABLE runs"],
)
def test_read_engine_cannot_write(app: AppSettings, store: Store, statement: str) -> None:
    add_run(store, app)
    reader = read_engine(app.url)
    with pytest.raises(StoreError, match="readonly"), reader.connect() as connection:
        connection.execute(text(statement))
    reader.dispose()
    assert len(store.queries.runs()) == 1


def test_write_transactions_begin_immediate(app: AppSettings, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    first, second = write_engine(app.url), write_engine(app.url)
    with first.begin():  # nothing written yet, and the other must wait already
        with pytest.raises(DatabaseBusy), second.begin():
            pass
        assert store.queries.runs() == []  # readers need not wait
    with second.begin():
        pass
    first.dispose()
    second.dispose()


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_commits_survive_power_loss(app: AppSettings, store: Store, pragma: str, value: object) -> None:
    writer = write_engine(app.url)
    with writer.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    writer.dispose()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("database or disk is full", StorageFull),
        ("disk I/O error", StorageFull),
        ("database is locked", DatabaseBusy),
        ("database disk image is malformed", DatabaseDamaged),
        ("file is not a database", DatabaseDamaged),
        ("attempt to write a readonly database", StoreError),
        ("unable to open database file", StoreError),
        ("UNIQUE constraint failed: runs.uuid", None),
    ],
)
def test_sqlite_messages_in_words(message: str, kind: type[BBVAError] | None) -> None:
    problem = engine.in_words(message)
    assert (type(problem) if problem else None) is kind
    if problem is not None:
        assert problem.what and problem.safe and problem.do


@pytest.mark.parametrize("make", [read_engine, write_engine])
def test_a_missing_driver_is_said_in_words(make: Callable[[str], Engine]) -> None:
    with pytest.raises(StoreError, match="driver for oracle databases is not installed"):
        make("oracle://somebody@127.0.0.1/bbva")
