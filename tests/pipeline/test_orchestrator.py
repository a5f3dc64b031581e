"""The orchestrator: order of work, how a run ends, and what it does about frames, engines and requests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Event
from typing import Any

import pytest

from bbva_core.errors import ComputeCrashed, ComputeHung, DatabaseBusy, DetectorError, LostClaim, VideoReadError
from bbva_core.pipeline.orchestrator import SequentialOrchestrator
from bbva_core.pipeline.stages import STAGES
from bbva_core.pipeline.tasks import BatchTask, RunSpec
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, StageStatus, Store
from tests.fakes import FakeExecutor, FakeRun, add_run, rows_of, sql


def work(store: Store, run: FakeRun, executor: FakeExecutor, *, stop: Event | None = None, **hooks: Any) -> RunState:
    """Claim the run and work on it until it ends."""
    claim = store.ledger.claim_next(run.uuid)
    assert claim is not None
    return SequentialOrchestrator(store, executor, stop=stop or Event(), **hooks).run(claim, run.spec)


def found(store: Store, run: FakeRun) -> dict[str, set[int]]:
    """Frames with rows, by stage."""
    return {
        "detect": {row["frame_index"] for row in store.queries.detections(run.id)},
        "ocr": {row["frame_index"] for row in store.queries.readings(run.id)},
    }


def with_boxes(*frames: int) -> set[int]:
    return {frame for frame in frames if rows_of("detect", frame)}


def accounted(store: Store, run: FakeRun) -> None:
    """Decoded + missing = expected, in every stage."""
    from bbva_core.video import FrameIndex

    index, settings = FrameIndex.from_bytes(run.spec.frame_index), run.spec.settings
    gaps = [gap["stage"] for gap in store.queries.gaps(run.id)]
    for stage in run.spec.stages:
        batches = [row for row in store.queries.batches(run.id) if row.stage == stage]
        expected = sum(len(STAGES[stage].frames(settings, index, row.frame_start, row.frame_end)) for row in batches)
        assert sum(row.frames or 0 for row in batches) + gaps.count(stage) == expected


def test_each_stage_is_committed_before_the_next_begins(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, frames=30, ocr="rapidocr", ocr_interval=0.2)
    log: list[str] = []

    def status(task: BatchTask) -> None:
        completed = [row for row in store.queries.batches(run.id) if row.status == StageStatus.COMPLETED]
        log.append(f"{task.stage} {task.frames[0]} after {len(completed)}")

    executor = FakeExecutor(before=status)
    assert work(store, run, executor) == RunState.COMPLETE
    assert log == [
        "detect 0 after 0",
        "ocr 0 after 1",
        "detect 10 after 2",
        "ocr 10 after 3",
        "detect 20 after 4",
        "ocr 20 after 5",
    ]
    assert executor.tasks[0].keep == frozenset(executor.tasks[1].frames) == {0, 5}
    assert store.queries.run(run.uuid).fraction_done == 1.0
    assert found(store, run) == {"detect": with_boxes(*range(30)), "ocr": {0, 5, 10, 15, 20, 25}}
    accounted(store, run)


def test_complete_means_every_stage_of_every_batch(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, ocr="rapidocr")
    assert work(store, run, FakeExecutor()) == RunState.COMPLETE
    assert [row.status for row in store.queries.batches(run.id)] == [StageStatus.COMPLETED] * 6
    summary = store.queries.run(run.uuid)
    assert (summary.batches_done, summary.batches_total, summary.finished_at is not None) == (3, 3, True)


@pytest.mark.parametrize("bad", [0, 9, 10, 17, 29])
def test_poison_frame_is_set_aside_alone_and_retry_heals_it(app: AppSettings, store: Store, bad: int) -> None:
    run = add_run(store, app)
    assert work(store, run, FakeExecutor(poison={("detect", bad)})) == RunState.COMPLETE_WITH_GAPS
    assert [dict(gap) for gap in store.queries.gaps(run.id)] == [
        {"frame_index": bad, "stage": "detect", "reason": f"frame {bad} is poison"}
    ]
    assert found(store, run)["detect"] == with_boxes(*range(30)) - {bad}
    accounted(store, run)
    whole = FakeExecutor()
    assert store.registry.retry(run.uuid) == 1
    assert work(store, run, whole) == RunState.COMPLETE
    assert [task.frames[0] for task in whole.tasks] == [bad // 10 * 10]
    assert found(store, run)["detect"] == with_boxes(*range(30))
    accounted(store, run)


def test_a_failure_that_passes_is_not_a_gap(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    failures = iter([VideoReadError, None])

    def once(task: BatchTask) -> None:
        if task.frames[0] == 10 and next(failures, None):
            raise OSError("a hiccup")

    assert work(store, run, FakeExecutor(before=once)) == RunState.COMPLETE


def test_frames_that_cannot_be_decoded_are_gaps(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    missing = set(range(7, 21))  # a whole batch among them
    assert work(store, run, FakeExecutor(missing=missing)) == RunState.COMPLETE_WITH_GAPS
    assert {gap["frame_index"] for gap in store.queries.gaps(run.id)} == missing
    assert found(store, run)["detect"] == with_boxes(*range(30)) - missing
    accounted(store, run)


BROKEN_DETECT = {("detect", frame) for frame in range(100)}
BROKEN_OCR = {("ocr", frame) for frame in range(100)}


@pytest.mark.parametrize(
    ("poison", "settings", "batches"),
    [
        (BROKEN_DETECT, {}, 2),
        (BROKEN_DETECT, {"ocr": "rapidocr", "ocr_interval": 0.2}, 2),
        (BROKEN_OCR, {"ocr": "rapidocr", "ocr_interval": 0.2}, 5),
        (BROKEN_OCR | BROKEN_DETECT, {"ocr": "rapidocr", "ocr_interval": 0.2}, 2),
        (BROKEN_OCR, {"detector": "none", "ocr": "rapidocr", "ocr_interval": 0.8}, 10),
    ],
    ids=["detect", "detect while ocr works", "ocr while detect works", "both", "ocr on the few frames there are"],
)
def test_engine_broken_on_every_frame_fails_the_run_in_words(
    app: AppSettings, store: Store, poison: set[tuple[str, int]], settings: dict[str, Any], batches: int
) -> None:
    run = add_run(store, app, frames=100, **settings)
    assert work(store, run, FakeExecutor(poison=poison)) == RunState.FAILED
    summary = store.queries.run(run.uuid)
    assert summary.error is not None and "is poison" in summary.error and "in a row" in summary.error
    assert max(row.ordinal for row in store.queries.batches(run.id) if row.attempts) == batches - 1
    store.registry.enqueue(run.uuid)
    assert work(store, run, FakeExecutor()) == RunState.COMPLETE
    assert found(store, run)["detect"] == (with_boxes(*range(100)) if "detect" in run.spec.stages else set())
    accounted(store, run)


@pytest.mark.parametrize("problem", [VideoReadError("the file is gone")], ids=["video gone"])
def test_a_lost_video_fails_the_run_without_gaps(app: AppSettings, store: Store, problem: Exception) -> None:
    run = add_run(store, app)

    def gone(task: BatchTask) -> None:
        if task.frames[0] == 10:
            raise problem

    assert work(store, run, FakeExecutor(before=gone)) == RunState.FAILED
    assert store.queries.run(run.uuid).error == "the file is gone"
    assert store.queries.gaps(run.id) == []
    store.registry.enqueue(run.uuid)
    assert work(store, run, FakeExecutor()) == RunState.COMPLETE


@pytest.mark.parametrize(("action", "after"), [("pause", RunState.PAUSED), ("cancel", RunState.CANCELLED)])
def test_requests_are_obeyed_between_commits(app: AppSettings, store: Store, action: str, after: RunState) -> None:
    run = add_run(store, app)

    def ask(task: BatchTask) -> None:
        if task.frames[0] == 10:
            store.registry.request(run.uuid, action)

    assert work(store, run, FakeExecutor(before=ask)) == after
    summary = store.queries.run(run.uuid)
    assert (summary.batches_done, summary.requested) == (2, None)  # the batch in flight was finished
    store.registry.enqueue(run.uuid)
    assert work(store, run, FakeExecutor()) == RunState.COMPLETE
    assert found(store, run)["detect"] == with_boxes(*range(30))


def test_stop_between_commits_interrupts(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    stop = Event()
    assert work(store, run, FakeExecutor(), stop=stop, on_commit=stop.set) == RunState.INTERRUPTED
    assert store.queries.run(run.uuid).batches_done == 1
    store.registry.enqueue(run.uuid)
    assert work(store, run, FakeExecutor()) == RunState.COMPLETE


def test_stop_gives_up_a_batch_that_does_not_end(
    app: AppSettings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import Future

    from bbva_core.pipeline import orchestrator
    from bbva_core.pipeline.tasks import StageOutput

    class Endless(FakeExecutor):
        def submit(self, task: BatchTask) -> Future[StageOutput]:
            stop.set()
            return Future()

    monkeypatch.setattr(orchestrator, "_GRACE_SECONDS", dict.fromkeys(RunState, 0.0))
    run = add_run(store, app)
    stop, executor = Event(), Endless()
    assert work(store, run, executor, stop=stop) == RunState.INTERRUPTED
    assert executor.aborted == 1
    assert {row.status for row in store.queries.batches(run.id)} == {StageStatus.PENDING}


def _steal(store: Store, run: FakeRun) -> None:
    store.ledger.recover()
    store.registry.enqueue(run.uuid)
    assert store.ledger.claim_next() is not None


def _delete(store: Store, run: FakeRun) -> None:
    store.ledger.recover()
    store.registry.delete_run(run.uuid)


@pytest.mark.parametrize("change", [_steal, _delete])
def test_lost_claim_in_the_middle_commits_nothing(
    app: AppSettings, store: Store, change: Callable[[Store, FakeRun], None]
) -> None:
    run = add_run(store, app)
    before: list[Any] = []

    def lose(task: BatchTask) -> None:
        if task.frames[0] == 10:
            change(store, run)
            before.extend(sql(app, "SELECT * FROM detections") + sql(app, "SELECT * FROM batch_stages"))

    with pytest.raises(LostClaim):
        work(store, run, FakeExecutor(before=lose))
    assert sql(app, "SELECT * FROM detections") + sql(app, "SELECT * FROM batch_stages") == before


def test_a_database_that_is_locked_is_not_the_fault_of_a_frame(app: AppSettings, store: Store) -> None:
    from concurrent.futures import Future

    from bbva_core.pipeline.tasks import StageOutput

    class Slow(FakeExecutor):
        def submit(self, task: BatchTask) -> Future[StageOutput]:
            self.tasks.append(task)
            return Future()

    def tick() -> None:
        if executor.tasks:
            raise DatabaseBusy("locked")

    run, executor = add_run(store, app), Slow()
    with pytest.raises(DatabaseBusy):
        work(store, run, executor, tick=tick)
    assert len(executor.tasks) == 1
    assert store.queries.gaps(run.id) == []


def test_a_task_that_hangs_is_halved_at_once(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)

    def hang(task: BatchTask) -> None:
        if 13 in task.frames:
            raise ComputeHung("no progress")

    executor = FakeExecutor(before=hang)
    assert work(store, run, executor) == RunState.COMPLETE_WITH_GAPS
    assert [gap["frame_index"] for gap in store.queries.gaps(run.id)] == [13]
    with_13 = [task.frames for task in executor.tasks if 13 in task.frames]
    assert len(with_13) == len(set(with_13)), "each try costs the whole stall limit"


@pytest.mark.parametrize(("action", "after"), [("pause", RunState.PAUSED), ("cancel", RunState.CANCELLED)])
def test_a_request_is_obeyed_while_a_batch_keeps_failing(
    app: AppSettings, store: Store, action: str, after: RunState
) -> None:
    run = add_run(store, app)

    def fail_and_ask(task: BatchTask) -> None:
        if task.frames[0] == 10:
            store.registry.request(run.uuid, action)
            raise DetectorError("broken")

    executor = FakeExecutor(before=fail_and_ask)
    assert work(store, run, executor) == after
    assert [task.frames[0] for task in executor.tasks] == [0, 10], "neither tried again nor halved"
    assert found(store, run)["detect"] == with_boxes(*range(10))
    store.registry.enqueue(run.uuid)
    assert work(store, run, FakeExecutor()) == RunState.COMPLETE


@pytest.mark.parametrize("problem", [ComputeCrashed("died"), ComputeHung("silent")], ids=["crash", "hang"])
@pytest.mark.parametrize(("times", "after"), [(1, RunState.COMPLETE), (2, RunState.FAILED)])
def test_a_child_that_dies_while_loading_gets_a_second_try(
    app: AppSettings, store: Store, problem: Exception, times: int, after: RunState
) -> None:
    class Loading(FakeExecutor):
        def open_run(self, spec: RunSpec) -> Future[None]:
            future = super().open_run(spec)
            if self.opened <= times:
                future = Future()
                future.set_exception(problem)
            return future

    run = add_run(store, app)
    assert work(store, run, Loading()) == after


def test_the_stage_that_ended_a_run_says_why(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)

    def gone(task: BatchTask) -> None:
        if task.frames[0] == 10:
            raise VideoReadError("the file is gone")

    assert work(store, run, FakeExecutor(before=gone)) == RunState.FAILED
    failed = [row for row in store.queries.batches(run.id) if row.status == StageStatus.FAILED]
    assert [(row.ordinal, row.error) for row in failed] == [(1, "the file is gone")]
    store.registry.enqueue(run.uuid)
    assert work(store, run, FakeExecutor()) == RunState.COMPLETE
    assert {row.error for row in store.queries.batches(run.id)} == {None}
