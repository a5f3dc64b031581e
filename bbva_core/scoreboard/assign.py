"""Which slot shows what: clock, period, shot clock, scores, names. By pattern, place, and how texts change."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bbva_core.scoreboard.layout import Kind
from bbva_core.scoreboard.parse import is_word, parse_period, parse_score, parse_shot_clock, parse_strip
from bbva_core.scoreboard.slots import Slot

_REACH = 8
"""Texts of one graphic are no farther from each other than so many heights of a line."""

_LEAST_RESET = 12.0
"""Seconds; shot clocks start anew at 24, 14, 30, 20 or 12."""
_STANDS = 3.0
"""Seconds of the game clock that a shot clock may stand still: it starts only when the ball is brought into play."""


@dataclass(frozen=True)
class Assignment:
    """A reading of the slots as a scoreboard.

    Args:
        fields: What each chosen slot holds.
        names: Of the teams, left or upper first; None where no text is shown.
        quality: The higher the better; comparable within one set of slots.
        complete: There is a clock, and there are both scores.
    """

    fields: tuple[tuple[Slot, tuple[Kind, ...]], ...]
    names: tuple[str | None, str | None]
    quality: float
    complete: bool


def assign(slots: Sequence[Slot], times: Sequence[float]) -> Assignment | None:
    """The best reading of the slots near each clock among them, or None when there is no clock.

    Args:
        slots: As `find_slots` gives them.
        times: Seconds of the pictures, ascending.
    """
    found = [
        candidate
        for anchor in slots
        if (candidate := _around_clock(anchor, [slot for slot in slots if slot is not anchor], times)) is not None
    ]
    return max(found, key=lambda item: (item.complete, item.quality), default=None)


def _around_clock(anchor: Slot, others: Sequence[Slot], times: Sequence[float]) -> Assignment | None:
    strips = {number: parse_strip(text) for number, text in anchor.texts.items()}
    clocks = {number: strip.clock for number, strip in strips.items() if strip.clock is not None}
    if not clocks or len(clocks) * 2 < len(strips):
        return None
    holds: list[Kind] = []
    if sum(strip.period is not None for strip in strips.values()) * 2 >= len(strips):
        holds.append(Kind.PERIOD)
    holds.append(Kind.CLOCK)
    if sum(strip.shot_clock is not None for strip in strips.values()) * 2 >= len(strips):
        holds.append(Kind.SHOT_CLOCK)
    near = _near(anchor, _seen_with(others, set(clocks)))
    fields: list[tuple[Slot, tuple[Kind, ...]]] = [(anchor, tuple(holds))]
    quality = _clock_quality(anchor, clocks, times)
    pair, pair_quality = _scores(near, anchor, times)
    names: tuple[str | None, str | None] = (None, None)
    used = {id(anchor)}
    if pair is not None:
        quality += pair_quality
        labels = _names(pair, [slot for slot in near if slot not in pair])
        for slot, score, team, label in zip(
            pair, (Kind.SCORE_A, Kind.SCORE_B), (Kind.TEAM_A, Kind.TEAM_B), labels, strict=True
        ):
            fields.append((slot, (team, score) if _with_name(slot) else (score,)))
            used.add(id(slot))
            if label is not None:
                fields.append((label, (team,)))
                used.add(id(label))
        first, second = labels
        beside = [*near, anchor]
        names = (_name(pair[0], first, second, beside), _name(pair[1], second, first, beside))
        quality += sum(0.5 for name in names if name)
    if Kind.PERIOD not in holds:
        period = _best(near, used, lambda slot: _share(slot, lambda text: parse_period(text) is not None), 0.34)
        period = period or _best(near, used, lambda slot: _bare_period(slot, anchor), 0.5)
        if period is not None:
            fields.append((period, (Kind.PERIOD,)))
            used.add(id(period))
            quality += 1.5
    else:
        quality += 1.5
    if Kind.SHOT_CLOCK not in holds:
        shot = _best(near, used, lambda slot: _shot_likeness(slot, anchor, times), 0.5)
        if shot is not None:
            fields.append((shot, (Kind.SHOT_CLOCK,)))
            quality += 0.3
    return Assignment(tuple(fields), names, quality, complete=pair is not None)


def _seen_with(slots: Sequence[Slot], pictures: set[int]) -> list[Slot]:
    """The slots that are there when the clock is, and what they say then: a graphic may move to another place."""
    together = []
    for slot in slots:
        texts = {number: text for number, text in slot.texts.items() if number in pictures}
        if texts and 2 * len(texts) >= len(slot.texts):
            together.append(replace(slot, texts=texts))
    return together


def _near(anchor: Slot, others: Sequence[Slot]) -> list[Slot]:
    """What hangs together with the clock: lines no farther from each other than a score bug's are."""
    reached, todo = [anchor], [anchor]
    while todo:
        one = todo.pop()
        for other in others:
            if other not in reached and _close(one, other):
                reached.append(other)
                todo.append(other)
    return reached[1:]


