"""How far a run is: the sums over its batches that pages and the command line show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.engine import Connection

from bbva_core.store.models import BatchStage, FrameGap, RunState, StageStatus

_RATE_WINDOW = 10  # batches: long enough to be steady, short enough to follow a change of load


@dataclass(frozen=True, kw_only=True)
class StageProgress:
    """How far one stage of a run is, in batches, frames and rows."""

    name: str
    total: int
    completed: int
    failed: int
    frames: int
    """Frames processed; with `gaps` they make the frames that the completed batches were to process."""
    gaps: int
    rows: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """All that a page or the command line says about a run."""

    id: int
    uuid: str
    video_id: int
    video_uuid: str
    video_name: str
    state: RunState
    requested: str | None
    error: str | None
    settings: Mapping[str, Any]
    settings_hash: str
    identity: Mapping[str, str]
    frame_start: int
    frame_end: int
    frames_expected: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    change_counter: int
    batches_total: int
    batches_done: int
    stages: Mapping[str, StageProgress]
    gaps: int
    damaged: int
    """Frames that were analysed although the decoder had to guess parts of their pictures."""
    seconds_per_batch: float | None

    @property
    def frames_done(self) -> int:
        """Frames processed by the detector, or by the reader in a run without detector."""
        stage = self.stages.get("detect") or self.stages.get("ocr")
        return stage.frames if stage else 0

    @property
    def detections(self) -> int:
        """Detections committed so far."""
        return self.stages["detect"].rows if "detect" in self.stages else 0

    @property
    def readings(self) -> int:
        """Scoreboard readings committed so far."""
        return self.stages["ocr"].rows if "ocr" in self.stages else 0

    @property
    def fraction_done(self) -> float:
        """Completed stages of batches over all stages of batches, 0 to 1."""
        total = sum(stage.total for stage in self.stages.values())
        return sum(stage.completed for stage in self.stages.values()) / total if total else 0.0

    @property
    def frames_per_second(self) -> float | None:
        """Frames of work a second over the last batches; None before the first."""
        if not self.seconds_per_batch or not self.batches_total:
            return None
        return self.frames_expected / self.batches_total / self.seconds_per_batch

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds of work left; None before the first batch."""
        if self.seconds_per_batch is None:
            return None
        return self.seconds_per_batch * (1.0 - self.fraction_done) * self.batches_total


def sums_of_batches(connection: Connection, run_id: int) -> dict[str, Any]:
    """The fields of a `RunSummary` that add up its batches."""
    by_stage = select(
        BatchStage.stage,
        func.count().label("total"),
        func.sum(cast(BatchStage.status == StageStatus.COMPLETED, Integer)).label("completed"),
        func.sum(cast(BatchStage.status == StageStatus.FAILED, Integer)).label("failed"),
        func.coalesce(func.sum(BatchStage.frames), 0).label("frames"),
        func.coalesce(func.sum(BatchStage.rows), 0).label("rows"),
        func.coalesce(func.sum(BatchStage.seconds), 0.0).label("seconds"),
    ).where(BatchStage.run_id == run_id)
    lost = (FrameGap.run_id == run_id, ~FrameGap.analysed)
    by_gap = select(FrameGap.stage, func.count()).where(*lost).group_by(FrameGap.stage)
    gaps_of = {row[0]: int(row[1]) for row in connection.execute(by_gap)}
    stages = {
        row["stage"]: StageProgress(
            name=row["stage"], gaps=gaps_of.get(row["stage"], 0), **{key: row[key] for key in row if key != "stage"}
        )
        for row in connection.execute(by_stage.group_by(BatchStage.stage).order_by(BatchStage.stage)).mappings()
    }
    open_batches = connection.execute(
        select(func.count(func.distinct(BatchStage.batch_id))).where(
            BatchStage.run_id == run_id, BatchStage.status != StageStatus.COMPLETED
        )
    ).scalar_one()
    total = max((stage.total for stage in stages.values()), default=0)
    recent = (
        select(BatchStage.seconds)
        .where(BatchStage.run_id == run_id, BatchStage.status == StageStatus.COMPLETED)
        .order_by(BatchStage.batch_id.desc())
        .limit(_RATE_WINDOW * max(1, len(stages)))
    )
    seconds = [value for value in connection.execute(recent).scalars() if value is not None]
    frames = func.count(func.distinct(FrameGap.frame_index))
    gaps = connection.execute(select(frames).where(*lost)).scalar_one()
    damaged = connection.execute(select(frames).where(FrameGap.run_id == run_id, FrameGap.analysed)).scalar_one()
    return {
        "batches_total": total,
        "batches_done": total - open_batches,
        "stages": stages,
        "gaps": gaps,
        "damaged": damaged,
        "seconds_per_batch": sum(seconds) / len(seconds) * len(stages) if seconds else None,
    }
