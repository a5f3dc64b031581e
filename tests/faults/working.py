"""A real process that works through the queue: real SQLite, real decoding in a real child process, fake engines.

The fakes' rows depend on nothing but a frame's index, PTS and pixels, so a wrong frame gives a wrong row. Start it with
`worker`; it ends when nothing is queued any more, or as `BBVA_FAILPOINT` and `POISON` say.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from bbva_core.pipeline import worker as worker_module
from bbva_core.pipeline.control import Control
from bbva_core.pipeline.executors import ProcessExecutor
from bbva_core.pipeline.worker import Worker
from bbva_core.settings import PROJECT_ROOT, AppSettings, load_app_settings, make_run_settings
from bbva_core.store import RunSummary, Store, changes
from tests.cli.running import environment
from tests.faults.killing import exports

TARGET = "tests.fakes:compute_with_fake_stages"
"""What the compute process serves: real decoding, fake engines."""

EVERY_FRAME = make_run_settings(detector="opencv-hog", ocr="rapidocr", ocr_interval=0.0)
"""Both stages on every frame."""


def add(app: AppSettings, video: Path, **settings: Any) -> str:
    """Take up a video and queue a run of both stages on it, reading every frame; returns its uuid."""
    chosen = EVERY_FRAME.model_copy(update={"batch_frames": 4, **settings})
    with Store(app) as store:
        control = Control(app, store)
        try:
            return control.create_run(control.add_video(video), chosen)
        finally:
            control.close()


def rows_of_an_uninterrupted_run(video: Path, folder: Path, **settings: Any) -> dict[str, bytes]:
    """The exports of a run that nothing disturbed; its data folder is `data` in the folder."""
    app = AppSettings(data_dir=folder / "data")
    add(app, video, **settings)
    assert work(app.data_dir) == (0, "")
    return exports(app.data_dir, folder / "out")


def resume(app: AppSettings) -> None:
    """Queue the only run again, as the button does, after what a dead worker left was noted."""
    with Store(app) as store:
        store.ledger.recover()
        control = Control(app, store)
        try:
            control.resume(only_run(store).uuid)
        finally:
            control.close()


def only_run(store: Store) -> RunSummary:
    """The run of a store that has one."""
    [run] = store.queries.runs()
    return run


def worker(data_dir: Path, *, poison: str = "", **settings: str) -> subprocess.Popen[str]:
    """Start the process; it says `working` on stdout once it has the right to work.

    Args:
        data_dir: The data folder.
        poison: See `tests.fakes.Poison`.
        settings: More of the environment, such as BBVA_FAILPOINT, or CLOCK (see `set_clock`).
    """
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.working"],
        cwd=PROJECT_ROOT,
        env=environment(BBVA_DATA_DIR=str(data_dir), POISON=poison, **settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def work(data_dir: Path, *, poison: str = "", **settings: str) -> tuple[int, str]:
    """Start the process and wait for its end: exit code and what it said on stderr."""
    process = worker(data_dir, poison=poison, **settings)
    _, err = process.communicate(timeout=800)
    return process.returncode, err


def set_clock(ahead: str) -> None:
    """Set the clock of this process, as all of bbva_core reads it, ahead by so many hours (back when negative).

    Several numbers, separated by commas: it is set anew at every look. The monotonic clock goes on as it does.
    """
    if not ahead:
        return
    shifts = itertools.cycle([timedelta(hours=float(hours)) for hours in ahead.split(",")])
    real = time.time

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + next(shifts)

    time.time = lambda: real() + next(shifts).total_seconds()
    for module in (changes, worker_module):
        module.datetime = Clock  # type: ignore[attr-defined]


def main() -> None:
    """Work until nothing is queued."""
    app = load_app_settings()
    set_clock(os.environ.get("CLOCK", ""))
    with Store(app) as store:
        working = Worker(app, store, executor_factory=lambda app: ProcessExecutor(app, target=TARGET))
        working.acquire()
        print("working", flush=True)  # noqa: T201
        try:
            while working.run_next() is not None:
                pass
        finally:
            working.close()


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
