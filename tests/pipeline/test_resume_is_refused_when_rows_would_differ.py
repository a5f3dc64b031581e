"""Resume gives the rows of an uninterrupted run, or says which difference prevents it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bbva_core.errors import ResumeRefused, WeightsMissing
from bbva_core.machine.hashing import sha256_file, stamp_of
from bbva_core.machine.threads import resolve_threads
from bbva_core.pipeline import identity
from bbva_core.pipeline.control import Control
from bbva_core.pipeline.identity import device_of, run_identity
from bbva_core.pipeline.spec import spec_for
from bbva_core.pipeline.stages import STAGES
from bbva_core.settings import AppSettings, make_run_settings
from bbva_core.store import NewVideo, RunState, Store
from bbva_core.video import VideoInfo, check_video
from tests import videos
from tests.fakes import sql


class Paused:
    """A paused run on a copy of the clip, with weights that are never loaded."""

    def __init__(self, app: AppSettings, store: Store, clip: Path, folder: Path) -> None:
        self.app, self.store = app, store
        self.video = folder / "clip.mp4"
        self.weights = folder / "own.pt"
        shutil.copyfile(clip, self.video)
        self.weights.write_bytes(b"weights" * 100)
        info, index = check_video(self.video)  # here, not in the child: it is quicker
        found = self.video.stat()
        video_id = store.registry.add_video(
            NewVideo(
                uuid="video", sha256=sha256_file(self.video), name="clip.mp4", path=str(self.video),
                bytes=found.st_size, mtime_ns=found.st_mtime_ns, info=info.to_dict(), frame_count=len(index),
                time_base_numerator=index.time_base.numerator, time_base_denominator=index.time_base.denominator,
                frame_index=index.to_bytes(),
            )
        )  # fmt: skip
        self.control = Control(app, store)
        settings = make_run_settings(detector="ultralytics", weights=str(self.weights), ocr="none")
        self.uuid = self.control.create_run(video_id, settings, trust_weights=True)
        store.registry.request(self.uuid, "pause")

    def refused(self, match: str) -> None:
        """Both ways back are refused with the reason, and the run stays as it was."""
        before = self.store.queries.run(self.uuid)
        for action in (self.control.resume, self.control.retry):
            with pytest.raises(ResumeRefused, match=match) as refused:
                action(self.uuid)
            assert refused.value.safe and refused.value.do
        assert self.store.queries.run(self.uuid) == before

    def resumes(self) -> None:
        self.control.resume(self.uuid)
        assert self.store.queries.run(self.uuid).state == RunState.QUEUED


@pytest.fixture
def paused(app: AppSettings, store: Store, clip: Path, tmp_path: Path) -> Iterator[Paused]:
    made = Paused(app, store, clip, tmp_path)
    yield made
    made.control.close()


def later(path: Path) -> None:
    """Change the date of a file, and nothing else."""
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**9))


def test_nothing_changed(paused: Paused) -> None:
    paused.resumes()


def test_only_the_dates_changed(paused: Paused) -> None:
    later(paused.video)
    later(paused.weights)
    paused.resumes()


def test_a_video_is_read_through_once_not_again_by_the_compute_process(paused: Paused) -> None:
    later(paused.video)
    info = VideoInfo.from_dict(dict(spec_for(paused.app, paused.store, paused.uuid).video_info))
    assert (info.stamp, info.sha256) == (stamp_of(paused.video), sha256_file(paused.video))


def test_a_touched_video_is_read_through_once_not_after_every_start(
    paused: Paused, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(paused.video)
    paused.resumes()
    monkeypatch.setattr(identity, "model_sha256", lambda _path: pytest.fail("read through again"))
    spec_for(paused.app, paused.store, paused.uuid)


def test_other_weights(paused: Paused) -> None:
    paused.weights.write_bytes(b"weightz" * 100)
    later(paused.weights)
    paused.refused("weights sha256 was [0-9a-f]{64}, is [0-9a-f]{64}")


def test_weights_gone(paused: Paused) -> None:
    paused.weights.unlink()
    with pytest.raises(WeightsMissing):
        paused.control.resume(paused.uuid)
    assert paused.store.queries.run(paused.uuid).state == RunState.PAUSED


@pytest.mark.parametrize(
    "name", ["ultralytics version", "torch version", "av version", "numpy version", "detector", "detect revision"]
)
def test_other_versions(paused: Paused, name: str) -> None:
    identity = dict(paused.store.queries.run(paused.uuid).identity)
    assert name in identity
    sql(paused.app, "UPDATE runs SET identity = ?", json.dumps({**identity, name: "0.0.1"}))
    paused.refused(f"{name} was 0.0.1, is ")


def test_a_version_that_was_not_noted(paused: Paused) -> None:
    identity = dict(paused.store.queries.run(paused.uuid).identity)
    del identity["torch version"]
    sql(paused.app, "UPDATE runs SET identity = ?", json.dumps(identity))
    paused.refused("torch version was absent")


def test_another_revision_of_a_stage(paused: Paused, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ocr revision" not in paused.store.queries.run(paused.uuid).identity  # it has no such stage
    stage = STAGES["detect"]
    monkeypatch.setitem(STAGES, "detect", replace(stage, revision=stage.revision + 1))
    paused.refused(f"detect revision was {stage.revision}, is {stage.revision + 1}")


def test_a_run_keeps_the_threads_it_was_created_with(paused: Paused, monkeypatch: pytest.MonkeyPatch) -> None:
    created = resolve_threads(paused.app.threads)
    assert paused.store.queries.run(paused.uuid).identity["threads"] == str(created)
    other = paused.app.model_copy(update={"threads": created + 3})
    spec = spec_for(other, paused.store, paused.uuid)
    assert spec.app == other.model_copy(update={"threads": created})
    monkeypatch.setattr("bbva_core.pipeline.identity.resolve_threads", lambda _threads: created + 1)  # another machine
    assert spec_for(paused.app, paused.store, paused.uuid).app.threads == created
    paused.resumes()


def found_here(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.setattr("bbva_core.pipeline.identity.torch_device", lambda: device)


def test_a_run_that_began_on_a_gpu_is_not_resumed_without(paused: Paused, monkeypatch: pytest.MonkeyPatch) -> None:
    found_here(monkeypatch, "cuda")
    video_id = paused.store.queries.run(paused.uuid).video_id
    settings = make_run_settings(detector="ultralytics", weights=str(paused.weights), ocr="none")
    paused.uuid = paused.control.create_run(video_id, settings, trust_weights=True)
    paused.store.registry.request(paused.uuid, "pause")
    assert device_of(spec_for(paused.app, paused.store, paused.uuid).identity) == "cuda"
    found_here(monkeypatch, "cpu")
    paused.refused("device was cuda, is cpu")


def test_a_run_that_began_on_the_cpu_stays_there(paused: Paused, monkeypatch: pytest.MonkeyPatch) -> None:
    sql(paused.app, "UPDATE runs SET identity = json_set(identity, '$.device', 'cpu')")
    found_here(monkeypatch, "cuda")
    assert device_of(spec_for(paused.app, paused.store, paused.uuid).identity) == "cpu"
    paused.resumes()


def test_engines_that_use_no_gpu_do_not_ask_for_one(paused: Paused, monkeypatch: pytest.MonkeyPatch) -> None:
    found_here(monkeypatch, "cuda")
    for settings in (make_run_settings(detector="opencv-hog"), make_run_settings(detector="none")):
        assert "device" not in run_identity(paused.app, settings, None)


def test_video_gone(paused: Paused) -> None:
    paused.video.rename(paused.video.with_name("moved.mp4"))
    paused.refused("not there any more")
    paused.video.with_name("moved.mp4").rename(paused.video)
    paused.resumes()


def test_another_video_of_another_size(paused: Paused, tmp_path: Path) -> None:
    videos.write(paused.video, options=videos.X264_CLOSED, count=30)
    paused.refused("not the video that was analysed")


def test_another_video_of_the_same_size(paused: Paused) -> None:
    content = bytearray(paused.video.read_bytes())
    content[-20] ^= 1
    paused.video.write_bytes(content)
    later(paused.video)
    paused.refused("not the video that was analysed")


def test_a_run_whose_video_went_while_it_was_queued_fails_in_words(paused: Paused) -> None:
    from bbva_core.pipeline.worker import Worker

    paused.resumes()
    paused.video.unlink()
    worker = Worker(paused.app, paused.store)
    worker.acquire()
    assert worker.run_next() == RunState.FAILED
    worker.close()
    assert "not there any more" in (paused.store.queries.run(paused.uuid).error or "")


def test_expected_frames_are_those_of_the_first_stage(paused: Paused) -> None:
    video_id = paused.store.queries.run(paused.uuid).video_id
    reads_only = make_run_settings(detector="none", ocr="rapidocr", ocr_interval=1.0)
    uuid = paused.control.create_run(video_id, reads_only)
    assert paused.store.queries.run(uuid).frames_expected == 3  # 60 frames at 25 a second
