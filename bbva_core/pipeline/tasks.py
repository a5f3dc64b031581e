"""What crosses the seam between the worker and the executors. Rows are small; frames never cross it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bbva_core.settings import AppSettings, RunSettings
from bbva_core.store import Gap

Row = Mapping[str, Any]
"""One row of a stage's table, without the run and batch it belongs to."""


class Progress(Protocol):
    """Told after every piece of work; proves that the compute process is alive."""

    def __call__(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """All that the stages of a run need to know, sent to the executor once."""

    run_uuid: str
    app: AppSettings
    settings: RunSettings
    identity: Mapping[str, str]
    video_path: Path
    video_info: Mapping[str, Any]
    frame_index: bytes
    stages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BatchTask:
    """Run one stage on some frames of one batch."""

    stage: str
    frames: tuple[int, ...]
    """Frame indices, ascending."""

    keep: frozenset[int] = frozenset()
    """Frames of this batch that a later stage will ask for: worth keeping decoded."""

    state: bytes | None = None
    """What the stage has left after the frames before these; None at the beginning of a run, and for stages that
    remember nothing."""


@dataclass(frozen=True, kw_only=True)
class StageOutput:
    """What a stage made of its frames. `frames` and the gaps that were not analysed make the frames of the task."""

    rows: Sequence[Row]
    gaps: Sequence[Gap]
    frames: int
    seconds: float
    more: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """Rows of the other tables that the stage fills, by name of the table."""
    state: bytes | None = None
    """What the stage remembers after these frames."""
