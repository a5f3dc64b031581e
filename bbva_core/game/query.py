"""Questions by game time: `Q4 under 4:00 margin <= 5` finds the last four minutes of a close game."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bbva_core.errors import InvalidSettings

Range = tuple[float, float]

_TIME = r"(?:\d{1,2}:\d{2}(?:\.\d)?|\d{1,2}(?:\.\d)?\s*(?:minutes?|mins?|m|seconds?|secs?|s)\b|\d{1,2}\.\d)"
_UP_TO, _FROM = r"(?:<=?|under|below|at most|up to)", r"(?:>=?|over|above|at least)"
_RANGE = r"\s*(?:-|–|to)\s*"  # noqa: RUF001 -- people paste it
_PERIOD = r"(?:q\s?[1-9]|p\s?[1-9]|[1-4](?:st|nd|rd|th)(?:\s(?:quarter|qtr|period))?|(?:[1-9]\s?)?ot(?:\s?[1-9])?)"

_PARTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern + r"(?![\w:.])"))
    for name, pattern in (
        ("periods", rf"({_PERIOD}){_RANGE}({_PERIOD})"),
        ("period", rf"({_PERIOD})"),
        ("tied", r"(?:tied|tie)"),
        ("margin_range", rf"(?:margin|lead|diff)\s*(\d+){_RANGE}(\d+)"),
        ("margin_most", rf"(?:(?:margin|lead|diff)\s*{_UP_TO}\s*|within\s*)(\d+)"),
        ("margin_most", r"(?:margin|lead|diff)\s*(\d+)\s*or less"),
        ("margin_least", rf"(?:margin|lead|diff)\s*{_FROM}\s*(\d+)"),
        ("margin_least", r"(?:margin|lead|diff)\s*(\d+)\s*(?:\+|or more)"),
        ("margin", r"(?:margin|lead|diff)\s*=?\s*(\d+)"),
        ("clock_range", rf"({_TIME}){_RANGE}({_TIME})"),
        ("clock_most", rf"(?:{_UP_TO}|last|final)\s*({_TIME})"),
        ("clock_least", rf"(?:{_FROM}|first)\s*({_TIME})"),
        ("clock", rf"({_TIME})"),
    )
)
_FILLER = re.compile(r"[\s,;]+|(?:and|in|of|the|clock|game clock)\b")

EXAMPLES = ("Q4 under 4:00 margin <= 5", "OT", "Q2 2:00-0:00", "tied", "margin >= 20")
"""Questions that can be asked."""


@dataclass(frozen=True)
class GameQuery:
    """What is asked for. None: anything.

    Args:
        periods: Numbers of periods; overtimes follow the fourth.
        clock: Seconds left in the period, from and to, both included.
        margin: Points between the teams, from and to, both included.
    """

    periods: frozenset[int] | None = None
    clock: Range | None = None
    margin: Range | None = None

    def meets(self, row: Mapping[str, Any]) -> bool:
        """Whether a reading is of a moment that is asked for."""
        if self.periods is not None and row["period"] not in self.periods:
            return False
        if self.clock is not None and not _within(row["game_clock_seconds"], self.clock):
            return False
        if self.margin is None:
            return True
        scores = row["score_a"], row["score_b"]
        return None not in scores and _within(abs(scores[0] - scores[1]), self.margin)


@dataclass(frozen=True)
class Span:
    """A stretch of video that meets a query.

    Args:
        first: Number of its first reading.
        last: Number of its last reading.
        end: Number of the reading that ends it; the number of readings when it goes on to their end.
    """

    first: int
    last: int
    end: int


def parse_query(text: str) -> GameQuery:
    """A question in words: periods, a range of the game clock, a margin, in any order.

    Raises:
        InvalidSettings: Part of it is not understood; the message says which.
    """
    query = GameQuery()
    rest = text.lower().strip()
    while rest:
        if filler := _FILLER.match(rest):
            rest = rest[filler.end() :]
            continue
        found = next(((name, match) for name, pattern in _PARTS if (match := pattern.match(rest))), None)
        if found is None:
            raise InvalidSettings(f"{rest!r} is not understood.", do=f"Ask for example: {'; '.join(EXAMPLES)}.")
        query = _with(query, *found)
        rest = rest[found[1].end() :]
    return query


def find(rows: Sequence[Mapping[str, Any]], query: GameQuery) -> list[Span]:
    """The stretches in which accepted readings meet the query; what lies between two of them without a reading that
    does not, such as a replay without the scoreboard, belongs to the stretch.

    Args:
        rows: Readings in the order of frames.
        query: What is asked for.
    """
    spans: list[Span] = []
    going_on = ended = False
    for number, row in enumerate(rows):
        if not row["accepted"]:
            if going_on and not ended and row["crop"] is None:
                spans[-1] = replace(spans[-1], end=number)
                ended = True
            continue
        if not query.meets(row):
            if going_on and not ended:
                spans[-1] = replace(spans[-1], end=number)
            going_on = False
            continue
        first = spans[-1].first if going_on else number
        spans[len(spans) - going_on :] = [Span(first, number, len(rows))]
        going_on, ended = True, False
    return spans


def _with(query: GameQuery, name: str, match: re.Match[str]) -> GameQuery:
    values = match.groups()
    if name.startswith("period"):
        numbers = [_period(value) for value in values]
        return replace(query, periods=(query.periods or frozenset()) | {*range(numbers[0], numbers[-1] + 1)})
    if name == "tied":
        return replace(query, margin=(0, 0))
    amounts = sorted(_seconds(value) if name.startswith("clock") else int(value) for value in values)
    low, high = amounts[0], amounts[-1]
    if name == "clock" and "." not in values[0]:
        high += 0.9  # `4:08` is the whole second
    if name.endswith("_most"):
        low = 0
    if name.endswith("_least"):
        high = float("inf")
    return replace(query, clock=(low, high)) if name.startswith("clock") else replace(query, margin=(low, high))


def _period(text: str) -> int:
    number = int(next(iter(re.findall(r"\d", text)), "1"))
    return 4 + number if "ot" in text else number


def _seconds(text: str) -> float:
    if ":" in text:
        minutes, seconds = text.split(":")
        return int(minutes) * 60 + float(seconds)
    amount = float(re.match(r"[\d.]+", text)[0])  # type: ignore[index]
    return amount * 60 if re.search(r"[\d\s]m", text) else amount


def _within(value: float | None, limits: Range) -> bool:
    return value is not None and limits[0] <= value <= limits[1]
