"""Deleting a run takes small transactions; to others the run is gone at once, and a kill in the middle is finished."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from bbva_core.errors import NotFound
from bbva_core.settings import AppSettings
from bbva_core.store import Gap, RunState, Store, registry
from bbva_core.store.models import Detection
from tests.fakes import FakeRun, add_run, rows_of, sql

TABLES = ("videos", "frame_indexes", "runs", "processing_batches", "batch_stages", "detections", "frame_gaps")


def counts(app: AppSettings) -> dict[str, int]:
    return {table: sql(app, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def worked_on(store: Store, app: AppSettings) -> FakeRun:
    """A paused run of 60 frames in 6 batches with rows and a gap in each."""
    run = add_run(store, app, frames=60)
    claim = store.ledger.claim_next(run.uuid)
    assert claim is not None
    for batch in store.queries.batches(run.id):
        rows = [row for frame in range(batch.frame_start, batch.frame_end) for row in rows_of("detect", frame)]
        gaps = (Gap(frame_index=batch.frame_start, reason="why"),)
        store.ledger.start_stage(claim, batch.id, "detect")
        store.ledger.commit_stage(claim, batch.id, "detect", {Detection: rows}, gaps, frames=10, seconds=0.1)
    store.ledger.finish(claim, RunState.PAUSED)
    return run


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_DELETE_FRAMES", 20)
    monkeypatch.setattr(registry, "_DELETE_BATCHES", 4)


@pytest.fixture
def run(app: AppSettings, store: Store) -> FakeRun:
    return worked_on(store, app)


def test_everything_goes_with_the_last_run(app: AppSettings, store: Store, run: FakeRun) -> None:
    other = worked_on(store, app)
    before = counts(app)
    assert store.registry.delete_run(run.uuid) is None
    assert counts(app) == {name: n if name in TABLES[:2] else n // 2 for name, n in before.items()}
    assert store.registry.delete_run(other.uuid) == "/nowhere/game.mp4"
    assert set(counts(app).values()) == {0}


def test_no_transaction_deletes_the_rows_of_many_frames(app: AppSettings, store: Store, run: FakeRun) -> None:
    deleted: list[int] = []

    @event.listens_for(store.ledger._engine, "after_cursor_execute")
    def note(_connection: object, cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("DELETE FROM detections"):
            deleted.append(cursor.rowcount)  # type: ignore[attr-defined]

    in_all = counts(app)["detections"]
    store.registry.delete_run(run.uuid)
    assert len(deleted) == 3 and sum(deleted) == in_all and max(deleted) <= 20 * 3


@pytest.mark.parametrize("step", range(1, 6))
def test_a_deletion_cut_short_is_finished_later(
    app: AppSettings, store: Store, run: FakeRun, arm: Callable[[str], None], step: int
) -> None:
    arm(f"between_deletions:raise:{step}")
    with pytest.raises(RuntimeError):
        store.registry.delete_run(run.uuid)
    assert sql(app, "SELECT state FROM runs") == [("deleting",)]
    assert store.ledger.claim_next() is None
    assert store.ledger.recover() == 0
    for action in (store.registry.enqueue, store.registry.retry, store.registry.delete_run):
        with pytest.raises(NotFound):
            action(run.uuid)
    assert store.registry.forget_unused_videos(datetime.now(UTC) + timedelta(days=9)) == []
    assert store.registry.finish_deletions() == ["/nowhere/game.mp4"]
    assert set(counts(app).values()) == {0}
    assert store.registry.finish_deletions() == []


def test_a_run_that_is_being_deleted_is_not_seen(store: Store, run: FakeRun, arm: Callable[[str], None]) -> None:
    arm("between_deletions:raise")
    with pytest.raises(RuntimeError):
        store.registry.delete_run(run.uuid)
    assert store.queries.runs() == []
    assert store.queries.last_run() is None
    with pytest.raises(NotFound):
        store.queries.run(run.uuid)


def test_two_that_delete_the_same_run_do_not_touch_a_new_one_of_the_same_number(
    app: AppSettings, store: Store, run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    new: list[FakeRun] = []

    def meanwhile(_name: str) -> None:
        monkeypatch.setattr(registry, "failpoint", lambda _name: None)
        store.registry.finish_deletions()
        new.append(worked_on(store, app))

    monkeypatch.setattr(registry, "failpoint", meanwhile)
    store.registry.delete_run(run.uuid)
    assert new[0].id == run.id
    assert len(store.queries.detections(new[0].id)) == sum(frame % 4 for frame in range(60))
    assert store.queries.run(new[0].uuid).video_name == "game.mp4"


def test_the_video_stays_for_a_run_that_is_queued_meanwhile(
    app: AppSettings, store: Store, run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    new: list[FakeRun] = []

    def meanwhile(_name: str) -> None:
        monkeypatch.setattr(registry, "failpoint", lambda _name: None)
        new.append(add_run(store, app, frames=60))

    monkeypatch.setattr(registry, "failpoint", meanwhile)
    assert store.registry.delete_run(run.uuid) is None
    assert store.queries.run(new[0].uuid).video_name == "game.mp4"


def test_others_write_while_a_long_run_is_deleted(
    app: AppSettings, store: Store, run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    between, written = threading.Event(), threading.Event()

    def between_two_steps(_name: str) -> None:
        between.set()
        assert written.wait(60)  # the deletion goes on only when somebody else has written

    monkeypatch.setattr(registry, "failpoint", between_two_steps)
    deleting = threading.Thread(target=store.registry.delete_run, args=(run.uuid,))
    deleting.start()
    assert between.wait(60)
    store.ledger.beat(host="h", pid=1, boot_id="", compute_pid=None, started_at=datetime.now(UTC))
    assert sql(app, "SELECT state FROM runs") == [("deleting",)]
    written.set()
    deleting.join()
    assert sql(app, "SELECT state FROM runs") == []


def test_unused_videos_are_forgotten_after_a_while(app: AppSettings, store: Store, run: FakeRun) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    assert store.registry.forget_unused_videos(later) == []
    sql(app, "DELETE FROM runs")
    assert store.registry.forget_unused_videos(datetime.now(UTC) - timedelta(days=1)) == []
    assert store.registry.forget_unused_videos(later) == ["/nowhere/game.mp4"]
    assert counts(app)["videos"] == 0
