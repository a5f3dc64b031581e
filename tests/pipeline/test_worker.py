"""One worker a folder; what a dead one left behind is found; what it cannot note, it notes later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from bbva_core.errors import DatabaseBusy, StorageFull, WorkerBusy
from bbva_core.pipeline import worker as worker_module
from bbva_core.pipeline.tasks import BatchTask
from bbva_core.pipeline.worker import Worker, recover_abandoned, worker_is_alive
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from tests.fakes import FakeExecutor, FakeRun, add_run


@pytest.fixture
def specs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Specs of fake runs by uuid: there is no video that `spec_for` could check."""
    known: dict[str, Any] = {}
    monkeypatch.setattr(worker_module, "spec_for", lambda _app, _store, uuid: known[uuid])
    return known


@pytest.fixture
def new_run(app: AppSettings, store: Store, specs: dict[str, Any]) -> Callable[[], FakeRun]:
    def new() -> FakeRun:
        run = add_run(store, app)
        specs[run.uuid] = run.spec
        return run

    return new


def test_the_second_worker_on_a_folder_is_busy_until_the_first_ends(app: AppSettings, store: Store) -> None:
    first, second = Worker(app, store), Worker(app, store)
    assert not worker_is_alive(app)
    first.acquire()
    assert worker_is_alive(app)
    with pytest.raises(WorkerBusy, match="Another BBVA"):
        second.acquire()
    first.close()
    second.acquire()
    second.close()
    assert not worker_is_alive(app)


def test_serve_waits_for_the_right_to_work_and_takes_runs_in_order(
    app: AppSettings, store: Store, new_run: Callable[[], FakeRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_IDLE_POLL_SECONDS", 0.01)
    runs = [new_run(), new_run()]
    order: list[str] = []
    finished = threading.Event()

    def note(uuid: str) -> None:
        order.append(uuid)
        if len(order) == 6:
            finished.set()

    other = Worker(app, store)
    other.acquire()
    worker = Worker(app, store, executor_factory=lambda _app: FakeExecutor(), on_commit=note)
    thread = threading.Thread(target=worker.serve)
    thread.start()
    assert not finished.wait(0.1) and order == []
    other.close()
    assert finished.wait(30)
    worker.stop.set()
    thread.join(30)
    assert order == [runs[0].uuid] * 3 + [runs[1].uuid] * 3
    assert not worker_is_alive(app)


def test_what_a_dead_worker_left_is_interrupted(app: AppSettings, store: Store, new_run: Callable[[], FakeRun]) -> None:
    run = new_run()
    assert store.ledger.claim_next() is not None
    recover_abandoned(app, store)
    assert store.queries.run(run.uuid).state == RunState.INTERRUPTED


def test_the_runs_of_a_living_worker_are_left_alone(
    app: AppSettings, store: Store, new_run: Callable[[], FakeRun]
) -> None:
    run = new_run()
    worker = Worker(app, store)
    worker.acquire()
    assert store.ledger.claim_next() is not None
    recover_abandoned(app, store)
    assert store.queries.run(run.uuid).state == RunState.RUNNING
    worker.close()


def test_one_bad_run_does_not_stop_the_queue(
    app: AppSettings, store: Store, new_run: Callable[[], FakeRun], specs: dict[str, Any]
) -> None:
    bad, good = new_run(), new_run()
    specs[bad.uuid] = None  # a bug of ours: the orchestrator falls over it
    with closing(Worker(app, store, executor_factory=lambda _app: FakeExecutor())) as worker:
        worker.acquire()
        with pytest.raises(AttributeError):
            worker.run_next()
        assert worker.run_next() == RunState.COMPLETE
    summary = store.queries.run(bad.uuid)
    assert summary.state == RunState.FAILED
    assert summary.error is not None and "AttributeError" in summary.error
    assert store.queries.run(good.uuid).state == RunState.COMPLETE


def test_a_run_that_ended_on_a_full_disk_is_not_running_for_ever(
    app: AppSettings, store: Store, new_run: Callable[[], FakeRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()

    def full(*_values: object, **_named: object) -> None:
        raise StorageFull("no space")

    with monkeypatch.context() as patch, pytest.raises(StorageFull):
        patch.setattr(store.ledger, "commit_stage", full)
        patch.setattr(store.ledger, "finish", full)
        worker = Worker(app, store, executor_factory=lambda _app: FakeExecutor())
        worker.acquire()
        worker.run_next()
    assert store.queries.run(run.uuid).state == RunState.RUNNING
    assert worker.run_next() is None  # there is space again
    ended = store.queries.run(run.uuid)
    assert (ended.state, ended.error) == (RunState.FAILED, "no space"), "people must be told why"
    store.registry.enqueue(run.uuid)
    assert worker.run_next() == RunState.COMPLETE
    worker.close()


def test_lost_claim_is_not_a_failure(app: AppSettings, store: Store, new_run: Callable[[], FakeRun]) -> None:
    run = new_run()

    def lose(_task: BatchTask) -> None:
        store.ledger.recover()

    worker = Worker(app, store, executor_factory=lambda _app: FakeExecutor(before=lose))
    worker.acquire()
    assert worker.run_next() == RunState.INTERRUPTED
    worker.close()
    assert store.queries.run(run.uuid).state == RunState.INTERRUPTED
    assert store.queries.detections(run.id) == []


def test_a_heartbeat_is_left(app: AppSettings, store: Store) -> None:
    import os

    worker = Worker(app, store)
    worker.acquire()
    record = store.queries.worker()
    assert record is not None and record["pid"] == os.getpid()
    worker.close()


def test_a_heartbeat_that_cannot_be_stored_does_not_end_the_run(
    app: AppSettings, store: Store, new_run: Callable[[], FakeRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**_values: Any) -> None:
        raise DatabaseBusy("locked")

    run = new_run()
    monkeypatch.setattr(store.ledger, "beat", locked)
    monkeypatch.setattr(worker_module, "_BEAT_SECONDS", 0.0)
    with closing(Worker(app, store, executor_factory=lambda _app: FakeExecutor())) as worker:
        worker.acquire()
        assert worker.run_next(run.uuid) == RunState.COMPLETE


def test_a_worker_that_cannot_begin_tries_again_and_says_each_trouble_once(
    app: AppSettings,
    store: Store,
    new_run: Callable[[], FakeRun],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(worker_module, "_IDLE_POLL_SECONDS", 0.01)
    run = new_run()
    full = [OSError("disk full") for _ in range(20)]
    real, troubles = store.ledger.recover, iter([DatabaseBusy("locked"), *full])

    def troubled() -> int:
        trouble = next(troubles, None)
        if trouble is not None:
            raise trouble
        return real()

    monkeypatch.setattr(store.ledger, "recover", troubled)
    done = threading.Event()
    worker = Worker(app, store, executor_factory=lambda _app: FakeExecutor(), on_commit=lambda _uuid: done.set())
    thread = threading.Thread(target=worker.serve)
    thread.start()
    assert done.wait(60)
    worker.stop.set()
    thread.join(60)
    assert store.queries.run(run.uuid).state in (RunState.COMPLETE, RunState.INTERRUPTED)
    assert not worker_is_alive(app)
    assert len(caplog.records) == 2
