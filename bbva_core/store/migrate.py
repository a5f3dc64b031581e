"""Bring the database to the schema of this version, or say in words why not.

Before anything is changed the SQLite file is copied with `VACUUM INTO`; the migrations of one start run inside one
transaction; foreign keys are off meanwhile (SQLite's batch mode rebuilds tables) and checked before the commit.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from bbva_core.errors import DatabaseDamaged, DatabaseNewer, MigrationFailed, StoreError
from bbva_core.settings import AppSettings
from bbva_core.store.engine import BUSY_TIMEOUT_MS, in_words, is_sqlite, plain_engine, server_problem

_SQLITE_MAGIC = b"SQLite format 3\x00"
_LOCK_SECONDS = 60.0
_QUICK_CHECK_LIMIT = 64 * 1024**2  # a full check of a larger file would delay the first page; `doctor` does it


def prepare_database(app: AppSettings) -> None:
    """Create the database, or migrate it to the newest schema.

    Raises:
        DatabaseNewer: It was written by a newer BBVA.
        DatabaseDamaged: The file is not a database, or damaged.
        MigrationFailed: A migration failed; the database is as it was.
        StoreError: The folder or file cannot be opened, or another process is at it for too long.
    """
    try:
        app.data_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(app.data_dir.resolve() / "migrate.lock", timeout=_LOCK_SECONDS):
            if is_sqlite(app.url):
                _check_file(database_file(app))
            _migrate(app)
    except Timeout as error:  # an OSError too, but not one of the folder
        raise StoreError(
            f"Another BBVA has been opening or upgrading the database in {app.data_dir.resolve()} for more than"
            f" {_LOCK_SECONDS:.0f} seconds.",
            safe="Nothing was changed.",
            do="Let it finish, or close it, and start again.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"The data folder {app.data_dir.resolve()} cannot be written ({error.strerror or error}).",
            safe="Nothing was changed.",
            do="Make it writable and free some space, or choose another folder with BBVA_DATA_DIR, and start again.",
        ) from error


def check_integrity(app: AppSettings) -> list[str]:
    """Problems that SQLite finds in the whole file; empty when it is sound. Takes time on large files."""
    if not is_sqlite(app.url):
        return []
    path = database_file(app)
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            found = [str(text) for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
            dangling = Counter(row[0] for row in connection.execute("PRAGMA foreign_key_check"))
    except sqlite3.Error as error:  # so damaged, or so busy, that it cannot even be checked
        return [f"{path} cannot be checked: {error}"]
    return found + [f"{count} rows of {table} refer to rows that are not there" for table, count in dangling.items()]


def database_file(app: AppSettings) -> Path:
    """The SQLite file that the URL names, in the data folder or elsewhere."""
    return Path(make_url(app.url).database or app.database_path).resolve()


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent / "migrations"))


def _check_file(path: Path) -> None:
    if not path.exists() or path.stat().st_size == 0:
        return
    damaged = DatabaseDamaged(
        f"{path} is not a sound SQLite database.",
        safe="It was not touched. Videos and exports are not affected.",
        do=f"Restore a copy from {path.parent / 'backups'}, or move the file away to start with an empty database.",
    )
    with path.open("rb") as file:
        if file.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
            raise damaged
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if path.stat().st_size <= _QUICK_CHECK_LIMIT:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise damaged
    except sqlite3.DatabaseError as error:
        # Only what SQLite calls damage is damage: a full disk or a missing permission must not lead anybody to throw a
        # sound database away.
        problem = in_words(str(error)) or StoreError(
            f"{path} cannot be opened: {error}.", safe="It was not touched.", do="Mend the cause and start again."
        )
        raise (damaged if isinstance(problem, DatabaseDamaged) else problem) from error
    finally:
        connection.close()


def _migrate(app: AppSettings) -> None:
    script = _script()
    head = script.get_current_head()
    engine = plain_engine(app.url)
    try:
        with engine.connect() as connection:
            current = _current_revision(app, connection, script)
            if current == head:
                return
            if is_sqlite(app.url):
                if current is not None:
                    _backup(app, current)
                # Fixed before the transaction begins: SQLite ignores this pragma inside one.
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                connection.commit()
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.isolation_level = None
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            config = Config()
            config.set_main_option("script_location", str(script.dir).replace("%", "%%"))  # a % would begin a variable
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if is_sqlite(app.url) and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                raise MigrationFailed("The migrated database has rows that refer to nothing.")
            connection.commit()
    except (DatabaseError, CommandError, MigrationFailed) as error:
        if is_sqlite(app.url) and isinstance(error, DatabaseError) and (problem := in_words(str(error.orig))):
            raise problem from error
        if not is_sqlite(app.url) and isinstance(error, OperationalError):
            raise server_problem(error.orig) from error
        reason = error.orig if isinstance(error, DatabaseError) else error  # without the statement and a link
        raise MigrationFailed(
            f"The database could not be brought to schema {head}: {reason}.",
            safe="It was left as it was.",
            do="Please report this with the text above; the older version of BBVA still opens it.",
        ) from error
    finally:
        engine.dispose()


def _current_revision(app: AppSettings, connection: object, script: ScriptDirectory) -> str | None:
    from sqlalchemy.engine import Connection

    assert isinstance(connection, Connection)
    tables = set(inspect(connection).get_table_names())
    current = None
    if "alembic_version" in tables:
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        connection.rollback()
    others = sorted(tables - {"alembic_version"})
    if current is None and others:
        raise DatabaseDamaged(
            f"{make_url(app.url).render_as_string()} holds tables that BBVA did not make, or not to the end"
            f" ({', '.join(others[:3])}, …).",
            safe="It was not touched.",
            do="Restore a copy from its backups, or choose another data folder with BBVA_DATA_DIR.",
        )
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseNewer(
            f"The database has schema {current}, which this version of BBVA does not know"
            f" (newest known: {script.get_current_head()}).",
            safe="It was not touched.",
            do="Start the newer BBVA that wrote it, or choose another data folder with BBVA_DATA_DIR.",
        )
    return current


def _backup(app: AppSettings, revision: str) -> None:
    folder = app.data_dir.resolve() / "backups"
    folder.mkdir(exist_ok=True)
    target = folder / f"bbva-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db"
    connection = sqlite3.connect(database_file(app))
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise MigrationFailed(f"no backup could be written to {folder} ({error})") from error
    finally:
        connection.close()
