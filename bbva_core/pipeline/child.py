"""A spawned child process that serves calls to one object.

Not `multiprocessing`: its spawn re-imports the parent's main module, which under Streamlit is whatever page happens to
run. Here the child's main module is this one, and calls travel as pickles over its standard input and output.

The child dies with its parent (its input closes), ignores Ctrl-C (the parent decides), and everything that libraries
print goes to standard error.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import IO, Any

import psutil

from bbva_core.errors import BBVAError, ComputeCrashed, ComputeFailed, ComputeHung, foreign
from bbva_core.settings import PROJECT_ROOT

_DIED = ("died", None)
_READY = ("ready", None)
_START_SECONDS = 120.0
"""A child that starts imports libraries, which takes long on a busy machine; a hang there is rare."""


class ChildProcess:
    """The parent's side: starts the child at the first call, one call at a time.

    Args:
        target: `module:Class` of the object to serve; made in the child with `arguments`.
        arguments: Picklable.
        stall_seconds: A call that reports no progress for this long is taken for hung and the child is killed. To start
            and to make the object, a child has two minutes at least.
    """

    def __init__(self, target: str, *arguments: Any, stall_seconds: float) -> None:
        self._target = target
        self._arguments = arguments
        self._stall_seconds = stall_seconds
        self._running: _Running | None = None
        self._one_call = threading.Lock()
        self._one_start = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id while the child lives."""
        running = self._running
        return running.process.pid if running is not None and running.process.poll() is None else None

    def resident_bytes(self) -> int:
        """Memory the child holds; 0 when it does not run."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss) if self.pid else 0
        except psutil.NoSuchProcess:
            return 0

    def call(self, method: str, *arguments: Any, progress: Callable[[int, int], None] | None = None) -> Any:
        """Call a method of the served object and wait for its result.

        Raises:
            BBVAError: What the method raised. Errors that are not ours arrive as ComputeFailed.
            ComputeCrashed: The child died during the call.
            ComputeHung: It made no progress for too long and was killed.
        """
        with self._one_call:
            running = self._start()
            try:
                _send(running.process.stdin, (method, arguments))
                kind, value = self._reply(running, progress)
            except OSError:
                raise running.crashed() from None
            except BaseException:
                # Whoever waits is gone (a page that was left raises in its progress bar): the reply that is still to
                # come must not be taken for the reply to the next call.
                running.kill()
                raise
        if kind == "error":
            raise value
        return value

    def _reply(self, running: _Running, progress: Callable[[int, int], None] | None) -> tuple[str, Any]:
        while True:
            patience = self._stall_seconds if running.ready else max(self._stall_seconds, _START_SECONDS)
            try:
                kind, value = running.inbox.get(timeout=patience)
            except queue.Empty:
                raise ComputeHung(
                    f"The compute process made no progress for {patience:.0f} seconds and was stopped.",
                    safe="Everything committed is safe.",
                    do="Try again; in a run it is tried again by itself.",
                ) from None
            if kind in ("result", "error"):
                return kind, value
            if kind == "died":
                raise running.crashed()
            if kind == "ready":
                running.ready = True
            elif progress is not None:
                progress(*value)

    def kill(self) -> None:
        """Kill the child; a call in flight raises ComputeCrashed. The next call starts a new one."""
        with self._one_start:
            running = self._running
        if running is not None:
            running.kill()

    def close(self) -> None:
        """End the child and leave nothing of it; a call in flight raises ComputeCrashed."""
        with self._one_start:
            running, self._running = self._running, None
        if running is not None:
            running.end()

    def _start(self) -> _Running:
        with self._one_start:
            running = self._running
            if running is not None:
                if running.process.poll() is None:
                    return running
                running.end()
            running = self._running = _Running()
            with contextlib.suppress(OSError):  # if it is dead already, the call says so
                _send(running.process.stdin, (self._target, self._arguments))
            return running


class _Running:
    """A child that was started, and the thread that reads from it."""

    def __init__(self) -> None:
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(
            [str(PROJECT_ROOT), *filter(None, [environment.get("PYTHONPATH", "")])]
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bbva_core.pipeline.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is for the parent, who decides
        )
        self.ready = False  # the object is made
        self.inbox: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._reader = threading.Thread(
            target=_pump, args=(self.process.stdout, self.inbox), daemon=True, name="bbva-child-reader"
        )
        self._reader.start()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        self.kill()
        self._reader.join()  # it comes to the end of what the dead child wrote at once
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def crashed(self) -> ComputeCrashed:
        code = self.process.wait()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return ComputeCrashed(
            f"The compute process ended unexpectedly ({how}).",
            safe="Everything committed is safe.",
            do="Try again; in a run it is tried again by itself.",
        )


def _pump(stream: IO[bytes] | None, inbox: queue.Queue[tuple[str, Any]]) -> None:
    assert stream is not None
    try:
        while True:
            inbox.put(pickle.load(stream))
    except Exception:  # the stream ended, or holds what is no reply: either way nothing sound will follow
        inbox.put(_DIED)


def _send(stream: IO[bytes] | None, message: object) -> None:
    assert stream is not None
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        stream.write(data)
        stream.flush()
    except ValueError as error:  # it was closed meanwhile
        raise BrokenPipeError(str(error)) from None


def serve() -> None:
    """The child's side: serve calls until the parent is gone."""
    import faulthandler

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)  # the pages and the commits go first
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    calls: queue.Queue[tuple[str, tuple[Any, ...]]] = queue.Queue()

    def listen() -> None:
        try:
            while True:
                calls.put(pickle.load(sys.stdin.buffer))
        except (EOFError, OSError, pickle.UnpicklingError):
            os._exit(0)  # the parent is gone: nobody wants the result any more

    threading.Thread(target=listen, daemon=True).start()
    target, arguments = calls.get()
    module, _, name = target.partition(":")
    try:
        served = getattr(import_module(module), name)(*arguments)
    except Exception:
        traceback.print_exc()
        os._exit(1)  # an ordinary exit would abort, because the listening thread holds the input
    _send(replies, _READY)
    while True:
        method, arguments = calls.get()
        try:
            result = getattr(served, method)(
                *arguments, progress=lambda done, total: _send(replies, ("progress", (done, total)))
            )
            reply = ("result", result)
        except BBVAError as error:
            reply = ("error", error)
        except Exception as error:
            reply = ("error", ComputeFailed(foreign(error)))
        _send(replies, reply)


if __name__ == "__main__":
    # Run as a module this file is `__main__`; serve through the real one so that pickles name real classes.
    from bbva_core.pipeline import child

    child.serve()
