"""P3, P4, P8: a video or weights that change under a run end it in words, never in gaps or in rows of another file.

What was committed stays, and once the right file is back the run goes on to the rows of an uninterrupted one.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from bbva_core.errors import ResumeRefused, WeightsMissing
from bbva_core.pipeline.compute import Compute
from bbva_core.pipeline.control import Control
from bbva_core.pipeline.executors import InlineExecutor, ProcessExecutor
from bbva_core.pipeline.stages import STAGES, detection
from bbva_core.pipeline.tasks import Row
from bbva_core.pipeline.worker import Worker
from bbva_core.settings import AppSettings, make_run_settings
from bbva_core.store import RunState, RunSummary, Store
from bbva_core.video import Frame
from tests import videos
from tests.cli.running import run as command
from tests.detect.fakes import FakeDetector
from tests.fakes import FakeDetect, checksum, use_fake_stages
from tests.faults.killing import assert_whole_batches_only, committed, exports, query
from tests.faults.working import TARGET, add, only_run, resume, rows_of_an_uninterrupted_run, work, worker

pytestmark = pytest.mark.slow

BATCHES, FRAMES = 4, 6  # of a batch
SIZE = videos.WIDTH * videos.HEIGHT * 3 // 2
PICTURE = b"00dc" + struct.pack("<I", SIZE)

Change = Callable[[Path, Path], None]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures as they are: much larger than what the decoder reads ahead, and easy to exchange."""
    return videos.write(tmp_path_factory.mktemp("original") / "game.avi", "rawvideo", count=BATCHES * FRAMES)


