"""Rows, gaps, status and change counter of a batch are one transaction, and only the owner of the run may commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bbva_core.errors import LostClaim
from bbva_core.settings import AppSettings
from bbva_core.store import Claim, Gap, Queries, RunState, StageStatus, Store
from bbva_core.store.models import Detection
from tests.fakes import FakeRun, add_run, rows_of, sql

FRAMES = range(10)


@pytest.fixture
def run(app: AppSettings, store: Store) -> FakeRun:
    return add_run(store, app)


@pytest.fixture
def claim(store: Store, run: FakeRun) -> Claim:
    claimed = store.ledger.claim_next()
    assert claimed is not None
    return claimed


def commit(store: Store, claim: Claim, batch_id: int, *, times: int = 1, gaps: tuple[Gap, ...] = ()) -> None:
    rows = [{**row, "score": times / 10} for frame in FRAMES for row in rows_of("detect", frame)]
    store.ledger.commit_stage(claim, batch_id, "detect", {Detection: rows}, gaps, frames=10, seconds=0.5)


def first_batch(queries: Queries, run: FakeRun) -> int:
    return queries.batches(run.id)[0].id


def everything(app: AppSettings) -> list[Any]:
    tables = ("runs", "batch_stages", "detections", "frame_gaps")
    return [sql(app, f"SELECT * FROM {table}") for table in tables]


def test_commit_shows_rows_gaps_status_and_counter(store: Store, run: FakeRun, claim: Claim) -> None:
    batch = first_batch(store.queries, run)
    store.ledger.start_stage(claim, batch, "detect")
    before = store.queries.run(run.uuid).change_counter
    commit(store, claim, batch, gaps=(Gap(frame_index=3, reason="why"),))
    assert len(store.queries.detections(run.id)) == sum(frame % 4 for frame in FRAMES)
    assert [dict(gap) for gap in store.queries.gaps(run.id)] == [{"frame_index": 3, "stage": "detect", "reason": "why"}]
    row = store.queries.batches(run.id)[0]
    assert (row.status, row.frames, row.seconds, row.attempts) == (StageStatus.COMPLETED, 10, 0.5, 1)
    assert store.queries.run(run.uuid).change_counter > before
    assert store.queries.run(run.uuid).batches_done == 1


def test_death_inside_a_commit_leaves_nothing(
    app: AppSettings, store: Store, run: FakeRun, claim: Claim, arm: Callable[[str], None]
) -> None:
    batch = first_batch(store.queries, run)
    store.ledger.start_stage(claim, batch, "detect")
    before = everything(app)
    arm("inside_commit:raise")
    with pytest.raises(RuntimeError):
        commit(store, claim, batch, gaps=(Gap(frame_index=3, reason="why"),))
    assert everything(app) == before
    commit(store, claim, batch)
    assert store.queries.batches(run.id)[0].status == StageStatus.COMPLETED


def test_commit_again_replaces(store: Store, run: FakeRun, claim: Claim) -> None:
    batch = first_batch(store.queries, run)
    for times in (1, 2):
        store.ledger.start_stage(claim, batch, "detect")
        gaps = (Gap(frame_index=3, reason="why"),) if times == 1 else ()
        commit(store, claim, batch, times=times, gaps=gaps)
    found = store.queries.detections(run.id)
    assert len(found) == sum(frame % 4 for frame in FRAMES)
    assert {row["score"] for row in found} == {0.2}
    assert store.queries.gaps(run.id) == []
    assert store.queries.batches(run.id)[0].attempts == 2


def test_other_batches_and_runs_are_not_touched(app: AppSettings, store: Store, run: FakeRun, claim: Claim) -> None:
    other = add_run(store, app)
    other_claim = store.ledger.claim_next(other.uuid)
    assert other_claim is not None
    for owner, each in ((claim, run), (other_claim, other), (claim, run)):
        batch = first_batch(store.queries, each)
        store.ledger.start_stage(owner, batch, "detect")
        commit(store, owner, batch)
    assert store.queries.detections(run.id) == store.queries.detections(other.id)


def _wrong_token(_store: Store, _batch: int, claim: Claim) -> Claim:
    return Claim(run_id=claim.run_id, run_uuid=claim.run_uuid, token="not mine")


def _taken_away(store: Store, _batch: int, claim: Claim) -> Claim:
    store.ledger.recover()
    store.registry.enqueue(claim.run_uuid)
    assert store.ledger.claim_next() is not None
    return claim


def _deleted(store: Store, _batch: int, claim: Claim) -> Claim:
    store.ledger.recover()
    store.registry.delete_run(claim.run_uuid)
    return claim


def _committed_before(store: Store, batch: int, claim: Claim) -> Claim:
    commit(store, claim, batch)
    return claim


@pytest.mark.parametrize("change", [_wrong_token, _taken_away, _deleted, _committed_before])
def test_lost_claim_writes_nothing(
    app: AppSettings, store: Store, run: FakeRun, claim: Claim, change: Callable[[Store, int, Claim], Claim]
) -> None:
    batch = first_batch(store.queries, run)
    store.ledger.start_stage(claim, batch, "detect")
    used = change(store, batch, claim)
    before = everything(app)
    with pytest.raises(LostClaim):
        commit(store, used, batch, times=9)
    assert everything(app) == before


@pytest.mark.parametrize("action", ["start", "fail", "finish"])
def test_every_write_of_a_worker_is_guarded(app: AppSettings, store: Store, claim: Claim, action: str) -> None:
    batch = sql(app, "SELECT min(id) FROM processing_batches")[0][0]
    store.ledger.recover()
    before = everything(app)
    with pytest.raises(LostClaim):
        if action == "start":
            store.ledger.start_stage(claim, batch, "detect")
        elif action == "fail":
            store.ledger.fail_stage(claim, batch, "detect", "why")
        else:
            store.ledger.finish(claim, RunState.COMPLETE)
    assert everything(app) == before
