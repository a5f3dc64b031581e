"""Changes that the registry and the ledger share. Each runs inside a transaction of its caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from bbva_core.store.models import (
    Base,
    BatchStage,
    FrameGap,
    ProcessingBatch,
    Run,
    RunState,
    StageState,
    StageStatus,
)

_INSERT_CHUNK = 5_000
_KEPT_STATES = 64
"""Of the states that a stage has left after its batches the last is kept, and one in so many: where a retry may go on
from. A state takes some ten thousand bytes, as much as the rows of its batch."""


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def end_of_queue(connection: Connection) -> datetime:
    """The time to queue a run at: now, but after all that were queued before, whatever the clock was then."""
    last = connection.execute(select(func.max(Run.queued_at))).scalar()
    return now() if last is None else max(now(), last + timedelta(microseconds=1))


def insert_many(connection: Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, however many."""
    # The table, not the mapped class: Core's executemany costs half of the ORM's bulk insert.
    core_table = cast(Table, table.__table__)
    for start in range(0, len(rows), _INSERT_CHUNK):
        connection.execute(insert(core_table), [dict(row) for row in rows[start : start + _INSERT_CHUNK]])


def reopen(connection: Connection, run_id: int, *, failed_too: bool = False, gaps_too: bool = False) -> int:
    """Make stages of a run pending again: those under way, and on request failed ones and ones with gaps."""
    statuses = [StageStatus.PROCESSING]
    if failed_too:
        statuses.append(StageStatus.FAILED)
    wanted: ColumnElement[bool] = BatchStage.status.in_(statuses)
    if gaps_too:
        has_gap = (
            select(FrameGap.frame_index)
            .where(FrameGap.batch_id == BatchStage.batch_id, FrameGap.stage == BatchStage.stage, ~FrameGap.analysed)
            .exists()
        )
        wanted = wanted | has_gap
    result = connection.execute(
        update(BatchStage)
        .where(BatchStage.run_id == run_id, wanted)
        .values(status=StageStatus.PENDING)
        .execution_options(synchronize_session=False)
    )
    _restart_chains(connection, run_id)
    return int(result.rowcount)


def keep_state(connection: Connection, owner: Mapping[str, int], stage: str, ordinal: int, data: bytes) -> None:
    """Store what a stage remembers after a batch, and forget most of what it remembered before."""
    of_stage = (StageState.run_id == owner["run_id"], StageState.stage == stage)
    older = StageState.ordinal < ordinal, (StageState.ordinal + 1) % _KEPT_STATES != 0
    connection.execute(delete(StageState).where(*of_stage, or_(StageState.ordinal >= ordinal, and_(*older))))
    connection.execute(insert(StageState).values(**owner, stage=stage, ordinal=ordinal, data=data))


def _restart_chains(connection: Connection, run_id: int) -> None:
    """Open again what follows an open batch of a stage that remembers, from the last state that is kept before it.

    What comes after depends on what will come of it: a run that was retried has the rows of one that never failed.
    """
    stages = connection.execute(select(StageState.stage).where(StageState.run_id == run_id).distinct()).scalars().all()
    for stage in stages:
        of_stage = (BatchStage.run_id == run_id, BatchStage.stage == stage)
        ordinals = select(func.min(ProcessingBatch.ordinal)).join(BatchStage, BatchStage.batch_id == ProcessingBatch.id)
        first = connection.execute(ordinals.where(*of_stage, BatchStage.status == StageStatus.PENDING)).scalar()
        if first is None:
            continue
        states = (StageState.run_id == run_id, StageState.stage == stage)
        kept = connection.execute(
            select(func.coalesce(func.max(StageState.ordinal), -1)).where(*states, StageState.ordinal < first)
        ).scalar_one()
        after = select(ProcessingBatch.id).where(ProcessingBatch.run_id == run_id, ProcessingBatch.ordinal > kept)
        connection.execute(
            update(BatchStage)
            .where(*of_stage, BatchStage.batch_id.in_(after), BatchStage.status == StageStatus.COMPLETED)
            .values(status=StageStatus.PENDING)
            .execution_options(synchronize_session=False)
        )
        connection.execute(delete(StageState).where(*states, StageState.ordinal > kept))


def set_state(connection: Connection, run_id: int, state: RunState, **values: Any) -> None:
    """Change the state of a run, and its change counter with it."""
    connection.execute(
        update(Run).where(Run.id == run_id).values(state=state, change_counter=Run.change_counter + 1, **values)
    )