def _close(a: Slot, b: Slot) -> bool:
    height = max(a.height, b.height)
    across = max(a.box[0], b.box[0]) - min(a.box[2], b.box[2])
    down = max(a.box[1], b.box[1]) - min(a.box[3], b.box[3])
    return across <= _REACH * height and down <= 1.5 * height and 0.25 <= a.height / b.height <= 4


def _clock_quality(anchor: Slot, clocks: Mapping[int, float], times: Sequence[float]) -> float:
    """How much like a game clock: it falls, no faster than time passes but at cuts; and it is not a shot clock's."""
    steps = [
        (clocks[b] - clocks[a], times[b] - times[a])
        for a, b in itertools.pairwise(sorted(clocks))
        if times[b] > times[a]
    ]
    fitting = sum(-elapsed - 1.5 <= change <= 0 for change, elapsed in steps)
    moving = any(change < 0 for change, _ in steps)
    colon = sum(re.search(r"\d:\d\d", text) is not None for text in anchor.texts.values()) / len(anchor.texts)
    share = fitting / len(steps) if steps else 0.5
    return 3 * share + 2 * moving + 2 * colon + 2 * len(clocks) / len(times)


def _scores(near: Sequence[Slot], anchor: Slot, times: Sequence[float]) -> tuple[tuple[Slot, Slot] | None, float]:
    numeric = [slot for slot in near if _share(slot, lambda text: _score_in(text) is not None) >= 0.5]
    numeric = [slot for slot in numeric if not _counts_down(slot, times)]
    tallest = max((slot.size for slot in numeric), default=1.0)
    best: tuple[tuple[Slot, Slot] | None, float] = (None, 0.0)
    for one, two in itertools.combinations(numeric, 2):
        aligned = _alignment(one, two)
        if aligned is None:
            continue
        heights = min(one.size, two.size) / max(one.size, two.size)
        if heights < 0.7:
            continue
        quality = 5 * heights - 3 + 3 * min(one.size, two.size) / tallest + aligned
        quality += min(len(one.texts), len(two.texts)) / max(len(times), 1)
        quality += sum(_rises(slot, times) for slot in (one, two))
        quality += _labelled(near, numeric, one, two)
        quality += 0.5 * min(one.height / anchor.height, 1.0)
        if quality > best[1]:
            first, second = sorted((one, two), key=_place(one, two))
            best = ((first, second), quality)
    return best


def _place(one: Slot, two: Slot) -> Callable[[Slot], float]:
    """Left before right when they stand in a row, else upper before lower."""
    row = abs(one.middle[1] - two.middle[1]) < 0.5 * max(one.height, two.height)
    return lambda slot: slot.middle[0] if row else slot.middle[1]


def _alignment(one: Slot, two: Slot) -> float | None:
    height = max(one.height, two.height)
    down = abs(one.middle[1] - two.middle[1])
    if down < 0.35 * height:
        return 1.0 - down / height
    sides = (one.box[0] - two.box[0], one.middle[0] - two.middle[0], one.box[2] - two.box[2])
    across = min(map(abs, sides))
    if across < 0.8 * height and 0.7 * height <= down <= 4 * height:
        return 1.0 - across / height
    return None


def _score_in(text: str) -> int | None:
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


def _values(slot: Slot, parse: Callable[[str], float | None]) -> list[tuple[int, float]]:
    read = ((number, parse(text)) for number, text in sorted(slot.texts.items()))
    return [(number, value) for number, value in read if value is not None]


