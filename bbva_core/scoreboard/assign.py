"""Which slot shows what: clock, period, shot clock, scores, names. By pattern, place, and how texts change."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bbva_core.scoreboard.layout import Kind
from bbva_core.scoreboard.names import labels, name_of, place_of, score_in, share_of, with_name
from bbva_core.scoreboard.parse import parse_period, parse_shot_clock, parse_strip
from bbva_core.scoreboard.slots import Slot, share_within

_REACH = 8
"""Texts of one graphic are no farther from each other than so many heights of a line."""

_LEAST_RESET = 12.0
"""Seconds; shot clocks start anew at 24, 14, 30, 20 or 12."""
_PART_OF_IT = 0.4  # what lies so far within the clock was found a second time: its last digit is no shot clock
_BEYOND = 0.8  # what it costs when names stand beyond other numbers: fouls and ranks may stand on either side
_LARGER = 0.8  # scores are larger numbers than ranks, fouls and timeouts, but for the first minutes
_GREW = 1.0  # what rises by a basket is no rank
_STANDS = 3.0
"""Seconds of the game clock that a shot clock may stand still: it starts only when the ball is brought into play."""


@dataclass(frozen=True)
class Assignment:
    """A reading of the slots as a scoreboard.

    Args:
        fields: What each chosen slot holds.
        names: Of the teams, left or upper first; None where no text is shown.
        quality: The higher the better; comparable for slots of the same pictures.
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
    ran = max((len(slot.texts) for slot in slots if _ran(slot)), default=0)
    found = [
        candidate
        for anchor in slots
        if (_ran(anchor) or len(anchor.texts) >= ran)
        and (candidate := _around_clock(anchor, [slot for slot in slots if slot is not anchor], times)) is not None
    ]
    return max(found, key=lambda item: (item.complete, item.quality), default=None)


def _ran(slot: Slot) -> bool:
    """Whether it is a clock that has fallen: beside it, one that stands in fewer pictures is written on the court."""
    clocks = [parse_strip(text).clock for text in slot.texts.values() if re.search(r"\d:\d\d|\d\.\d", text)]
    shown = [clock for clock in clocks if clock is not None]
    return len(shown) > 1 and 2 * len(shown) > len(slot.texts) and shown[-1] < shown[0]


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
    quality = _clock_quality(anchor, clocks, times) - any(_outlasts(slot, clocks) for slot in near)
    pair, pair_quality = _scores(near, anchor, times)
    names: tuple[str | None, str | None] = (None, None)
    used = {id(anchor)}
    if pair is not None:
        quality += pair_quality
        words = labels(near, *pair)
        for slot, score, team, label in zip(
            pair, (Kind.SCORE_A, Kind.SCORE_B), (Kind.TEAM_A, Kind.TEAM_B), words, strict=True
        ):
            fields.append((slot, (team, score) if with_name(slot) else (score,)))
            used.add(id(slot))
            if label is not None:
                fields.append((label, (team,)))
                used.add(id(label))
        first, second = words
        beside = [*near, anchor]
        names = (name_of(pair[0], first, second, beside), name_of(pair[1], second, first, beside))
        quality += sum(0.5 for name in names if name)
    if Kind.PERIOD not in holds:
        period = _best(near, used, lambda slot: share_of(slot, lambda text: parse_period(text) is not None), 0.34)
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


def _outlasts(slot: Slot, clocks: Mapping[int, float]) -> bool:
    """Whether it is a clock that runs with more time left: then this one is a shot clock, which is off when longer."""
    shown = [
        (parse_strip(slot.texts[number]).clock, clocks[number]) for number in sorted(set(slot.texts) & set(clocks))
    ]
    longer = [clock for clock, this in shown if clock is not None and clock > this]
    return len(longer) > 1 and len(longer) * 4 >= 3 * len(slot.texts) and longer[-1] < longer[0]


def _scores(near: Sequence[Slot], anchor: Slot, times: Sequence[float]) -> tuple[tuple[Slot, Slot] | None, float]:
    numeric = [slot for slot in near if share_of(slot, lambda text: score_in(text) is not None) >= 0.5]
    # A number that is in less than half of the pictures with the clock is one of the court.
    numeric = [slot for slot in numeric if not _counts_down(slot, times) and 2 * len(slot.texts) >= len(anchor.texts)]
    tallest = max((slot.size for slot in numeric), default=1.0)
    largest = max((_largest(slot) for slot in numeric), default=1.0)
    best: tuple[tuple[Slot, Slot] | None, float] = (None, 0.0)
    for one, two in itertools.combinations(numeric, 2):
        aligned = _alignment(one, two)
        if aligned is None:
            continue
        heights = min(one.height, two.height) / max(one.height, two.height)
        measured = one.letters is not None and two.letters is not None
        sizes = min(one.size, two.size) / max(one.size, two.size) if measured else 0.0
        if max(heights, sizes) < 0.7:
            continue
        if measured:  # on few pixels: the size of letters is a hint and no proof
            heights = sizes
        quality = 5 * heights - 3 + 3 * min(one.size, two.size) / tallest + aligned
        quality += min(len(one.texts), len(two.texts)) / max(len(times), 1)
        quality += sum(_rises(slot, times) for slot in (one, two))
        quality += _GREW * any(_grew(slot, times) for slot in (one, two))
        quality += _labelled(near, numeric, one, two)
        quality += 0.5 * min(one.height / anchor.height, 1.0)
        quality += _LARGER * (_largest(one) + _largest(two)) / (2 * largest)
        if quality > best[1]:
            first, second = sorted((one, two), key=place_of(one, two))
            best = ((first, second), quality)
    return best


