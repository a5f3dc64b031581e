"""The stages of a run, as a graph.

A stage is a name, what it depends on, which frames of a batch it works on, the tables it fills, and a processor that
turns frames into rows. To add one: write its processor in a file of this folder, and list it in `STAGES`. The
orchestrator, the ledger and the executors need no change.

A stage sees the frames of its batch, in order, and may look at others. One that *remembers* also gets the state that
it left after the batch before; the state is committed with the rows. One that needs the rows of another stage has no
way to ask for them yet: that seam comes with the first stage that does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol

from bbva_core.pipeline.plan import reading_frames, sampled_frames
from bbva_core.pipeline.tasks import Progress, Row, RunSpec
from bbva_core.settings import RunSettings
from bbva_core.store.models import Base, Detection, GameEvent, ScoreboardReading
from bbva_core.video import Frame, FrameIndex


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a stage is to work on."""

    frames: Iterator[Frame]
    """Its frames of the batch, ascending; those that cannot be decoded are left out."""

    state: bytes | None = None
    """What it remembered after the frames before; None at the beginning of a run."""

    look_at: Callable[[Sequence[int]], Sequence[Frame]] = lambda _numbers: ()
    """Frames of the video by index, wherever they are; those that cannot be decoded are left out. It seeks and decodes:
    for the rare look ahead, not for every frame."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a stage made of it."""

    rows: Sequence[Row]
    """Of `StageSpec.table`, in canonical order."""

    more: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """Of the tables in `StageSpec.also`, by name of the table."""

    state: bytes | None = None
    """What it remembers, for stages that do."""


class StageProcessor(Protocol):
    """Turns frames into rows. Lives in the compute process, holds the model."""

    def process(self, work: Work, progress: Progress) -> Made:
        """Rows for these frames.

        Raises:
            EngineError: The engine failed on one of them.
        """
        ...

    def close(self) -> None:
        """Let go of the model."""
        ...


@dataclass(frozen=True, kw_only=True)
class StageSpec:
    """One stage of the graph."""

    name: str
    after: tuple[str, ...]
    """Stages of the same batch that are committed first."""

    wanted: Callable[[RunSettings], bool]
    """Whether a run with these settings has this stage."""

    frames: Callable[[RunSettings, FrameIndex, int, int], Sequence[int]]
    """The frames it works on in a batch [start, end)."""

    revision: int
    """Stored with every run that has this stage. Add 1 when the same frames may give other rows than before: a change
    of the processor, of its engines and their parameters, of which frames are chosen, or of how frames are decoded.
    Runs of an older revision can then not be resumed, only computed anew."""

    table: type[Base]
    processor: str
    """`module:Class`, called with a `RunSpec`; imported in the compute process only."""

    also: tuple[type[Base], ...] = ()
    """More tables that it fills."""

    remembers: bool = False
    """Its batches are worked on in order, each with the state that the one before has left."""

    summary: Callable[[Sequence[Row]], Mapping[str, int]] = lambda _rows: {}
    """Counts of a batch's rows that the pages show, so that they need not count millions of rows."""

    def load(self, spec: RunSpec) -> StageProcessor:
        """Make the processor, with its model loaded."""
        module, _, name = self.processor.partition(":")
        processor: StageProcessor = getattr(import_module(module), name)(spec)
        return processor


STAGES: dict[str, StageSpec] = {
    stage.name: stage
    for stage in (
        StageSpec(
            name="detect",
            after=(),
            wanted=lambda settings: settings.detector != "none",
            frames=lambda settings, _index, start, end: sampled_frames(settings, start, end),
            revision=1,
            table=Detection,
            summary=lambda rows: Counter(row["class"] for row in rows),
            processor="bbva_core.pipeline.stages.detection:DetectionBatchProcessor",
        ),
        StageSpec(
            name="ocr",
            # It needs nothing from detect; sequential mode runs it after, so that the batch is decoded once.
            after=("detect",),
            wanted=lambda settings: settings.ocr != "none",
            frames=reading_frames,
            revision=7,
            table=ScoreboardReading,
            also=(GameEvent,),
            remembers=True,
            processor="bbva_core.pipeline.stages.reading:OCRBatchProcessor",
        ),
    )
}


def stages_of(settings: RunSettings) -> tuple[str, ...]:
    """The stages that a run with these settings has, each after the ones it depends on."""
    wanted = {name for name, stage in STAGES.items() if stage.wanted(settings)}
    ordered: list[str] = []
    while len(ordered) < len(wanted):
        ready = [
            name
            for name in STAGES
            if name in wanted and name not in ordered and set(STAGES[name].after) & wanted <= set(ordered)
        ]
        if not ready:
            raise ValueError(f"the stages {sorted(wanted - set(ordered))} wait for each other")
        ordered += ready
    return tuple(ordered)
