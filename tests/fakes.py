"""Plain fakes of our own protocols: an executor, stage processors, a compute process; and runs without a video."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bbva_core.errors import DetectorError, ReaderError
from bbva_core.failpoints import failpoint
from bbva_core.pipeline.plan import cut_batches
from bbva_core.pipeline.stages import STAGES, Made, Work, stages_of
from bbva_core.pipeline.tasks import BatchTask, Progress, Row, RunSpec, StageOutput
from bbva_core.settings import AppSettings, make_run_settings
from bbva_core.store import Gap, NewRun, NewVideo, Store
from bbva_core.video import Frame, FrameIndex

TICKS = 512  # PTS units between two frames of a fake video; 25 frames a second


def frame_index(count: int, pts: list[int] | None = None) -> FrameIndex:
    """A frame index without a file."""
    from fractions import Fraction

    values = np.arange(count, dtype=np.int64) * TICKS if pts is None else np.array(pts, np.int64)
    key = np.zeros(len(values), np.bool_)
    key[::12] = True
    return FrameIndex(values, key, Fraction(1, 25 * TICKS))


def add_video(store: Store, index: FrameIndex, *, name: str = "game.mp4") -> int:
    """A video row without a file."""
    sha256 = f"{zlib.crc32(index.to_bytes()):064x}"
    return store.registry.add_video(
        NewVideo(
            uuid=f"video-{sha256[-8:]}",
            sha256=sha256,
            name=name,
            path=f"/nowhere/{name}",
            bytes=1000,
            mtime_ns=1,
            info={"width": 160, "height": 96},
            frame_count=len(index),
            time_base_numerator=index.time_base.numerator,
            time_base_denominator=index.time_base.denominator,
            frame_index=index.to_bytes(),
        )
    )


@dataclass(frozen=True)
class FakeRun:
    """A stored run and what is needed to execute it."""

    uuid: str
    id: int
    spec: RunSpec


def add_run(store: Store, app: AppSettings, *, frames: int = 30, batch_frames: int = 10, **settings: Any) -> FakeRun:
    """A queued run on a video that has no file."""
    index = frame_index(frames)
    chosen = make_run_settings(**{"detector": "opencv-hog", "ocr": "none", "batch_frames": batch_frames, **settings})
    start, end = chosen.start_frame, min(chosen.end_frame or frames, frames)
    stages = stages_of(chosen)
    uuid = store.registry.create_run(
        NewRun(
            video_id=add_video(store, index),
            settings=chosen.model_dump(mode="json"),
            settings_hash=chosen.digest(),
            identity={},
            frame_start=start,
            frame_end=end,
            frames_expected=len(range(start, end, chosen.sample_interval)),
            batches=cut_batches(start, end, batch_frames),
            stages=stages,
        )
    )
    spec = RunSpec(
        run_uuid=uuid,
        app=app,
        settings=chosen,
        identity={},
        video_path=Path("/nowhere/game.mp4"),
        video_info={},
        frame_index=index.to_bytes(),
        stages=stages,
    )
    return FakeRun(uuid, store.queries.run(uuid).id, spec)


def rows_of(stage: str, frame: int) -> list[dict[str, Any]]:
    """What the fakes find in a frame: between 0 and 3 boxes, or one line of text."""
    if stage == "ocr":
        text = f"HOME {frame}"
        return [
            {
                "frame_index": frame, "pts": frame * TICKS, "raw_text": text, "confidence": 0.5, "lines": [],
                "crop": [0, 0, 10, 10], "accepted": False, "reason": "fake",
            }
        ]  # fmt: skip
    return [
        {
            "frame_index": frame, "det_index": n, "pts": frame * TICKS, "class": ("player", "ball")[n % 2],
            "score": round(0.9 - n / 10, 4), "x1": float(frame), "y1": n + 0.25, "x2": frame + 5.5, "y2": n + 9.0,
        }
        for n in range(frame % 4)
    ]  # fmt: skip


@dataclass
class FakeExecutor:
    """Computes `rows_of` at once, and remembers every task.

    Args:
        poison: (stage, frame) that raise a DetectorError, always.
        missing: Frames that cannot be decoded.
        before: Called with each task before it is computed; may raise, or change the store.
    """

    poison: set[tuple[str, int]] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)
    before: Callable[[BatchTask], None] = lambda _task: None
    tasks: list[BatchTask] = field(default_factory=list)
    opened: int = 0
    aborted: int = 0
    pid: int | None = None

    def open_run(self, spec: RunSpec) -> Future[None]:
        self.opened += 1
        return _done(None)

    def submit(self, task: BatchTask) -> Future[StageOutput]:
        self.tasks.append(task)
        future: Future[StageOutput] = Future()
        try:
            self.before(task)
            bad = [frame for frame in task.frames if (task.stage, frame) in self.poison]
            if bad:
                raise DetectorError(f"frame {bad[0]} is poison")
        except Exception as error:
            future.set_exception(error)
            return future
        good = [frame for frame in task.frames if frame not in self.missing]
        return _done(
            StageOutput(
                rows=[row for frame in good for row in rows_of(task.stage, frame)],
                gaps=[Gap(frame_index=frame, reason="no picture") for frame in task.frames if frame in self.missing],
                frames=len(good),
                seconds=0.0,
            )
        )

    def abort(self) -> None:
        self.aborted += 1

    def close(self) -> None:
        pass


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


# -- fakes that run in the compute process ---------------------------------------------------------------------------


class FakeProcessor:
    """A stage that depends on nothing but a frame's pixels."""

    stage = ""

    def __init__(self, spec: RunSpec) -> None:
        self.closed = False
        self._poison = Poison(os.environ.get("POISON", ""))
        leaking, _, size = os.environ.get("LEAK", "").partition(":")  # `stage:bytes`, of every frame
        self._leak = int(size) if leaking == self.stage else 0
        self._leaked: list[bytes] = []

    def process(self, work: Work, progress: Progress) -> Made:
        rows: list[Row] = []
        for frame in work.frames:
            self._poison.touch(self.stage, frame.index)
            self._leaked.append(b"x" * self._leak)
            rows += self.rows(frame)
            progress(len(rows), len(rows))
        return Made(rows=rows)

    def rows(self, frame: Frame) -> list[Row]:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True


