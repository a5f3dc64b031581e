"""With the compute process: it may crash, hang or grow, and the run goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event

import pytest

from bbva_core.errors import ComputeCrashed, ComputeHung
from bbva_core.pipeline import executors
from bbva_core.pipeline.executors import ProcessExecutor
from bbva_core.pipeline.orchestrator import SequentialOrchestrator
from bbva_core.pipeline.tasks import BatchTask
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from tests.fakes import FakeRun, add_run, rows_of

Make = Callable[..., ProcessExecutor]


@pytest.fixture
def make(app: AppSettings) -> Iterator[Make]:
    made: list[ProcessExecutor] = []

    def new(target: str = "FakeCompute", **settings: object) -> ProcessExecutor:
        made.append(ProcessExecutor(app.model_copy(update=settings), target=f"tests.fakes:{target}"))
        return made[-1]

    yield new
    for executor in made:
        executor.close()


def work(store: Store, run: FakeRun, executor: ProcessExecutor) -> RunState:
    claim = store.ledger.claim_next(run.uuid)
    assert claim is not None
    return SequentialOrchestrator(store, executor, stop=Event()).run(claim, run.spec)


def all_rows(store: Store, run: FakeRun, *, without: int = -1) -> bool:
    expected = [(f, row["x1"]) for f in range(30) if f != without for row in rows_of("detect", f)]
    return [(row["frame_index"], row["x1"]) for row in store.queries.detections(run.id)] == expected


def test_a_crash_costs_one_try(app: AppSettings, store: Store, make: Make) -> None:
    # Each new child dies at its second batch, so this run sees the first two of three batches in one child.
    run = add_run(store, app)
    assert work(store, run, make(failpoint="after_inference:kill:2")) == RunState.COMPLETE
    assert all_rows(store, run)
    assert store.queries.gaps(run.id) == []


@pytest.mark.slow
def test_a_frame_that_kills_the_process_is_set_aside(app: AppSettings, store: Store, make: Make) -> None:
    run = add_run(store, app, batch_frames=30)  # frame 0 of 30: the longest way to a single frame
    assert work(store, run, make("CrashesOnFrame0")) == RunState.COMPLETE_WITH_GAPS
    (gap,) = store.queries.gaps(run.id)
    assert gap["frame_index"] == 0 and "SIGKILL" in gap["reason"]
    assert all_rows(store, run, without=0)


@pytest.mark.slow
def test_a_stretch_of_frames_that_kill_the_process_is_set_aside(app: AppSettings, store: Store, make: Make) -> None:
    run = add_run(store, app, batch_frames=30)  # more crashes in a row than the executor has patience for
    assert work(store, run, make("CrashesOnFrames0To3")) == RunState.COMPLETE_WITH_GAPS
    assert [gap["frame_index"] for gap in store.queries.gaps(run.id)] == [0, 1, 2, 3]
    assert {row["frame_index"] for row in store.queries.detections(run.id)} == {f for f in range(4, 30) if f % 4}


def test_a_frame_with_a_strange_error_is_set_aside(app: AppSettings, store: Store, make: Make) -> None:
    run = add_run(store, app, batch_frames=30)
    executor = make("StrangeErrorOnFrame0")
    assert work(store, run, executor) == RunState.COMPLETE_WITH_GAPS
    (gap,) = store.queries.gaps(run.id)
    assert gap["frame_index"] == 0 and "ZeroDivisionError: strange" in gap["reason"]
    assert all_rows(store, run, without=0)


def test_strange_errors_are_not_crashes(app: AppSettings, store: Store, make: Make) -> None:
    executor = make("StrangeErrorOnFrame0")
    run = add_run(store, app)
    executor.open_run(run.spec).result()
    pid = executor.pid
    for _ in range(executors.MAX_RESTARTS + 5):
        assert "strange" in str(executor.submit(BatchTask(stage="detect", frames=(0,))).exception())
    assert executor.pid == pid
    assert executor.submit(BatchTask(stage="detect", frames=(1,))).result().frames == 1


def test_a_process_that_always_dies_fails_the_run_in_words(
    app: AppSettings, store: Store, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "MAX_RESTARTS", 1)
    run = add_run(store, app, batch_frames=1, frames=2)
    assert work(store, run, make("DiesAlways")) == RunState.FAILED
    summary = store.queries.run(run.uuid)
    assert summary.error is not None and "times in a row" in summary.error and "doctor" in summary.error
    store.registry.enqueue(run.uuid)
    assert work(store, run, make()) == RunState.COMPLETE


def test_a_hanging_process_is_replaced(app: AppSettings, store: Store, make: Make) -> None:
    executor = make(failpoint="mid_decode:hang:5")
    run = add_run(store, app)
    executor.open_run(run.spec).result()
    first = executor.pid
    executor._child._stall_seconds = 0.5  # short now, not while it starts
    assert isinstance(executor.submit(BatchTask(stage="detect", frames=tuple(range(10)))).exception(), ComputeHung)
    assert executor.pid is None
    executor._child._stall_seconds = 60
    assert executor.submit(BatchTask(stage="detect", frames=(0, 1, 2))).result().frames == 3
    assert executor.pid not in (None, first)


def test_a_process_that_grows_is_renewed(
    app: AppSettings, store: Store, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "RENEW_GROWTH_BYTES", -1)
    executor = make()
    executor.open_run(add_run(store, app).spec).result()
    first = executor.pid
    task = BatchTask(stage="detect", frames=(0, 1))
    executor.submit(task).result()  # the measure
    executor.submit(task).result()
    assert executor.pid is None
    assert executor.submit(task).result().frames == 2
    assert executor.pid != first


def test_abort_ends_a_task_at_once(
    app: AppSettings, store: Store, make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    executor = make(failpoint="mid_decode:hang")  # the limit for hanging is two minutes
    executor.open_run(add_run(store, app).spec).result()
    future = executor.submit(BatchTask(stage="detect", frames=(0,)))
    while "hangs" not in capfd.readouterr().err:
        assert not future.done()
    executor.abort()
    assert isinstance(future.exception(timeout=60), ComputeCrashed)
