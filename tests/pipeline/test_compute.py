"""The compute process shows life while it decodes, and keeps a bounded part of a batch decoded."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bbva_core.pipeline import compute as module
from bbva_core.pipeline.compute import Compute
from bbva_core.pipeline.stages import stages_of
from bbva_core.pipeline.tasks import BatchTask, Progress, Row, RunSpec
from bbva_core.settings import AppSettings, make_run_settings
from bbva_core.video import Frame, FrameSource, check_video
from bbva_core.video.packets import PULSE_PACKETS
from tests import videos
from tests.fakes import FakeRead, use_fake_stages

FRAME_BYTES = videos.WIDTH * videos.HEIGHT * 3
DETECT = tuple(range(20, 40))
READ = tuple(range(20, 40, 2))


def quiet(_done: int, _total: int) -> None:
    pass


def spec_of(app: AppSettings, video: Path) -> RunSpec:
    info, index = check_video(video)
    settings = make_run_settings(detector="opencv-hog")
    return RunSpec(
        run_uuid="run",
        app=app,
        settings=settings,
        identity={},
        video_path=video,
        video_info=info.to_dict(),
        frame_index=index.to_bytes(),
        stages=stages_of(settings),
    )


@pytest.fixture
def opened(app: AppSettings, clip: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Compute]]:
    """Makes computes with the run open and room for this many kept frames."""
    use_fake_stages(monkeypatch.setitem)
    made: list[Compute] = []

    def make(room: int) -> Compute:
        monkeypatch.setattr(module, "KEPT_BYTES", room * FRAME_BYTES)
        made.append(Compute(app))
        made[-1].open_run(spec_of(app, clip), progress=quiet)
        return made[-1]

    yield make
    for compute in made:
        compute.close()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every frame that a source gives."""
    given: list[int] = []
    original = FrameSource.frames

    def frames(self: FrameSource, start: int, stop: int, step: int = 1) -> Iterator[object]:
        for frame in original(self, start, stop, step):
            given.append(frame.index)
            yield frame

    monkeypatch.setattr(FrameSource, "frames", frames)
    return given


def batch(compute: Compute, detect: tuple[int, ...] = DETECT, read: tuple[int, ...] = READ) -> list[list[Row]]:
    """The rows of both stages of a batch."""
    tasks = BatchTask(stage="detect", frames=detect, keep=frozenset(read)), BatchTask(stage="ocr", frames=read)
    return [list(compute.run_task(task, progress=quiet).rows) for task in tasks]


def frames_held() -> int:
    gc.collect()
    return sum(type(item) is Frame for item in gc.get_objects())


def test_frames_of_a_later_stage_are_decoded_once(opened: Callable[[int], Compute], decoded: list[int]) -> None:
    batch(opened(100))
    assert decoded == list(DETECT)


@pytest.mark.parametrize("room", [0, 1, 3, 9, 10])
def test_rows_are_equal_however_little_is_kept(opened: Callable[[int], Compute], decoded: list[int], room: int) -> None:
    expected = batch(opened(100))
    decoded.clear()
    assert batch(opened(room)) == expected
    assert decoded == [*DETECT, *READ[room:]]


def test_no_more_is_kept_than_allowed_and_nothing_after_the_batch(
    opened: Callable[[int], Compute], monkeypatch: pytest.MonkeyPatch
) -> None:
    compute, before = opened(3), frames_held()
    held: list[int] = []
    original = FakeRead.process

    def process(self: FakeRead, frames: Iterator[Frame], progress: Progress) -> list[Row]:
        held.append(frames_held() - before)
        return original(self, frames, progress)

    monkeypatch.setattr(FakeRead, "process", process)
    batch(compute)
    batch(compute, tuple(range(40, 60)), tuple(range(41, 60)))
    assert held == [3, 3]
    assert frames_held() == before


def test_a_new_batch_lets_go_of_the_last_one(opened: Callable[[int], Compute]) -> None:
    compute, before = opened(100), frames_held()
    compute.run_task(BatchTask(stage="detect", frames=DETECT, keep=frozenset(READ)), progress=quiet)
    assert frames_held() - before == len(READ)  # and the stage that wanted them is never run
    compute.run_task(BatchTask(stage="detect", frames=(40, 41), keep=frozenset({41})), progress=quiet)
    assert frames_held() - before == 1
    compute.close()
    assert frames_held() == before


def test_a_task_that_is_tried_again_has_the_same_rows(
    opened: Callable[[int], Compute], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = batch(opened(100))
    compute, rows, bad = opened(4), FakeRead.rows, [READ[6]]

    def once(self: FakeRead, frame: Frame) -> list[Row]:
        if frame.index in bad:
            bad.clear()
            raise OSError("a hiccup")
        return rows(self, frame)

    monkeypatch.setattr(FakeRead, "rows", once)
    with pytest.raises(OSError, match="hiccup"):
        batch(compute)
    halves = [compute.run_task(BatchTask(stage="ocr", frames=part), progress=quiet) for part in (READ[:5], READ[5:])]
    assert [row for half in halves for row in half.rows] == expected[1]


def test_a_long_way_to_the_first_frame_shows_life(
    app: AppSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fake_stages(monkeypatch.setitem)
    compute = Compute(app)
    compute.open_run(spec_of(app, videos.make("h264-spliced.ts", tmp_path)), progress=quiet)
    calls: list[int] = []
    before_first: list[int] = []
    rows = FakeRead.rows

    def watched(self: FakeRead, frame: Frame) -> list[Row]:
        before_first.append(len(calls))
        return rows(self, frame)

    monkeypatch.setattr(FakeRead, "rows", watched)
    task = BatchTask(stage="ocr", frames=(115,))
    compute.run_task(task, progress=lambda done, _total: calls.append(done))
    compute.close()
    assert before_first[0] >= 115 // PULSE_PACKETS
