"""Take one run through its batches: compute, commit, next. Knows stages only as names in a graph."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from threading import Event
from typing import NoReturn, TypeVar

from bbva_core.errors import (
    BBVAError,
    ComputeCrashed,
    ComputeGaveUp,
    ComputeHung,
    EngineError,
    StoreError,
    VideoReadError,
    WeightsError,
    foreign,
)
from bbva_core.failpoints import failpoint
from bbva_core.pipeline.executors import Executor
from bbva_core.pipeline.plan import frame_range
from bbva_core.pipeline.stages import STAGES
from bbva_core.pipeline.tasks import BatchTask, Row, RunSpec, StageOutput
from bbva_core.store import Claim, Gap, RunState, Store
from bbva_core.store.models import Base
from bbva_core.video import FrameIndex

TRIES = 2
"""How often a task is computed before it is split, and a single frame before it is set aside."""

MAX_LOST_FRAMES = 10
"""A run stops when a stage fails on this many frames in a row, over at least two whole batches: then the engine is
broken, not the frames."""

_POLL_SECONDS = 0.25
_GRACE_SECONDS = {RunState.INTERRUPTED: 2.5, RunState.PAUSED: 10.0, RunState.CANCELLED: 10.0}
"""How long the task in flight may take to finish, by why the run is to end; then it is given up."""

_T = TypeVar("_T")


class _Ended(Exception):
    """The run is to end now: the process shuts down, or the user has asked."""

    def __init__(self, state: RunState) -> None:
        super().__init__(state)
        self.state = state


class SequentialOrchestrator:
    """Runs the open stages of a run, batch after batch, in the calling thread.

    Args:
        store: Where batches and rows are.
        executor: Where stages are computed.
        stop: Set when the process shuts down: the batch in flight gets a few seconds to finish, then is rolled back.
        tick: Called before every task, and several times a second while waiting for it.
        on_commit: Called after every commit.
    """

    _claim: Claim
    _spec: RunSpec
    _index: FrameIndex

    def __init__(
        self,
        store: Store,
        executor: Executor,
        *,
        stop: Event,
        tick: Callable[[], None] = lambda: None,
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._executor = executor
        self._stop = stop
        self._tick = tick
        self._on_commit = on_commit
        self._lost_frames = 0

    def run(self, claim: Claim, spec: RunSpec) -> RunState:
        """Work until the run is complete, fails, is paused or cancelled, or the process stops; returns its new state.

        Whatever happens, everything committed stays, and the run can be resumed or retried.
        """
        self._claim, self._spec, self._index = claim, spec, FrameIndex.from_bytes(spec.frame_index)
        try:
            self._open(spec)
            state, error = self._run_batches(claim, spec), None
        except _Ended as end:
            state, error = end.state, None
        except StoreError:
            raise  # what cannot be written cannot be noted either: the worker deals with it
        except BBVAError as problem:
            state, error = RunState.FAILED, str(problem)
        self._store.ledger.finish(claim, state, error)
        return state

    def _open(self, spec: RunSpec) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self._wait(self._executor.open_run(spec))
                return
            except (ComputeCrashed, ComputeHung):
                self._end_if_asked()
                if attempt == TRIES:
                    raise

    def _run_batches(self, claim: Claim, spec: RunSpec) -> RunState:
        lost: dict[str, list[int]] = {}  # of each stage, the sizes of the batches lost in a row: one may work, one not
        for batch_id, ordinal, start, end, open_stages in self._store.queries.open_batches(claim.run_id):
            frames = {name: tuple(STAGES[name].frames(spec.settings, self._index, start, end)) for name in spec.stages}
            for position, name in enumerate(spec.stages):
                if name not in open_stages:
                    continue
                self._end_if_asked()
                later = frozenset(frame for other in spec.stages[position + 1 :] for frame in frames[other])
                state = self._state_before(claim, name, ordinal)
                task = BatchTask(stage=name, frames=frames[name], keep=later, state=state)
                all_lost = self._run_stage(claim, batch_id, ordinal, task)
                if task.frames:
                    lost[name] = [*lost.get(name, []), len(task.frames)] if all_lost else []
                if len(lost.get(name, [])) >= 2 and sum(lost[name]) >= MAX_LOST_FRAMES:
                    self._give_up(claim, name, sum(lost[name]))
        done = self._store.queries.run(claim.run_uuid)
        for stage in done.stages.values():
            if stage.gaps and not stage.frames:
                # Too short a run for the rule above, and still nothing came of it.
                self._give_up(claim, stage.name, stage.gaps)
        return RunState.COMPLETE_WITH_GAPS if done.gaps else RunState.COMPLETE

    def _state_before(self, claim: Claim, stage: str, ordinal: int) -> bytes | None:
        """What a stage that remembers has left after the batch before."""
        if not STAGES[stage].remembers or ordinal == 0:
            return None
        return self._store.queries.stage_state(claim.run_id, stage, ordinal - 1)

    def _run_stage(self, claim: Claim, batch_id: int, ordinal: int, task: BatchTask) -> bool:
        """Compute and commit one stage of one batch; returns whether the engine failed on every frame of it."""
        self._store.ledger.start_stage(claim, batch_id, task.stage)
        failpoint("after_claim")
        began = time.monotonic()
        self._lost_frames = 0
        try:
            output = self._compute(task)
        except StoreError:
            raise
        except BBVAError as problem:
            self._store.ledger.fail_stage(claim, batch_id, task.stage, str(problem))
            raise
        self._store.ledger.commit_stage(
            claim,
            batch_id,
            task.stage,
            {STAGES[task.stage].table: output.rows, **_more_rows(task.stage, output)},
            output.gaps,
            frames=output.frames,
            seconds=time.monotonic() - began,
            summary=STAGES[task.stage].summary(output.rows),
            state=(ordinal, output.state or b"") if STAGES[task.stage].remembers else None,
        )
        self._on_commit()
        return len(task.frames) == self._lost_frames

    def _compute(self, task: BatchTask) -> StageOutput:
        """Compute a task; when it keeps failing split it, down to the frames that cannot be processed."""
        if not task.frames:
            return StageOutput(rows=(), gaps=(), frames=0, seconds=0.0, state=task.state)
        problem: Exception | None = None
        for _ in range(TRIES):
            try:
                return self._wait(self._executor.submit(task))
            except (_Ended, StoreError, VideoReadError, WeightsError):
                raise
            except ComputeGaveUp as error:
                if not self._works_elsewhere(task):
                    raise
                problem = problem or error
            except Exception as error:
                problem = error
            self._end_if_asked()
            if isinstance(problem, ComputeHung):
                break  # each try costs the whole stall limit
        if len(task.frames) == 1:
            assert problem is not None
            self._lost_frames += 1
            what = problem.what if isinstance(problem, BBVAError) else foreign(problem)
            gap = Gap(frame_index=task.frames[0], reason=what)
            return StageOutput(rows=(), gaps=(gap,), frames=0, seconds=0.0, state=task.state)
        middle = len(task.frames) // 2
        first = self._compute(replace(task, frames=task.frames[:middle]))
        return _joined([first, self._compute(replace(task, frames=task.frames[middle:], state=first.state))])

    def _works_elsewhere(self, task: BatchTask) -> bool:
        """Whether the compute process survives another frame of the run: then these are to blame.

        The first, the middle and the last are asked, because any of them may do harm itself.
        """
        start, end = frame_range(self._spec.settings, len(self._index))
        frames = STAGES[task.stage].frames(self._spec.settings, self._index, start, end)
        for other in {frames[0], frames[len(frames) // 2], frames[-1]}.difference(task.frames):
            try:
                self._wait(self._executor.submit(BatchTask(stage=task.stage, frames=(other,))))
            except (ComputeCrashed, ComputeHung):
                continue
            except EngineError:
                pass  # the process is alive, and that is the question
            return True
        return False

    def _wait(self, future: Future[_T]) -> _T:
        deadline: float | None = None
        while True:
            self._tick()
            try:
                return future.result(timeout=_POLL_SECONDS)
            except TimeoutError:
                if future.done():
                    raise  # the task's own TimeoutError
            if end := self._asked_to_end():
                deadline = deadline or time.monotonic() + _GRACE_SECONDS[end]
                if time.monotonic() >= deadline:
                    self._executor.abort()
                    raise _Ended(end)

    def _end_if_asked(self) -> None:
        if end := self._asked_to_end():
            raise _Ended(end)

    def _asked_to_end(self) -> RunState | None:
        if self._stop.is_set():
            return RunState.INTERRUPTED
        requested = self._store.queries.requested(self._claim.run_id)
        return {"pause": RunState.PAUSED, "cancel": RunState.CANCELLED}.get(requested or "")

    def _give_up(self, claim: Claim, stage: str, frames: int) -> NoReturn:
        reason = next(
            (gap["reason"] for gap in reversed(self._store.queries.gaps(claim.run_id)) if gap["stage"] == stage), ""
        )
        raise BBVAError(
            f"The stage {stage} failed on {frames} frames in a row: {reason}",
            safe="Everything committed is safe.",
            do="Mend the cause and press Resume, or start a run with another engine.",
        )


def _joined(parts: Sequence[StageOutput]) -> StageOutput:
    return StageOutput(
        rows=[row for part in parts for row in part.rows],
        gaps=[gap for part in parts for gap in part.gaps],
        frames=sum(part.frames for part in parts),
        seconds=sum(part.seconds for part in parts),
        more={
            name: [row for part in parts for row in part.more.get(name, ())]
            for name in dict.fromkeys(name for part in parts for name in part.more)
        },
        state=parts[-1].state,
    )


def _more_rows(stage: str, output: StageOutput) -> dict[type[Base], Sequence[Row]]:
    return {table: output.more.get(table.__tablename__, ()) for table in STAGES[stage].also}
