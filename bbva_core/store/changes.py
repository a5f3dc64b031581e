"""Changes that the registry and the ledger share. Each runs inside a transaction of its caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, func, insert, select, update
from sqlalchemy.engine import Connection

from bbva_core.store.models import (
    Base,
    BatchStage,
    FrameGap,
    Run,
    RunState,
    StageStatus,
)

_INSERT_CHUNK = 5_000


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
    return int(result.rowcount)


def set_state(connection: Connection, run_id: int, state: RunState, **values: Any) -> None:
    """Change the state of a run, and its change counter with it."""
    connection.execute(
        update(Run).where(Run.id == run_id).values(state=state, change_counter=Run.change_counter + 1, **values)
    )
