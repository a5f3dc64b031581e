"""Reads clips with the real engines, as a run does, and compares with what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from bbva_core.ocr import LineReader, TextReader, create_line_reader, create_reader
from bbva_core.ocr.types import Image
from bbva_core.scoreboard import Memory, Probe, Reading, ScoreboardReader
from bbva_core.scoreboard.reader import PROBE_SECONDS
from bbva_core.settings import AppSettings

FIELDS = ("team_a", "team_b", "score_a", "score_b", "period", "clock", "shot_clock")


class Engines:
    """The engines of a run with default settings."""

    def __init__(self) -> None:
        app = AppSettings(threads=1)
        self.finder: TextReader = create_reader("rapidocr", app)
        self.lines: LineReader = create_line_reader("rapidocr", app)


def read_clip(
    engines: Engines,
    frames: Sequence[tuple[float, Image]],
    *,
    between: Callable[[int, Memory], Memory] = lambda _number, memory: memory,
) -> tuple[list[Reading], ScoreboardReader]:
    """The readings of a clip.

    Args:
        engines: To read with.
        frames: Seconds and pictures.
        between: Called with the number of each frame and the reader's memory, before it is read; returns the memory.
    """
    times = np.array([seconds for seconds, _ in frames])

    def look_ahead(now: float) -> list[Probe]:
        numbers = sorted(
            {min(int(np.searchsorted(times, now + more - 1e-6)), len(times) - 1) for more in PROBE_SECONDS}
        )
        return [Probe(float(times[number]), frames[number][1]) for number in numbers]

    reader = ScoreboardReader(engines.finder, engines.lines, look_ahead=look_ahead)
    readings = []
    for number, (seconds, image) in enumerate(frames):
        reader.memory = between(number, reader.memory)
        reading = reader.look(image, seconds)
        if reading is not None:
            readings.append(reading)
    return readings, reader


def believed_at(readings: Iterable[Reading], seconds: float) -> dict[str, Any]:
    """What is known at a moment: the last accepted reading at or before it."""
    before = [reading for reading in readings if reading.accepted and reading.seconds <= seconds]
    if not before:
        return dict.fromkeys(FIELDS)
    last = before[-1]
    return {
        "team_a": last.team_a and last.team_a.upper(),
        "team_b": last.team_b and last.team_b.upper(),
        "score_a": last.state.score_a,
        "score_b": last.state.score_b,
        "period": last.state.period,
        "clock": last.state.clock,
        "shot_clock": last.state.shot_clock,
    }