class Poison:
    """Frames that do harm: `stage:frame:action` separated by commas, in the environment as POISON.

    An action is `raise` (the engine's error), `crash` (SIGSEGV), `hang` (until somebody kills the process) or `wait`
    (until the file that GATE names is there).
    """

    def __init__(self, specification: str) -> None:
        parts = [part.split(":") for part in specification.split(",") if part]
        self._actions = {(stage, int(frame)): action for stage, frame, action in parts}

    def touch(self, stage: str, frame: int) -> None:
        """What the frame does to the process that works on it."""
        action = self._actions.get((stage, frame))
        if action == "raise":
            raise (DetectorError if stage == "detect" else ReaderError)(f"frame {frame} is poison")
        if action == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if action == "hang":
            threading.Event().wait()
        if action == "wait":
            while not Path(os.environ["GATE"]).exists():
                threading.Event().wait(0.05)


class FakeDetect(FakeProcessor):
    """Boxes from a checksum of the pixels."""

    stage = "detect"

    def rows(self, frame: Frame) -> list[Row]:
        seed = checksum(frame.image)
        return [{**row, "pts": frame.pts, "x1": seed % 1000 / 8} for row in rows_of("detect", frame.index)]


class FakeRead(FakeProcessor):
    """Text from a checksum of the pixels."""

    stage = "ocr"

    def rows(self, frame: Frame) -> list[Row]:
        return [
            {**row, "pts": frame.pts, "raw_text": f"{checksum(frame.image):08x}"} for row in rows_of("ocr", frame.index)
        ]


def checksum(image: npt.NDArray[np.uint8]) -> int:
    return zlib.crc32(image.tobytes())


def compute_with_fake_stages(app: AppSettings) -> Any:
    """Served by a child process: real decoding, fake engines."""
    from bbva_core.pipeline.compute import Compute

    use_fake_stages()
    return Compute(app)


def use_fake_stages(set_item: Callable[[dict[str, Any], str, Any], None] = dict.__setitem__) -> None:
    """Put the fake processors in the place of the real ones, in this process; pass `monkeypatch.setitem` to undo it."""
    for name, processor in (("detect", "tests.fakes:FakeDetect"), ("ocr", "tests.fakes:FakeRead")):
        set_item(STAGES, name, replace(STAGES[name], processor=processor))


class FakeCompute:
    """Served by a child process in the place of `Compute`, without a decoder.

    `app.failpoint` arms it like the real one.
    """

    def __init__(self, app: AppSettings) -> None:
        from bbva_core.failpoints import arm

        arm(app.failpoint)

    def open_run(self, spec: RunSpec, *, progress: Progress) -> None:
        progress(1, 1)

    def run_task(self, task: BatchTask, *, progress: Progress) -> StageOutput:
        rows: list[Row] = []
        for frame in task.frames:
            failpoint("mid_decode")
            self.touch(frame)
            rows += rows_of(task.stage, frame)
            progress(frame, frame)
        failpoint("after_inference")
        return StageOutput(rows=rows, gaps=(), frames=len(task.frames), seconds=0.0)

    def touch(self, frame: int) -> None:
        """What a frame does to the process; nothing here."""


class CrashesOnFrame0(FakeCompute):
    """A frame that takes the process with it, as a bug in a codec does."""

    def touch(self, frame: int) -> None:
        if frame == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class CrashesOnFrames0To3(FakeCompute):
    """A stretch of such frames."""

    def touch(self, frame: int) -> None:
        if frame < 4:
            os.kill(os.getpid(), signal.SIGKILL)


class StrangeErrorOnFrame0(FakeCompute):
    """A frame on which a library raises an error of its own."""

    def touch(self, frame: int) -> None:
        if frame == 0:
            raise ZeroDivisionError("strange")


class DiesAlways(FakeCompute):
    """A compute process that works nowhere."""

    def touch(self, frame: int) -> None:
        os._exit(7)


# -- looking into the database -----------------------------------------------------------------------------------------


def sql(app: AppSettings, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run one statement on the SQLite file, past all our code."""
    connection = sqlite3.connect(app.database_path)
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()
