"""A stage that remembers gets the state that the batch before has left, whatever happens in between."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from bbva_core.pipeline.orchestrator import SequentialOrchestrator
from bbva_core.pipeline.stages import STAGES
from bbva_core.pipeline.tasks import BatchTask, StageOutput
from bbva_core.settings import AppSettings
from bbva_core.store import Claim, RunState, Store
from bbva_core.store.changes import _KEPT_STATES
from tests.fakes import FakeExecutor, FakeRun, add_run, sql

SETTINGS: dict[str, Any] = {"detector": "none", "ocr": "rapidocr", "ocr_interval": 0.0}


class Counting(FakeExecutor):
    """Remembers how many frames it has seen, and writes that into each row."""

    def submit(self, task: BatchTask) -> Future[StageOutput]:
        future = super().submit(task)
        if future.exception() is None:
            output, seen = future.result(), int(task.state or b"0")
            rows = [{**row, "raw_text": f"{seen + at + 1}"} for at, row in enumerate(output.rows)]
            future = Future()
            future.set_result(replace(output, rows=rows, state=b"%d" % (seen + len(rows))))
        return future


def work(store: Store, run: FakeRun, executor: FakeExecutor, *, stop: Event | None = None) -> RunState:
    claim = store.ledger.claim_next(run.uuid)
    assert claim is not None
    return SequentialOrchestrator(store, executor, stop=stop or Event()).run(claim, run.spec)


def texts(store: Store, run: FakeRun) -> list[str]:
    return [row["raw_text"] for row in store.queries.readings(run.id)]


def states(app: AppSettings, run: FakeRun) -> list[tuple[int, bytes]]:
    return sql(app, "SELECT ordinal, data FROM stage_states WHERE run_id = ? ORDER BY ordinal", run.id)


def test_each_batch_goes_on_from_the_one_before(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, **SETTINGS)
    executor = Counting()
    assert work(store, run, executor) == RunState.COMPLETE
    assert [task.state for task in executor.tasks] == [None, b"10", b"20"]
    assert texts(store, run) == [str(number) for number in range(1, 31)]
    assert states(app, run) == [(2, b"30")]


def test_an_interrupted_run_goes_on_from_the_last_committed_batch(app: AppSettings, store: Store) -> None:
    run, stop = add_run(store, app, **SETTINGS), Event()

    def after_two(task: BatchTask) -> None:
        if task.frames[0] == 20:
            stop.set()
            raise RuntimeError("the machine goes down")

    assert work(store, run, Counting(before=after_two), stop=stop) == RunState.INTERRUPTED
    assert states(app, run) == [(1, b"20")]
    store.registry.enqueue(run.uuid)
    executor = Counting()
    assert work(store, run, executor) == RunState.COMPLETE
    assert [task.state for task in executor.tasks] == [b"20"]
    assert texts(store, run) == [str(number) for number in range(1, 31)]


def test_the_halves_of_a_batch_that_was_split_follow_each_other(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, **SETTINGS)
    assert work(store, run, Counting(poison={("ocr", 13)})) == RunState.COMPLETE_WITH_GAPS
    assert texts(store, run) == [str(number) for number in range(1, 30)]
    assert [gap["frame_index"] for gap in store.queries.gaps(run.id)] == [13]


def test_a_retry_gives_the_rows_of_a_run_that_never_failed(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, **SETTINGS)
    work(store, run, Counting(poison={("ocr", 13)}))
    assert store.registry.retry(run.uuid) == 1
    executor = Counting()
    assert work(store, run, executor) == RunState.COMPLETE
    assert texts(store, run) == [str(number) for number in range(1, 31)]
    assert store.queries.run(run.uuid).gaps == 0


def test_a_retry_goes_back_no_farther_than_to_the_last_state_kept(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, frames=2 * _KEPT_STATES + 20, batch_frames=1, **SETTINGS)
    late = _KEPT_STATES + 10
    work(store, run, Counting(poison={("ocr", late)}))
    assert [ordinal for ordinal, _ in states(app, run)] == [
        _KEPT_STATES - 1,
        2 * _KEPT_STATES - 1,
        2 * _KEPT_STATES + 19,
    ]
    store.registry.retry(run.uuid)
    executor = Counting()
    assert work(store, run, executor) == RunState.COMPLETE
    assert executor.tasks[0].frames == (_KEPT_STATES,)
    assert executor.tasks[0].state == b"%d" % _KEPT_STATES
    assert texts(store, run) == [str(number) for number in range(1, 2 * _KEPT_STATES + 21)]


def test_a_stage_that_remembers_nothing_is_not_made_to(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, detector="opencv-hog", ocr="none")
    work(store, run, FakeExecutor(poison={("detect", 3)}))
    assert states(app, run) == []
    store.registry.retry(run.uuid)
    executor = FakeExecutor()
    work(store, run, executor)
    assert [task.frames[0] for task in executor.tasks] == [0]


def test_the_state_is_committed_with_the_rows_or_not_at_all(app: AppSettings, store: Store, arm: Any) -> None:
    run = add_run(store, app, **SETTINGS)
    claim: Claim | None = store.ledger.claim_next(run.uuid)
    assert claim is not None
    batch = store.queries.batches(run.id)[0].id
    store.ledger.start_stage(claim, batch, "ocr")
    arm("inside_commit:raise")
    with pytest.raises(Exception, match="inside_commit"):
        store.ledger.commit_stage(
            claim, batch, "ocr", {STAGES["ocr"].table: ()}, (), frames=10, seconds=0.1, state=(0, b"x")
        )
    assert states(app, run) == []
    assert store.queries.stage_state(run.id, "ocr", 0) is None
