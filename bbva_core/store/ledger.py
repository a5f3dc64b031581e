"""What the worker writes: claims, results with their status, and how runs end.

Every method but `tidy` is one transaction; no inference, file read or sleep happens inside one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.engine import Connection

from bbva_core.errors import LostClaim
from bbva_core.failpoints import failpoint
from bbva_core.store.changes import insert_many, keep_state, now, reopen, set_state
from bbva_core.store.engine import empty_log, log_bytes
from bbva_core.store.models import (
    Base,
    BatchStage,
    FrameGap,
    Run,
    RunState,
    StageStatus,
    WorkerRecord,
)

LOG_BYTES = 8 * 1024**2  # a log that has grown by so much is emptied; that takes some ten milliseconds


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A frame that could not be processed, or whose picture is damaged, and why."""

    frame_index: int
    reason: str
    analysed: bool = False
    """A picture came out and was analysed, but the decoder had to guess parts of it."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to commit to one run, held by the worker that claimed it."""

    run_id: int
    run_uuid: str
    token: str


class Ledger:
    """The batch ledger: rows and their status, committed together."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._log_left = 0

    def recover(self) -> int:
        """Mark what a dead worker left as running as interrupted; returns how many runs.

        Only call while holding the worker lock.
        """
        with self._engine.begin() as connection:
            left = connection.execute(select(Run.id, Run.requested).where(Run.state == RunState.RUNNING)).all()
            for run_id, requested in left:
                reopen(connection, run_id)
                state = RunState.CANCELLED if requested == "cancel" else RunState.INTERRUPTED
                set_state(connection, run_id, state, requested=None, claim=None)
            return len(left)

    def claim_next(self, run_uuid: str | None = None) -> Claim | None:
        """Take the oldest queued run, or the named one if it is queued. None when there is nothing to do."""
        query = select(Run.id, Run.uuid, Run.started_at).where(Run.state == RunState.QUEUED)
        if run_uuid is not None:
            query = query.where(Run.uuid == run_uuid)
        query = query.order_by(Run.queued_at, Run.id).limit(1)
        while True:
            with self._engine.begin() as connection:
                row = connection.execute(query).first()
                if row is None:
                    return None
                claim = Claim(run_id=row.id, run_uuid=row.uuid, token=uuid.uuid4().hex)
                # On databases that let others write between the two statements it may have been paused since.
                taken = connection.execute(
                    update(Run)
                    .where(Run.id == row.id, Run.state == RunState.QUEUED)
                    .values(
                        state=RunState.RUNNING,
                        claim=claim.token,
                        requested=None,
                        started_at=row.started_at or now(),
                        finished_at=None,
                        change_counter=Run.change_counter + 1,
                    )
                )
                if taken.rowcount == 1:
                    return claim

    def start_stage(self, claim: Claim, batch_id: int, stage: str) -> None:
        """Mark one stage of one batch as being worked on."""
        with self._engine.begin() as connection:
            self._guard(connection, claim)
            connection.execute(
                update(BatchStage)
                .where(BatchStage.batch_id == batch_id, BatchStage.stage == stage)
                .values(status=StageStatus.PROCESSING, attempts=BatchStage.attempts + 1)
            )

    def commit_stage(
        self,
        claim: Claim,
        batch_id: int,
        stage: str,
        rows: Mapping[type[Base], Sequence[Mapping[str, Any]]],
        gaps: Sequence[Gap],
        *,
        frames: int,
        seconds: float,
        summary: Mapping[str, int] | None = None,
        state: tuple[int, bytes] | None = None,
    ) -> None:
        """Commit the rows of one stage of one batch together with its status, and with what the stage remembers.

        Args:
            claim: The right to do so.
            batch_id: Of which batch.
            stage: Of which stage.
            rows: By table; the rows of the first are counted.
            gaps: Frames set aside.
            frames: Processed.
            seconds: Of work.
            summary: Counts that the pages show.
            state: The ordinal of the batch and what the stage remembers after it; None for a stage that does not.

        Raises:
            LostClaim: This worker no longer owns the run, or the stage is not being worked on; nothing was committed.
        """
        failpoint("before_commit")
        with self._engine.begin() as connection:
            self._guard(connection, claim)
            done = connection.execute(
                update(BatchStage)
                .where(
                    BatchStage.batch_id == batch_id,
                    BatchStage.stage == stage,
                    BatchStage.status == StageStatus.PROCESSING,
                )
                .values(
                    status=StageStatus.COMPLETED,
                    error=None,
                    frames=frames,
                    rows=len(next(iter(rows.values()), ())),
                    summary=dict(summary or {}),
                    seconds=seconds,
                    completed_at=now(),
                )
            )
            if done.rowcount != 1:
                raise LostClaim(f"Stage {stage} of batch {batch_id} is not being processed by this worker.")
            owner = {"run_id": claim.run_id, "batch_id": batch_id}
            for table, values in rows.items():
                connection.execute(delete(table).where(table.__table__.c.batch_id == batch_id))
                insert_many(connection, table, [{**owner, **row} for row in values])
            connection.execute(delete(FrameGap).where(FrameGap.batch_id == batch_id, FrameGap.stage == stage))
            insert_many(connection, FrameGap, [{**owner, "stage": stage, **vars(gap)} for gap in gaps])
            if state is not None:
                keep_state(connection, owner, stage, *state)
            failpoint("inside_commit")
        failpoint("after_commit")

    def fail_stage(self, claim: Claim, batch_id: int, stage: str, error: str) -> None:
        """Store why a stage of a batch failed, in a transaction of its own; its earlier rows, if any, stay.

        Call it when the run ends because of that error. The stage stays failed until the run is resumed or retried,
        and the words stay until it is completed.

        Raises:
            LostClaim: This worker no longer owns the run.
        """
        with self._engine.begin() as connection:
            self._guard(connection, claim)
            connection.execute(
                update(BatchStage)
                .where(
                    BatchStage.batch_id == batch_id,
                    BatchStage.stage == stage,
                    BatchStage.status == StageStatus.PROCESSING,
                )
                .values(status=StageStatus.FAILED, error=error)
            )

    def finish(self, claim: Claim, state: RunState, error: str | None = None) -> None:
        """Give the run back in its new state. What was being processed is open again."""
        with self._engine.begin() as connection:
            self._guard(connection, claim)
            reopen(connection, claim.run_id)
            ended = state not in (RunState.PAUSED, RunState.INTERRUPTED, RunState.QUEUED)
            set_state(
                connection,
                claim.run_id,
                state,
                error=error,
                claim=None,
                requested=None,
                finished_at=now() if ended else None,
            )

    def beat(self, *, host: str, pid: int, boot_id: str, compute_pid: int | None, started_at: datetime) -> None:
        """Leave a sign of life of the worker."""
        values = {
            "host": host,
            "pid": pid,
            "boot_id": boot_id,
            "compute_pid": compute_pid,
            "heartbeat_at": now(),
            "started_at": started_at,
        }
        with self._engine.begin() as connection:
            beaten = connection.execute(update(WorkerRecord).values(**values, heartbeat=WorkerRecord.heartbeat + 1))
            if beaten.rowcount == 0:
                connection.execute(insert(WorkerRecord).values(id=1, heartbeat=1, **values))

    def tidy(self) -> None:
        """Keep the log of a SQLite database small, however many read it. Cheap while it is."""
        if log_bytes(self._engine) > self._log_left + LOG_BYTES:
            empty_log(self._engine)
            self._log_left = log_bytes(self._engine)  # not empty while somebody reads for long: wait for as much again

    def _guard(self, connection: Connection, claim: Claim) -> None:
        owned = connection.execute(
            update(Run)
            .where(Run.id == claim.run_id, Run.claim == claim.token)
            .values(change_counter=Run.change_counter + 1)
        )
        if owned.rowcount != 1:
            raise LostClaim(
                f"Run {claim.run_uuid} is no longer owned by this worker.",
                safe="Nothing was committed twice.",
                do="Look at the run's page: another worker has taken it, or it was deleted.",
            )
