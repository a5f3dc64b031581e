"""What the command line needs of a terminal: words, answers, one line of progress, and being told to stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from bbva_core.errors import StoreError, WorkerBusy
from bbva_core.store import RunState, Store

if TYPE_CHECKING:
    from bbva_core.pipeline.worker import Worker


def say(text: str) -> None:
    """A message to the person: on stderr."""
    with suppress(OSError):  # a terminal that is gone
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def answer(text: str) -> None:
    """What was asked for: on stdout.

    Raises:
        SystemExit: With code 1, when it cannot be written: whoever reads it is gone, or a disk is full.
    """
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            say(f"bbva: the answer could not be written ({error.strerror or error}).")
        # What is left in the buffer would fail again at exit (docs.python.org/3/library/signal.html#note-on-sigpipe).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def printable(text: str) -> str:
    """A name from outside, without characters that a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)


def bar(what: str) -> Callable[[int, int], None]:
    """A progress callback that draws on stderr, once for every percent, and says how long a long thing still takes."""
    last = -1
    start: tuple[float, int] | None = None

    def draw(done: int, total: int) -> None:
        nonlocal last, start
        start = start or (time.monotonic(), done)
        percent = 100 * done // max(total, 1)
        if percent != last and sys.stderr.isatty():
            last = percent
            left = time_left(time.monotonic() - start[0], done - start[1], total - done)
            sys.stderr.write(f"\r{what} {percent:3d}%{left:24}" + ("\n" if done >= total else ""))
            sys.stderr.flush()

    return draw


def time_left(seconds: float, done: int, remaining: int) -> str:
    """How long something still takes, in words; empty while that cannot be said or is not worth saying.

    Args:
        seconds: How long it has taken so far.
        done: How much was done in them.
        remaining: How much there is still to do.
    """
    if done <= 0 or remaining <= 0 or seconds < 5:
        return ""
    minutes = seconds / done * remaining / 60
    if minutes < 1:
        return ""
    return f", {minutes / 60:.1f} hours left" if minutes > 90 else f", {minutes:.0f} min left"


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set the event; a second Ctrl-C does what it always does."""

    def ask(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, previous[number])
        say("\nbbva: stopping; the batch in flight is finished or rolled back …")

    previous: dict[int, Any] = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class Reporter:
    """One line of progress of a run on stderr."""

    def __init__(self, store: Store, run_uuid: str) -> None:
        self._store = store
        self._run_uuid = run_uuid
        self._drawn = False

    def __call__(self) -> None:
        """Draw it anew."""
        # A terminal that is gone, or a moment in which the database cannot be read, must not end the run.
        with suppress(OSError, StoreError):
            self._draw()

    def _draw(self) -> None:
        run = self._store.queries.run(self._run_uuid)
        rate = f"{run.frames_per_second:.1f} frames/s" if run.frames_per_second else ""
        left = f"{run.seconds_left:.0f} s left" if run.seconds_left else ""
        end = "\r" if sys.stderr.isatty() else "\n"
        sys.stderr.write(
            f"{run.fraction_done:4.0%}  batch {run.batches_done}/{run.batches_total}  {run.detections} detections  "
            f"{run.readings} readings  {rate}  {left}   {end}"
        )
        sys.stderr.flush()
        self._drawn = sys.stderr.isatty()

    def follow(self, worker: Worker) -> RunState | None:
        """Report until another process has ended the run, or we are stopped; None when the right to work came free.

        The other process may be the app, which takes up every run, or a command line, which works on its own only.
        """
        seen = -1
        while not worker.stop.wait(0.5):
            run = self._store.queries.run(self._run_uuid)
            if run.change_counter != seen:
                seen = run.change_counter
                self()
            if not run.state.is_active:
                return run.state
            with suppress(WorkerBusy):
                worker.acquire()
                return None
        return RunState.INTERRUPTED

    def close(self) -> None:
        """End the line."""
        if self._drawn:
            sys.stderr.write("\n")
