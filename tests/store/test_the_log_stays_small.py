"""P6: readers who are never all away at once do not make SQLite's log, and with it every read, grow without end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from bbva_core.errors import StorageFull
from bbva_core.settings import AppSettings
from bbva_core.store import Store, engine, ledger
from bbva_core.store.engine import log_bytes, read_engine
from tests.limits import files_limited_to

LIMIT = 256 * 1024


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    monkeypatch.setattr(ledger, "LOG_BYTES", LIMIT)
    store.ledger.recover()  # the first to write switches the log on


class Readers:
    """Two pages, one of which always reads: the next begins before the last ends."""

    def __init__(self, app: AppSettings) -> None:
        self._engine = read_engine(app.url)
        self._reading: Connection | None = None
        self.next()

    def next(self) -> None:
        before, self._reading = self._reading, self._engine.connect()
        self._reading.execute(text("SELECT count(*) FROM runs")).all()
        if before is not None:
            before.close()

    def close(self) -> None:
        assert self._reading is not None
        self._reading.close()
        self._engine.dispose()


@pytest.fixture
def pages(app: AppSettings) -> Iterator[Readers]:
    with closing(Readers(app)) as readers:
        yield readers


def commits(store: Store, pages: Readers) -> Iterator[int]:
    """Many commits, after each of which the next page reads; gives the size of the log."""
    writer = store.ledger._engine
    for number in range(40):
        store.ledger.beat(host=f"{number}" * 40_000, pid=1, boot_id="", compute_pid=None, started_at=ledger.now())
        pages.next()
        yield log_bytes(writer)


def test_the_log_is_emptied_although_somebody_always_reads(store: Store, pages: Readers) -> None:
    *_, grown = commits(store, pages)
    assert grown > 4 * LIMIT, "by itself it does not begin anew while somebody reads"
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            pages.next()

    reading = threading.Thread(target=read)
    reading.start()
    store.ledger.tidy()
    stop.set()
    reading.join()
    assert log_bytes(store.ledger._engine) == 0


def test_a_small_log_is_left_alone(store: Store, pages: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "empty_log", lambda _engine: pytest.fail("emptied"))
    assert 0 < next(commits(store, pages)) < LIMIT
    store.ledger.tidy()


def test_a_full_disk_is_said_in_words_and_the_connection_is_as_patient_as_before(
    app: AppSettings, store: Store, pages: Readers
) -> None:
    *_, grown = commits(store, pages)
    assert grown > LIMIT
    with files_limited_to(app.database_path.stat().st_size), pytest.raises(StorageFull):
        store.ledger.tidy()
    with store.ledger._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == engine.BUSY_TIMEOUT_MS


def test_a_reader_who_takes_long_is_waited_for_now_and_then_only(
    app: AppSettings, store: Store, pages: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    monkeypatch.setattr(ledger, "empty_log", lambda given: (tries.append(1), engine.empty_log(given)))
    monkeypatch.setattr(engine, "_READERS_MS", 10)
    with closing(Readers(app)):  # an export
        for size in commits(store, pages):  # noqa: B007
            store.ledger.tidy()
        assert size > 4 * LIMIT
        assert 1 <= len(tries) <= size // LIMIT, "not again before the log has grown as much again"
