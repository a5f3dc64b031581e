"""A storm of kill -9 at random moments, over one long run with small batches; and `python -m tests.faults.storm` (`make
soak`), which goes on as long as asked.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from tests import videos
from tests.faults.killing import assert_whole_batches_only, committed, exports, query
from tests.faults.working import add, only_run, resume, work, worker

BATCH_FRAMES = 2


@dataclass
class Toll:
    """What a storm did."""

    seed: int
    frames: int
    kills: Counter[str] = field(default_factory=Counter)
    stages: int = 0
    redone: int = 0

    def __str__(self) -> str:
        victims = ", ".join(f"{count} of the {victim}" for victim, count in sorted(self.kills.items()))
        return (
            f"seed {self.seed}: {self.kills.total()} kills ({victims}) over {self.frames} frames,"
            f" {self.redone} of {self.stages} stages of batches computed again, rows equal"
        )


def storm(folder: Path, *, seed: int, kills: int, frames: int) -> Toll:
    """Kill a run again and again, then let it end; check everything on the way.

    Args:
        folder: Empty; for the video and two data folders.
        seed: Of all chances.
        kills: How many; fewer when the run ends before.
        frames: How long the video is.

    Raises:
        AssertionError: A promise was broken; the folder holds what it left behind.
    """
    chance = random.Random(seed)
    toll = Toll(seed, frames)
    video = videos.write(folder / "game.mp4", options=videos.X264_OPEN, count=frames)
    whole, app = AppSettings(data_dir=folder / "whole"), AppSettings(data_dir=folder / "data")
    for settings in (whole, app):
        add(settings, video, batch_frames=BATCH_FRAMES)
    assert work(whole.data_dir) == (0, "")
    expected = exports(whole.data_dir, folder / "expected")

    done = 0
    while toll.kills.total() < kills:
        toll.kills += _life(app, chance, most=kills - toll.kills.total())
        now = committed(app.data_dir)
        assert now >= done, "what was committed is gone"
        done = now
        assert_whole_batches_only(app.data_dir)
        with Store(app) as store:
            store.ledger.recover()
            if only_run(store).state == RunState.COMPLETE:
                break  # it was quicker than the killer
        resume(app)
    code, err = work(app.data_dir)
    assert code == 0, err

    assert exports(app.data_dir, folder / "found") == expected
    assert query(app.data_dir, "PRAGMA integrity_check") == [("ok",)]
    [(attempts, toll.stages)] = query(app.data_dir, "SELECT sum(attempts), count(*) FROM batch_stages")  # type: ignore[assignment]
    toll.redone = int(str(attempts)) - toll.stages
    # A kill of the compute process is made good within the same attempt.
    assert toll.redone <= toll.kills["worker"], "more than the batch in flight was computed again"
    with Store(app) as store:
        run = only_run(store)
        assert run.state == RunState.COMPLETE and (run.gaps, run.frames_expected) == (0, frames)
        assert (run.detections, run.readings) == (sum(i % 4 for i in range(frames)), frames)
    return toll


def _life(app: AppSettings, chance: random.Random, *, most: int) -> Counter[str]:
    """One life of a worker: its compute process is killed now and then, at last it is killed itself."""
    killed: Counter[str] = Counter()
    process = worker(app.data_dir)
    assert process.stdout is not None
    process.stdout.readline()  # it has the right to work
    patience = threading.Event()
    for _ in range(min(chance.randrange(7), most - 1)):
        _let_it_commit(app, process, chance)
        children = psutil.Process(process.pid).children() if process.poll() is None else []
        for child in children:
            with suppress(psutil.NoSuchProcess):  # it has just ended, with the run
                child.kill()
                killed["compute process"] += 1
    if chance.random() < 0.7:
        _let_it_commit(app, process, chance)
    else:
        patience.wait(chance.uniform(0, 1))  # while it loads, mostly
    if process.poll() is None:
        process.kill()
        killed["worker"] += 1
    process.communicate()
    return killed


def _let_it_commit(app: AppSettings, process: subprocess.Popen[str], chance: random.Random) -> None:
    """Wait until the worker has committed something, and then a random moment."""
    patience = threading.Event()
    before = committed(app.data_dir)
    while process.poll() is None and committed(app.data_dir) == before:
        patience.wait(0.005)
    patience.wait(chance.uniform(0, 0.05))


def main() -> int:
    """Storm after storm until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None, help="of the first storm; each next one adds 1")
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    end = time.monotonic() + 60 * arguments.minutes
    kills = 0
    while True:
        folder = Path(tempfile.mkdtemp(prefix="bbva-soak-"))
        print(f"seed {seed} in {folder}", file=sys.stderr)  # noqa: T201
        toll = storm(folder, seed=seed, kills=50, frames=600)
        shutil.rmtree(folder)  # after a failure it stays, to be looked at
        kills += toll.kills.total()
        print(f"{toll}; {kills} kills so far", flush=True)  # noqa: T201
        seed += 1
        if time.monotonic() >= end:
            return 0


if __name__ == "__main__":
    sys.exit(main())
