"""The data model: SQLAlchemy 2 typed tables.

Names of states and statuses are plain strings in the database, so that a person with `sqlite3` can read it.
Times of the video are integers in the video's own time base; multiply by `time_base` for exact seconds.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class RunState(enum.StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    COMPLETE = "complete"
    COMPLETE_WITH_GAPS = "complete with gaps"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETING = "deleting"  # its rows are being removed: to everybody but the deletion it is gone

    @property
    def is_active(self) -> bool:
        """Whether the worker has, or will by itself get, something to do for it."""
        return self in (RunState.QUEUED, RunState.RUNNING)


class StageStatus(enum.StrEnum):
    """Where one stage of one batch stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; aware in Python, without an offset in the database (SQLite has no time zones)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of all tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Video(Base):
    """A video file and what the demuxer says about it."""

    __tablename__ = "videos"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Text)  # for display only, never used as a path
    path: Mapped[str] = mapped_column(Text)  # absolute, or relative to the data folder when the file is ours
    bytes: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    ctime_ns: Mapped[int | None] = mapped_column(BigInteger)  # None: taken up before this was noted
    info: Mapped[dict[str, Any]] = mapped_column(JSON)  # VideoInfo
    frame_count: Mapped[int]  # from the frame index, never from the container
    time_base_numerator: Mapped[int]
    time_base_denominator: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    runs: Mapped[list[Run]] = relationship(back_populates="video", passive_deletes=True)

    @property
    def time_base(self) -> Fraction:
        """Seconds per tick of every PTS of this video."""
        return Fraction(self.time_base_numerator, self.time_base_denominator)

    @property
    def stamp(self) -> tuple[int, int, int | None]:
        """How the file looked when it was taken up, as `stamp_of` tells it."""
        return self.bytes, self.mtime_ns, self.ctime_ns


class FrameIndexBlob(Base):
    """PTS and key-frame flag of every frame of a video in presentation order, packed (see `FrameIndex`)."""

    __tablename__ = "frame_indexes"

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Run(Base):
    """One analysis of one video with fixed settings, models and library versions."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(index=True)
    requested: Mapped[str | None]  # pause or cancel: asked for by a page, obeyed by the worker between two commits
    claim: Mapped[str | None]  # token of the worker that may commit to this run
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    settings_hash: Mapped[str]
    identity: Mapped[dict[str, str]] = mapped_column(JSON)  # weights, reader models, library versions
    frame_start: Mapped[int]
    frame_end: Mapped[int]
    frames_expected: Mapped[int]
    change_counter: Mapped[int] = mapped_column(BigInteger, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    video: Mapped[Video] = relationship(back_populates="runs")


class ProcessingBatch(Base):
    """A range of frames of a run: what one commit covers."""

    __tablename__ = "processing_batches"
    __table_args__ = (UniqueConstraint("run_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    frame_start: Mapped[int]
    frame_end: Mapped[int]  # exclusive


class BatchStage(Base):
    """The status of one stage of one batch. Every stage of every batch has its row from the start."""

    __tablename__ = "batch_stages"
    __table_args__ = (Index("ix_batch_stages_run_stage_status", "run_id", "stage", "status"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("processing_batches.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(default=StageStatus.PENDING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)  # why it failed the last time; None once it is completed
    frames: Mapped[int | None]  # frames decoded and processed, when completed
    rows: Mapped[int | None]  # rows committed, when completed
    summary: Mapped[dict[str, int] | None] = mapped_column(JSON)  # counts for the pages: detections per class
    seconds: Mapped[float | None]
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FrameGap(Base):
    """A frame that a stage could not process, or whose picture was damaged, and why."""

    __tablename__ = "frame_gaps"
    __table_args__ = {"sqlite_with_rowid": False}

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    frame_index: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("processing_batches.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    analysed: Mapped[bool] = mapped_column(default=False)  # a picture came out, with parts that were guessed


class Detection(Base):
    """One object in one frame. Box in pixels of the frame as displayed, origin top left."""

    __tablename__ = "detections"
    __table_args__ = {"sqlite_with_rowid": False}

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    frame_index: Mapped[int] = mapped_column(primary_key=True)
    det_index: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("processing_batches.id", ondelete="CASCADE"), index=True)
    pts: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column("class")
    score: Mapped[float]
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]


class ScoreboardReading(Base):
    """The text read from the scoreboard area of one frame, and what it means once it has been parsed."""

    __tablename__ = "scoreboard_readings"
    __table_args__ = {"sqlite_with_rowid": False}

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    frame_index: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("processing_batches.id", ondelete="CASCADE"), index=True)
    pts: Mapped[int] = mapped_column(BigInteger)
    raw_text: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # [{text, confidence, box: [x1, y1, x2, y2]}]
    crop: Mapped[list[int] | None] = mapped_column(JSON)  # x1, y1, x2, y2 of the area that was read
    period: Mapped[int | None]
    game_clock_seconds: Mapped[float | None]
    shot_clock_seconds: Mapped[float | None]
    team_a: Mapped[str | None] = mapped_column(Text)
    score_a: Mapped[int | None]
    team_b: Mapped[str | None] = mapped_column(Text)
    score_b: Mapped[int | None]
    phase: Mapped[str] = mapped_column(default="play", server_default="play")  # play, ended, half time, final
    accepted: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text)


class GameEvent(Base):
    """Something that the scoreboard tells of: a score that changed, a period that began or ended."""

    __tablename__ = "game_events"
    __table_args__ = {"sqlite_with_rowid": False}

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    frame_index: Mapped[int] = mapped_column(primary_key=True)
    event_index: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("processing_batches.id", ondelete="CASCADE"), index=True)
    pts: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    team: Mapped[str | None]  # a or b
    points: Mapped[int | None]
    period: Mapped[int | None]
    game_clock_seconds: Mapped[float | None]
    score_a: Mapped[int | None]
    score_b: Mapped[int | None]
    evidence: Mapped[bytes | None] = mapped_column(LargeBinary)  # JPEG of the scoreboard in that frame


class StageState(Base):
    """What a stage remembers after a batch: where it goes on from with the next one."""

    __tablename__ = "stage_states"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)  # of the batch
    batch_id: Mapped[int] = mapped_column(ForeignKey("processing_batches.id", ondelete="CASCADE"), index=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Correction(Base):
    """What a person knows better than the reader. It belongs to the video, so it holds for every run of it."""

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), index=True)
    field: Mapped[str]  # a column of the readings, or reviewed
    frame_index: Mapped[int | None]  # from where on; None: throughout the video
    value: Mapped[str] = mapped_column(Text)
    instead_of: Mapped[str | None] = mapped_column(Text)  # what the reader believed there; None: nothing
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkerRecord(Base):
    """What the worker says of itself. Information for people; the OS lock decides who works."""

    __tablename__ = "worker"

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    boot_id: Mapped[str]
    compute_pid: Mapped[int | None]
    heartbeat: Mapped[int] = mapped_column(BigInteger, default=0)  # counts up, whatever the clock does
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
