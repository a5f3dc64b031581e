"""What the text of a field means: clocks, scores, periods, shot clocks. By pattern, whoever made the graphic.

Text readers confuse a few characters; where a number is expected, `O` is a zero and `I` or `l` is a one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bbva_core.game import Phase

MAX_SCORE = 199
MAX_SHOT_CLOCK = 35.0
"""Seconds; 35 was the longest there has been (NCAA), 30 and 24 are the usual ones."""
MAX_CLOCK = 60 * 60.0
"""Seconds. Boards in gyms count down from as much as an hour before a game."""


@dataclass(frozen=True)
class Period:
    """A period as shown.

    Args:
        number: Of a quarter or half, from 1; None when none is shown, as at half time.
        overtime: Which overtime, from 1; 0 in regular time. The number of the period is then not known from the text
            alone: the first overtime is the 5th period of quarters, and the 3rd of halves.
        phase: What is said of it.
        halves: Said to be a half, not a quarter.
    """

    number: int | None
    overtime: int = 0
    phase: Phase = Phase.PLAY
    halves: bool = False


_DIGITS = str.maketrans(
    {"O": "0", "o": "0", "Q": "0", "D": "0", "I": "1", "l": "1", "|": "1", "i": "1", "S": "5", "B": "8"}
)

_CLOCK = re.compile(r"^(?:(\d{1,2}):(\d{2})(?:[.:](\d))?|:?(\d{1,2})\.(\d)|:(\d{2}))$")
_SHOT = re.compile(r"^(?::?(\d{1,2})|:?(\d{1,2})\.(\d))$")

_ORDINAL = {"1ST": 1, "2ND": 2, "3RD": 3, "4TH": 4}
_PERIOD = re.compile(
    r"^(?P<end>END(?:\s?OF)?\s?)?(?:(?P<ordinal>1ST|2ND|3RD|4TH)\s?(?P<unit>QTR|QUARTER|Q|HALF|PERIOD|PER)?\.?"
    r"|(?P<letter>Q|P|H|QTR|PERIOD|HALF(?=\s))\s?(?P<after>[1-4])"
    r"|(?P<before>[1-4])\s?(?P<unit2>Q|H|QTR|QUARTER|HALF|PERIOD|PER)"
    r"|(?P<ot>(?:[1-9](?:ST|ND|RD|TH)?\s?)?(?:OT|OVERTIME)(?:\s?[1-9])?))(?P<ended>\s?END)?$"
)
_WORDS = {
    "HALF": Phase.HALF_TIME,
    "HALFTIME": Phase.HALF_TIME,
    "HALF TIME": Phase.HALF_TIME,
    "HT": Phase.HALF_TIME,
    "FINAL": Phase.FINAL,
    "FT": Phase.FINAL,
    "END": Phase.ENDED,
}
_FINAL_OT = re.compile(r"F(?:INAL)?\s?/\s?\d?OT\d?")
_MISREAD = {
    **{f"{one}{rest}": f"1{rest}" for one in "IL|" for rest in ("ST", "Q", "QTR")},
    **{f"Q{one}": "Q1" for one in "IL|"},
    **{"ZND": "2ND", "2N0": "2ND", "4TN": "4TH", "0T": "OT"},
}


def parse_clock(text: str) -> float | None:
    """A game clock in seconds: `11:20`, `4:08`, `41.9`, `:05.3`, `0:41.9`; None for anything else."""
    match = _CLOCK.match(_numeric(text))
    if match is None:
        return None
    minutes, seconds, tenths, short, short_tenths, bare = match.groups()
    if minutes is not None:
        if int(seconds) > 59:
            return None
        value = int(minutes) * 60 + int(seconds) + int(tenths or 0) / 10
    elif short is not None:
        if int(short) > 59:
            return None
        value = int(short) + int(short_tenths) / 10
    else:
        if int(bare) > 59:
            return None
        value = float(bare)
    return value if value <= MAX_CLOCK else None


def parse_score(text: str) -> int | None:
    """A score: one to three digits and nothing else."""
    numeric = _numeric(text)
    return int(numeric) if re.fullmatch(r"\d{1,3}", numeric) and int(numeric) <= MAX_SCORE else None


def parse_shot_clock(text: str) -> float | None:
    """A shot clock in seconds: `24`, `:05`, `4.5`."""
    match = _SHOT.match(_numeric(text))
    if match is None:
        return None
    whole, short, tenths = match.groups()
    value = float(whole) if whole is not None else int(short) + int(tenths) / 10
    return value if value <= MAX_SHOT_CLOCK else None


def parse_period(text: str, *, bare: bool = False) -> Period | None:
    """A period: `1ST`, `2nd Qtr`, `Q3`, `4TH QTR`, `OT`, `2OT`, `H1`, `END 1ST`, `HALF`, `FINAL`.

    Args:
        text: Of a whole field.
        bare: Whether a lone digit counts, as in a field known to hold the period.
    """
    words = " ".join(text.upper().replace(".", " ").split())
    if words in _WORDS:
        return Period(None, phase=_WORDS[words])
    if _FINAL_OT.fullmatch(words):
        return Period(None, phase=Phase.FINAL)
    words = "OT" if words == "QT" else " ".join(_MISREAD.get(word, word) for word in words.split())
    words = re.sub(r"\b([1-9])0T\b", r"\1OT", words)
    words = re.sub(r"(?<!\w)[IL|]ST(?=QTR|QUARTER|HALF|PER)", "1ST", words)
    if bare and (lone := re.fullmatch(r"0?([0-9])", words)):  # the Q of Q1 passes for a zero
        return Period(int(lone[1]))
    match = _PERIOD.match(words)
    if match is None:
        return None
    phase = Phase.ENDED if match["end"] or match["ended"] else Phase.PLAY
    if match["ot"]:
        count = re.search(r"[1-9]", match["ot"])
        return Period(None, overtime=int(count.group()) if count else 1, phase=phase)
    number = _ORDINAL[match["ordinal"]] if match["ordinal"] else int(match["after"] or match["before"])
    unit = (match["unit"] or match["unit2"] or match["letter"] or "").strip()
    return Period(number, phase=phase, halves=unit in ("HALF", "H"))


@dataclass(frozen=True)
class Strip:
    """What a line holds that a text finder took for one: the period, the clock, the shot clock. None: not there."""

    period: Period | None = None
    clock: float | None = None
    shot_clock: float | None = None


_STRIP_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2}:\d{2}(?:\.\d)?|\d{1,2}\.\d)(?=$|\s|:\d|[A-Z]|\d{1,2}\.\d)")
_STRIP_PERIOD = re.compile(
    r"(?:END(?: OF)? ?)?(?:[1I]ST|2ND|3RD|4TH)(?: ?(?:QTR|QUARTER|HALF|OT))?(?: ?END)?"
    r"|\bQ ?[1-4]|\b[1-4] ?Q(?:TR)?\b|\bH[12]\b|\bP[1-4]\b"
    r"|\b[1-9]?[O0]T(?=\d{1,2}[:.]\d)|\b[1-9]?[O0]T(?:[1-9]| [1-9](?= ))?\b"
    r"|\b[12] ?HALF\b|\bHALF(?: ?TIME)?\b|\bFINAL\b|\bEND\b"
)


def parse_strip(text: str) -> Strip:
    """Period, clock and shot clock out of one line, in any order: `1ST 11:20 :05`, `Q2 3:45`, `10:55:16 2ND`.

    The period is taken out first: `Q2 3:45` is not 23:45.
    """
    rest = " ".join(text.upper().split())
    period = None
    if found := _STRIP_PERIOD.search(rest):
        period = parse_period(found.group().replace("I", "1") if found.group().startswith("I") else found.group())
        rest = f"{rest[: found.start()]} {rest[found.end() :]}"
    rest = " ".join(rest.split())
    whole = parse_clock(rest)
    if whole is not None:
        return Strip(period, whole, None)
    found = _STRIP_CLOCK.search(rest)
    if found is None:
        return Strip(period, None, None)
    clock = parse_clock(found.group(1))
    others = f"{rest[: found.start()]} {rest[found.end() :]}".split()
    shots = [shot for other in others if (shot := parse_shot_clock(other)) is not None]
    return Strip(period, clock, shots[0] if len(shots) == 1 else None)


_NO_NAMES = re.compile(
    r"(?:[NR]D|ST|TH|QTR|QUARTER|HALF|PER(?:IOD)?|BONUS|FOULS?|TOL|TIMEOUTS?|POSS|SCORES?|TIME|PLAYER|MATCH|POINTS|FINAL|END)"
)


def is_word(text: str) -> bool:
    """Whether a text may be the name of a team: letters, at least two, and no digit but in front (`76ERS`)."""
    if all(map(_NO_NAMES.fullmatch, text.upper().split())):
        return False
    letters = sum(mark.isalpha() for mark in text)
    digits = sum(mark.isdigit() for mark in text)
    return letters >= 2 and letters > digits and parse_period(text) is None


def _numeric(text: str) -> str:
    """A number as it was meant: confused letters put right, blanks and marks around it taken away."""
    bare = text.replace(" ", "").replace(";", ":").replace(",", ".").strip("'`\"*-_()[]")
    digits = sum(mark.isdigit() for mark in bare)
    letters = sum(mark.isalpha() for mark in bare)
    return bare.translate(_DIGITS) if digits > letters or (bare and set(bare) <= set("OoIl|:.")) else bare