def _rises(slot: Slot, times: Sequence[float]) -> float:
    """How much like a score: it stays or rises a little. 1 at best, below 0 when it falls."""
    steps = [
        (after[1] - before[1], times[after[0]] - times[before[0]])
        for before, after in itertools.pairwise(_values(slot, _score_in))
    ]
    if not steps:
        return 0.0
    good = sum(0 <= change <= 3 + elapsed / 5 for change, elapsed in steps)
    return (2 * good - len(steps)) / len(steps)


def _counts_down(slot: Slot, times: Sequence[float]) -> bool:
    """Whether it falls as a clock does, or is written as one."""
    if sum(text.strip().startswith(":") or "." in text for text in slot.texts.values()) * 4 >= len(slot.texts):
        return True
    steps = [
        (after[1] - before[1], times[after[0]] - times[before[0]])
        for before, after in itertools.pairwise(_values(slot, _score_in))
    ]
    falls = [(change, elapsed) for change, elapsed in steps if change < 0]
    like_clock = sum(abs(change + elapsed) <= 1.6 for change, elapsed in falls)
    return len(falls) >= 2 and like_clock * 2 >= len(falls) and len(falls) * 2 >= len(steps)


def _shot_likeness(slot: Slot, anchor: Slot, times: Sequence[float]) -> float:
    """How much like a shot clock; above 0.5 it is taken for one."""
    if _share(slot, lambda text: parse_shot_clock(text) is not None) < 0.6:
        return 0.0
    if _stands(slot, anchor):
        return 0.0
    values = {value for _, value in _values(slot, parse_shot_clock)}
    marked = _share(slot, lambda text: ":" in text or "." in text) >= 0.5
    across = max(slot.box[0] - anchor.box[2], anchor.box[0] - slot.box[2], 0.0)
    down = abs(slot.middle[1] - anchor.middle[1])
    near = across <= 8 * anchor.height and down <= 2.5 * anchor.height
    likeness = 0.3 * (len(values) > 1) + 0.3 * (len(values) > 2) + 0.4 * marked + 0.35 * near
    likeness -= 0.03 * (across + down) / anchor.height
    if len(values) < 2 and 2 * len(slot.texts) < len(anchor.texts):
        return 0.0
    return likeness if (near or marked) and _runs(slot, times) else 0.0


def _stands(slot: Slot, anchor: Slot) -> bool:
    """Whether it says the same all the time, while the game clock runs on: a number in a line of news."""
    clocks = {number: parse_strip(text).clock for number, text in anchor.texts.items() if number in slot.texts}
    shown = [clock for clock in clocks.values() if clock is not None]
    ran = max(shown) - min(shown) if shown else 0.0
    return ran > _STANDS and len({slot.texts[number] for number in clocks}) == 1


def _runs(slot: Slot, times: Sequence[float]) -> bool:
    """Whether most steps are those of a shot clock: it falls as time passes, stands, or starts anew."""
    steps = [
        (before[1], after[1], times[after[0]] - times[before[0]])
        for before, after in itertools.pairwise(_values(slot, parse_shot_clock))
    ]
    good = sum(before - elapsed - 1.6 <= after <= before or after >= _LEAST_RESET for before, after, elapsed in steps)
    return 3 * good >= 2 * len(steps)


def _bare_period(slot: Slot, anchor: Slot) -> float:
    """How much like a period that is a lone digit: one to four, beside the clock, and always the same."""
    texts = [text.strip() for text in slot.texts.values()]
    if not all(text in {"1", "2", "3", "4"} for text in texts):
        return 0.0
    across = max(slot.box[0] - anchor.box[2], anchor.box[0] - slot.box[2], 0.0)
    down = abs(slot.middle[1] - anchor.middle[1])
    return 1.0 - 0.1 * (across + down) / anchor.height if slot.height <= 1.6 * anchor.height else 0.0


def _labelled(near: Sequence[Slot], numeric: Sequence[Slot], one: Slot, two: Slot) -> float:
    """For a pair with names, and against one of which only one has another number between itself and its name."""
    labels = _labels(near, one, two)
    pair = sorted((one, two), key=_place(one, two))
    if labels[0] is None or labels[1] is None:
        return 0.0
    others = [slot for slot in numeric if slot is not one and slot is not two]
    first, second = (
        sum(_is_between(slot, score, name) for slot in others)
        for score, name in zip(pair, labels, strict=True)
        if name is not None
    )
    return 0.5 if first == second else -1.0


def _is_between(slot: Slot, score: Slot, name: Slot) -> bool:
    left, right = sorted((score.middle[0], name.middle[0]))
    return left < slot.middle[0] < right and abs(slot.middle[1] - score.middle[1]) < 0.5 * score.height


