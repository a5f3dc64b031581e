"""What a run will do: which frames, cut into which batches. Pure functions of settings and frame index."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from bbva_core.errors import InvalidSettings
from bbva_core.settings import RunSettings
from bbva_core.video import FrameIndex


def frame_range(settings: RunSettings, frame_count: int) -> tuple[int, int]:
    """The frames [start, end) that a run covers; an end past the video is the end of the video.

    Raises:
        InvalidSettings: The range begins after the last frame.
    """
    if settings.start_frame >= frame_count:
        raise InvalidSettings(
            f"The first frame asked for is {settings.start_frame}, but the video has {frame_count} frames"
            f" (0 to {frame_count - 1}).",
            safe="Nothing was started.",
            do="Choose an earlier first frame.",
        )
    return settings.start_frame, min(settings.end_frame or frame_count, frame_count)


def cut_batches(start: int, end: int, batch_frames: int) -> list[tuple[int, int]]:
    """Ranges [start, end) of `batch_frames` frames each; the last may be shorter."""
    return [(first, min(first + batch_frames, end)) for first in range(start, end, batch_frames)]


def sampled_frames(settings: RunSettings, start: int, end: int) -> range:
    """The analysed frames in [start, end).

    Sampling is anchored at the start of the run, not of the batch, so that batch size and sample interval are
    independent: every n-th frame, with its true index.
    """
    interval = settings.sample_interval
    offset = (start - settings.start_frame) % interval
    return range(start + (interval - offset) % interval, end, interval)


def reading_frames(settings: RunSettings, index: FrameIndex, start: int, end: int) -> Sequence[int]:
    """The frames in [start, end) where the scoreboard is read: the first analysed frame of every interval of video.

    Intervals are counted from the first frame of the run by PTS, so they hold on variable frame rate too, and whether
    a frame is read depends on nothing but itself and the analysed frame before it.
    """
    frames = sampled_frames(settings, start, end)
    if settings.ocr_interval == 0:
        return frames
    origin = index.seconds(settings.start_frame)
    interval = Fraction(settings.ocr_interval).limit_denominator(1_000_000)

    def interval_of(frame: int) -> int:
        return int((index.seconds(frame) - origin) / interval)

    chosen = []
    for frame in frames:
        previous = frame - settings.sample_interval
        if previous < settings.start_frame or interval_of(previous) != interval_of(frame):
            chosen.append(frame)
    return chosen