def _largest(slot: Slot) -> float:
    return max([1.0, *(value for _, value in _values(slot, score_in))])


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


def _values(slot: Slot, parse: Callable[[str], float | None]) -> list[tuple[int, float]]:
    read = ((number, parse(text)) for number, text in sorted(slot.texts.items()))
    return [(number, value) for number, value in read if value is not None]


def _rises(slot: Slot, times: Sequence[float]) -> float:
    """How much like a score: it stays or rises a little. 1 at best, below 0 when it falls."""
    steps = [
        (after[1] - before[1], times[after[0]] - times[before[0]])
        for before, after in itertools.pairwise(_values(slot, score_in))
    ]
    if not steps:
        return 0.0
    good = sum(0 <= change <= 3 + elapsed / 5 for change, elapsed in steps)
    return (2 * good - len(steps)) / len(steps)


def _grew(slot: Slot, times: Sequence[float]) -> bool:
    """Whether it has risen as a score does, and never fallen."""
    values = _values(slot, score_in)
    return len(values) > 2 and values[-1][1] > values[0][1] and _rises(slot, times) == 1.0


def _counts_down(slot: Slot, times: Sequence[float]) -> bool:
    """Whether it falls as a clock does, or is written as one."""
    if sum(text.strip().startswith(":") or "." in text for text in slot.texts.values()) * 4 >= len(slot.texts):
        return True
    steps = [
        (after[1] - before[1], times[after[0]] - times[before[0]])
        for before, after in itertools.pairwise(_values(slot, score_in))
    ]
    falls = [(change, elapsed) for change, elapsed in steps if change < 0]
    like_clock = sum(abs(change + elapsed) <= 1.6 for change, elapsed in falls)
    return len(falls) >= 2 and like_clock * 2 >= len(falls) and len(falls) * 2 >= len(steps)


def _shot_likeness(slot: Slot, anchor: Slot, times: Sequence[float]) -> float:
    """How much like a shot clock; above 0.5 it is taken for one."""
    if share_of(slot, lambda text: parse_shot_clock(text) is not None) < 0.6:
        return 0.0
    if _stands(slot, anchor) or share_within(slot.box, anchor.box) >= _PART_OF_IT:
        return 0.0
    values = {value for _, value in _values(slot, parse_shot_clock)}
    marked = share_of(slot, lambda text: ":" in text or "." in text) >= 0.5
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
    periods = [parse_period(text, bare=True) for text in slot.texts.values()]
    if not all(period is not None and period.number in range(1, 5) for period in periods):
        return 0.0
    across = max(slot.box[0] - anchor.box[2], anchor.box[0] - slot.box[2], 0.0)
    down = abs(slot.middle[1] - anchor.middle[1])
    return 1.0 - 0.1 * (across + down) / anchor.height if slot.height <= 1.6 * anchor.height else 0.0


def _labelled(near: Sequence[Slot], numeric: Sequence[Slot], one: Slot, two: Slot) -> float:
    """How well two scores go with names: what stands between them and their names is the same on both sides."""
    words = labels(near, one, two)
    pair = sorted((one, two), key=place_of(one, two))
    if words[0] is None or words[1] is None:
        return 0.0
    others = [slot for slot in numeric if slot is not one and slot is not two]
    first, second = (
        sum(_is_between(slot, score, name) for slot in others)
        for score, name in zip(pair, words, strict=True)
        if name is not None
    )
    return 1.0 - 0.5 * (first + second) * _BEYOND if first == second else -1.0


def _is_between(slot: Slot, score: Slot, name: Slot) -> bool:
    left, right = sorted((score.middle[0], name.middle[0]))
    return left < slot.middle[0] < right and abs(slot.middle[1] - score.middle[1]) < 0.5 * score.height


def _best(near: Sequence[Slot], used: set[int], likeness: Callable[[Slot], float], least: float) -> Slot | None:
    ranked = [(likeness(slot), -number, slot) for number, slot in enumerate(near) if id(slot) not in used]
    top = max(ranked, key=lambda item: item[:2], default=None)
    return top[2] if top is not None and top[0] >= least else None
