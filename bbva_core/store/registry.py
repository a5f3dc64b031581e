"""What may be asked for: videos and runs are added, runs are queued, paused, cancelled and deleted.

Every method is one transaction, but for deleting a run, which is many small ones. Nothing here writes results.
"""

from __future__ import annotations

import builtins
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Engine, Table, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from bbva_core.errors import ActionRefused, NotFound
from bbva_core.failpoints import failpoint
from bbva_core.store.changes import end_of_queue, insert_many, now, reopen, set_state
from bbva_core.store.models import (
    Base,
    BatchStage,
    FrameGap,
    FrameIndexBlob,
    ProcessingBatch,
    Run,
    RunState,
    StageStatus,
    Video,
)

_RESUMABLE = (RunState.PAUSED, RunState.INTERRUPTED, RunState.CANCELLED, RunState.FAILED)
_DELETE_FRAMES = 2_000  # frames whose rows one transaction deletes: some ten thousand rows, well below 0.1 s
_DELETE_BATCHES = 500


@dataclass(frozen=True, kw_only=True)
class NewVideo:
    """What is stored of a video that has passed its checks."""

    uuid: str
    sha256: str
    name: str
    path: str
    bytes: int
    mtime_ns: int
    ctime_ns: int | None = None
    info: Mapping[str, Any]
    frame_count: int
    time_base_numerator: int
    time_base_denominator: int
    frame_index: builtins.bytes


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """What is stored of a run when it is created."""

    video_id: int
    settings: Mapping[str, Any]
    settings_hash: str
    identity: Mapping[str, str]
    frame_start: int
    frame_end: int
    frames_expected: int
    batches: Sequence[tuple[int, int]]
    stages: Sequence[str]