@pytest.fixture(scope="module")
def other(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another game that looks just as good: the same size and index, nothing damaged, and every picture another."""
    path = tmp_path_factory.mktemp("other") / "other.avi"
    before, *pictures = original.read_bytes().split(PICTURE)
    assert len(pictures) == BATCHES * FRAMES
    path.write_bytes(PICTURE.join([before, *(data[:SIZE][::-1] + data[SIZE:] for data in pictures)]))
    assert not {checksum(image) for _, image in videos.decode_all(path)} & {
        checksum(image) for _, image in videos.decode_all(original)
    }
    return path


@pytest.fixture(scope="module")
def uninterrupted(original: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return rows_of_an_uninterrupted_run(original, tmp_path_factory.mktemp("uninterrupted"), batch_frames=FRAMES)


@pytest.fixture
def video(tmp_path: Path, original: Path) -> Path:
    return Path(shutil.copyfile(original, tmp_path / "game.avi"))


@pytest.fixture
def app(tmp_path: Path, video: Path) -> AppSettings:
    app = AppSettings(data_dir=tmp_path / "data", stall_seconds=60)
    add(app, video, batch_frames=FRAMES)
    return app


def under_the_old_date(video: Path, change: Callable[[], object]) -> None:
    """Change a file and set the date of its content back."""
    before = video.stat()
    change()
    os.utime(video, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (video.stat().st_size, video.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def deleted(video: Path, _other: Path) -> None:
    video.unlink()


def cut(video: Path, _other: Path) -> None:
    os.truncate(video, video.stat().st_size // 2)


def overwritten(video: Path, other: Path) -> None:
    video.write_bytes(other.read_bytes())


def overwritten_under_the_old_date(video: Path, other: Path) -> None:
    under_the_old_date(video, lambda: video.write_bytes(other.read_bytes()))


def replaced_under_the_old_date(video: Path, other: Path) -> None:
    new = Path(shutil.copyfile(other, video.with_suffix(".new")))
    under_the_old_date(video, lambda: new.replace(video))


CHANGES: dict[str, tuple[Change, str]] = {
    "deleted": (deleted, "not there any more|it is gone"),
    "cut": (cut, r"expected \d+ bytes .*found \d+ bytes|it had \d+ bytes .* and has \d+ now"),
    "overwritten": (overwritten, "not the video that was analysed|its size is the same, its content is not"),
    "overwritten under the old date": (
        overwritten_under_the_old_date,
        "not the video that was analysed|its size is the same, its content is not",
    ),
    "replaced under the old date": (
        replaced_under_the_old_date,
        "not the video that was analysed|its size is the same, its content is not",
    ),
}
every_change = pytest.mark.parametrize("change", CHANGES)


def check_only_good_rows(app: AppSettings, expected: dict[str, bytes], folder: Path) -> None:
    """Whole batches, each row as in an uninterrupted run, and no frame set aside."""
    assert_whole_batches_only(app.data_dir)
    assert query(app.data_dir, "SELECT count(*) FROM frame_gaps") == [(0,)]
    for table in ("detections.csv", "scoreboard.csv"):
        assert expected[table].startswith(exports(app.data_dir, folder)[table])


def check_it_goes_on_when_the_file_is_back(
    app: AppSettings, video: Path, original: Path, expected: dict[str, bytes], folder: Path
) -> None:
    shutil.copyfile(original, video)
    resume(app)
    assert work(app.data_dir) == (0, "")
    assert exports(app.data_dir, folder) == expected
    with Store(app) as store:
        assert only_run(store).state == RunState.COMPLETE


def check_it_failed_in_words(app: AppSettings, words: str) -> RunSummary:
    with Store(app) as store:
        run = only_run(store)
    assert run.state == RunState.FAILED
    assert run.error
    assert pytest.RaisesExc(Exception, match=words).matches(Exception(run.error)), run.error
    assert "safe" in run.error or "kept" in run.error
    assert "Put the" in run.error and "back" in run.error
    return run


# -- before resume -----------------------------------------------------------------------------------------------------


@every_change
def test_resume_is_refused_until_the_file_is_back(
    app: AppSettings,
    video: Path,
    original: Path,
    other: Path,
    uninterrupted: dict[str, bytes],
    tmp_path: Path,
    change: str,
) -> None:
    assert work(app.data_dir, BBVA_FAILPOINT="after_commit:kill:3")[0] < 0
    alter, words = CHANGES[change]
    alter(video, other)
    with pytest.raises(ResumeRefused, match=words) as refused:
        resume(app)
    assert refused.value.safe and refused.value.do
    assert committed(app.data_dir) == 3
    with Store(app) as store:
        assert only_run(store).state == RunState.INTERRUPTED
    check_it_goes_on_when_the_file_is_back(app, video, original, uninterrupted, tmp_path / "out")


def touched(video: Path, _other: Path) -> None:
    os.utime(video)


def made_read_only(video: Path, _other: Path) -> None:
    video.chmod(0o444)


def linked(video: Path, _other: Path) -> None:
    video.with_suffix(".link").hardlink_to(video)


def moved_away_and_copied_back(video: Path, _other: Path) -> None:
    shutil.copyfile(video.rename(video.with_suffix(".away")), video)


HARMLESS = [touched, made_read_only, linked, moved_away_and_copied_back]


def test_a_file_that_was_only_touched_is_no_other(
    app: AppSettings, video: Path, other: Path, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    assert work(app.data_dir, BBVA_FAILPOINT="after_commit:kill:3")[0] < 0
    for touch in HARMLESS:
        touch(video, other)
        resume(app)
    assert work(app.data_dir) == (0, "")
    assert exports(app.data_dir, tmp_path / "out") == uninterrupted


# -- during a run ------------------------------------------------------------------------------------------------------


def run_and_meanwhile(app: AppSettings, meanwhile: Callable[[ProcessExecutor], None], *, after: int) -> RunState | None:
    """Work in this process, with a real compute process; something happens after so many commits."""
    commits: list[str] = []
    executors: list[ProcessExecutor] = []

    def make(app: AppSettings) -> ProcessExecutor:
        executors.append(ProcessExecutor(app, target=TARGET))
        return executors[-1]

    def count(run_uuid: str) -> None:
        commits.append(run_uuid)
        if len(commits) == after:
            meanwhile(executors[-1])

    with Store(app) as store, closing(Worker(app, store, executor_factory=make, on_commit=count)) as working:
        working.acquire()
        state = working.run_next()
    assert len(commits) >= after
    return state


@every_change
def test_a_run_ends_in_words_before_the_next_commit(
    app: AppSettings, video: Path, other: Path, uninterrupted: dict[str, bytes], tmp_path: Path, change: str
) -> None:
    alter, words = CHANGES[change]
    assert run_and_meanwhile(app, lambda _executor: alter(video, other), after=2) == RunState.FAILED
    check_it_failed_in_words(app, words)
    assert committed(app.data_dir) == 2, "nothing is committed after the change"
    check_only_good_rows(app, uninterrupted, tmp_path / "so far")


@pytest.mark.parametrize("touch", HARMLESS)
def test_a_run_does_not_mind_a_file_that_is_only_touched(
    app: AppSettings, video: Path, other: Path, uninterrupted: dict[str, bytes], tmp_path: Path, touch: Change
) -> None:
    assert run_and_meanwhile(app, lambda _executor: touch(video, other), after=2) == RunState.COMPLETE
    assert exports(app.data_dir, tmp_path / "out") == uninterrupted


def test_a_new_compute_process_does_not_take_another_file_for_the_video(
    app: AppSettings, video: Path, original: Path, other: Path, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    process = worker(app.data_dir, BBVA_FAILPOINT=f"mid_decode:hang:{2 * FRAMES + 3}")  # in the second batch
    assert process.stderr is not None
    child = psutil.Process(int(next(line for line in process.stderr if "hangs" in line).split()[-2]))
    replaced_under_the_old_date(video, other)
    child.kill()
    process.communicate(timeout=800)
    assert process.returncode == 0
    check_it_failed_in_words(app, "its size is the same, its content is not")
    assert committed(app.data_dir) == 2
    check_only_good_rows(app, uninterrupted, tmp_path / "so far")
    check_it_goes_on_when_the_file_is_back(app, video, original, uninterrupted, tmp_path / "out")


class MeanwhileDetect(FakeDetect):
    """The fake detector; something happens while it looks at one frame."""

    at = -1
    meanwhile: Callable[[], None]

    def rows(self, frame: Frame) -> list[Row]:
        if frame.index == type(self).at:
            type(self).meanwhile()
        return super().rows(frame)


@every_change
def test_a_change_in_the_middle_of_a_batch_costs_this_batch_only(
    app: AppSettings,
    video: Path,
    other: Path,
    uninterrupted: dict[str, bytes],
    tmp_path: Path,
    change: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alter, words = CHANGES[change]
    use_fake_stages(monkeypatch.setitem)
    monkeypatch.setitem(STAGES, "detect", replace(STAGES["detect"], processor=f"{__name__}:MeanwhileDetect"))
    monkeypatch.setattr(MeanwhileDetect, "at", FRAMES + 3)
    monkeypatch.setattr(MeanwhileDetect, "meanwhile", lambda: alter(video, other), raising=False)
    with Store(app) as store, closing(Worker(app, store, executor_factory=InlineExecutor)) as working:
        working.acquire()
        assert working.run_next() == RunState.FAILED
    check_it_failed_in_words(app, words)
    assert committed(app.data_dir) == 2
    check_only_good_rows(app, uninterrupted, tmp_path / "so far")


# -- weights -----------------------------------------------------------------------------------------------------------


def compute_with_a_fake_network(app: AppSettings) -> Compute:
    """Served by a child process: weights are looked for and compared as ever, and then not loaded."""
    detection.create_detector = lambda *_values, **_named: FakeDetector()  # type: ignore[assignment]
    return Compute(app)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "own.pt"
    path.write_bytes(b"weights" * 1000)
    return path


@pytest.fixture
def with_weights(tmp_path: Path, original: Path, weights: Path) -> Iterator[AppSettings]:
    """A data folder with a queued run on these weights."""
    app = AppSettings(data_dir=tmp_path / "data")
    settings = make_run_settings(detector="ultralytics", weights=str(weights), ocr="none", batch_frames=FRAMES)
    with Store(app) as store, closing(Control(app, store)) as control:
        control.create_run(control.add_video(original), settings, trust_weights=True)
    yield app


def other_weights(weights: Path) -> None:
    under_the_old_date(weights, lambda: weights.write_bytes(b"weightz" * 1000))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(Path.unlink, "own.pt were not found", id="gone"),
        pytest.param(other_weights, "weights .*have changed .expected sha256", id="other weights under the old date"),
    ],
)
def test_weights_that_change_under_a_run_end_it_in_words_when_they_are_needed_again(
    with_weights: AppSettings,
    weights: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], None],
    words: str,
) -> None:
    app = with_weights
    monkeypatch.setattr(f"{__name__}.TARGET", f"{__name__}:compute_with_a_fake_network")

    def meanwhile(executor: ProcessExecutor) -> None:
        change(weights)
        executor.abort()  # a new compute process loads them anew

    assert run_and_meanwhile(app, meanwhile, after=2) == RunState.FAILED
    with Store(app) as store:
        run = only_run(store)
        assert run.error and pytest.RaisesExc(Exception, match=words).matches(Exception(run.error)), run.error
    assert (committed(app.data_dir), run.gaps) == (2, 0)
    with pytest.raises((ResumeRefused, WeightsMissing)) as refused:
        resume(app)
    assert isinstance(refused.value, WeightsMissing) or "weights sha256 was" in refused.value.what
    weights.write_bytes(b"weights" * 1000)
    resume(app)
    assert run_and_meanwhile(app, lambda _executor: None, after=1) == RunState.COMPLETE


def test_weights_of_other_classes_end_the_run_in_words_before_the_first_frame(
    original: Path, shared_dir: Path, tmp_path: Path
) -> None:
    pets = tmp_path / "pets.pt"
    rename_classes(shared_dir / "models" / "yolo11n-coco-dequantised.pt", pets)
    data = tmp_path / "data"
    arguments: tuple[Any, ...] = ("--weights", pets, "--ocr", "none", "--data-dir", data)
    code, _, err = command("analyze", original, *arguments)
    assert code == 1
    assert "pets.pt know none of the classes" in err and "player, ball, rim, referee, person" in err
    assert "Nothing was analysed" in err and "Choose weights" in err and "Traceback" not in err
    assert query(data, "SELECT state FROM runs") == [("failed",)]
    assert query(data, "SELECT (SELECT count(*) FROM detections), (SELECT count(*) FROM frame_gaps)") == [(0, 0)]


def rename_classes(source: Path, target: Path) -> None:
    """The same network, trained on something else as far as its names tell."""
    import torch

    from bbva_core.detect.ultralytics_setup import import_yolo

    import_yolo(target.parent / "cache", 1)
    checkpoint = torch.load(source, map_location="cpu", weights_only=False)
    checkpoint["model"].names = {number: f"pet {number}" for number in range(80)}
    torch.save(checkpoint, target)
