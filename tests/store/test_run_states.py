"""What may be done with a run in which state: one table of cases, and what each action leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from bbva_core.errors import ActionRefused, NotFound
from bbva_core.settings import AppSettings
from bbva_core.store import Gap, NewRun, RunState, StageStatus, Store
from bbva_core.store.models import Detection, ScoreboardReading
from tests.fakes import add_run, rows_of, sql

REFUSED = None
Q, R, P, I, C, G, F, X = (  # noqa: E741
    RunState.QUEUED,
    RunState.RUNNING,
    RunState.PAUSED,
    RunState.INTERRUPTED,
    RunState.COMPLETE,
    RunState.COMPLETE_WITH_GAPS,
    RunState.FAILED,
    RunState.CANCELLED,
)
# The state after an action; running runs are asked, not changed.
TABLE: dict[str, dict[RunState, RunState | None]] = {
    "pause": {Q: P, R: R, P: REFUSED, I: REFUSED, C: REFUSED, G: REFUSED, F: REFUSED, X: REFUSED},
    "cancel": {Q: X, R: R, P: X, I: X, C: REFUSED, G: REFUSED, F: REFUSED, X: REFUSED},
    "resume": {Q: Q, R: R, P: Q, I: Q, C: REFUSED, G: REFUSED, F: Q, X: Q},
    "retry": {Q: REFUSED, R: REFUSED, P: Q, I: Q, C: Q, G: Q, F: Q, X: Q},
}
CASES = [(action, state, after) for action, row in TABLE.items() for state, after in row.items()]


def act(store: Store, uuid: str, action: str) -> None:
    if action in ("pause", "cancel"):
        store.registry.request(uuid, action)
    elif action == "resume":
        store.registry.enqueue(uuid)
    else:
        store.registry.retry(uuid)


@pytest.mark.parametrize(("action", "state", "after"), CASES, ids=lambda value: str(value))
def test_action(app: AppSettings, store: Store, action: str, state: RunState, after: RunState | None) -> None:
    run = add_run(store, app)
    sql(app, "UPDATE runs SET state = ?", str(state))
    sql(app, "UPDATE batch_stages SET status = 'failed' WHERE batch_id = 1")
    before = store.queries.run(run.uuid)
    if after is REFUSED:
        with pytest.raises(ActionRefused, match=str(state)):
            act(store, run.uuid, action)
        assert store.queries.run(run.uuid) == before
        return
    act(store, run.uuid, action)
    now = store.queries.run(run.uuid)
    assert now.state == after
    assert now.requested == (action if state is R and action in ("pause", "cancel") else None)


@pytest.mark.parametrize("state", list(RunState), ids=str)
def test_delete(app: AppSettings, store: Store, state: RunState) -> None:
    run = add_run(store, app)
    sql(app, "UPDATE runs SET state = ?", str(state))
    if state is R:
        with pytest.raises(ActionRefused):
            store.registry.delete_run(run.uuid)
        assert len(store.queries.runs()) == 1
    elif state is RunState.DELETING:
        with pytest.raises(NotFound):
            store.registry.delete_run(run.uuid)
    else:
        store.registry.delete_run(run.uuid)
        assert store.queries.runs() == []


@pytest.mark.parametrize("action", ["pause", "cancel", "resume", "retry"])
def test_unknown_run(store: Store, action: str) -> None:
    with pytest.raises(NotFound):
        act(store, "00000000-0000-0000-0000-000000000000", action)


def test_resume_twice_queues_once(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    store.registry.request(run.uuid, "pause")
    store.registry.enqueue(run.uuid)
    queued = sql(app, "SELECT queued_at, change_counter FROM runs")
    store.registry.enqueue(run.uuid)
    assert sql(app, "SELECT queued_at, change_counter FROM runs") == queued
    assert store.ledger.claim_next() is not None
    store.registry.enqueue(run.uuid)  # and while it runs
    assert store.ledger.claim_next() is None


def test_runs_are_taken_oldest_first(app: AppSettings, store: Store) -> None:
    runs = [add_run(store, app) for _ in range(3)]
    store.registry.request(runs[0].uuid, "pause")
    store.registry.enqueue(runs[0].uuid)  # now the youngest in the queue
    order = [claim.run_uuid for claim in iter(store.ledger.claim_next, None)]
    assert order == [runs[1].uuid, runs[2].uuid, runs[0].uuid]


def test_retry_offers_failed_stages_and_batches_with_gaps(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    claim = store.ledger.claim_next()
    assert claim is not None
    for number, batch in enumerate(store.queries.batches(run.id)):
        store.ledger.start_stage(claim, batch.id, "detect")
        if number == 1:
            store.ledger.fail_stage(claim, batch.id, "detect", "why")
        else:
            gaps = (Gap(frame_index=0, reason="why"),) if number == 0 else ()
            store.ledger.commit_stage(claim, batch.id, "detect", {Detection: ()}, gaps, frames=10, seconds=0.1)
    store.ledger.finish(claim, RunState.COMPLETE_WITH_GAPS)
    assert store.registry.retry(run.uuid) == 2
    pending, completed = StageStatus.PENDING, StageStatus.COMPLETED
    assert [batch.status for batch in store.queries.batches(run.id)] == [pending, pending, completed]


def test_the_words_of_a_failed_stage_stay_until_it_is_completed(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    claim = store.ledger.claim_next()
    assert claim is not None
    batch = store.queries.batches(run.id)[0].id
    store.ledger.start_stage(claim, batch, "detect")
    store.ledger.fail_stage(claim, batch, "detect", "the weights are gone")
    store.ledger.finish(claim, RunState.FAILED, "the weights are gone")
    row = store.queries.batches(run.id)[0]
    assert (row.status, row.error, row.attempts) == (StageStatus.FAILED, "the weights are gone", 1)
    store.registry.enqueue(run.uuid)
    assert store.queries.open_batches(run.id)[0][0] == batch
    claim = store.ledger.claim_next()
    assert claim is not None
    store.ledger.start_stage(claim, batch, "detect")
    store.ledger.commit_stage(claim, batch, "detect", {Detection: ()}, (), frames=10, seconds=0.1)
    store.ledger.fail_stage(claim, batch, "detect", "too late")  # what is committed is not made to fail
    row = store.queries.batches(run.id)[0]
    assert (row.status, row.error, row.attempts) == (StageStatus.COMPLETED, None, 2)


def test_a_run_that_is_paused_while_it_is_claimed_is_not_claimed(app: AppSettings, store: Store) -> None:
    runs = [add_run(store, app) for _ in range(2)]
    writer = store.ledger._engine

    # SQLite lets nobody write between the two statements of a claim; other databases do.
    @event.listens_for(writer, "after_cursor_execute")
    def pause(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT") and "queued_at" in statement:
            cursor.connection.execute("UPDATE runs SET state = 'paused' WHERE uuid = ?", (runs[0].uuid,))

    claim = store.ledger.claim_next()
    assert claim is not None and claim.run_uuid == runs[1].uuid
    assert store.queries.run(runs[0].uuid).state == RunState.PAUSED


def test_a_run_of_a_video_that_was_deleted_meanwhile_is_refused_in_words(app: AppSettings, store: Store) -> None:
    new = _new_run(store.queries.run(add_run(store, app).uuid).video_id)
    sql(app, "DELETE FROM runs")
    sql(app, "DELETE FROM videos")
    with pytest.raises(NotFound, match="deleted meanwhile"):
        store.registry.create_run(new)


def _new_run(video_id: int) -> NewRun:
    return NewRun(
        video_id=video_id, settings={}, settings_hash="", identity={}, frame_start=0, frame_end=10,
        frames_expected=10, batches=[(0, 10)], stages=["detect"],
    )  # fmt: skip


def test_retry_of_nothing_is_refused(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    sql(app, "UPDATE runs SET state = 'complete'")
    sql(app, "UPDATE batch_stages SET status = 'completed'")
    with pytest.raises(ActionRefused, match="retry"):
        store.registry.retry(run.uuid)


@pytest.mark.parametrize(
    ("requested", "after"), [(None, I), ("pause", I), ("cancel", X)], ids=["nothing", "pause", "cancel"]
)
def test_recover_reopens_what_a_dead_worker_left(
    app: AppSettings, store: Store, requested: str | None, after: RunState
) -> None:
    run = add_run(store, app)
    claim = store.ledger.claim_next()
    assert claim is not None
    store.ledger.start_stage(claim, store.queries.batches(run.id)[0].id, "detect")
    if requested:
        store.registry.request(run.uuid, requested)
    assert store.ledger.recover() == 1
    assert store.queries.run(run.uuid).state == after
    assert {batch.status for batch in store.queries.batches(run.id)} == {StageStatus.PENDING}
    assert store.ledger.recover() == 0


def test_delete_removes_all_rows_and_nothing_else(app: AppSettings, store: Store) -> None:
    runs = [add_run(store, app, ocr="rapidocr") for _ in range(2)]
    for run in runs:
        claim = store.ledger.claim_next()
        assert claim is not None
        batch = store.queries.batches(run.id)[0].id
        for stage, table in (("detect", Detection), ("ocr", ScoreboardReading)):
            store.ledger.start_stage(claim, batch, stage)
            gaps = (Gap(frame_index=9, reason="why"),)
            store.ledger.commit_stage(claim, batch, stage, {table: rows_of(stage, 3)}, gaps, frames=1, seconds=0.1)
        store.ledger.finish(claim, RunState.PAUSED)
    tables = ("runs", "processing_batches", "batch_stages", "detections", "scoreboard_readings", "frame_gaps")
    counts = {table: sql(app, f"SELECT count(*) FROM {table}")[0][0] for table in tables}
    kept = store.queries.detections(runs[1].id), store.queries.readings(runs[1].id), store.queries.run(runs[1].uuid)
    store.registry.delete_run(runs[0].uuid)
    assert all(count > 0 for count in counts.values())
    assert {table: sql(app, f"SELECT count(*) FROM {table}")[0][0] for table in tables} == {
        table: count // 2 for table, count in counts.items()
    }
    assert kept == (
        store.queries.detections(runs[1].id),
        store.queries.readings(runs[1].id),
        store.queries.run(runs[1].uuid),
    )


def test_change_counter_rises_with_every_change(app: AppSettings, store: Store) -> None:
    run = add_run(store, app)
    counters = [store.queries.run(run.uuid).change_counter]

    def changed() -> bool:
        counters.append(store.queries.run(run.uuid).change_counter)
        return counters[-1] > counters[-2]

    claim = store.ledger.claim_next()
    assert claim is not None and changed()
    for batch in store.queries.batches(run.id):
        store.ledger.start_stage(claim, batch.id, "detect")
        assert changed()
        store.ledger.commit_stage(claim, batch.id, "detect", {Detection: ()}, (), frames=10, seconds=0.1)
        assert changed()
    store.registry.request(run.uuid, "pause")
    assert changed()
    store.ledger.finish(claim, RunState.COMPLETE)
    assert changed()


@pytest.mark.parametrize("name", ["", "%", "_", "zzz"])
def test_run_is_found_by_unambiguous_beginning_only(app: AppSettings, store: Store, name: str) -> None:
    run = add_run(store, app)
    assert store.queries.run(run.uuid[:8]).uuid == run.uuid
    with pytest.raises(NotFound, match="There is no run"):
        store.queries.run(name)
    sql(app, "UPDATE runs SET uuid = 'aaaa-1'")
    sql(app, "UPDATE runs SET uuid = 'aaaa-2' WHERE uuid = ?", add_run(store, app).uuid)
    with pytest.raises(NotFound, match="More than one"):
        store.queries.run("aaaa")
    assert store.queries.run("aaaa-2").uuid == "aaaa-2"
