"""Executors: where the stages of a batch are computed.

The seam for scale. Only the worker commits, so more compute never means more writers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from bbva_core.errors import ComputeCrashed, ComputeGaveUp, ComputeHung
from bbva_core.pipeline.child import ChildProcess
from bbva_core.pipeline.tasks import BatchTask, RunSpec, StageOutput
from bbva_core.settings import AppSettings

_T = TypeVar("_T")

MAX_RESTARTS = 5
"""The executor gives up when the compute process crashed or hung this often without one finished task between.
Whoever has a reason to go on may: it then has as much patience again."""

RENEW_GROWTH_BYTES = 1024**3
"""The compute process is renewed when it holds this much more memory than after its first task."""


class Executor(Protocol):
    """Computes batch tasks of the run that is open."""

    @property
    def pid(self) -> int | None:
        """Process id of the compute process, if there is one."""
        ...

    def open_run(self, spec: RunSpec) -> Future[None]:
        """Load what a run needs; its errors mean that the run cannot go on."""
        ...

    def submit(self, task: BatchTask) -> Future[StageOutput]:
        """Compute one task of the open run."""
        ...

    def abort(self) -> None:
        """Give up what is being computed, at once."""
        ...

    def close(self) -> None:
        """Let go of models and processes."""
        ...


class InlineExecutor:
    """Computes in the calling thread, for debugging and tests."""

    pid = None

    def __init__(self, app: AppSettings) -> None:
        from bbva_core.pipeline.compute import Compute  # brings the decoder along, which the server must not load

        self._compute = Compute(app)

    def open_run(self, spec: RunSpec) -> Future[None]:
        """See `Executor`."""
        return _run(self._compute.open_run, spec)

    def submit(self, task: BatchTask) -> Future[StageOutput]:
        """See `Executor`."""
        return _run(self._compute.run_task, task)

    def abort(self) -> None:
        """Nothing to abort: a task is finished when `submit` returns."""

    def close(self) -> None:
        """See `Executor`."""
        self._compute.close()


class ProcessExecutor:
    """Computes in a child process: a crash or leak in a codec, model or OCR engine takes the child, not the app.

    Args:
        app: Sent to the child.
        target: `module:Class` that computes there; tests name a fake.
    """

    def __init__(self, app: AppSettings, *, target: str = "bbva_core.pipeline.compute:Compute") -> None:
        self._child = ChildProcess(target, app, stall_seconds=app.stall_seconds)
        self._spec: RunSpec | None = None
        self._opened_in: int | None = None
        self._memory_at_first_task: int | None = None
        self._restarts = 0

    @property
    def pid(self) -> int | None:
        """See `Executor`."""
        return self._child.pid

    def open_run(self, spec: RunSpec) -> Future[None]:
        """See `Executor`."""
        self._spec = spec
        self._opened_in = None
        self._restarts = 0
        return _in_thread(self._ensure_open)

    def submit(self, task: BatchTask) -> Future[StageOutput]:
        """See `Executor`."""
        return _in_thread(self._run_task, task)

    def abort(self) -> None:
        """See `Executor`."""
        self._child.kill()

    def close(self) -> None:
        """See `Executor`."""
        self._child.close()

    def _run_task(self, task: BatchTask) -> StageOutput:
        if self._restarts >= MAX_RESTARTS:
            self._restarts = 0
            raise ComputeGaveUp(
                f"The compute process crashed or hung {MAX_RESTARTS} times in a row.",
                safe="Everything committed is safe.",
                do="`python -m bbva_core doctor` shows what works here. Then press Resume.",
            )
        try:
            self._ensure_open()
            output: StageOutput = self._child.call("run_task", task)
        except (ComputeCrashed, ComputeHung):
            self._restarts += 1
            raise
        self._restarts = 0
        self._renew_before_it_grows()
        return output

    def _ensure_open(self) -> None:
        assert self._spec is not None
        if self._opened_in is None or self._opened_in != self._child.pid:
            self._child.call("open_run", self._spec)
            self._opened_in = self._child.pid
            self._memory_at_first_task = None

    def _renew_before_it_grows(self) -> None:
        memory = self._child.resident_bytes()
        if self._memory_at_first_task is None:
            self._memory_at_first_task = memory
        elif memory > self._memory_at_first_task + RENEW_GROWTH_BYTES:
            self._child.close()


def make_executor(app: AppSettings) -> Executor:
    """The executor that the settings ask for."""
    return InlineExecutor(app) if app.executor == "inline" else ProcessExecutor(app)


def _run(function: Callable[..., _T], argument: object) -> Future[_T]:
    future: Future[_T] = Future()
    try:
        future.set_result(function(argument, progress=lambda _done, _total: None))
    except Exception as error:
        future.set_exception(error)
    return future


def _in_thread(function: Callable[..., _T], *arguments: object) -> Future[_T]:
    future: Future[_T] = Future()

    def work() -> None:
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True, name="bbva-call").start()
    return future
