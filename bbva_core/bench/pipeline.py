"""BBVA's whole pipeline beside plain YOLO, in alternating runs on the same frames.

Plain: ultralytics `predict(stream=True)` with the same weights, picture size and threads, and nothing stored. Ours:
decode, detect, read the scoreboard once a second, commit every 30 frames to a database on disk. Both rates leave out
the start of the process and the first batch.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbva_core.bench.machine import machine_info
from bbva_core.detect import WeightsFile, default_weights
from bbva_core.errors import BBVAError, NotFound
from bbva_core.machine.threads import resolve_threads
from bbva_core.settings import PROJECT_ROOT, AppSettings, RunSettings, make_run_settings
from bbva_core.store import Ledger, RunState, Store

DEFAULT_FRAMES = 240
DEFAULT_RUNS = 3
_NO_WEIGHTS = "no YOLO weights on this machine, so there is nothing to compare with; `doctor` says how to get them"


@dataclass(frozen=True, kw_only=True)
class _Ours:
    frames_per_second: float
    commit_ms: float
    seconds: dict[str, float]
    frames: int
    detections: int


def bench_pipeline(
    app: AppSettings,
    progress: Callable[[int, int], None] | None = None,
    *,
    video: Path | None = None,
    frames: int = DEFAULT_FRAMES,
    runs: int = DEFAULT_RUNS,
) -> dict[str, Any]:
    """Measure; returns medians, the ratio, every single value, and what it was measured on.

    Args:
        app: Where to look for weights, and the threads to use. Of its data folder only the cache is written to, and
            left empty.
        progress: Called with (runs done, runs in all).
        video: Default: the sample game.
        frames: How many frames of it, at most.
        runs: How often each side is measured.

    Raises:
        NotFound: There is no such video.
        BBVAError: A run failed.
    """
    video = video or app.sample_video
    if not video.is_file():
        raise NotFound(f"There is no video {video}.", do="Name another one with --video.")
    weights = default_weights(app)
    settings = make_run_settings(
        detector="ultralytics" if weights else "opencv-hog",
        weights=str(weights.path) if weights else None,
        end_frame=frames,
    )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    ours: list[_Ours] = []
    plain: list[dict[str, float]] = []
    total = runs * (2 if weights else 1)
    for _ in range(runs):
        if weights is not None:
            plain.append(_run_plain(app, video, weights, settings, frames))
            _tell(progress, len(plain) + len(ours), total)
        ours.append(_run_ours(app, video, settings))
        _tell(progress, len(plain) + len(ours), total)
    return _summary(app, video, weights, ours, plain) | {"load_before": load}


def _summary(
    app: AppSettings, video: Path, weights: WeightsFile | None, ours: list[_Ours], plain: list[dict[str, float]]
) -> dict[str, Any]:
    rate = statistics.median(run.frames_per_second for run in ours)
    plain_rate = statistics.median(run["frames_per_second"] for run in plain) if plain else None
    return {
        "video": video.name,
        "frames": ours[0].frames,
        "detector": f"ultralytics {weights.name} ({weights.sha256[:12]})" if weights else "opencv-hog",
        "bbva_frames_per_second": round(rate, 2),
        "plain_frames_per_second": None if plain_rate is None else round(plain_rate, 2),
        "ratio": None if plain_rate is None else round(rate / plain_rate, 2),
        "note": "" if weights else _NO_WEIGHTS,
        "commit_ms": round(statistics.median(run.commit_ms for run in ours), 2),
        "stage_seconds": {
            stage: round(statistics.median(run.seconds[stage] for run in ours), 2) for stage in ours[0].seconds
        },
        "detections": {"bbva": ours[0].detections, "plain": int(plain[0]["detections"]) if plain else None},
        "all_bbva": [round(run.frames_per_second, 2) for run in ours],
        "all_plain": [round(run["frames_per_second"], 2) for run in plain],
        "machine": machine_info(app),
    }


# -- plain YOLO --------------------------------------------------------------------------------------------------------


def _run_plain(
    app: AppSettings, video: Path, weights: WeightsFile, settings: RunSettings, frames: int
) -> dict[str, float]:
    with _scratch(app) as scratch:
        threads = resolve_threads(app.threads)
        values = (video.resolve(), weights.path, settings.imgsz, settings.conf, frames, settings.batch_frames, threads)
        path = os.pathsep.join([str(PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])])
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bbva_core.bench.plain", *map(str, values), scratch],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": path},
            cwd=scratch,
        )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BBVAError(f"Plain ultralytics failed with exit code {done.returncode}: {last}.", safe="Nothing was kept.")
    answer: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


# -- ours --------------------------------------------------------------------------------------------------------------


class _TimedLedger(Ledger):
    """Notes how long each commit of rows took."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.commits: list[tuple[float, float, int]] = []

    def commit_stage(self, *arguments: Any, **named: Any) -> None:
        began = time.monotonic()
        super().commit_stage(*arguments, **named)
        now = time.monotonic()
        self.commits.append((now, now - began, named["frames"] if arguments[2] == "detect" else 0))


class _TimedStore(Store):
    def __init__(self, app: AppSettings) -> None:
        super().__init__(app)
        self.timed = _TimedLedger(self._write)
        self.ledger = self.timed


def _run_ours(app: AppSettings, video: Path, settings: RunSettings) -> _Ours:
    from bbva_core.pipeline.control import Control
    from bbva_core.pipeline.worker import Worker

    with _scratch(app) as folder:
        own = app.model_copy(update={"data_dir": Path(folder), "database_url": None})
        with _TimedStore(own) as store:
            control = Control(own, store)
            try:
                run_uuid = control.create_run(control.add_video(video), settings, trust_weights=True)
            finally:
                control.close()
            worker = Worker(own, store)
            worker.acquire()
            try:
                state = worker.run_next(run_uuid)
            finally:
                worker.close()
            run = store.queries.run(run_uuid)
            if state is not RunState.COMPLETE:
                raise BBVAError(f"The measured run ended {state}: {run.error or 'no reason given'}")
            return _rated(store.timed.commits, run.frames_done, run.detections, _stage_seconds(store, run.id))


def _rated(commits: list[tuple[float, float, int]], frames: int, detections: int, seconds: dict[str, float]) -> _Ours:
    # From the end of the first batch (its frames are detected, its scoreboard is read) to the last commit.
    first = next(position for position, commit in enumerate(commits) if commit[2]) + 1
    after = commits[first + 1 :]
    if not after:
        raise BBVAError("The video is too short to measure: one batch only.", do="Name a longer one, or more --frames.")
    rate = sum(count for _, _, count in after) / (after[-1][0] - commits[first][0])
    return _Ours(
        frames_per_second=rate,
        commit_ms=1000 * statistics.median(took for _, took, _ in commits),
        seconds=seconds,
        frames=frames,
        detections=detections,
    )


def _stage_seconds(store: Store, run_id: int) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for row in store.queries.batches(run_id):
        seconds[row.stage] = seconds.get(row.stage, 0.0) + (row.seconds or 0.0)
    return seconds


def _scratch(app: AppSettings) -> tempfile.TemporaryDirectory[str]:
    # On the disk of the data folder: a commit to a RAM disk says nothing.
    cache = app.cache_dir.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="bbva-bench-", dir=cache)


def _tell(progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
