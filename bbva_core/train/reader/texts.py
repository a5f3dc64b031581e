"""What scoreboards write, at random."""

from __future__ import annotations

import numpy as np

_ORDINALS = ("1st", "2nd", "3rd", "4th")
_NAMES = [
    "HAWKS",
    "LIONS",
    "BULLS",
    "HEAT",
    "NETS",
    "KINGS",
    "SPURS",
    "TIGERS",
    "EAGLES",
    "WOLVES",
    "BEARS",
    "MAGIC",
    "SUNS",
    "JAZZ",
    "ROCKETS",
    "PANTHERS",
    "HOME",
    "GUEST",
    "VISITOR",
    "AWAY",
    "REAL",
    "MADRID",
    "PARIS",
    "BERLIN",
    "MILANO",
    "ROMA",
    "MUNICH",
    "ATHENS",
    "BOSTON",
    "DALLAS",
    "DENVER",
    "MIAMI",
    "CHICAGO",
    "ORLANDO",
    "UTAH",
    "TEXAS",
    "DUKE",
    "KANSAS",
    "IOWA",
    "STATE",
    "TECH",
    "CITY",
    "UNITED",
    "CLUB",
    "BASKET",
    "KAUNAS",
    "VILNIUS",
    "ZAGREB",
    "PARTIZAN",
    "VALENCIA",
    "MALAGA",
    "LYON",
    "LIMOGES",
    "TORINO",
    "JUNIORS",
    "VARSITY",
    "CENTRAL",
    "NORTH",
    "SOUTH",
    "EAST",
    "WEST",
    "FOULS",
    "BONUS",
    "TIMEOUT",
    "FINAL",
]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def random_text(rng: np.random.Generator) -> str:
    """The text of a field; empty for an empty one. Blanks are single."""
    kind = rng.choice(
        ["clock", "score", "shot", "period", "strip", "word", "empty"], p=[0.30, 0.22, 0.10, 0.13, 0.11, 0.12, 0.02]
    )
    match kind:
        case "clock":
            return _clock(rng)
        case "score":
            return _score(rng)
        case "shot":
            return _shot(rng)
        case "period":
            return _period(rng)
        case "strip":
            return _strip(rng)
        case "word":
            return _word(rng)
        case _:
            return ""


def board_text(rng: np.random.Generator) -> str:
    """What digits of segments or lamps can show."""
    match rng.choice(["clock", "score", "digit"], p=[0.45, 0.35, 0.2]):
        case "clock":
            return _clock(rng)
        case "score":
            return _score(rng)
        case _:
            return str(rng.integers(0, 10))


def _clock(rng: np.random.Generator) -> str:
    seconds = f"{rng.integers(0, 60):02d}"
    form = rng.random()
    if form < 0.5:
        return f"{rng.integers(0, 13)}:{seconds}"
    if form < 0.66:
        return f"{rng.integers(10, 60)}:{seconds}"
    if form < 0.72:
        return f"0{rng.integers(0, 10)}:{seconds}"
    if form < 0.90:
        return f"{rng.integers(0, 60)}.{rng.integers(0, 10)}"
    if form < 0.94:
        return f":{seconds}.{rng.integers(0, 10)}"
    if form < 0.97:
        return f":{seconds}"
    return f"0{rng.integers(0, 10)}.{rng.integers(0, 10)}"


def _score(rng: np.random.Generator) -> str:
    form = rng.random()
    if form < 0.25:
        return str(rng.integers(0, 10))
    if form < 0.32:
        return f"{rng.integers(0, 100):02d}"
    return str(rng.integers(10, 100) if form < 0.75 else rng.integers(100, 200))


def _shot(rng: np.random.Generator) -> str:
    form = rng.random()
    if form < 0.70:
        return str(rng.integers(0, 36))
    if form < 0.85:
        return f":{rng.integers(0, 36):02d}"
    return f"{rng.integers(0, 10)}.{rng.integers(0, 10)}"


def _period(rng: np.random.Generator) -> str:
    number = int(rng.integers(0, 4))
    ordinal = _cased(rng, _ORDINALS[number])
    over = rng.choice(["OT", "OT1", "1OT", "2OT", "OT2", "3OT"])
    forms = [
        (5, ordinal),
        (3, f"Q{number + 1}"),
        (1, f"{number + 1}Q"),
        (1.5, f"{ordinal} {rng.choice(['QTR', 'Qtr', 'Q', 'qtr', 'QUARTER'])}"),
        (0.5, f"QTR {number + 1}"),
        (1, _cased(rng, f"{_ORDINALS[number % 2]} {rng.choice(['half', 'Half'])}")),
        (0.7, f"H{number % 2 + 1}"),
        (0.4, f"P{number + 1}"),
        (2, _cased(rng, str(over))),
        (1.2, _cased(rng, f"end {_ORDINALS[number]}")),
        (0.4, f"END Q{number + 1}"),
        (0.6, str(rng.choice(["HALF", "HALFTIME", "Half", "Halftime", "HT"]))),
        (0.6, str(rng.choice(["FINAL", "Final", "END", "FT"]))),
        (1, str(number + 1)),
        (0.4, _cased(rng, f"period {number + 1}")),
        (0.3, _cased(rng, "timeout")),
    ]
    weights = np.array([weight for weight, _ in forms])
    return forms[int(rng.choice(len(forms), p=weights / weights.sum()))][1]


def _strip(rng: np.random.Generator) -> str:
    """Fields that a text finder takes for one line."""
    form = rng.integers(0, 7)
    if form == 0:
        return f"{_period(rng)} {_clock(rng)}"
    if form == 1:
        return f"{_period(rng)} {_clock(rng)} {_shot(rng)}"
    if form == 2:
        return f"{_clock(rng)} {_shot(rng)}"
    if form == 3:
        return f"{_word(rng)} {_score(rng)}"
    if form == 4:
        return f"{_score(rng)} {_word(rng)}"
    if form == 5:
        return f"{_clock(rng)} {_period(rng)}"
    return f"{_score(rng)}{rng.choice([' - ', '-', ' '])}{_score(rng)}"


def _word(rng: np.random.Generator) -> str:
    form = rng.random()
    if form < 0.35:
        return _cased(rng, str(rng.choice(_NAMES)))
    if form < 0.65:
        return "".join(rng.choice(list(_LETTERS), size=int(rng.integers(2, 5))))
    if form < 0.8:
        return _cased(rng, " ".join(rng.choice(_NAMES, size=2)))
    if form < 0.92:
        return _cased(rng, "".join(rng.choice(list(_LETTERS), size=int(rng.integers(4, 11)))))
    if form < 0.96:
        return f"({rng.integers(0, 60)}-{rng.integers(0, 60)})"
    return f"{rng.integers(0, 60)}-{rng.integers(0, 60)}"


def _cased(rng: np.random.Generator, text: str) -> str:
    form = rng.random()
    return text.upper() if form < 0.6 else text.title() if form < 0.75 else text
