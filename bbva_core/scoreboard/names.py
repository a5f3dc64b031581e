"""The names of the teams: which texts they are, and what of them is a name."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher

from bbva_core.ocr.types import Word
from bbva_core.scoreboard.parse import is_word, parse_score
from bbva_core.scoreboard.slots import Slot

_REACH = 8
"""A name is no farther from its score than so many heights of a line."""

_LEAST_STEADY = 0.3  # share of the pictures in which a name is spelled alike
_SURE = 0.8  # our own reader's spelling counts from this confidence
_AGREED = 0.8  # share of the pictures from which the text finder's spelling is beyond doubt
_WORD = 3  # letters of a word that our reader sets apart from another
_ALIKE, _NEARLY = 0.5, 0.75  # share of the letters that two spellings of one name have in common
_EACH = 0.1  # what it tells that all pictures were read so, beside how much our reader's spelling is alike


def labels(near: Sequence[Slot], one: Slot, two: Slot) -> tuple[Slot | None, Slot | None]:
    """The texts that name the teams of two scores, left or upper first."""
    first, second = sorted((one, two), key=place_of(one, two))
    return _names((first, second), [slot for slot in near if slot not in (one, two)])


def name_of(score: Slot, label: Slot | None, other: Slot | None, near: Sequence[Slot]) -> str | None:
    """The name of the team of a score, given the text that names it and that of the other team."""
    if label is not None:
        text = _most_common(label.texts.values())
        return text if text is None or other is None else _from_edge(text, label, other, near)
    if with_name(score):
        rests = [" ".join(word for word in text.split() if parse_score(word) is None) for text in score.texts.values()]
        return _most_common(rests)
    return None


def spelled(name: str, seen: Sequence[str], ours: Sequence[Word]) -> str:
    """A name as the text finder has it, or as our own reader spells it, where the finder wavers.

    The finder takes neighbours into a line, makes up blanks, and knows strange alphabets, in which it reads OπT. Our
    reader sees the cell of the name, but takes an unusual E for a B.

    Args:
        name: As the finder has it. Its letters may be small ones, while our reader writes capitals.
        seen: What the finder read in the pictures.
        ours: What our reader read in them.
    """
    sure = Counter(word.text for word in ours if word.confidence >= _SURE and is_word(word.text))
    text, times = sure.most_common(1)[0] if sure else ("", 0)
    if 2 * times <= len(ours):
        return _nearest(name, seen, ours)
    text, plain = _bare_name(text), _plain(name)
    same = [other for other in (name, *map(_bare_name, seen)) if _plain(other) == text]
    if same:
        return same[0]  # with its small letters
    letters, others = _letters(text), _letters(name)
    if letters == others:  # and blanks are where one of them makes none up
        return text if min(map(len, text.split())) >= _WORD or " " in name else name
    agreed = sum(_letters(_bare_name(other)) == others for other in seen)
    if plain.isascii() and agreed >= _AGREED * len(seen):
        return name
    if letters in others:  # a part of it
        return text if text in plain.split() else name
    return text if _like(text, plain) >= _ALIKE else name


def _nearest(name: str, seen: Sequence[str], ours: Sequence[Word]) -> str:
    """Of the spellings that the text finder read, nearly alike, the one that is most like what our reader reads."""
    spellings = Counter(text for text in map(_bare_name, seen) if _like(_plain(text), _plain(name)) >= _NEARLY)
    read = [word.text for word in ours if word.text]
    if not read:
        return name

    def worth(spelling: str) -> float:
        alike = sum(_like(_plain(spelling), text) for text in read) / len(read)
        return alike + _EACH * spellings[spelling] / len(seen)

    best = max([name, *spellings], key=worth)
    return name if _like(best, name) == 1.0 else best  # where blanks are, it tells as well


def _plain(name: str) -> str:
    """In capitals, without accents."""
    apart = unicodedata.normalize("NFKD", name.upper())
    return "".join(mark for mark in apart if not unicodedata.combining(mark))


def _letters(name: str) -> str:
    """The same without blanks."""
    return _plain(name).replace(" ", "")


def _like(one: str, two: str) -> float:
    """Share of the letters of two texts that they have in common, blanks apart: 1 at best."""
    return SequenceMatcher(None, one.replace(" ", ""), two.replace(" ", ""), autojunk=False).ratio()


def with_name(slot: Slot) -> bool:
    """Whether a slot holds a name and a score in one line."""
    texts = list(slot.texts.values())
    return sum(parse_score(text) is None and score_in(text) is not None for text in texts) * 2 > len(texts)


def score_in(text: str) -> int | None:
    """The score in a slot, alone or beside a name."""
    alone = parse_score(text)
    if alone is not None:
        return None if text.startswith((":", ".")) else alone
    words = text.split()
    if len(words) > 1 and is_word(" ".join(words[:-1])):
        return parse_score(words[-1])
    if len(words) > 1 and is_word(" ".join(words[1:])):
        return parse_score(words[0])
    return None


def share_of(slot: Slot, test: Callable[[str], bool]) -> float:
    """Share of the texts of a slot that pass a test."""
    return sum(map(test, slot.texts.values())) / len(slot.texts)


def place_of(one: Slot, two: Slot) -> Callable[[Slot], float]:
    """Left before right when they stand in a row, else upper before lower."""
    row = _in_a_row(one, two)
    return lambda slot: slot.middle[0] if row else slot.middle[1]


def _in_a_row(one: Slot, two: Slot) -> bool:
    return abs(one.middle[1] - two.middle[1]) < 0.5 * max(one.height, two.height)


def _names(pair: tuple[Slot, Slot], near: Sequence[Slot]) -> tuple[Slot | None, Slot | None]:
    """The words that stand to both scores in the same way, or in mirrored ways."""
    if all(map(with_name, pair)):
        return None, None
    shown = max(len(score.texts) for score in pair)
    words = [slot for slot in near if share_of(slot, is_word) >= 0.6 and 2 * len(slot.texts) >= shown]
    best: tuple[tuple[Slot | None, Slot | None], float] = ((None, None), 0.0)
    row = _in_a_row(*pair)
    for left, right in itertools.permutations(words, 2):
        away = [_away(score, name) for score, name in zip(pair, (left, right), strict=True)]
        if any(way is None for way in away) or _blocked(pair[0], pair[1], left) or _blocked(pair[1], pair[0], right):
            continue
        (ax, ay), (bx, by) = (way for way in away if way is not None)
        mirrored = row and ay == by == 0 and ax == -bx and _between(pair, left, right)
        heights = _ratio(left.height, right.height)
        if left.letters is not None and right.letters is not None:
            heights = max(heights, _ratio(left.letters, right.letters))
        level = not row or _in_a_row(left, right)
        steady = min(_steady(left, shown), _steady(right, shown))
        if heights < 0.65 or steady < _LEAST_STEADY or not level or not ((ax, ay) == (bx, by) or mirrored):
            continue
        quality = heights + steady
        quality += 1 / (1 + _gap(pair[0], left) / pair[0].height + _gap(pair[1], right) / pair[1].height)
        quality += 0.5 * min(left.height / pair[0].height, 1.0) + 0.3 * (_between(pair, left, right))
        if quality > best[1]:
            best = ((left, right), quality)
    return best[0]


def _ratio(one: float, two: float) -> float:
    return min(one, two) / max(one, two)


def _steady(name: Slot, pictures: int) -> float:
    """Share of the pictures in which it says what it mostly says: words of the court say something else each time."""
    return Counter(text.replace(" ", "") for text in name.texts.values()).most_common(1)[0][1] / pictures


def _blocked(own: Slot, other: Slot, name: Slot) -> bool:
    """Whether the other score stands between a score and its name, or the name is out of reach."""
    if _gap(own, name) > _REACH * own.height:
        return True
    low, high = sorted((own.middle, name.middle))
    return low[0] < other.middle[0] < high[0] and abs(other.middle[1] - own.middle[1]) < 0.5 * own.height


def _between(pair: tuple[Slot, Slot], left: Slot, right: Slot) -> bool:
    """Whether each name is nearer to its own score than to the other, along the line of the scores."""
    place = place_of(*pair)
    (one, two), (a, b) = map(place, pair), map(place, (left, right))
    return abs(a - one) < abs(a - two) and abs(b - two) < abs(b - one)


def _away(score: Slot, name: Slot) -> tuple[int, int] | None:
    """In which direction a name stands from its score, as signs; None when in none."""
    dx, dy = name.middle[0] - score.middle[0], name.middle[1] - score.middle[1]
    height = max(score.height, name.height)
    if abs(dy) < 0.6 * height:
        return (1 if dx > 0 else -1), 0
    wide = (score.box[2] - score.box[0] + name.box[2] - name.box[0]) / 2
    if abs(dx) < wide and abs(dy) < 2.5 * height:
        return 0, (1 if dy > 0 else -1)
    return None


def _gap(a: Slot, b: Slot) -> float:
    across = max(a.box[0], b.box[0]) - min(a.box[2], b.box[2])
    down = max(a.box[1], b.box[1]) - min(a.box[3], b.box[3])
    return max(across, 0.0) + max(down, 0.0)


def _from_edge(name: str, label: Slot, other: Slot, near: Sequence[Slot]) -> str:
    """A name without what stands before it in its row.

    Stacked names begin below each other. Where one begins farther left, and something else stands there in the row of
    the other, the line holds more than the name.
    """
    stacked = abs(label.middle[1] - other.middle[1]) >= 0.5 * label.height
    before = any(
        abs(slot.middle[1] - other.middle[1]) < 0.5 * other.height and label.box[0] < slot.middle[0] < other.box[0]
        for slot in near
    )
    if not stacked or not before or other.box[0] - label.box[0] < 0.8 * label.height:
        return name
    share = (other.box[0] - label.box[0]) / (label.box[2] - label.box[0])
    starts = [0, *(at + 1 for at, mark in enumerate(name) if mark == " ")]
    nearest = min(starts, key=lambda start: abs(start / len(name) - share))
    return name[nearest:] if abs(nearest / len(name) - share) < 0.2 else name


def _most_common(texts: Iterable[str]) -> str | None:
    said = [_bare_name(text) for text in texts]
    letters = Counter(text.replace(" ", "") for text in said if text)
    if not letters:
        return None
    same = Counter(text for text in said if text.replace(" ", "") == letters.most_common(1)[0][0])
    # Engines drop blanks more often than they make them up: a variant with blanks counts if it is no accident.
    return max(same, key=lambda text: (text.count(" ") if same[text] * 4 >= len(said) else -1, same[text]))


def _bare_name(text: str) -> str:
    """A name without what a logo beside it was read as: marks, and single letters at its ends."""
    # A lone zero among letters is an O.
    words = re.sub(r"(?<!\d)0(?!\d)", "O", text.strip(" ()[]-.,:;|/")).split()
    while len(words) > 1 and len(words[0]) == 1:
        words = words[1:]
    while len(words) > 1 and len(words[-1]) == 1:
        words = words[:-1]
    return " ".join(words)
