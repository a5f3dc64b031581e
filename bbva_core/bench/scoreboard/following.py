"""The scoreboard reader over the frames of a video, and what it costs: searching apart from reading."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bbva_core.bench.scoreboard.scoring import known_from
from bbva_core.bench.scoreboard.truth import Values
from bbva_core.ocr.types import Image, LineReader, TextLine, TextReader, Word
from bbva_core.scoreboard import Probe, ScoreboardReader, Window
from bbva_core.scoreboard.reader import PROBE_SECONDS
from bbva_core.scoreboard.window import WHOLE

Clock = Callable[[], float]
LookAhead = Callable[[float], Sequence[Probe]]

_SLACK = 1e-6


@dataclass
class Cost:
    """What reading a video has cost. Seconds are of CPU time.

    Args:
        pictures: Whole pictures searched for text.
        lines: Single lines read.
        seconds: Time for it.
    """

    pictures: int = 0
    lines: int = 0
    seconds: float = 0.0

    def add(self, other: Cost) -> None:
        """Add what something else has cost."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def a_minute(self, seconds: float) -> dict[str, float]:
        """For a minute of video.

        Args:
            seconds: How long the video is.
        """
        return {name: round(value * 60 / seconds, 2) for name, value in asdict(self).items()}


class Way(Protocol):
    """A way to know the score."""

    finding: Cost
    """Spent on finding the scoreboard."""
    reading: Cost
    """Spent on all else."""
    accepted: int
    """Readings accepted."""

    def look(self, image: Image, seconds: float) -> None:
        """Take in the next frame.

        Raises:
            ReaderError: An engine failed.
        """
        ...

    @property
    def known(self) -> Values | None:
        """What is known after it."""
        ...


class Following:
    """BBVA's way: find the scoreboard, follow it, read what changed.

    A frame in which whole pictures are searched counts as finding, with all that is read in it.

    Args:
        finder: Finds text.
        lines: Reads the fields.
        look_ahead: See `ScoreboardReader`; what it takes to decode is not counted.
        window: See `ScoreboardReader`.
        clock: Seconds of CPU time.
    """

    def __init__(
        self,
        finder: TextReader,
        lines: LineReader,
        look_ahead: LookAhead,
        *,
        window: Window = WHOLE,
        clock: Clock = time.process_time,
    ) -> None:
        self.finding, self.reading = Cost(), Cost()
        self.accepted = 0
        self._known: Values | None = None
        self._clock = clock
        self._look_ahead = look_ahead
        self._decoding = 0.0
        self._calls = Cost()
        self._reader = ScoreboardReader(
            _CountedFinder(finder, self._calls),
            _CountedLines(lines, self._calls),
            look_ahead=self._probes,
            window=window,
        )

    def look(self, image: Image, seconds: float) -> None:
        """See `Way`."""
        self._calls.pictures = self._calls.lines = 0
        self._decoding = 0.0
        began = self._clock()
        reading = self._reader.look(image, seconds)
        self._calls.seconds = self._clock() - began - self._decoding
        (self.finding if self._calls.pictures else self.reading).add(self._calls)
        if reading is not None and reading.accepted:
            self.accepted += 1
            self._known = known_from(reading)

    @property
    def known(self) -> Values | None:
        """See `Way`: the last accepted reading."""
        return self._known

    @property
    def found(self) -> bool:
        """Whether a scoreboard was found."""
        return self._reader.memory.found is not None

    def _probes(self, seconds: float) -> Sequence[Probe]:
        began = self._clock()
        probes = self._look_ahead(seconds)
        self._decoding += self._clock() - began
        return probes


class _CountedLines:
    def __init__(self, lines: LineReader, calls: Cost) -> None:
        self._lines, self._calls = lines, calls

    def read_line(self, field: Image) -> Word:
        self._calls.lines += 1
        return self._lines.read_line(field)

    def close(self) -> None:
        self._lines.close()


class _CountedFinder(_CountedLines):
    def __init__(self, finder: TextReader, calls: Cost) -> None:
        super().__init__(finder, calls)
        self._finder = finder

    @property
    def name(self) -> str:
        return self._finder.name

    def read(self, image: Image) -> list[TextLine]:
        self._calls.pictures += 1
        return self._finder.read(image)


def probe_numbers(times: npt.NDArray[np.float64], now: float) -> list[int]:
    """Which frames to look ahead at, as a run does: at `PROBE_SECONDS` from now, or the last one there is.

    Args:
        times: Of all frames, seconds, rising.
        now: Of the frame in question.
    """
    wanted = np.searchsorted(times, [now + ahead - _SLACK for ahead in PROBE_SECONDS])
    return sorted({min(int(number), len(times) - 1) for number in wanted})


def described(finding: Cost, reading: Cost, *, seconds: float, videos: int) -> dict[str, Any]:
    """Both costs as they are reported: finding for a video, reading for a minute.

    Args:
        finding: What finding has cost.
        reading: What reading has cost.
        seconds: How long the videos are together.
        videos: How many they are.
    """
    found = {name: round(value / videos, 2) for name, value in asdict(finding).items()}
    return {"finding_a_video": found, "reading_a_minute": reading.a_minute(seconds)}
