"""P2, P3, P4, P6: many runs, many readers; nothing is locked, nothing slows down, nothing is left over."""

from __future__ import annotations

import contextlib
import gc
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from bbva_core.pipeline.control import Control
from bbva_core.pipeline.executors import ProcessExecutor
from bbva_core.pipeline.worker import Worker
from bbva_core.settings import AppSettings, make_run_settings
from bbva_core.store import Queries, RunState, Store
from bbva_core.store.ledger import LOG_BYTES
from bbva_core.ui.cached import batch_counts, frame_seconds
from tests import videos
from tests.faults.killing import assert_whole_batches_only, query
from tests.faults.memory import MB, long_video
from tests.faults.working import TARGET, add, only_run, worker
from tests.figures import Figure

pytestmark = pytest.mark.slow

SESSIONS = 100
SETTINGS = make_run_settings(detector="opencv-hog", ocr="rapidocr", ocr_interval=0.0, batch_frames=4)


@dataclass(eq=False)
class Pages:
    """What the pages of many browser tabs ask for, once a second, in one process, as in the server."""

    queries: Queries
    stop: threading.Event = field(default_factory=threading.Event)
    drawings: list[tuple[float, float, float]] = field(default_factory=list)
    """When each ended, the seconds that it took, and how many of them its own thread computed."""
    problems: list[BaseException] = field(default_factory=list)

    def watch(self, uuid: str) -> None:
        """One tab with the Runs page."""
        try:
            while not self.stop.is_set():
                began, computed = time.monotonic(), time.thread_time()
                self._draw(uuid)
                ended = time.monotonic()
                self.drawings.append((ended, ended - began, time.thread_time() - computed))
                self.stop.wait(1.0)
        except BaseException as problem:
            self.problems.append(problem)

    def _draw(self, uuid: str) -> None:
        queries = self.queries
        run = queries.run(uuid)
        queries.runs()  # the table, and the picker on the left
        queries.video(run.video_id)
        queries.gaps(run.id, 200)
        if last := queries.last_committed(run.id, "detect"):
            rows = queries.detections(run.id, frame_start=last[0], frame_end=last[1])
            assert len(rows) == sum(frame % 4 for frame in range(*last)), "a batch is there as a whole, or not at all"
        queries.last_texts(run.id, 8)
        counts = batch_counts(self, run)  # type: ignore[arg-type]
        frame_seconds(self, run, [start for start, _, _ in counts])  # type: ignore[arg-type]
        assert sum(stage.rows for stage in run.stages.values()) == run.detections + run.readings


def test_a_hundred_pages_watch_a_run_and_neither_they_nor_the_run_are_held_up(tmp_path: Path, figure: Figure) -> None:
    app = AppSettings(data_dir=tmp_path / "data")
    uuid = add(app, long_video(tmp_path / "game.mp4", minutes=1, rate=25), batch_frames=10)
    log = Path(f"{app.database_path}-wal")
    largest = 0
    with _flat(), Store(app) as store:
        pages = Pages(store.queries)
        tabs = [threading.Thread(target=pages.watch, args=(uuid,)) for _ in range(SESSIONS)]
        process = worker(app.data_dir)
        began = time.monotonic()
        for tab in tabs:
            tab.start()
        while process.poll() is None:
            with contextlib.suppress(FileNotFoundError):
                largest = max(largest, log.stat().st_size)
            threading.Event().wait(0.05)
        ended = time.monotonic()
        pages.stop.set()
        for tab in tabs:
            tab.join()
        assert process.communicate() == ("working\n", "") and process.returncode == 0
        assert pages.problems == []
        run = only_run(store)
        assert (run.state, run.batches_done, run.gaps) == (RunState.COMPLETE, 150, 0)
    assert query(app.data_dir, "SELECT sum(attempts) FROM batch_stages") == [(300,)]

    third = (ended - began) / 3
    early = [drawing for drawing in pages.drawings if drawing[0] - began < third]
    late = [drawing for drawing in pages.drawings if 0 <= ended - drawing[0] < third]
    figure(
        f"{SESSIONS} pages, {len(pages.drawings)} drawings in {ended - began:.0f} s, first and last third of the run",
        f"median {_median(early, 1):.1f} and {_median(late, 1):.1f} ms,"
        f" longest {1000 * max(drawing[1] for drawing in late):.0f} ms;"
        f" computed {_mean(early, 2):.1f} and {_mean(late, 2):.1f} ms each;"
        f" log of the database {largest / MB:.1f} MB at most",
    )
    # How long a drawing takes depends on what else the machine does; what it computes does not.
    assert _mean(late, 2) < 3 * _mean(early, 2)
    assert largest < 3 * LOG_BYTES


