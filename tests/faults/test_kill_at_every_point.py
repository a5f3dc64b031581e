"""P1, P3, P4, P8: kill -9 at every named point of every stage costs at most that batch; resuming gives every row."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest

from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from tests import videos
from tests.faults.killing import assert_whole_batches_only, committed, exports, query
from tests.faults.working import add, only_run, resume, rows_of_an_uninterrupted_run, work, worker

pytestmark = pytest.mark.slow

BATCHES, FRAMES = 6, 4  # of a batch
STAGES = 2 * BATCHES

IN_WORKER = {  # how many stages are committed when the worker dies there in the second batch, by stage
    "after_claim": (2, 3),
    "before_commit": (2, 3),
    "inside_commit": (2, 3),
    "after_commit": (3, 4),
}
IN_CHILD = {"mid_decode": (11, 15), "after_inference": (3, 4)}  # which pass lies in the second batch, by stage


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return videos.write(tmp_path_factory.mktemp("video") / "game.mp4", options=videos.X264_OPEN, count=BATCHES * FRAMES)


@pytest.fixture(scope="module")
def uninterrupted(video: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    rows = rows_of_an_uninterrupted_run(video, folder, batch_frames=FRAMES)
    with Store(AppSettings(data_dir=folder / "data")) as store:
        run = only_run(store)
        assert run.state == RunState.COMPLETE
        assert (run.detections, run.readings) == (sum(f % 4 for f in range(24)), 24)
    return rows


@pytest.fixture
def app(tmp_path: Path, video: Path) -> AppSettings:
    app = AppSettings(data_dir=tmp_path / "data")
    add(app, video, batch_frames=FRAMES)
    return app


def check_what_the_dead_left(app: AppSettings, *, done: int) -> None:
    """Whole batches only, and nothing that is not complete says so."""
    assert_whole_batches_only(app.data_dir)
    assert query(app.data_dir, "PRAGMA integrity_check") == [("ok",)]
    assert committed(app.data_dir) == done
    with Store(app) as store:
        store.ledger.recover()
        run = only_run(store)
        assert run.state == RunState.INTERRUPTED
        assert run.batches_done == done // 2, "a batch is done when both stages are"


def check_resume(app: AppSettings, expected: dict[str, bytes], folder: Path, *, redone: int) -> None:
    """The rows of an uninterrupted run, at the price of at most one stage of one batch."""
    resume(app)
    assert work(app.data_dir) == (0, "")
    assert exports(app.data_dir, folder) == expected
    assert query(app.data_dir, "SELECT sum(attempts) FROM batch_stages") == [(STAGES + redone,)]
    with Store(app) as store:
        assert only_run(store).state == RunState.COMPLETE


@pytest.mark.parametrize("stage", [0, 1], ids=["detect", "ocr"])
@pytest.mark.parametrize("point", IN_WORKER)
def test_the_worker_dies(
    app: AppSettings, uninterrupted: dict[str, bytes], tmp_path: Path, point: str, stage: int
) -> None:
    code, err = work(app.data_dir, BBVA_FAILPOINT=f"{point}:kill:{3 + stage}")
    assert code == -signal.SIGKILL, err
    done = IN_WORKER[point][stage]
    check_what_the_dead_left(app, done=done)
    check_resume(app, uninterrupted, tmp_path / "out", redone=int(done == 2 + stage))


@pytest.mark.parametrize("stage", [0, 1], ids=["detect", "ocr"])
@pytest.mark.parametrize("point", IN_CHILD)
def test_the_worker_dies_while_the_compute_process_is_at(
    app: AppSettings, uninterrupted: dict[str, bytes], tmp_path: Path, point: str, stage: int
) -> None:
    process = worker(app.data_dir, BBVA_FAILPOINT=f"{point}:hang:{IN_CHILD[point][stage]}")
    assert process.stderr is not None
    child = psutil.Process(int(next(line for line in process.stderr if "hangs" in line).split()[-2]))
    assert child.ppid() == process.pid
    process.kill()
    process.communicate()
    psutil.wait_procs([child], timeout=60)
    assert not child.is_running(), "the compute process outlived the worker"
    check_what_the_dead_left(app, done=2 + stage)
    check_resume(app, uninterrupted, tmp_path / "out", redone=1)


@pytest.mark.parametrize("stage", [0, 1], ids=["detect", "ocr"])
@pytest.mark.parametrize("point", IN_CHILD)
def test_the_compute_process_dies_and_the_run_goes_on_by_itself(
    app: AppSettings, uninterrupted: dict[str, bytes], tmp_path: Path, point: str, stage: int
) -> None:
    # Each new child counts anew, so several die in one run.
    assert work(app.data_dir, BBVA_FAILPOINT=f"{point}:kill:{IN_CHILD[point][stage]}")[0] == 0
    assert exports(app.data_dir, tmp_path / "out") == uninterrupted
    assert query(app.data_dir, "SELECT count(*) FROM frame_gaps") == [(0,)]
