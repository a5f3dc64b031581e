"""Questions by game time: `Q4 under 4:00 margin <= 5` finds the last four minutes of a close game."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bbva_core.errors import InvalidSettings

Range = tuple[float, float]

_MINUTES, _SECONDS = r"\d{1,2}(?:\.\d)?\s*(?:minutes?|mins?|m)\b", r"\d{1,3}(?:\.\d)?\s*(?:seconds?|secs?|s)\b"
_TIME = rf"(?:\d{{1,2}}:[0-5]\d(?:\.\d)?|:[0-5]\d|{_MINUTES}\s*{_SECONDS}|{_MINUTES}|{_SECONDS}|\d{{1,2}}\.\d)"
_UP_TO = r"(?:<=?|under|below|less than|at most|up to)\s*"
_FROM = r"(?:>=?|over|above|more than|at least)\s*"
_RANGE = r"\s*(?:-|–|to|and)\s*"  # noqa: RUF001 -- people paste it
_PERIOD = r"(?:[qp]\s?[1-9]|[1-9]\s?q|[1-4](?:st|nd|rd|th)(?:\s(?:quarter|qtr|period))?|(?:[1-9]\s?)?ot(?:\s?[1-9])?)"
_MARGIN = r"(?:(?:margin|lead|diff(?:erence)?)\s*(?:of\s*)?)"
_POINTS = r"(?:\s*(?:points?|pts))?"

_PARTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern + r"(?![\w:]|\.\d)"))
    for name, pattern in (
        ("periods", rf"({_PERIOD})\s*(?:-|–|to)\s*({_PERIOD}|[1-9])"),  # noqa: RUF001
        ("period", rf"({_PERIOD})"),
        ("tied", r"(?:tied|tie)"),
        ("margin_range", rf"{_MARGIN}(?:between\s*|from\s*)?(\d+){_RANGE}(\d+){_POINTS}"),
        ("margin_below", rf"{_MARGIN}(?:<(?!=)|under|below|less than)\s*(\d+){_POINTS}"),
        ("margin_above", rf"{_MARGIN}(?:>(?!=)|over|above|more than)\s*(\d+){_POINTS}"),
        ("margin_most", rf"(?:{_MARGIN}{_UP_TO}|within\s*)(\d+){_POINTS}"),
        ("margin_most", rf"{_MARGIN}(\d+){_POINTS}\s*or (?:less|fewer)"),
        ("margin_least", rf"{_MARGIN}{_FROM}(\d+){_POINTS}"),
        ("margin_least", rf"{_MARGIN}(\d+){_POINTS}\s*(?:\+|or more)"),
        ("margin", rf"{_MARGIN}=?\s*(\d+){_POINTS}"),
        ("clock_range", rf"(?:between\s*|from\s*)?({_TIME}){_RANGE}({_TIME})"),
        ("clock_most", rf"(?:{_UP_TO}|last\s*|final\s*)({_TIME})"),
        ("clock_most", rf"({_TIME})\s*(?:left|remaining|to go|or less)"),
        ("clock_least", rf"{_FROM}({_TIME})"),
        ("clock", rf"({_TIME})"),
    )
)
_FILLER = re.compile(r"[\s,;]+|\.(?!\d)|(?:and|or|in|of|the|with|clock|game clock)\b")

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = {
    **{word: str(number) for number, word in enumerate(_NUMBERS, 1)},
    r"first(?= (?:quarter|qtr|period))": "1st",
    r"second(?= (?:quarter|qtr|period))": "2nd",
    r"third(?= (?:quarter|qtr|period))": "3rd",
    r"fourth(?= (?:quarter|qtr|period))": "4th",
    r"(?<=last )(?=minute\b)": "1 ",
    "overtimes?": "ot",
}
_SAID = tuple((re.compile(rf"\b{word}" + (r"\b" if word[-1] != ")" else "")), said) for word, said in _WORDS.items())
_LAST_OVERTIME = 14  # of the period numbers that `OT` stands for

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
    rest = text.lower().replace("≤", "<=").replace("≥", ">=").strip()
    for word, said in _SAID:
        rest = word.sub(said, rest)
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
    """A query that asks for this part, too. Periods are added; ranges are those that meet all that was said."""
    values = match.groups()
    if name.startswith("period"):
        first, last = sorted((_periods(values[0]), _periods(values[-1])))
        return replace(query, periods=(query.periods or frozenset()) | {*range(first[0], last[1] + 1)})
    if name == "tied":
        return _narrowed(query, "margin", 0, 0)
    amounts = sorted(_seconds(value) if name.startswith("clock") else int(value) for value in values)
    low, high = amounts[0], amounts[-1]
    if name == "clock" and "." not in values[0]:
        high += 0.9  # `4:08` is the whole second
    if name.endswith("_below"):
        high -= 1
    if name.endswith("_above"):
        low += 1
    if name.endswith(("_most", "_below")):
        low = 0
    if name.endswith(("_least", "_above")):
        high = float("inf")
    return _narrowed(query, name.split("_")[0], low, high)


def _narrowed(query: GameQuery, name: str, low: float, high: float) -> GameQuery:
    before: Range | None = query.clock if name == "clock" else query.margin
    if before is not None:
        low, high = max(low, before[0]), min(high, before[1])
    if low > high:
        raise InvalidSettings(f"No {'game clock' if name == 'clock' else name} can be all of this.", do="Ask for less.")
    return replace(query, clock=(low, high)) if name == "clock" else replace(query, margin=(low, high))


def _periods(text: str) -> tuple[int, int]:
    """First and last number of what is named: one period, or all overtimes."""
    found = re.search(r"[1-9]", text)
    if found is None:
        return 5, _LAST_OVERTIME
    number = int(found.group()) + (4 if "ot" in text else 0)
    return number, number


def _seconds(text: str) -> float:
    if ":" in text:
        minutes, seconds = text.split(":")
        return int(minutes or 0) * 60 + float(seconds)
    amounts = re.findall(r"([\d.]+)\s*(m?)", text)
    return float(sum(float(amount) * (60 if minute else 1) for amount, minute in amounts))


def _within(value: float | None, limits: Range) -> bool:
    return value is not None and limits[0] <= value <= limits[1]
