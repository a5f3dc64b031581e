"""Videos read as a run reads them: several readers of fields beside the plain way, or no scoreboard at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from bbva_core.bench.scoreboard.engines import OURS, Engines
from bbva_core.bench.scoreboard.following import Cost, Following, Way, described, probe_numbers
from bbva_core.bench.scoreboard.plain import WholeFrames
from bbva_core.bench.scoreboard.scoring import Judge, Tally
from bbva_core.bench.scoreboard.truth import Clip
from bbva_core.errors import DataSetError
from bbva_core.scoreboard import Probe
from bbva_core.video import Frame, FrameSource, check_video

Progress = Callable[[int, int], None]

PLAIN = "plain: whole frames, once a second"


class _Video:
    """A video, and what lies ahead in it."""

    def __init__(self, path: Path) -> None:
        info, self._index = check_video(path)
        self.frame_count = info.frame_count
        self.duration = float(info.duration)
        self._seconds = np.array([float(self._index.elapsed(number)) for number in range(len(self._index))])
        # One thread, or the decoder would compute on while a reader is timed.
        self._along, self._ahead = (FrameSource(path, self._index, info, threads=1) for _ in range(2))
        self._probes: tuple[float, list[Probe]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._along.close()
        self._ahead.close()

    def frames(self) -> Iterator[tuple[int, float, Frame | None]]:
        """Number, seconds and picture of each frame; None where it cannot be decoded."""
        for number, frame in enumerate(self._along.frames(0, self.frame_count)):
            yield number, float(self._seconds[number]), frame if isinstance(frame, Frame) else None

    def look_ahead(self, seconds: float) -> Sequence[Probe]:
        """See `ScoreboardReader`. Those asked for last are kept, for the next reader that asks."""
        if self._probes is None or self._probes[0] != seconds:
            numbers = probe_numbers(self._seconds, seconds)
            frames = [next(self._ahead.frames(number, number + 1)) for number in numbers]
            probes = [
                Probe(float(self._seconds[frame.index]), frame.image) for frame in frames if isinstance(frame, Frame)
            ]
            self._probes = seconds, probes
        return self._probes[1]


class _Sum:
    """What one way has read, and at which cost, over all clips."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.finding, self.reading = Cost(), Cost()

    def add(self, way: Way, tally: Tally) -> None:
        self.tally.merge(tally)
        self.finding.add(way.finding)
        self.reading.add(way.reading)


def compare_on_clips(engines: Engines, clips: Sequence[Clip], progress: Progress) -> dict[str, Any]:
    """Read clips in every way, frame by frame one way after the other, so that all run beside the same load.

    Args:
        engines: With all readers of fields to compare.
        clips: What to read.
        progress: Called with (hundredths of clips done, hundredths in all).

    Raises:
        UnsupportedVideo: A clip cannot be read.
        DataSetError: Its truth names a frame that it does not have.
        ReaderError: An engine failed.
    """
    sums: dict[str, _Sum] = {}
    by_clip: dict[str, Any] = {}
    seconds = 0.0
    for place, clip in enumerate(clips):
        with _Video(clip.path) as video:
            _check(clip, video.frame_count)
            ways: dict[str, Way] = {
                name: Following(engines.finder, lines, video.look_ahead) for name, lines in engines.lines.items()
            }
            ways[PLAIN] = WholeFrames(engines.finder)
            judges = {name: Judge() for name in ways}
            for number, now, frame in video.frames():
                for name, way in ways.items():
                    if frame is not None:
                        way.look(frame.image, now)
                    if number in clip.shown:
                        judges[name].add(now, clip.shown[number], way.known)
                _tell(progress, place, len(clips), (number + 1) / video.frame_count)
            seconds += video.duration
        for name, way in ways.items():
            sums.setdefault(name, _Sum()).add(way, judges[name].tally)
        by_clip[str(clip.path)] = {name: judge.tally.result() for name, judge in judges.items()}
    ways_found = {
        name: {**total.tally.result(), **described(total.finding, total.reading, seconds=seconds, videos=len(clips))}
        for name, total in sums.items()
    }
    return {
        "clips": len(clips),
        "seconds": round(seconds, 2),
        "ways": ways_found,
        "plain_seconds_over_ours": _ratio(sums[PLAIN].reading.seconds, sums[OURS].reading.seconds),
        "not_measured": engines.missing,
        "by_clip": by_clip,
    }


def read_without(engines: Engines, videos: Sequence[Path], progress: Progress) -> dict[str, Any]:
    """Read videos that show no scoreboard: whatever is accepted is wrong.

    Raises:
        UnsupportedVideo: One cannot be read.
        ReaderError: An engine failed.
    """
    finding = Cost()
    accepted: dict[str, int] = {}
    seconds = 0.0
    for place, path in enumerate(videos):
        with _Video(path) as video:
            way = Following(engines.finder, engines.ours, video.look_ahead)
            for number, now, frame in video.frames():
                if frame is not None:
                    way.look(frame.image, now)
                _tell(progress, place, len(videos), (number + 1) / video.frame_count)
            seconds += video.duration
        finding.add(way.finding)
        finding.add(way.reading)
        accepted[str(path)] = way.accepted
    return {
        "videos": len(videos),
        "seconds": round(seconds, 2),
        "accepted": sum(accepted.values()),
        "accepted_by_video": accepted,
        "searching_a_minute": finding.a_minute(seconds),
    }


def _tell(progress: Progress, place: int, of: int, share: float) -> None:
    progress(round((place + share) * 100), of * 100)


def _check(clip: Clip, frames: int) -> None:
    if beyond := [number for number in clip.shown if not 0 <= number < frames]:
        raise DataSetError(
            f"The truth of {clip.path} names frame {beyond[0]}; the video has {frames} frames, counted from 0.",
            do="Correct the truth file.",
        )


def _ratio(plain: float, ours: float) -> float | None:
    return round(plain / ours, 1) if ours else None
