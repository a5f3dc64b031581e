"""Synthetic score bugs with exact truth, each a short clip, read in as many processes as there are cores."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

import cv2
import numpy as np

from bbva_core.bench.scoreboard.engines import Engines, default_engines
from bbva_core.bench.scoreboard.following import Following, probe_numbers
from bbva_core.bench.scoreboard.scoring import FIELDS, Judge, Tally
from bbva_core.errors import ComputeCrashed
from bbva_core.machine.threads import resolve_threads
from bbva_core.scoreboard import Probe, Window
from bbva_core.scoreboard.pictures import clipped
from bbva_core.settings import AppSettings, Region
from bbva_core.synth.bugs import BugClip, BugFrame, bug_clip

Progress = Callable[[int, int], None]
Pulse = Callable[[], None]
Fonts = Sequence[Path | None]
Read = Callable[..., "BugFigures"]
"""`read_bug` with what is the same for all of them."""

_ROUGHLY = (-0.02, 0.6)
"""Room that is left around a bug, in heights of it, when a rectangle is drawn around it."""
_VALUES = tuple(name for names in FIELDS.values() for name in names)


@dataclass(frozen=True)
class BugFigures:
    """What was read of one score bug.

    Args:
        clip: Which.
        tally: Of its legible frames.
        found: Whether it was found.
        hidden_frames: Frames in which it is not shown.
        accepted_hidden: Readings accepted in them.
    """

    clip: BugClip
    tally: Tally
    found: bool
    hidden_frames: int
    accepted_hidden: int


def read_bugs(
    app: AppSettings,
    numbers: Sequence[int],
    fonts: Fonts,
    progress: Progress,
    *,
    drawn: bool = False,
    workers: int | None = None,
) -> dict[str, Any]:
    """Draw and read score bugs; returns the shares read, in all, by layout and by height of the picture.

    Args:
        app: How many threads there are, for the number of processes.
        numbers: Which, see `BugClip.number`.
        fonts: To write with; None is the font inside Pillow.
        progress: Called with (bugs done, bugs in all).
        drawn: Whether to read each in a rectangle that is drawn roughly around it, as an analyst does, instead of
            finding it.
        workers: Processes; 1 reads in this one. Default: one a core.

    Raises:
        ReaderError: An engine failed.
        ComputeCrashed: A process died.
    """
    workers = min(workers or resolve_threads(app.threads), len(numbers))
    figures = []
    read = partial(read_bug, fonts=fonts, drawn=drawn)
    for one in _here(app, numbers, read) if workers == 1 else _in_processes(app, numbers, read, workers):
        figures.append(one)
        progress(len(figures), len(numbers))
    figures.sort(key=lambda one: one.clip.seed)
    hidden = sum(one.hidden_frames for one in figures)
    return {
        "bugs": len(figures),
        "first": min(numbers),
        "fonts": len(fonts),
        "drawn": drawn,
        "processes": workers,
        **_summary(figures),
        "hidden_frames": hidden,
        "accepted_hidden": sum(one.accepted_hidden for one in figures),
        "by_layout": _groups(figures, lambda clip: clip.layout),
        "by_height": _groups(figures, lambda clip: clip.size[1]),
        "by_incident": _groups(figures, lambda clip: clip.incident),
        "each": [
            {**asdict(one.clip), "found": one.found, "accepted_hidden": one.accepted_hidden, **one.tally.result()}
            for one in figures
        ],
    }


def read_bug(
    engines: Engines, number: int, pulse: Pulse = lambda: None, *, fonts: Fonts, drawn: bool = False
) -> BugFigures:
    """Draw and read one score bug, frame by frame.

    Args:
        engines: To read with.
        number: Which, see `BugClip.number`.
        pulse: Called before every frame.
        fonts: To write with.
        drawn: See `read_bugs`.

    Raises:
        ReaderError: An engine failed.
    """
    clip = BugClip.number(number)
    frames = list(bug_clip(clip, fonts))
    times = np.array([frame.seconds for frame in frames])
    window = Window(_drawn_around(frames, number) if drawn else None)

    def look_ahead(now: float) -> list[Probe]:
        return [Probe(frames[at].seconds, frames[at].image) for at in probe_numbers(times, now)]

    way, judge = Following(engines.finder, engines.ours, look_ahead, window=window), Judge()
    hidden = accepted_hidden = 0
    for frame in frames:
        pulse()
        before = way.accepted
        way.look(frame.image, frame.seconds)
        if frame.truth.legible:
            says = frame.truth.says
            judge.add(frame.seconds, {name: getattr(says, name) for name in _VALUES}, way.known)
        elif frame.truth.box is None:
            hidden += 1
            accepted_hidden += way.accepted - before
    return BugFigures(clip, judge.tally, way.found, hidden, accepted_hidden)


def _drawn_around(frames: Sequence[BugFrame], seed: int) -> Region:
    """A rectangle around all places of a bug, as roughly as somebody draws it: at times it cuts off an edge."""
    boxes = [frame.truth.box for frame in frames if frame.truth.legible and frame.truth.box is not None]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    rough = np.random.default_rng(seed).uniform(*_ROUGHLY, 4) * (bottoms[0] - tops[0])
    high, wide = frames[0].image.shape[:2]
    around = (min(lefts) - rough[0], min(tops) - rough[1], max(rights) + rough[2], max(bottoms) + rough[3])
    return clipped(around, wide, high)


# -- in one process or in several --------------------------------------------------------------------------------------


def _here(app: AppSettings, numbers: Iterable[int], read: Read) -> Iterator[BugFigures]:
    engines = default_engines(app)
    try:
        for number in numbers:
            yield read(engines, number)
    finally:
        engines.close()


def _in_processes(app: AppSettings, numbers: Iterable[int], read: Read, workers: int) -> Iterator[BugFigures]:
    context = get_context("spawn")
    stop = context.RawValue(ctypes.c_bool, False)  # no Event: a process that is killed may die with its lock
    pool = ProcessPoolExecutor(workers, context, initializer=_Worker.start, initargs=(app, read, stop))
    try:
        waiting: list[Future[BugFigures]] = [pool.submit(_Worker.read, number) for number in numbers]
        for done in as_completed(waiting):
            yield done.result()
    except BrokenProcessPool as error:
        raise ComputeCrashed(
            "A process that reads synthetic score bugs died.",
            do="Free memory (each takes 1 to 3 GB), or lower BBVA_THREADS, the number of processes.",
        ) from error
    finally:
        stop.value = True
        pool.shutdown(cancel_futures=True)


class _Worker:
    """What a process of its own keeps from bug to bug."""

    _engines: Engines
    _read: Read
    _stop: ctypes.c_bool

    @classmethod
    def start(cls, app: AppSettings, read: Read, stop: ctypes.c_bool) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent sets `stop`
        Thread(target=_end_with_parent, daemon=True).start()
        cv2.setNumThreads(1)
        cls._engines, cls._read, cls._stop = default_engines(app), staticmethod(read), stop

    @classmethod
    def read(cls, number: int) -> BugFigures:
        cls._pulse()
        return cls._read(cls._engines, number, cls._pulse)

    @classmethod
    def _pulse(cls) -> None:
        if cls._stop.value:
            raise KeyboardInterrupt


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # a parent that is killed cannot say so: the queue it leaves behind never closes


# -- sums --------------------------------------------------------------------------------------------------------------


def _summary(figures: Sequence[BugFigures]) -> dict[str, Any]:
    tally = Tally()
    for one in figures:
        tally.merge(one.tally)
    return {"found": sum(one.found for one in figures), **tally.result()}


def _groups(figures: Sequence[BugFigures], key: Callable[[BugClip], Any]) -> dict[str, dict[str, Any]]:
    groups: dict[Any, list[BugFigures]] = {}
    for one in sorted(figures, key=lambda one: key(one.clip)):
        groups.setdefault(key(one.clip), []).append(one)
    return {str(name): {"bugs": len(group), **_summary(group)} for name, group in groups.items()}
