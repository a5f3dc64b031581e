"""The read side. Whole batches only, because a batch's rows and status are committed together.

Nothing here can write: the connections are `query_only`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.engine import Connection, RowMapping

from bbva_core.errors import NotFound
from bbva_core.store.models import (
    BatchStage,
    Detection,
    FrameGap,
    FrameIndexBlob,
    ProcessingBatch,
    Run,
    RunState,
    StageState,
    StageStatus,
    Video,
    WorkerRecord,
)
from bbva_core.store.scoreboard_queries import ScoreboardQueries
from bbva_core.store.summaries import RunSummary, sums_of_batches

# A run that is being deleted, batch after batch, is not there any more.
_THERE = Run.state != RunState.DELETING


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """One batch with the status of one of its stages."""

    id: int
    ordinal: int
    frame_start: int
    frame_end: int
    stage: str
    status: StageStatus
    attempts: int
    error: str | None
    frames: int | None
    rows: int | None
    seconds: float | None


class Queries(ScoreboardQueries):
    """The read side of the store."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        # By run id: the uuid and change counter at which the sums over its batches were taken, and the sums.
        self._sums: dict[int, tuple[tuple[str, int], Mapping[str, Any]]] = {}
        self._summing = threading.Lock()  # many sessions ask at the same moment: one adds up, the others take it

    # -- runs ------------------------------------------------------------------------------------------------------

    def runs(self) -> list[RunSummary]:
        """All runs, newest first."""
        with self._engine.connect() as connection:
            uuids = connection.execute(select(Run.uuid).where(_THERE).order_by(Run.id.desc())).scalars().all()
            return [self._summary(connection, uuid) for uuid in uuids]

    def run(self, uuid: str) -> RunSummary:
        """One run, by its uuid or an unambiguous beginning of it.

        Raises:
            NotFound: No run, or more than one, has this uuid.
        """
        with self._engine.connect() as connection:
            begins = Run.uuid.startswith(uuid, autoescape=True)
            found = connection.execute(select(Run.uuid).where(begins, _THERE).limit(2)).scalars().all()
            if len(found) != 1 or not uuid:
                raise NotFound(
                    f"{'More than one run begins' if found and uuid else 'There is no run'} with {uuid!r}.",
                    do="`python -m bbva_core runs` lists them.",
                )
            return self._summary(connection, found[0])

    def _summary(self, connection: Connection, uuid: str) -> RunSummary:
        run = (
            connection.execute(
                select(Run.__table__, Video.uuid.label("video_uuid"), Video.name.label("video_name"))
                .join(Video, Video.id == Run.video_id)
                .where(Run.uuid == uuid)
            )
            .mappings()
            .one()
        )
        stamp = (str(run["uuid"]), int(run["change_counter"]))
        with self._summing:
            known = self._sums.get(run["id"])
            if known is None or known[0] != stamp:
                # In the transaction that has read the counter, so both are of one moment.
                known = self._sums[run["id"]] = (stamp, sums_of_batches(connection, run["id"]))
        own = {name: run[name] for name in RunSummary.__dataclass_fields__ if name in run}
        return RunSummary(**{**own, "state": RunState(run["state"])}, **known[1])

    def last_run(self) -> RunSummary | None:
        """The run created last."""
        with self._engine.connect() as connection:
            newest = select(Run.uuid).where(_THERE).order_by(Run.id.desc()).limit(1)
            uuid = connection.execute(newest).scalar()
            return None if uuid is None else self._summary(connection, uuid)

    def requested(self, run_id: int) -> str | None:
        """What a page has asked the worker to do with a run: pause, cancel, or nothing."""
        with self._engine.connect() as connection:
            return connection.execute(select(Run.requested).where(Run.id == run_id)).scalar()

    def open_batches(self, run_id: int) -> list[tuple[int, int, int, int, frozenset[str]]]:
        """(id, ordinal, frame_start, frame_end, stages still pending) of every batch with pending stages, in order."""
        query = (
            select(
                ProcessingBatch.id,
                ProcessingBatch.ordinal,
                ProcessingBatch.frame_start,
                ProcessingBatch.frame_end,
                BatchStage.stage,
            )
            .join(BatchStage, BatchStage.batch_id == ProcessingBatch.id)
            .where(ProcessingBatch.run_id == run_id, BatchStage.status == StageStatus.PENDING)
            .order_by(ProcessingBatch.ordinal)
        )
        found: dict[int, tuple[int, int, int, int, set[str]]] = {}
        with self._engine.connect() as connection:
            for batch_id, ordinal, start, end, stage in connection.execute(query):
                found.setdefault(batch_id, (batch_id, ordinal, start, end, set()))[4].add(stage)
        return [(*batch[:4], frozenset(batch[4])) for batch in found.values()]

    def batches(self, run_id: int) -> list[BatchRow]:
        """Every stage of every batch, in order."""
        query = (
            select(
                ProcessingBatch.id,
                ProcessingBatch.ordinal,
                ProcessingBatch.frame_start,
                ProcessingBatch.frame_end,
                BatchStage.stage,
                BatchStage.status,
                BatchStage.attempts,
                BatchStage.error,
                BatchStage.frames,
                BatchStage.rows,
                BatchStage.seconds,
            )
            .join(BatchStage, BatchStage.batch_id == ProcessingBatch.id)
            .where(ProcessingBatch.run_id == run_id)
            .order_by(ProcessingBatch.ordinal, BatchStage.stage)
        )
        with self._engine.connect() as connection:
            return [
                BatchRow(**{**row, "status": StageStatus(row["status"])})
                for row in connection.execute(query).mappings()
            ]

    def stage_state(self, run_id: int, stage: str, ordinal: int) -> bytes | None:
        """What a stage remembers after a batch; None when it is not kept."""
        query = select(StageState.data).where(
            StageState.run_id == run_id, StageState.stage == stage, StageState.ordinal == ordinal
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def gaps(self, run_id: int, limit: int | None = None, *, analysed: bool = False) -> list[RowMapping]:
        """Frames set aside: frame_index, stage, reason; in frame order.

        Args:
            run_id: Of which run.
            limit: The first so many.
            analysed: Instead, those whose pictures were analysed although parts of them were guessed.
        """
        query = (
            select(FrameGap.frame_index, FrameGap.stage, FrameGap.reason)
            .where(FrameGap.run_id == run_id, FrameGap.analysed == analysed)
            .order_by(FrameGap.frame_index, FrameGap.stage)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).mappings())

    # -- videos ----------------------------------------------------------------------------------------------------

    def video(self, video_id: int) -> Video:
        """One video.

        Raises:
            NotFound: No such video.
        """
        return self._one_video(Video.id == video_id, str(video_id))

    def video_by_uuid(self, uuid: str) -> Video:
        """One video by its uuid.

        Raises:
            NotFound: No such video.
        """
        return self._one_video(Video.uuid == uuid, uuid)

    def _one_video(self, condition: Any, name: str) -> Video:
        from sqlalchemy.orm import Session

        with Session(self._engine) as session:
            video = session.scalars(select(Video).where(condition)).first()
            if video is None:
                raise NotFound(f"There is no video {name}.", do="Choose one from the list of runs.")
            session.expunge(video)
            return video

    def video_by_sha256(self, sha256: str) -> Video | None:
        """The stored video with this content, if there is one."""
        try:
            return self._one_video(Video.sha256 == sha256, sha256)
        except NotFound:
            return None

    def frame_index(self, video_id: int) -> bytes:
        """The packed frame index of a video.

        Raises:
            NotFound: No such video.
        """
        with self._engine.connect() as connection:
            data = connection.execute(
                select(FrameIndexBlob.data).where(FrameIndexBlob.video_id == video_id)
            ).scalar_one_or_none()
            if data is None:
                raise NotFound(f"There is no frame index for video {video_id}.")
            return data

    # -- results ---------------------------------------------------------------------------------------------------

    def detections(
        self,
        run_id: int,
        *,
        frame_start: int = 0,
        frame_end: int | None = None,
        classes: Sequence[str] | None = None,
        min_score: float = 0.0,
        limit: int | None = None,
    ) -> list[RowMapping]:
        """Detections with their batch ordinal, in canonical order (frame, then detection)."""
        query = _detections(run_id).where(Detection.frame_index >= frame_start)
        if frame_end is not None:
            query = query.where(Detection.frame_index < frame_end)
        if classes is not None:
            query = query.where(Detection.label.in_(classes))
        if min_score > 0:
            query = query.where(Detection.score >= min_score)
        with self._engine.connect() as connection:
            return list(connection.execute(query.limit(limit)).mappings())

    def iterate_detections(self, run_id: int, chunk: int = 10_000) -> Iterator[RowMapping]:
        """All detections of a run in canonical order, in constant memory."""
        yield from self._iterate(_detections(run_id), chunk)

    def counts_by_batch(self, run_id: int) -> list[tuple[int, int, dict[str, int]]]:
        """(frame_start, frames detected on, detections per class) of every committed batch, in order."""
        query = (
            select(ProcessingBatch.frame_start, BatchStage.frames, BatchStage.summary)
            .join(BatchStage, BatchStage.batch_id == ProcessingBatch.id)
            .where(
                ProcessingBatch.run_id == run_id,
                BatchStage.stage == "detect",
                BatchStage.status == StageStatus.COMPLETED,
            )
            .order_by(ProcessingBatch.ordinal)
        )
        with self._engine.connect() as connection:
            return [
                (int(start), int(frames or 0), dict(counts or {}))
                for start, frames, counts in connection.execute(query)
            ]

    def positions(
        self, run_id: int, *, start: int, every: int, classes: Sequence[str] | None = None, min_score: float = 0.0
    ) -> list[tuple[str, float, float]]:
        """(class, x, y) in pixels of the middle of each box's lower edge, in frames start, start + every, …"""
        query = select(Detection.label, (Detection.x1 + Detection.x2) / 2, Detection.y2).where(
            Detection.run_id == run_id, (Detection.frame_index - start) % every == 0, Detection.score >= min_score
        )
        if classes is not None:
            query = query.where(Detection.label.in_(classes))
        with self._engine.connect() as connection:
            return [(str(label), float(x), float(y)) for label, x, y in connection.execute(query)]

    def last_committed(self, run_id: int, stage: str) -> tuple[int, int] | None:
        """(frame_start, frame_end) of the last batch whose stage is committed; None before the first."""
        ranges = self._committed(run_id, stage).order_by(ProcessingBatch.ordinal.desc()).limit(1)
        with self._engine.connect() as connection:
            row = connection.execute(ranges).first()
            return None if row is None else (int(row[0]), int(row[1]))

    def is_committed(self, run_id: int, stage: str, frame: int) -> bool:
        """Whether the batch that a frame lies in is committed for a stage."""
        lies_in = (ProcessingBatch.frame_start <= frame, frame < ProcessingBatch.frame_end)
        with self._engine.connect() as connection:
            return connection.execute(self._committed(run_id, stage).where(*lies_in)).first() is not None

    @staticmethod
    def _committed(run_id: int, stage: str) -> Any:
        return (
            select(ProcessingBatch.frame_start, ProcessingBatch.frame_end)
            .join(BatchStage, BatchStage.batch_id == ProcessingBatch.id)
            .where(
                ProcessingBatch.run_id == run_id,
                BatchStage.stage == stage,
                BatchStage.status == StageStatus.COMPLETED,
            )
        )

    # -- worker ----------------------------------------------------------------------------------------------------

    def worker(self) -> RowMapping | None:
        """What the worker last said of itself."""
        with self._engine.connect() as connection:
            return connection.execute(select(WorkerRecord.__table__).limit(1)).mappings().first()


def _detections(run_id: int) -> Any:
    return (
        select(
            Detection.frame_index,
            Detection.pts,
            Detection.label.label("class"),
            Detection.score,
            Detection.x1,
            Detection.y1,
            Detection.x2,
            Detection.y2,
            ProcessingBatch.ordinal.label("batch"),
        )
        .join(ProcessingBatch, ProcessingBatch.id == Detection.batch_id)
        .where(Detection.run_id == run_id)
        .order_by(Detection.frame_index, Detection.det_index)
    )
