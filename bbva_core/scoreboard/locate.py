"""Find the scoreboard by itself: a group of texts that stays where it is, with a clock that falls and two scores.

Several pictures, seconds apart, are searched for text. What recurs at one place is kept (`slots`), the best reading of
it as a scoreboard is chosen (`assign`), and its part of the pictures is read once more, enlarged, because small single
digits are easily overlooked. A ticker recurs, too, but its clock does not fall and its scores do not stay; texts of the
court and numbers of players move with the picture.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from bbva_core.ocr.types import Image, LineReader, TextLine, TextReader, Word
from bbva_core.scoreboard.assign import Assignment, assign
from bbva_core.scoreboard.layout import Box, Field, Kind, Layout, shifted, union
from bbva_core.scoreboard.names import spelled
from bbva_core.scoreboard.overlooked import overlooked
from bbva_core.scoreboard.parse import parse_period, parse_score, parse_shot_clock, parse_strip
from bbva_core.scoreboard.pictures import (
    Grey,
    clipped,
    crop,
    enlarged,
    grey,
    letter_height,
    room_beside,
    set_apart,
    steady,
    still_columns,
)
from bbva_core.scoreboard.slots import Slot, find_slots
from bbva_core.scoreboard.template import Template, take_template
from bbva_core.scoreboard.tokens import cut_lines

# Frames are brought to this width before they are searched: text of a 360p broadcast is 9 px high, too little.
_READ_WIDTH = 1280
_MAX_ENLARGEMENT = 2.5
_NAME_ROOM = 0.3  # of the height of a line: so much may have been cut off a name at either end
_TEXT_HEIGHT = 44  # pixels of a line when a bug is read again, enlarged
_LAMP_WIDTHS, _LAMP_BLUR, _LAMP_READ_WIDTH = (480, 320), 1.5, 960
_SURE = 0.9  # our own reader's word counts from this confidence
_LIKELY = 0.7  # and that there is a period, where the text finder made nothing of it
_LEAST_QUALITY = 12.0
"""Of an assignment that is taken for a scoreboard; those of the clips measured lie between 15 and 20."""

_GROWING = (Kind.SCORE_A, Kind.SCORE_B, Kind.CLOCK, Kind.SHOT_CLOCK, Kind.PERIOD)
_CHANGING = frozenset({Kind.CLOCK, Kind.SHOT_CLOCK, Kind.SCORE_A, Kind.SCORE_B, Kind.PERIOD})

Pulse = Callable[[], None]


@dataclass(frozen=True)
class Probe:
    """A picture that is searched for the scoreboard.

    Args:
        seconds: Its time in the video.
        image: BGR.
    """

    seconds: float
    image: Image


@dataclass(frozen=True)
class Found:
    """A scoreboard that was found."""

    layout: Layout
    template: Template

    def moved(self, dx: int, dy: int) -> Found:
        """The same in a larger picture, in which the one that was searched begins at (dx, dy)."""
        return Found(self.layout.moved(dx, dy), replace(self.template, box=shifted(self.template.box, dx, dy)))


def locate(
    reader: TextReader,
    lines: LineReader,
    probes: Sequence[Probe],
    *,
    drawn: bool = False,
    first: Sequence[TextLine] | None = None,
    pulse: Pulse = lambda: None,
) -> Found | None:
    """Find the scoreboard in some pictures of one size, or return None.

    Args:
        reader: Finds the text.
        lines: Reads numbers again where text was found.
        probes: In order of time. Two or more, seconds apart, tell what stays and what moves.
        drawn: The pictures show the scoreboard and little else, because somebody pointed it out: less is asked of it.
        first: The text of the first picture, where it was read already.
        pulse: Called after every picture.

    Raises:
        ReaderError: An engine failed.
    """
    texts = []
    for number, probe in enumerate(probes):
        found = first if first is not None and not number else read_whole(reader, probe.image)
        texts.append([*found, *(_read_lamps(reader, probe.image) if drawn else [])])
        pulse()
    least = 1 if drawn or len(probes) < 2 else 2
    times = [probe.seconds for probe in probes]
    coarse = find_slots(texts, least)
    rough = assign(coarse, times)
    if rough is not None:
        rough = assign(_read_again([slot for slot, _ in rough.fields], coarse, lines, probes, _seen_in(rough)), times)
    if rough is None:
        return None
    where = _surroundings(rough, probes[0].image)
    with_clock = _seen_in(rough)
    for number in with_clock:
        part = crop(probes[number].image, where)
        height = statistics.median(slot.height for slot, _ in rough.fields)
        again = read_enlarged(reader, part, float(np.clip(_TEXT_HEIGHT / height, 0.5, 6.0)), origin=where[:2])
        texts[number] = [*texts[number], *again]
        pulse()
    slots = _slots_there(texts, with_clock, least, where)
    best = assign(_read_again(slots, slots, lines, probes, with_clock), times)
    images = [probes[number].image for number in with_clock]
    known = [union([slot.box]) for slot in slots if _mostly_there(slot, with_clock)]
    height = statistics.median(slot.height for slot, _ in (best or rough).fields)
    more = overlooked(reader, lines, images, where, known, height)
    if any(more):
        for number, found in zip(with_clock, more, strict=True):
            texts[number] = [*texts[number], *found]
        all_slots = _slots_there(texts, with_clock, least, where)
        whole = assign(_read_again(all_slots, all_slots, lines, probes, with_clock), times)
        if best is None or (whole is not None and _worth(whole) > _worth(best)):
            best, slots = whole, all_slots
    if best is None or not best.complete or (best.quality < _LEAST_QUALITY and not drawn):
        return None
    return _found(best, slots, lines, [probes[number] for number in _seen_in(best)])


def read_whole(reader: TextReader, image: Image) -> list[TextLine]:
    """The text of a whole picture as tokens."""
    return read_enlarged(reader, image, min(_MAX_ENLARGEMENT, _READ_WIDTH / image.shape[1]))


def looks_like_one(texts: Sequence[TextLine]) -> bool:
    """Whether a picture with such texts may show a scoreboard: there is a clock, and a number or a period."""
    strips = [parse_strip(line.text) for line in texts]
    clocks = sum(strip.clock is not None for strip in strips)
    others = sum(parse_score(line.text) is not None for line in texts) + sum(s.period is not None for s in strips)
    return clocks > 0 and others > 0


def read_enlarged(
    reader: TextReader, image: Image, factor: float, *, origin: tuple[int, int] = (0, 0)
) -> list[TextLine]:
    """The text of a picture as tokens, read at another size; boxes in pixels of what `origin` is a place of."""
    larger = np.ascontiguousarray(enlarged(image, factor))
    return [
        TextLine(
            token.text,
            token.confidence,
            (
                token.box[0] / factor + origin[0],
                token.box[1] / factor + origin[1],
                token.box[2] / factor + origin[0],
                token.box[3] / factor + origin[1],
            ),
        )
        for token in cut_lines(larger, reader.read(larger))
    ]


def _read_lamps(reader: TextReader, image: Image) -> list[TextLine]:
    """Text of a board whose digits are made of lamps: in a small, soft picture, where lamps melt into strokes."""
    lines = []
    for width in _LAMP_WIDTHS:
        scale = width / max(image.shape[:2])
        soft = cv2.GaussianBlur(enlarged(image, scale), (0, 0), _LAMP_BLUR)
        for token in read_enlarged(reader, soft, _LAMP_READ_WIDTH / width):
            x1, y1, x2, y2 = (value / scale for value in token.box)
            lines.append(replace(token, box=(x1, y1, x2, y2)))
    return lines


def _slots_there(texts: Sequence[Sequence[TextLine]], numbers: Sequence[int], least: int, where: Box) -> list[Slot]:
    """The places with text in a part of the picture, while the clock is there: it says END 1ST when it is not."""
    shown = [lines if number in numbers else [] for number, lines in enumerate(texts)]
    return [slot for slot in find_slots(shown, min(least, len(numbers))) if _touches(slot.box, where)]


def _worth(found: Assignment) -> tuple[bool, float]:
    return found.complete, found.quality


def _seen_in(assignment: Assignment) -> list[int]:
    """Numbers of the pictures in which the clock was read."""
    clock = next(slot for slot, holds in assignment.fields if Kind.CLOCK in holds)
    return sorted(number for number, text in clock.texts.items() if parse_strip(text).clock is not None)


def _read_again(
    slots: Sequence[Slot],
    among: Sequence[Slot],
    lines: LineReader,
    probes: Sequence[Probe],
    numbers: Sequence[int],
) -> list[Slot]:
    """The slots with their numbers, clocks and periods as our own reader reads them, where it is sure."""
    again = []
    pictures = {number: grey(probes[number].image) for number in numbers}
    boxes = _boxes_apart(among, numbers, list(pictures.values()))
    for slot in slots:
        texts = dict(slot.texts)
        box = boxes[_key(slot)]
        margin = max(1, round(slot.height * 0.1))
        for number in numbers:
            part = crop(probes[number].image, (box[0] - margin, box[1], box[2] + margin, box[3]))
            if part.size == 0:
                continue
            word = lines.read_line(part)
            lost = parse_period(word.text) is not None and not _tells(texts.get(number, ""))
            if word.confidence >= (_LIKELY if lost else _SURE) and _tells(word.text):
                texts[number] = word.text
            elif not word.text and word.confidence >= _SURE:
                texts.pop(number, None)
        if texts:
            parts = [pictures[number][box[1] : box[3], box[0] : box[2]] for number in numbers if number in texts]
            measured = [letter_height(part) for part in parts]
            letters = [height for height in measured if height is not None]
            again.append(
                replace(
                    slot,
                    texts=dict(sorted(texts.items())),
                    letters=statistics.median(letters) if letters else None,
                )
            )
    return again


def _boxes_apart(slots: Sequence[Slot], numbers: Sequence[int], greys: Sequence[Grey]) -> dict[tuple[float, ...], Box]:
    """Boxes of slots that do not reach into each other, by key; words that are seldom there cut off nobody."""
    high, wide = greys[0].shape
    boxes = {_key(slot): clipped(union([slot.box]), wide, high) for slot in slots}
    lasting = [slot for slot in slots if _mostly_there(slot, numbers)]
    keys = [_key(slot) for slot in lasting]
    apart = set_apart([boxes[key] for key in keys], greys, [slot.usual or slot.box for slot in lasting])
    return {**boxes, **dict(zip(keys, apart, strict=True))}


def _mostly_there(slot: Slot, numbers: Sequence[int]) -> bool:
    """Whether a text is in most of the pictures; words of what moves behind are others each time."""
    texts = [slot.texts[number] for number in numbers if number in slot.texts]
    words = [text for text in texts if not any(map(str.isdigit, text))]
    most = max(map(words.count, words), default=0)
    changing = 3 * most < len(words)
    return 2 * (len(texts) - changing * (len(words) - most)) > len(numbers)


def _tells(text: str) -> bool:
    strip = parse_strip(text)
    return (
        parse_score(text) is not None
        or parse_shot_clock(text) is not None
        or parse_period(text) is not None
        or strip.clock is not None
    )


def _surroundings(rough: Assignment, image: Image) -> Box:
    """The part of the picture that holds the whole scoreboard, though some of its texts were not found."""
    x1, y1, x2, y2 = union([slot.box for slot, _ in rough.fields])
    height = max(slot.height for slot, _ in rough.fields)
    high, wide = image.shape[:2]
    across, down = (7, 2) if rough.complete else (14, 4)
    around = (x1 - across * height, y1 - down * height, x2 + across * height, y2 + down * height)
    return clipped(around, wide, high)


def _touches(one: Sequence[float], box: Box) -> bool:
    return one[0] < box[2] and one[2] > box[0] and one[1] < box[3] and one[3] > box[1]


def _found(best: Assignment, slots: Sequence[Slot], lines: LineReader, probes: Sequence[Probe]) -> Found:
    high, wide = probes[0].image.shape[:2]
    greys = [grey(probe.image) for probe in probes]
    boxes = _boxes_apart(slots, _seen_in(best), greys)
    fields = []
    for slot, holds in best.fields:
        box = boxes[_key(slot)]
        others = [other for key, other in boxes.items() if key != _key(slot)]
        roomy = _with_room(box, holds, slot.height, others, probes, greys)
        top, bottom = _still_rows(box, roomy, greys)
        fields.append(Field(holds, (roomy[0], top, roomy[2], bottom), (box[0], top, box[2], bottom)))
    margin = 0.3 * statistics.median(slot.height for slot, _ in best.fields)
    x1, y1, x2, y2 = union([field.text_box for field in fields])
    around = clipped((x1 - margin, y1 - margin, x2 + margin, y2 + margin), wide, high)
    layout = Layout(around, tuple(fields), *_names(best, fields, lines, probes))
    changing = [field.text_box for field in fields if _CHANGING & set(field.holds)]
    return Found(layout, take_template(greys, around, changing))


def _names(
    best: Assignment, fields: Sequence[Field], lines: LineReader, probes: Sequence[Probe]
) -> tuple[str | None, str | None]:
    """The names of the teams as both readers see them."""
    first, second = best.names
    said: dict[tuple[Kind, ...], str | None] = {(Kind.TEAM_A,): first, (Kind.TEAM_B,): second}
    for (slot, holds), field in zip(best.fields, fields, strict=True):
        name = said.get(holds)
        if name is not None:
            others = [other for other in fields if other is not field]
            said[holds] = spelled(name, list(slot.texts.values()), _name_words(slot, field, others, lines, probes))
    return said[(Kind.TEAM_A,)], said[(Kind.TEAM_B,)]


def _name_words(
    slot: Slot, field: Field, others: Sequence[Field], lines: LineReader, probes: Sequence[Probe]
) -> list[Word]:
    """What our reader makes of a name in each picture; with more room where the text finder read the same there."""
    x1, y1, x2, y2 = field.box
    more, wide = round(_NAME_ROOM * slot.height), probes[0].image.shape[1]
    beside = [other.text_box for other in others if _touches(other.text_box, (0, y1, wide, y2))]
    left = max([0, x1 - more, *(box[2] for box in beside if box[2] <= x1)])
    right = min([wide, x2 + more, *(box[0] for box in beside if box[0] >= x2)])
    words = []
    for probe in probes:
        word, roomy = (lines.read_line(crop(probe.image, box)) for box in (field.box, (left, y1, right, y2)))
        known = roomy.text in slot.texts.values()
        words.append(roomy if known and roomy.confidence >= word.confidence else word)
    return words


def _key(slot: Slot) -> tuple[float, ...]:
    return slot.box


def _still_rows(box: Box, roomy: Box, greys: Sequence[Grey]) -> tuple[int, int]:
    """Top and bottom of a field without the rows where the picture behind moves, as the ground beside it tells."""
    _, y1, _, y2 = box
    beside = [*range(roomy[0], box[0] - 2), *range(box[2] + 2, roomy[2])]
    if len(greys) < 2 or len(beside) < 4:
        return y1, y2
    still = steady([picture[y1:y2, beside] for picture in greys]).mean(axis=1) >= 0.6
    most = (y2 - y1) // 5
    top = max((row + 1 for row in range(most) if not still[row]), default=0)
    bottom = max((row + 1 for row in range(most) if not still[-1 - row]), default=0)
    return y1 + top, y2 - bottom


def _with_room(
    box: Box,
    holds: Sequence[Kind],
    height: float,
    others: Sequence[Box],
    probes: Sequence[Probe],
    greys: Sequence[Grey],
) -> Box:
    """A box with room for longer text, as far as the plain ground goes."""
    most = round(height * (1.3 if set(holds) & set(_GROWING) else 0.4))
    still = still_columns(greys, box, most)
    rooms = [room_beside(probe.image, box, others, most, still) for probe in probes]
    left = int(statistics.median(room[0] for room in rooms))
    right = int(statistics.median(room[1] for room in rooms))
    return box[0] - left, box[1], box[2] + right, box[3]
