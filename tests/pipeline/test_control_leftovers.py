"""What a crash leaves in the data folder is deleted a week later; a video never, unless its row has just gone."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from bbva_core.pipeline.leftovers import delete_if_ours, sweep
from bbva_core.settings import AppSettings
from bbva_core.store import Store
from tests.fakes import add_run, sql

NOW = time.time()
DAY = 24 * 3600.0
WEEK = 7 * DAY


def left(path: Path, *, age: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, (NOW - age, NOW - age))
    return path


def test_old_leftovers_go_and_young_ones_stay(app: AppSettings, store: Store) -> None:
    old = [left(folder / "old", age=WEEK + 60) for folder in (app.incoming_dir, app.exports_dir)]
    young = [left(folder / "young", age=WEEK - 60) for folder in (app.incoming_dir, app.exports_dir)]
    (app.incoming_dir / "folder").mkdir()
    assert sweep(app, store, now=NOW) == old
    assert all(path.exists() for path in young)
    assert sweep(app, store, now=NOW + 120) == young


def test_folders_that_are_not_there_are_no_trouble(app: AppSettings, store: Store) -> None:
    assert sweep(app, store, now=NOW) == []


def test_no_video_goes_with_a_lost_database(app: AppSettings, store: Store) -> None:
    video = left(app.videos_dir / f"{uuid.uuid4()}.mp4", age=99 * DAY)  # no row names it
    assert sweep(app, store, now=NOW) == []
    assert video.exists()


def test_a_video_that_was_never_analysed_goes_after_a_week(app: AppSettings, store: Store) -> None:
    add_run(store, app)
    video = left(app.videos_dir / f"{uuid.uuid4()}.mp4", age=0)
    sql(app, "UPDATE videos SET path = ?", f"videos/{video.name}")
    assert sweep(app, store, now=NOW + 8 * DAY) == []
    sql(app, "DELETE FROM runs")
    assert sweep(app, store, now=NOW) == []
    assert sweep(app, store, now=NOW + 8 * DAY) == [video]
    assert sql(app, "SELECT count(*) FROM videos") == [(0,)]


def test_a_deletion_that_was_cut_short_takes_its_video_along(
    app: AppSettings, store: Store, arm: Callable[[str], None]
) -> None:
    run = add_run(store, app)
    video = left(app.videos_dir / f"{uuid.uuid4()}.mp4", age=0)
    sql(app, "UPDATE videos SET path = ?", f"videos/{video.name}")
    arm("between_deletions:raise")
    with pytest.raises(RuntimeError):
        store.registry.delete_run(run.uuid)
    assert video.exists()
    assert sweep(app, store, now=NOW) == [video]
    assert sql(app, "SELECT count(*) FROM runs") == sql(app, "SELECT count(*) FROM videos") == [(0,)]


def test_only_files_under_a_name_of_ours_are_ours(app: AppSettings, tmp_path: Path) -> None:
    name = f"{uuid.uuid4()}.mp4"
    theirs = [left(app.videos_dir / "final.mp4", age=0), left(tmp_path / name, age=0)]
    assert not delete_if_ours(app, "videos/final.mp4")
    assert not delete_if_ours(app, str(tmp_path / name))
    assert not delete_if_ours(app, f"videos/{name}")  # it has gone before
    assert all(path.exists() for path in theirs)
    ours = left(app.videos_dir / name, age=0)
    assert delete_if_ours(app, f"videos/{name}")
    assert not ours.exists()
