"""What runs inside the compute process: decodes, detects, reads text, returns rows. Holds the models."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from bbva_core.errors import VideoReadError
from bbva_core.failpoints import arm, failpoint
from bbva_core.pipeline.stages import STAGES, StageProcessor, Work
from bbva_core.pipeline.tasks import BatchTask, Progress, RunSpec, StageOutput
from bbva_core.settings import AppSettings
from bbva_core.store import Gap
from bbva_core.video import Frame, FrameIndex, FrameSource, MissingFrame, VideoInfo

KEPT_BYTES = 256 * 1024**2
"""Decoded frames kept for the later stages of a batch take at most this much; the rest is decoded again. A batch of 30
frames at 1080p takes 187 MB; without a limit one of 1000 would take 6 GB."""

_GUESSED = "The data is damaged here: the decoder had to guess parts of the picture."


class Compute:
    """Runs stages. One run is open at a time; its models and its decoder stay open between batches.

    Every call reports progress while it decodes, too, so that a long way to a frame is not taken for a hang.
    """

    def __init__(self, app: AppSettings) -> None:
        arm(app.failpoint)
        self._spec: RunSpec | None = None
        self._source: FrameSource | None = None
        self._ahead: FrameSource | None = None  # for looks at other frames: the first goes on where it is
        self._processors: dict[str, StageProcessor] = {}
        self._kept = _KeptFrames(KEPT_BYTES)
        self._progress: Progress = lambda _done, _total: None  # of the call in flight

    def open_run(self, spec: RunSpec, *, progress: Progress) -> None:
        """Open the video and load the models of a run.

        Raises:
            VideoReadError: The video cannot be opened any more.
            WeightsError: The weights are not what the run was created with.
            ResumeRefused: The run computes on a GPU, and there is none.
            EngineError: An engine cannot be loaded.
        """
        self.close()
        self._progress = progress
        if not spec.video_path.is_file():
            raise VideoReadError(
                f"The video {spec.video_path} is not there any more.",
                safe="Everything committed is safe.",
                do="Put the file back where it was and press Resume.",
            )
        self._spec = spec
        self._source = self._open_video(spec)
        for number, name in enumerate(spec.stages):
            progress(number, len(spec.stages))
            self._processors[name] = STAGES[name].load(spec)

    def run_task(self, task: BatchTask, *, progress: Progress) -> StageOutput:
        """Run one stage on the frames of a task.

        Raises:
            VideoReadError: The video cannot be read any more.
            EngineError: The engine failed on one of the frames.
        """
        assert self._spec is not None, "open_run comes first"
        began = time.monotonic()
        gaps: list[Gap] = []
        self._progress = progress
        self._kept.only(task.keep.union(task.frames))
        work = Work(frames=self._decoded(task, gaps), state=task.state, look_at=self._look_at)
        made = self._processors[task.stage].process(work, progress)
        assert self._source is not None
        self._source.check_file()  # a file put in the place of the video decodes just as well
        self._kept.only(task.keep)
        failpoint("after_inference")
        lost = sum(not gap.analysed for gap in gaps)
        return StageOutput(
            rows=made.rows,
            more=made.more,
            state=made.state,
            gaps=gaps,
            frames=len(task.frames) - lost,
            seconds=time.monotonic() - began,
        )

    def close(self, *, progress: Progress | None = None) -> None:
        """Close the run that is open."""
        for processor in self._processors.values():
            processor.close()
        for source in (self._source, self._ahead):
            if source is not None:
                source.close()
        self._processors, self._source, self._ahead, self._spec = {}, None, None, None
        self._kept.only(())

    def _open_video(self, spec: RunSpec) -> FrameSource:
        index = FrameIndex.from_bytes(spec.frame_index)
        info = VideoInfo.from_dict(dict(spec.video_info))
        return FrameSource(spec.video_path, index, info, pulse=lambda: self._progress(0, 0))

    def _look_at(self, numbers: Sequence[int]) -> list[Frame]:
        """Frames anywhere in the video, without disturbing the way through it."""
        assert self._spec is not None
        if self._ahead is None:
            self._ahead = self._open_video(self._spec)
        found = [frame for number in numbers for frame in self._ahead.frames(number, number + 1)]
        return [frame for frame in found if isinstance(frame, Frame)]

    def _decoded(self, task: BatchTask, gaps: list[Gap]) -> Iterator[Frame]:
        """The frames of a task; those that cannot be decoded become gaps, and damaged ones are noted."""
        for frame in self._frames(task):
            failpoint("mid_decode")
            if isinstance(frame, MissingFrame):
                gaps.append(Gap(frame_index=frame.index, reason=frame.reason))
                continue
            if frame.damaged:
                gaps.append(Gap(frame_index=frame.index, reason=_GUESSED, analysed=True))
            yield frame

    def _frames(self, task: BatchTask) -> Iterator[Frame | MissingFrame]:
        kept = {number: frame for number in task.frames if (frame := self._kept.get(number))}
        read = self._read(tuple(number for number in task.frames if number not in kept))
        for number in task.frames:
            frame = kept.get(number) or next(read)
            if number in task.keep:
                self._kept.add(frame)
            yield frame

    def _read(self, frames: tuple[int, ...]) -> Iterator[Frame | MissingFrame]:
        assert self._source is not None
        for chunk in _progressions(frames):
            yield from self._source.frames(chunk.start, chunk.stop, chunk.step)


class _KeptFrames:
    """Decoded frames of one batch, as many as a number of bytes allows."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._frames: dict[int, Frame | MissingFrame] = {}
        self._bytes = 0

    def get(self, number: int) -> Frame | MissingFrame | None:
        """The frame with this index, if it was kept."""
        return self._frames.get(number)

    def add(self, frame: Frame | MissingFrame) -> None:
        """Keep a frame if there is room for it."""
        if frame.index not in self._frames and self._bytes + _size(frame) <= self._limit:
            self._frames[frame.index] = frame
            self._bytes += _size(frame)

    def only(self, numbers: Iterable[int]) -> None:
        """Let go of all frames but these."""
        self._frames = {number: self._frames[number] for number in numbers if number in self._frames}
        self._bytes = sum(map(_size, self._frames.values()))


def _size(frame: Frame | MissingFrame) -> int:
    return frame.image.nbytes if isinstance(frame, Frame) else 0


def _progressions(frames: tuple[int, ...]) -> Iterator[range]:
    """The frames as evenly spaced ranges, as few as possible: the decoder reads each in one go."""
    start = 0
    while start < len(frames):
        stop = start + 1
        step = frames[stop] - frames[start] if stop < len(frames) else 1
        while stop < len(frames) and frames[stop] - frames[stop - 1] == step:
            stop += 1
        yield range(frames[start], frames[stop - 1] + 1, step)
        start = stop
