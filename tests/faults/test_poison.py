"""P4, P5: a frame that does harm is found, named with its reason and set aside; the rest of the run completes; *Retry*
offers it again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bbva_core.pipeline.control import Control
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from tests import videos
from tests.faults.killing import assert_whole_batches_only, exports
from tests.faults.working import add, only_run, rows_of_an_uninterrupted_run, work

pytestmark = pytest.mark.slow

FRAMES, BATCH = 90, 30
STALL = {"BBVA_STALL_SECONDS": "8"}  # of silence, in which no batch of these takes a tenth


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return videos.write(tmp_path_factory.mktemp("video") / "game.mp4", options=videos.X264_CLOSED, count=FRAMES)


@pytest.fixture(scope="module")
def uninterrupted(video: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return rows_of_an_uninterrupted_run(video, tmp_path_factory.mktemp("uninterrupted"), batch_frames=BATCH)


@pytest.fixture
def app(tmp_path: Path, video: Path) -> AppSettings:
    app = AppSettings(data_dir=tmp_path / "data")
    add(app, video, batch_frames=BATCH)
    return app


@pytest.mark.parametrize(
    ("poison", "words"),
    [
        pytest.param("detect:30:raise", "frame 30 is poison", id="the detector raises"),
        pytest.param("ocr:59:raise", "frame 59 is poison", id="the reader raises"),
        pytest.param("detect:30:crash", "SIGSEGV", id="the compute process crashes while it detects"),
        pytest.param("ocr:44:crash", "SIGSEGV", id="the compute process crashes while it reads"),
        pytest.param("detect:31:hang", "no progress", id="the compute process hangs while it detects"),
        pytest.param("ocr:89:hang", "no progress", id="the compute process hangs while it reads"),
    ],
)
def test_a_frame_that_does_harm(
    app: AppSettings, uninterrupted: dict[str, bytes], tmp_path: Path, poison: str, words: str
) -> None:
    code, err = work(app.data_dir, poison=poison, **STALL)
    assert code == 0, err
    stage, frame, _ = poison.split(":")
    assert_whole_batches_only(app.data_dir)
    with Store(app) as store:
        run = only_run(store)
        assert run.state == RunState.COMPLETE_WITH_GAPS
        [gap] = store.queries.gaps(run.id)
        assert (gap["stage"], gap["frame_index"]) == (stage, int(frame)) and words in gap["reason"]
        assert run.stages[stage].frames + run.stages[stage].gaps == FRAMES
        control = Control(app, store)
        assert control.retry(run.uuid) == 1, "the batch with the gap, and no other"
        control.close()
    assert work(app.data_dir) == (0, "")  # the poison is gone
    with Store(app) as store:
        assert only_run(store).state == RunState.COMPLETE and store.queries.gaps(run.id) == []
    assert exports(app.data_dir, tmp_path / "out") == uninterrupted


def test_three_harmful_frames_in_one_batch_are_all_found(
    app: AppSettings, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    assert work(app.data_dir, poison="detect:0:crash,detect:1:raise,detect:29:crash,ocr:29:raise", **STALL)[0] == 0
    with Store(app) as store:
        run = only_run(store)
        gaps = [(gap["stage"], gap["frame_index"]) for gap in store.queries.gaps(run.id)]
        assert sorted(gaps) == [("detect", 0), ("detect", 1), ("detect", 29), ("ocr", 29)]


def test_harmful_frames_at_both_ends_are_no_reason_to_blame_the_engine(app: AppSettings) -> None:
    assert work(app.data_dir, poison="detect:0:crash,detect:89:crash", **STALL)[0] == 0
    with Store(app) as store:
        run = only_run(store)
        assert run.state == RunState.COMPLETE_WITH_GAPS, run.error
        assert [gap["frame_index"] for gap in store.queries.gaps(run.id)] == [0, 89]


def test_an_engine_that_crashes_on_every_frame_stops_its_run_and_says_so_and_the_queue_goes_on(
    app: AppSettings, video: Path, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    add(app, video, batch_frames=BATCH, ocr="none", start_frame=1)  # the next in the queue
    poison = ",".join(f"ocr:{frame}:crash" for frame in range(FRAMES))
    assert work(app.data_dir, poison=poison)[0] == 0
    with Store(app) as store:
        healthy, broken = store.queries.runs()
        assert healthy.state == RunState.COMPLETE
        assert broken.state == RunState.FAILED
        assert broken.error is not None and "5 times in a row" in broken.error and "Resume" in broken.error
        assert broken.stages["detect"].completed == 1, "what was committed before stays"
        control = Control(app, store)
        control.delete(healthy.uuid)
        control.resume(broken.uuid)
        control.close()
    assert work(app.data_dir) == (0, "")  # the engine is mended
    assert exports(app.data_dir, tmp_path / "out") == uninterrupted