def _median(drawings: list[tuple[float, float, float]], which: int) -> float:
    return 1000 * statistics.median(drawing[which] for drawing in drawings)


def _mean(drawings: list[tuple[float, float, float]], which: int) -> float:
    return 1000 * statistics.mean(drawing[which] for drawing in drawings)


def test_a_queue_with_cancels_and_deletions_ends_as_asked_and_leaves_nothing_running(
    tmp_path: Path, figure: Figure
) -> None:
    video = videos.write(tmp_path / "game.mp4", options=videos.X264_CLOSED, count=40)
    _a_queue(AppSettings(data_dir=tmp_path / "first"), video, runs=5)  # imports and caches are not to be counted
    with _flat() as counted:
        _a_queue(AppSettings(data_dir=tmp_path / "data"), video, runs=10)
    figure("after 10 runs", counted)


def _a_queue(app: AppSettings, video: Path, *, runs: int) -> None:
    """Queue runs; cancel one that waits and one that runs; delete one that waits, and the cancelled one meanwhile."""
    committed: dict[str, int] = {}
    cancelled, all_done = threading.Event(), threading.Event()
    with Store(app) as store:

        def note(uuid: str) -> None:
            committed[uuid] = committed.get(uuid, 0) + 1
            if uuid == order[0] and committed[uuid] == 3:
                control.cancel(uuid)
            if uuid == order[4] and committed[uuid] == 1:
                cancelled.set()
            if uuid == order[-1] and committed[uuid] == 20:
                all_done.set()

        working = Worker(app, store, executor_factory=lambda app: ProcessExecutor(app, target=TARGET), on_commit=note)
        control = Control(app, store, wake=working.wake.set)
        video_id = control.add_video(video)
        order = [control.create_run(video_id, SETTINGS) for _ in range(runs)]
        control.cancel(order[1])
        control.delete(order[2])
        thread = threading.Thread(target=working.serve)
        thread.start()
        assert cancelled.wait(240), "the fifth run never began"
        control.delete(order[0])  # while others are worked on
        control.resume(order[1])
        order.append(order[1])  # it is the last now
        assert all_done.wait(240), committed
        _until(lambda: store.queries.run(order[1]).state == RunState.COMPLETE, working)
        working.stop.set()
        working.wake.set()
        thread.join()
        control.close()

        left = {run.uuid: run for run in store.queries.runs()}
        assert set(left) == {order[1], *order[3:]}
        assert {run.state for run in left.values()} == {RunState.COMPLETE}
        assert list(committed) == [order[0], *order[3:]], "in the order in which they were queued"
        assert committed[order[0]] == 3 and {committed[uuid] for uuid in left} == {20}
        rows = {tuple((*row.values(),) for row in store.queries.detections(run.id)) for run in left.values()}
        assert len(rows) == 1, "the same rows in every run"
    assert_whole_batches_only(app.data_dir)
    gone = query(app.data_dir, "SELECT count(*) FROM detections WHERE run_id NOT IN (SELECT id FROM runs)")
    assert gone == [(0,)]
    assert query(app.data_dir, "SELECT DISTINCT attempts FROM batch_stages") == [(1,)]


def _until(done: Callable[[], bool], working: Worker) -> None:
    while not done():
        assert not working.stop.is_set()
        threading.Event().wait(0.02)


@contextlib.contextmanager
def _flat():  # type: ignore[no-untyped-def]
    """After the body there are no more threads, child processes and open files than before, and hardly more memory."""
    process = psutil.Process()
    before, counted = _counts(process), {}
    threads = set(threading.enumerate())
    yield counted
    for thread in set(threading.enumerate()) - threads:
        thread.join(60)  # one that reads from a child process ends just after it
    gc.collect()
    after = _counts(process)
    counted.update({name: f"{before[name]} before, {after[name]} after" for name in before})
    for name in ("threads", "children", "files"):
        assert after[name] <= before[name], f"{name}: {counted[name]}"
    assert after["MB"] < 1.25 * before["MB"] + 32, f"MB: {counted['MB']}"


def _counts(process: psutil.Process) -> dict[str, int]:
    return {
        "threads": process.num_threads(),
        "children": len(process.children()),
        "files": process.num_fds(),
        "MB": process.memory_info().rss // MB,
    }
