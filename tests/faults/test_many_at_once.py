"""P1, P3, P8: two workers on one folder, and clocks that are set: no batch twice, nothing in use goes, equal rows."""

from __future__ import annotations

import shutil
import signal
import threading
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from bbva_core.errors import WorkerBusy
from bbva_core.pipeline.control import Control
from bbva_core.pipeline.worker import worker_is_alive
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store, changes
from bbva_core.ui.words import duration
from tests import videos
from tests.fakes import add_run
from tests.faults.killing import assert_whole_batches_only, exports, query
from tests.faults.working import add, only_run, resume, rows_of_an_uninterrupted_run, work, worker

BATCHES, FRAMES = 6, 4  # of a batch
STAGES = 2 * BATCHES


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return videos.write(tmp_path_factory.mktemp("video") / "game.mp4", options=videos.X264_OPEN, count=BATCHES * FRAMES)


@pytest.fixture(scope="module")
def uninterrupted(video: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return rows_of_an_uninterrupted_run(video, tmp_path_factory.mktemp("uninterrupted"))


@pytest.fixture
def waiting(tmp_path: Path, video: Path) -> AppSettings:
    """A data folder with a run that waits."""
    app = AppSettings(data_dir=tmp_path / "data")
    add(app, video)
    return app


@pytest.mark.slow
def test_of_two_processes_on_a_data_folder_one_works_and_the_other_takes_over_when_it_dies(
    waiting: AppSettings, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    first = worker(waiting.data_dir, BBVA_FAILPOINT="mid_decode:hang:10")
    assert first.stderr is not None
    next(line for line in first.stderr if "hangs" in line)
    code, err = work(waiting.data_dir)
    assert code != 0 and WorkerBusy.__name__ in err, "the second must not work while the first is alive"
    assert query(waiting.data_dir, "SELECT pid FROM worker") == [(first.pid,)]
    first.kill()
    first.communicate()
    assert work(waiting.data_dir) == (0, ""), "the right to work went with the process that had it"
    with Store(waiting) as store:
        assert only_run(store).state == RunState.INTERRUPTED, "nobody goes on unasked with what has failed once"
    # Resume pressed in both at once, and both begin to work.
    pressed = [threading.Thread(target=resume, args=(waiting,)) for _ in range(2)]
    for thread in pressed:
        thread.start()
    for thread in pressed:
        thread.join()
    both = [worker(waiting.data_dir) for _ in range(2)]
    said = [process.communicate()[1] for process in both]
    assert any(process.returncode == 0 for process in both), said
    assert query(waiting.data_dir, "SELECT sum(attempts) FROM batch_stages") == [(STAGES + 1,)]
    assert exports(waiting.data_dir, tmp_path / "out") == uninterrupted
    assert not worker_is_alive(waiting)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second"),
    [("24", "-24"), ("-24", "24"), ("24,-24", "-24,24"), ("0", "150")],
    ids=["ahead, then back", "back, then ahead", "set at every look", "six days ahead"],
)
def test_a_clock_that_is_set_changes_nothing(
    waiting: AppSettings, video: Path, uninterrupted: dict[str, bytes], tmp_path: Path, first: str, second: str
) -> None:
    upload = waiting.incoming_dir / f"{uuid.uuid4()}.mp4"  # another process receives it, or checks it
    upload.parent.mkdir(parents=True)
    shutil.copy(video, upload)
    kept = _a_video_that_is_about_to_get_a_run(waiting, tmp_path)
    code, err = work(waiting.data_dir, CLOCK=first, BBVA_FAILPOINT="before_commit:kill:5")
    assert code == -signal.SIGKILL, err
    assert_whole_batches_only(waiting.data_dir)
    resume(waiting)
    assert work(waiting.data_dir, CLOCK=second) == (0, "")
    assert exports(waiting.data_dir, tmp_path / "out") == uninterrupted
    assert query(waiting.data_dir, "SELECT sum(attempts) FROM batch_stages") == [(STAGES + 1,)]
    assert upload.is_file(), "an upload in use was deleted"
    assert kept.is_file() and query(waiting.data_dir, "SELECT count(*) FROM videos") == [(2,)]
    with Store(waiting) as store:
        run = only_run(store)
        assert run.state == RunState.COMPLETE
        # What pages show of time comes from the monotonic clock.
        assert run.seconds_per_batch is not None and 0 < run.seconds_per_batch < 280
        assert run.frames_per_second is not None and run.frames_per_second > 0
        assert duration(run.seconds_left) == "1 s"
        assert all(stage.seconds > 0 for stage in run.stages.values())


def _a_video_that_is_about_to_get_a_run(app: AppSettings, folder: Path) -> Path:
    incoming = videos.write(folder / "upload.mp4", options=videos.X264_CLOSED, count=12)
    with Store(app) as store:
        control = Control(app, store)
        try:
            added = store.queries.video(control.add_upload(incoming, name="upload.mp4"))
        finally:
            control.close()
    return app.data_dir / added.path


def test_the_queue_keeps_its_order_when_the_clock_is_set_back(
    app: AppSettings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = changes.now
    back = iter(range(100))
    monkeypatch.setattr(changes, "now", lambda: real() - timedelta(days=next(back)))
    runs = [add_run(store, app).uuid for _ in range(3)]
    store.registry.request(runs[0], "pause")
    store.registry.enqueue(runs[0])  # now it is the last
    taken = []
    while claim := store.ledger.claim_next():
        taken.append(claim.run_uuid)
    assert taken == [*runs[1:], runs[0]]