def _labels(near: Sequence[Slot], one: Slot, two: Slot) -> tuple[Slot | None, Slot | None]:
    first, second = sorted((one, two), key=_place(one, two))
    return _names((first, second), [slot for slot in near if slot not in (one, two)])


def _names(pair: tuple[Slot, Slot], near: Sequence[Slot]) -> tuple[Slot | None, Slot | None]:
    """The words that stand to both scores in the same way, or in mirrored ways."""
    if all(map(_with_name, pair)):
        return None, None
    words = [slot for slot in near if _share(slot, is_word) >= 0.6]
    best: tuple[tuple[Slot | None, Slot | None], float] = ((None, None), 0.0)
    row = abs(pair[0].middle[1] - pair[1].middle[1]) < 0.5 * pair[0].height
    for left, right in itertools.permutations(words, 2):
        away = [_away(score, name) for score, name in zip(pair, (left, right), strict=True)]
        if any(way is None for way in away) or _blocked(pair[0], pair[1], left) or _blocked(pair[1], pair[0], right):
            continue
        (ax, ay), (bx, by) = (way for way in away if way is not None)
        mirrored = row and ay == by == 0 and ax == -bx and _between(pair, left, right)
        heights = min(left.height, right.height) / max(left.height, right.height)
        if heights < 0.65 or not ((ax, ay) == (bx, by) or mirrored):
            continue
        quality = heights + 1 / (1 + _gap(pair[0], left) / pair[0].height + _gap(pair[1], right) / pair[1].height)
        quality += 0.5 * min(left.height / pair[0].height, 1.0) + 0.3 * (_between(pair, left, right))
        if quality > best[1]:
            best = ((left, right), quality)
    return best[0]


def _blocked(own: Slot, other: Slot, name: Slot) -> bool:
    """Whether the other score stands between a score and its name, or the name is out of reach."""
    if _gap(own, name) > _REACH * own.height:
        return True
    low, high = sorted((own.middle, name.middle))
    return low[0] < other.middle[0] < high[0] and abs(other.middle[1] - own.middle[1]) < 0.5 * own.height


def _between(pair: tuple[Slot, Slot], left: Slot, right: Slot) -> bool:
    """Whether each name is nearer to its own score than to the other."""
    return _gap(pair[0], left) < _gap(pair[1], left) and _gap(pair[1], right) < _gap(pair[0], right)


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


def _with_name(slot: Slot) -> bool:
    texts = list(slot.texts.values())
    return sum(parse_score(text) is None and _score_in(text) is not None for text in texts) * 2 > len(texts)


def _name(score: Slot, label: Slot | None, other: Slot | None, near: Sequence[Slot]) -> str | None:
    if label is not None:
        text = _most_common(label.texts.values())
        return text if text is None or other is None else _from_edge(text, label, other, near)
    if _with_name(score):
        rests = [" ".join(word for word in text.split() if parse_score(word) is None) for text in score.texts.values()]
        return _most_common(rests)
    return None


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
    letters = Counter(text.replace(" ", "") for text in said)
    if not letters:
        return None
    same = Counter(text for text in said if text.replace(" ", "") == letters.most_common(1)[0][0])
    # Engines drop blanks more often than they make them up: a variant with blanks counts if it is no accident.
    return max(same, key=lambda text: (text.count(" ") if same[text] * 4 >= len(said) else -1, same[text]))


def _bare_name(text: str) -> str:
    """A name without what a logo beside it was read as: marks, and single letters at its ends."""
    words = text.strip(" ()[]-.,:;|/").split()
    while len(words) > 1 and len(words[0]) == 1:
        words = words[1:]
    while len(words) > 1 and len(words[-1]) == 1:
        words = words[:-1]
    return " ".join(words)


def _share(slot: Slot, test: Callable[[str], bool]) -> float:
    return sum(map(test, slot.texts.values())) / len(slot.texts)


def _best(near: Sequence[Slot], used: set[int], likeness: Callable[[Slot], float], least: float) -> Slot | None:
    ranked = [(likeness(slot), -number, slot) for number, slot in enumerate(near) if id(slot) not in used]
    top = max(ranked, key=lambda item: item[:2], default=None)
    return top[2] if top is not None and top[0] >= least else None
