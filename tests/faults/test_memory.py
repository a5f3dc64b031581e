"""P1, P3, P6: a long game takes no more memory than a short one, and an engine that leaks does not fill the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bbva_core.pipeline.executors import RENEW_GROWTH_BYTES
from bbva_core.settings import PROJECT_ROOT, AppSettings
from bbva_core.store import RunState, Store
from tests import videos
from tests.cli.running import environment
from tests.faults.killing import exports, query
from tests.faults.memory import MB, limit, long_video, peaks
from tests.faults.working import add, only_run, work, worker
from tests.figures import Figure

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="limits and peaks of memory are Linux's"),
]

LIMIT = 768 * MB
"""Of writable memory, for each process: three times what they take; the frames of a minute at 720p are 4 GB."""

RATE = 10
"""Frames a second: fewer than in a broadcast, so that two hours are decoded in a minute."""

GROWTH = 1.25
"""How much more the analysis of two hours may take than that of two minutes."""

INDEXED = 768
"""Bytes that reading a file may remember of a frame: its time and its place, but not its data."""

ADD = (
    "import sys; from pathlib import Path; from bbva_core.settings import load_app_settings;"
    " from tests.faults.working import add;"
    " add(load_app_settings(), Path(sys.argv[1]), batch_frames=100, sample_interval=10)"
)


def test_two_hours_of_video_take_no_more_memory_than_two_minutes(tmp_path: Path, figure: Figure) -> None:
    adding, analysing = {}, {}
    for minutes in (2, 120):
        video = long_video(tmp_path / f"{minutes}.mp4", minutes=minutes, rate=RATE)
        app = AppSettings(data_dir=tmp_path / f"data-{minutes}")
        adding[minutes] = _add_under_the_limit(app, video)
        process = worker(app.data_dir)
        limit(process, LIMIT)
        analysing[minutes] = peaks(process)
        assert process.communicate() == ("working\n", "") and process.returncode == 0
        with Store(app) as store:
            run = only_run(store)
            assert (run.state, run.gaps) == (RunState.COMPLETE, 0)
            assert run.frames_expected == run.frames_done == run.readings == minutes * 60, "one a second"
            assert run.detections == sum(frame % 4 for frame in range(0, minutes * 60 * RATE, RATE))
        figure(
            f"{minutes} minutes of 720p",
            f"adding: {adding[minutes][1] // MB} MB in the process that reads the file; analysing:"
            f" {analysing[minutes][0] // MB} MB in the worker, {analysing[minutes][1] // MB} MB in the compute process",
        )
    for who, short, long in zip(("worker", "compute process"), analysing[2][:2], analysing[120][:2], strict=True):
        assert 0 < long < GROWTH * short, f"the {who} took {short // MB} MB, then {long // MB} MB"
    for short, long in zip(adding[2][:2], adding[120][:2], strict=True):
        assert 0 < long < short + 118 * 60 * RATE * INDEXED, f"adding took {short // MB} MB, then {long // MB} MB"
    assert analysing[120][2] == 1, "one compute process was enough: it did not grow, so nothing renewed it"


def _add_under_the_limit(app: AppSettings, video: Path) -> tuple[int, int, int]:
    process = subprocess.Popen(
        [sys.executable, "-c", ADD, str(video)],
        cwd=PROJECT_ROOT,
        env=environment(BBVA_DATA_DIR=str(app.data_dir)),
        stderr=subprocess.PIPE,
        text=True,
    )
    limit(process, LIMIT)
    found = peaks(process)
    _, err = process.communicate()
    assert process.returncode == 0, err
    return found


def test_a_compute_process_that_leaks_is_renewed_before_it_fills_the_memory(tmp_path: Path, figure: Figure) -> None:
    frames, leak = 40, 80 * MB  # a batch leaks 320 MB: the process is renewed after four of the ten
    video = videos.write(tmp_path / "game.mp4", options=videos.X264_OPEN, count=frames)
    sound, leaking = AppSettings(data_dir=tmp_path / "sound"), AppSettings(data_dir=tmp_path / "leaking")
    for app in (sound, leaking):
        add(app, video, batch_frames=4)
    assert work(sound.data_dir) == (0, "")

    process = worker(leaking.data_dir, LEAK=f"ocr:{leak}")
    _, peak, children = peaks(process)
    assert process.communicate() == ("working\n", "") and process.returncode == 0
    figure(
        "a reader that leaks",
        f"{frames * leak // MB} MB leaked, {peak // MB} MB held at most, in {children} processes one after the other",
    )
    # A batch of four is the least that is added between two looks; beside it there are code and libraries.
    assert peak < RENEW_GROWTH_BYTES + 4 * leak + 400 * MB < frames * leak
    assert children == 3
    assert exports(leaking.data_dir, tmp_path / "l") == exports(sound.data_dir, tmp_path / "s")
    stages = 2 * frames // 4
    assert query(leaking.data_dir, "SELECT sum(attempts) FROM batch_stages") == [(stages,)], "renewed between two tasks"
