"""The plain way to read a scoreboard: all text of the whole frame, once a second, and patterns.

It is what one would write first, and is given what is cheap to give: the first two numbers in the rows around the clock
are the scores, and what is not read keeps the value it had.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from bbva_core.bench.scoreboard.following import Clock, Cost
from bbva_core.bench.scoreboard.truth import Values
from bbva_core.ocr.types import Image, TextLine, TextReader
from bbva_core.scoreboard.parse import parse_clock

_CLOCK = re.compile(r"(?<![\d:.])\d{1,2}:\d{2}(?:\.\d)?(?!\d)|(?<![\d:.])\d{1,2}\.\d(?!\d)")
_PERIOD = re.compile(r"\b(?:([1-4])(?:ST|ND|RD|TH)\b|Q([1-4])\b|([1-4])Q\b|(\d?)OT\b)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w:.-])\d{1,3}(?![\w:.-])")
_FAR = 2.5
"""Numbers farther from the clock, up or down, than so many heights of its line are not scores."""


class WholeFrames:
    """All text of a frame once a second.

    Args:
        finder: Reads it.
        clock: Seconds of CPU time.
    """

    def __init__(self, finder: TextReader, *, clock: Clock = time.process_time) -> None:
        self.finding, self.reading = Cost(), Cost()
        self.accepted = 0
        self._finder, self._clock = finder, clock
        self._known: dict[str, Any] = dict.fromkeys(("score_a", "score_b", "period", "clock"))
        self._next = 0.0

    def look(self, image: Image, seconds: float) -> None:
        """See `Way`."""
        if seconds < self._next:
            return
        self._next = int(seconds) + 1.0
        began = self._clock()
        read = parse_lines(self._finder.read(image))
        self.reading.add(Cost(pictures=1, seconds=self._clock() - began))
        if read:
            self.accepted += 1
            self._known = {**self._known, **read}

    @property
    def known(self) -> Values:
        """See `Way`: scores, period and clock only."""
        return self._known


def parse_lines(lines: Sequence[TextLine]) -> dict[str, Any]:
    """Clock, period and scores as far as they can be made out; empty where there is no clock.

    Args:
        lines: All text of a frame, in reading order.
    """
    clock_line = next((line for line in lines if _CLOCK.search(line.text)), None)
    if clock_line is None:
        return {}
    read: dict[str, Any] = {}
    found = _CLOCK.search(clock_line.text)
    if found and (seconds := parse_clock(found.group())) is not None:
        read["clock"] = seconds
    for line in sorted(lines, key=lambda line: _apart(line, clock_line)):
        if period := _PERIOD.search(line.text):
            read["period"] = _period(period)
            break
    around = [line for line in lines if _apart(line, clock_line) <= _FAR * (clock_line.box[3] - clock_line.box[1])]
    numbers = [number for line in around for number in _numbers(line.text)]
    if len(numbers) >= 2:
        read["score_a"], read["score_b"] = numbers[:2]
    return read


def _numbers(text: str) -> list[int]:
    rest = text
    for pattern in (_CLOCK, _PERIOD):
        rest = pattern.sub(lambda found: " " * len(found.group()), rest)
    return [int(found.group()) for found in _NUMBER.finditer(rest)]


def _period(found: re.Match[str]) -> int:
    quarter = found[1] or found[2] or found[3]
    return int(quarter) if quarter else 4 + int(found[4] or 1)


def _apart(line: TextLine, other: TextLine) -> float:
    return abs(line.box[1] + line.box[3] - other.box[1] - other.box[3]) / 2
