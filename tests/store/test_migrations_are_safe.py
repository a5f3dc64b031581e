"""A database is created, migrated after a backup, or refused in words with not a byte changed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from filelock import FileLock

from bbva_core.errors import DatabaseDamaged, DatabaseNewer, MigrationFailed, StorageFull, StoreError
from bbva_core.settings import AppSettings
from bbva_core.store import Store, check_integrity, migrate
from tests.fakes import add_run, sql
from tests.limits import files_limited_to, powerless

Upgrade = Callable[[str], None]
ADD_NOTE = "op.add_column('runs', sa.Column('note', sa.Text(), nullable=True))"


@pytest.fixture
def upgrade_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Upgrade:
    """Call it with the body of a revision: from then on this is the newest."""

    def add(body: str) -> None:
        folder = tmp_path / "migrations"
        real = Path(migrate.__file__).parent / "migrations"
        shutil.copytree(real, folder, ignore=shutil.ignore_patterns("__pycache__"))
        head = ScriptDirectory(str(folder)).get_current_head()
        (folder / "versions" / "next.py").write_text(
            f'import sqlalchemy as sa\nfrom alembic import op\nrevision = "next"\ndown_revision = "{head}"\n'
            f"def upgrade():\n    {body}\n"
        )
        monkeypatch.setattr(migrate, "_script", lambda: ScriptDirectory(str(folder)))

    return add


def test_fresh_folder_gets_the_newest_schema(app: AppSettings) -> None:
    Store(app).close()
    assert sql(app, "SELECT version_num FROM alembic_version") == [(migrate._script().get_current_head(),)]
    assert check_integrity(app) == []
    assert not (app.data_dir / "backups").exists()


def test_opening_twice_changes_nothing(app: AppSettings) -> None:
    Store(app).close()
    before = app.database_path.read_bytes()
    Store(app).close()
    assert app.database_path.read_bytes() == before


def test_upgrade_keeps_rows_and_leaves_a_backup(app: AppSettings, upgrade_to: Upgrade) -> None:
    with Store(app) as store:
        run = add_run(store, app)
    upgrade_to(ADD_NOTE)
    with Store(app) as store:
        assert store.queries.run(run.uuid).batches_total == 3
    assert sql(app, "SELECT note FROM runs") == [(None,)]
    (backup,) = (app.data_dir / "backups").iterdir()
    copy = sqlite3.connect(backup)
    assert copy.execute("SELECT uuid FROM runs").fetchall() == [(run.uuid,)]
    assert "note" not in [row[1] for row in copy.execute("PRAGMA table_info(runs)")]
    copy.close()


def test_backup_is_of_the_database_that_is_migrated(app: AppSettings, tmp_path: Path, upgrade_to: Upgrade) -> None:
    elsewhere = app.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'elsewhere.db'}"})
    with Store(elsewhere) as store:
        run = add_run(store, elsewhere)
    upgrade_to(ADD_NOTE)
    Store(elsewhere).close()
    (backup,) = (app.data_dir / "backups").iterdir()
    copy = sqlite3.connect(backup)
    assert copy.execute("SELECT uuid FROM runs").fetchall() == [(run.uuid,)]
    copy.close()
    assert not app.database_path.exists()


def test_two_upgrades_in_one_second_make_two_backups(app: AppSettings, upgrade_to: Upgrade) -> None:
    Store(app).close()
    upgrade_to("op.execute('SELECT 1 FROM nothing')")
    for _ in range(2):
        with pytest.raises(MigrationFailed):
            Store(app)
    assert len(list((app.data_dir / "backups").iterdir())) == 2


def test_a_backup_that_cannot_be_written_stops_the_upgrade_in_words(app: AppSettings, upgrade_to: Upgrade) -> None:
    Store(app).close()
    (app.data_dir / "backups").write_text("in the way")
    before = app.database_path.read_bytes()
    upgrade_to(ADD_NOTE)
    with pytest.raises(StoreError):
        Store(app)
    assert app.database_path.read_bytes() == before


@pytest.mark.parametrize(
    "body",
    [
        "op.add_column('runs', sa.Column('note', sa.Text())); op.execute('SELECT 1 FROM nothing')",
        "op.execute(\"INSERT INTO frame_indexes VALUES (99, x'00')\")",
    ],
    ids=["error half way", "dangling foreign key"],
)
def test_failed_upgrade_leaves_everything_as_it_was(app: AppSettings, upgrade_to: Upgrade, body: str) -> None:
    with Store(app) as store:
        run = add_run(store, app)
    head = migrate._script().get_current_head()
    upgrade_to(body)
    with pytest.raises(MigrationFailed, match="as it was"):
        Store(app)
    assert sql(app, "SELECT version_num FROM alembic_version") == [(head,)]
    assert "note" not in [row[1] for row in sql(app, "PRAGMA table_info(runs)")]
    assert sql(app, "SELECT uuid FROM runs") == [(run.uuid,)]
    assert sql(app, "SELECT count(*) FROM frame_indexes") == [(1,)]


def test_newer_database_is_refused_untouched(app: AppSettings) -> None:
    Store(app).close()
    sql(app, "UPDATE alembic_version SET version_num = '9999'")
    before = app.database_path.read_bytes()
    with pytest.raises(DatabaseNewer, match="9999"):
        Store(app)
    assert app.database_path.read_bytes() == before


def _garbage(path: Path) -> None:
    path.write_bytes(b"this was a database once" * 500)


def _garbage_behind_the_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 20_000)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _other_program(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()


@pytest.mark.parametrize("damage", [_garbage, _garbage_behind_the_header, _cut, _other_program])
def test_damaged_file_is_refused_untouched(app: AppSettings, damage: object) -> None:
    Store(app).close()
    assert callable(damage)
    damage(app.database_path)
    before = app.database_path.read_bytes()
    with pytest.raises(DatabaseDamaged) as refused:
        Store(app)
    assert refused.value.safe == "" or "not touched" in refused.value.safe
    assert refused.value.do
    assert app.database_path.read_bytes() == before


@pytest.mark.parametrize("damage", [_garbage, _garbage_behind_the_header, _cut, Path.unlink])
def test_the_check_of_a_damaged_file_says_so(app: AppSettings, damage: Callable[[Path], None]) -> None:
    Store(app).close()
    damage(app.database_path)
    problems = check_integrity(app)
    assert problems and all(isinstance(problem, str) for problem in problems)


def test_the_check_names_the_table_of_dangling_rows(app: AppSettings) -> None:
    Store(app).close()
    sql(app, "INSERT INTO frame_indexes VALUES (99, x'00')")
    assert check_integrity(app) == ["1 rows of frame_indexes refer to rows that are not there"]


def test_a_start_beside_one_that_hangs_ends_in_words(app: AppSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "_LOCK_SECONDS", 0.1)
    app.data_dir.mkdir()
    with FileLock(app.data_dir / "migrate.lock"), pytest.raises(StoreError, match="Another BBVA") as refused:
        Store(app)
    assert refused.value.safe and "close it" in refused.value.do
    Store(app).close()


def test_folder_that_cannot_be_written_is_said_in_words(public_folder: Path) -> None:
    with powerless(public_folder), pytest.raises(StoreError, match="cannot be written") as refused:
        Store(AppSettings(data_dir=public_folder / "data"))
    assert "BBVA_DATA_DIR" in refused.value.do


def test_a_full_disk_is_not_taken_for_damage(app: AppSettings) -> None:
    with Store(app) as store:
        run = add_run(store, app)
    with files_limited_to(1000), pytest.raises(StorageFull) as refused:
        Store(app)
    assert "Free some space" in refused.value.do
    with Store(app) as store:
        assert store.queries.run(run.uuid).batches_total == 3


def test_a_missing_permission_is_not_taken_for_damage(public_folder: Path) -> None:
    app = AppSettings(data_dir=public_folder)
    with Store(app) as store:
        add_run(store, app)
    (public_folder / "migrate.lock").chmod(0o666)
    with powerless(public_folder), pytest.raises(StoreError, match="cannot be opened for writing") as refused:
        Store(app)
    assert not isinstance(refused.value, DatabaseDamaged) and "writable" in refused.value.do


@pytest.mark.parametrize("name", ["what?x=1", "100%25 pure", "a#b&c", "é 🏀", "sqlite:x"])
def test_the_database_lies_in_the_data_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    app = AppSettings(data_dir=tmp_path / "home" / name)
    with Store(app) as store:
        add_run(store, app)
    assert app.database_path.is_file()
    assert list((tmp_path / "home").iterdir()) == [app.data_dir]
    assert check_integrity(app) == []


def test_a_checkout_may_have_a_percent_sign_in_its_path(
    app: AppSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "100%(mine)s" / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    monkeypatch.setattr(migrate, "_script", lambda: ScriptDirectory(str(folder)))
    Store(app).close()


def test_videos_of_the_first_schema_are_kept(app: AppSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tmp_path / "first"
    real = Path(migrate.__file__).parent / "migrations"
    shutil.copytree(real, first, ignore=lambda _, names: [n for n in names if n[0].isdigit() and n[:4] != "0001"])
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_script", lambda: ScriptDirectory(str(first)))
        migrate.prepare_database(app)
    sql(
        app,
        "INSERT INTO videos VALUES (1, 'uuid', 'sha', 'game.mp4', '/game.mp4', 9, 7, '{}', 3, 1, 25, '2026-01-01')",
    )
    with Store(app) as store:
        video = store.queries.video(1)
        assert (video.name, video.stamp) == ("game.mp4", (9, 7, None)), "its file is read through at the next resume"
