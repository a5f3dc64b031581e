"""Engines: one that writes, one that only reads.

SQLite settings follow its documentation: WAL lets readers go on while one writer commits (sqlite.org/wal.html), and
synchronous=FULL makes a commit survive power loss in that mode (sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, ExceptionContext, make_url
from sqlalchemy.exc import OperationalError

from bbva_core.errors import DatabaseBusy, DatabaseDamaged, StorageFull, StoreError

BUSY_TIMEOUT_MS = 30_000

_READERS_MS = 2_000  # how long emptying the log waits for readers: pages are quicker, an export may take minutes


def write_engine(url: str) -> Engine:
    """The engine for the writers: every transaction is `BEGIN IMMEDIATE`, so it waits at its start or not at all."""
    return _engine(url, begin="BEGIN IMMEDIATE", query_only=False)


def read_engine(url: str) -> Engine:
    """The engine for the pages: connections that cannot write."""
    return _engine(url, begin="BEGIN", query_only=True)


def plain_engine(url: str, **options: Any) -> Engine:
    """SQLAlchemy's own engine, for the migrations.

    Raises:
        StoreError: The driver that the URL asks for is not installed.
    """
    try:
        return create_engine(url, **options)
    except ModuleNotFoundError as error:
        raise StoreError(
            f"The driver for {make_url(url).get_backend_name()} databases is not installed ({error.name}).",
            safe="Nothing was changed.",
            do=f"Install it (`pip install {error.name}`), or unset BBVA_DATABASE_URL to use SQLite.",
        ) from error


def log_bytes(engine: Engine) -> int:
    """The size of SQLite's write-ahead log; 0 on other databases."""
    try:
        return Path(f"{engine.url.database}-wal").stat().st_size if is_sqlite(str(engine.url)) else 0
    except FileNotFoundError:
        return 0


def empty_log(engine: Engine) -> None:
    """Move what is committed from SQLite's write-ahead log into the database, and begin the log anew.

    SQLite does so by itself only at a moment when nobody reads, and with many pages open there may be none: the log
    would grow as long as a run goes on. This waits for those who read now; it gives up when one of them is slow. Only
    call between two transactions.

    Raises:
        StoreError: The database cannot be written.
    """
    connection = engine.raw_connection()  # one that has not begun a transaction
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_READERS_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:  # it goes back to the others, who wait longer
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    except sqlite3.Error as error:  # the listeners of `_engine` hear of what goes through SQLAlchemy only
        if problem := in_words(str(error)):
            raise problem from error
        raise
    finally:
        connection.close()


def is_sqlite(url: str) -> bool:
    """Whether the URL names a SQLite database."""
    return make_url(url).get_backend_name() == "sqlite"


def _engine(url: str, *, begin: str, query_only: bool) -> Engine:
    if not is_sqlite(url):
        return _server_engine(url, read_only=query_only)
    engine = plain_engine(
        url, pool_size=10, max_overflow=90, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself: we say BEGIN below
        cursor = connection.cursor()
        if not query_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    @event.listens_for(engine, "handle_error")
    def _say_it_in_words(context: ExceptionContext) -> None:
        if problem := in_words(str(context.original_exception)):
            raise problem from context.original_exception

    return engine


def _server_engine(url: str, *, read_only: bool) -> Engine:
    options: dict[str, Any] = {"pool_pre_ping": True}
    if read_only:
        # All that one summary reads must be of one moment, as it is in SQLite.
        options["isolation_level"] = "REPEATABLE READ"
        if make_url(url).get_backend_name() == "postgresql":
            options["execution_options"] = {"postgresql_readonly": True}
    engine = plain_engine(url, **options)

    @event.listens_for(engine, "handle_error")
    def _say_it_in_words(context: ExceptionContext) -> None:
        if isinstance(context.sqlalchemy_exception, OperationalError):
            raise server_problem(context.original_exception) from context.original_exception

    return engine


def server_problem(error: BaseException | None) -> StoreError:
    """What a database server, or the way to it, complains about, in words. It names no password."""
    return StoreError(
        f"The database server cannot be used: {' '.join(str(error).split())}.",
        safe="Everything committed is safe.",
        do="Check that it runs, and BBVA_DATABASE_URL; then try again.",
    )


def in_words(message: str) -> StoreError | None:
    """SQLite's message in our words; None when it is a bug of ours and must keep its own."""
    safe = "Everything committed is safe."
    if "full" in message or "disk I/O error" in message:
        return StorageFull(
            f"The database could not be written: {message}.", safe=safe, do="Free some space, then press Resume."
        )
    if "locked" in message:
        return DatabaseBusy(
            f"Another program has kept the database locked for more than {BUSY_TIMEOUT_MS // 1000} seconds.",
            safe=safe,
            do="Close the program that has it open, then try again.",
        )
    if "malformed" in message or "not a database" in message:
        return DatabaseDamaged(
            f"The database is damaged: {message}.",
            safe="Videos and exports are not affected.",
            do="Stop BBVA and restore a copy from the `backups` folder beside it.",
        )
    if "readonly" in message or "unable to open" in message:
        return StoreError(
            f"The database cannot be opened for writing: {message}.",
            safe=safe,
            do="Make its folder writable, or choose another with BBVA_DATA_DIR (or BBVA_DATABASE_URL, if that is set).",
        )
    return None