class Registry:
    """The videos and runs of the store, and what is asked of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add_video(self, video: NewVideo, *, instead_of: str | None = None) -> int:
        """Store a video, or find the one with the same content; returns its id.

        Args:
            video: What is known of it.
            instead_of: The stored path of the file with the same content, when that file is gone or changed: the video
                moves to the new file, unless somebody else has moved it meanwhile.
        """
        with self._engine.begin() as connection:
            known = connection.execute(select(Video.id).where(Video.sha256 == video.sha256)).scalar()
            if known is not None:
                connection.execute(
                    update(Video)
                    .where(Video.id == known, Video.path == instead_of)
                    .values(path=video.path, bytes=video.bytes, mtime_ns=video.mtime_ns, ctime_ns=video.ctime_ns)
                )
                return known
            values = {key: value for key, value in vars(video).items() if key != "frame_index"}
            video_id = connection.execute(
                insert(Video).values(**values, created_at=now()).returning(Video.id)
            ).scalar_one()
            connection.execute(insert(FrameIndexBlob).values(video_id=video_id, data=video.frame_index))
            return video_id

    def rename_video(self, video_id: int, name: str) -> None:
        """Show a video under another name: the one that it came with last."""
        with self._engine.begin() as connection:
            connection.execute(update(Video).where(Video.id == video_id).values(name=name))

    def note_touched(self, video: Video, *, mtime_ns: int, ctime_ns: int) -> None:
        """Remember how the file of a video looks now, after it was read through and found unchanged."""
        with self._engine.begin() as connection:
            connection.execute(
                update(Video)
                .where(Video.id == video.id, Video.path == video.path)
                .values(mtime_ns=mtime_ns, ctime_ns=ctime_ns)
            )

    def create_run(self, run: NewRun) -> str:
        """Store a run with all its batches and stages as pending, and queue it; returns its uuid.

        Raises:
            NotFound: The video was deleted meanwhile.
        """
        run_uuid = str(uuid.uuid4())
        with self._engine.begin() as connection:
            if connection.execute(select(Video.id).where(Video.id == run.video_id)).first() is None:
                raise NotFound(
                    f"The video {run.video_id} is not there any more: it was deleted meanwhile.",
                    safe="Nothing was started.",
                    do="Add it again.",
                )
            run_id = connection.execute(
                insert(Run)
                .values(
                    uuid=run_uuid,
                    video_id=run.video_id,
                    state=RunState.QUEUED,
                    settings=dict(run.settings),
                    settings_hash=run.settings_hash,
                    identity=dict(run.identity),
                    frame_start=run.frame_start,
                    frame_end=run.frame_end,
                    frames_expected=run.frames_expected,
                    change_counter=1,
                    created_at=now(),
                    queued_at=end_of_queue(connection),
                )
                .returning(Run.id)
            ).scalar_one()
            insert_many(
                connection,
                ProcessingBatch,
                [
                    {"run_id": run_id, "ordinal": ordinal, "frame_start": start, "frame_end": end}
                    for ordinal, (start, end) in enumerate(run.batches)
                ],
            )
            ids = connection.execute(
                select(ProcessingBatch.id).where(ProcessingBatch.run_id == run_id).order_by(ProcessingBatch.ordinal)
            ).scalars()
            insert_many(
                connection,
                BatchStage,
                [
                    {"batch_id": batch_id, "stage": stage, "run_id": run_id, "status": StageStatus.PENDING}
                    for batch_id in ids
                    for stage in run.stages
                ],
            )
        return run_uuid

    def request(self, run_uuid: str, action: str) -> None:
        """Ask for `pause` or `cancel`. A queued run obeys at once, a running one between two commits.

        Raises:
            ActionRefused: The run is neither queued nor running (nor paused or interrupted, to cancel).
        """
        target = {"pause": RunState.PAUSED, "cancel": RunState.CANCELLED}[action]
        with self._engine.begin() as connection:
            run = _find(connection, run_uuid)
            at_once = [RunState.QUEUED]
            if action == "cancel":
                at_once += [RunState.PAUSED, RunState.INTERRUPTED]
            if run.state in at_once:
                set_state(connection, run.id, target)
            elif run.state == RunState.RUNNING:
                connection.execute(
                    update(Run).where(Run.id == run.id).values(requested=action, change_counter=Run.change_counter + 1)
                )
            else:
                raise _refused(run.state, action)

    def enqueue(self, run_uuid: str) -> None:
        """Queue a run again for what is still open or failed. Only call after `spec_for` has agreed.

        Pressing Resume twice, or in two tabs, queues it once.

        Raises:
            ActionRefused: The run is complete.
        """
        with self._engine.begin() as connection:
            run = _find(connection, run_uuid)
            if RunState(run.state).is_active:
                return
            if run.state not in _RESUMABLE:
                raise _refused(run.state, "resume")
            reopen(connection, run.id, failed_too=True, gaps_too=run.state == RunState.FAILED)
            _queue(connection, run.id)

    def retry(self, run_uuid: str) -> int:
        """Queue again what failed: failed stages and batches with frames set aside; returns how many.

        Raises:
            ActionRefused: The run is still active, or nothing in it failed.
        """
        with self._engine.begin() as connection:
            run = _find(connection, run_uuid)
            if RunState(run.state).is_active:
                raise _refused(run.state, "retry")
            count = reopen(connection, run.id, failed_too=True, gaps_too=True)
            if not count:
                raise _refused(run.state, "retry")
            _queue(connection, run.id)
            return count

    def delete_run(self, run_uuid: str) -> str | None:
        """Delete a run with all its rows, and its video when no other run uses it.

        For everybody else the run is gone at once. Its rows follow in small transactions, between which the worker
        can commit; `finish_deletions` finishes what a kill has cut short.

        Returns:
            The stored path of the video, when that has gone too. Deleting the file is for the caller.

        Raises:
            ActionRefused: The run is being worked on; cancel it first.
        """
        with self._engine.begin() as connection:
            run = _find(connection, run_uuid)
            if run.state == RunState.RUNNING:
                raise _refused(run.state, "delete")
            set_state(connection, run.id, RunState.DELETING, requested=None, claim=None)
        return self._delete_rows(run_uuid)

    def finish_deletions(self) -> list[str]:
        """Finish the deletions that a kill has cut short; returns the stored paths of the videos that went."""
        with self._engine.begin() as connection:
            left = connection.execute(select(Run.uuid).where(Run.state == RunState.DELETING)).scalars().all()
        return [path for path in map(self._delete_rows, left) if path is not None]

    def _delete_rows(self, run_uuid: str) -> str | None:
        with self._engine.begin() as connection:
            run = connection.execute(
                select(Run.id, Run.video_id, Run.frame_start, Run.frame_end).where(Run.uuid == run_uuid)
            ).first()
            if run is None:
                return None  # another process has finished it
            last = connection.execute(
                select(func.max(ProcessingBatch.ordinal)).where(ProcessingBatch.run_id == run.id)
            ).scalar()
        with_frames: list[type[Base]] = [FrameGap, *_result_tables()]
        tables = [cast(Table, table.__table__) for table in with_frames]
        steps = [
            [delete(table).where(table.c.run_id == run.id, table.c.frame_index < end) for table in tables]
            for end in range(run.frame_start + _DELETE_FRAMES, run.frame_end + _DELETE_FRAMES, _DELETE_FRAMES)
        ] + [
            [delete(ProcessingBatch).where(ProcessingBatch.run_id == run.id, ProcessingBatch.ordinal < end)]
            for end in range(_DELETE_BATCHES, (last or 0) + 1 + _DELETE_BATCHES, _DELETE_BATCHES)
        ]
        for step in steps:
            began = time.monotonic()
            with self._engine.begin() as connection:
                # The number of a run that is gone may be given to a new one: another process may be deleting this too.
                if connection.execute(select(Run.id).where(Run.uuid == run_uuid)).first() is None:
                    return None
                for statement in step:
                    connection.execute(statement)
            failpoint("between_deletions")
            time.sleep((time.monotonic() - began) / 2)  # whoever waits for the database polls: give it time to get in
        with self._engine.begin() as connection:
            connection.execute(delete(Run).where(Run.uuid == run_uuid))
            unused = delete(Video).where(Video.id == run.video_id, ~_has_run())
            return connection.execute(unused.returning(Video.path)).scalar()

    def forget_unused_videos(self, before: datetime) -> list[str]:
        """Forget videos without a run that were added before a moment; returns their stored paths."""
        unused = delete(Video).where(Video.created_at < before, ~_has_run())
        with self._engine.begin() as connection:
            return list(connection.execute(unused.returning(Video.path)).scalars())


def _queue(connection: Connection, run_id: int) -> None:
    queued_at = end_of_queue(connection)
    set_state(connection, run_id, RunState.QUEUED, queued_at=queued_at, error=None, requested=None, claim=None)


def _result_tables() -> list[type[Base]]:
    """Every table whose rows belong to a batch and a run."""
    return [
        mapper.class_
        for mapper in Base.registry.mappers
        if {"batch_id", "run_id", "frame_index"} <= set(mapper.local_table.c.keys()) and mapper.class_ is not FrameGap
    ]


def _has_run() -> ColumnElement[bool]:
    return select(Run.id).where(Run.video_id == Video.id).exists()


def _find(connection: Connection, run_uuid: str) -> Any:
    row = connection.execute(
        select(Run.id, Run.state).where(Run.uuid == run_uuid, Run.state != RunState.DELETING)
    ).first()
    if row is None:
        raise NotFound(f"There is no run {run_uuid}.", do="Choose one from the list of runs.")
    return row


def _refused(state: str, action: str) -> ActionRefused:
    advice = {
        "delete": "Cancel it first.",
        "retry": "Retry offers again what failed; there is nothing of that kind here now.",
    }.get(action, "Reload the page to see what can be done with it.")
    return ActionRefused(f"This run is {state}, so it cannot {action}.", safe="Nothing was changed.", do=advice)
