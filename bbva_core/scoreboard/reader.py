"""From frames to readings of the scoreboard: find it, follow it, read what changed, decide what to believe.

The reader is a state machine over the frames of a run, in order. Its whole memory is `Memory`, plain data that is
stored with every batch: a resumed run reads on exactly as an uninterrupted one would have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bbva_core.game import Phase
from bbva_core.ocr.lamp_reader import shipped_lamps
from bbva_core.ocr.types import Image, LineReader, TextReader, Word
from bbva_core.scoreboard.boards import BoardLines
from bbva_core.scoreboard.drawn import locate_drawn
from bbva_core.scoreboard.follow import LOOK_AROUND, follow
from bbva_core.scoreboard.gate import Cell, cell_of, changed
from bbva_core.scoreboard.layout import Box, Field, Kind, union
from bbva_core.scoreboard.locate import Found, Probe, locate, looks_like_one, read_whole
from bbva_core.scoreboard.meaning import Meaning, meaning
from bbva_core.scoreboard.memory import Memory, Seen
from bbva_core.scoreboard.pictures import crop
from bbva_core.scoreboard.readings import FieldReading, Reading, reason_of, said_by, tells_nothing, unclear
from bbva_core.scoreboard.rules import (
    SURE,
    Decision,
    GameState,
    Value,
    fits_clock,
    fits_shot_clock,
    number_of,
    see_clock,
    see_period,
    see_score,
    see_shot_clock,
    waits,
    with_end,
)
from bbva_core.scoreboard.window import WHOLE, Window

PROBE_SECONDS = (0.0, 0.7, 1.5, 3.0, 6.0, 12.0, 24.0, 48.0)
"""When something like a scoreboard may be in the picture, so many seconds on is looked to find out what stays."""
_SEARCH_AGAIN = (1.0, 10.0)  # seconds between two searches: the first, and the longest, doubling in between
_LOST_SECONDS = 4.0  # a bug gone for so long may have come back as another one
_TRIES = 4  # readings of an unsure field that does not change, the second reader's among them
_PLAINLY_BLANK = 0.95  # a shot clock that goes out so plainly is out

Pulse = Callable[[], None]


@dataclass(frozen=True)
class _Looked:
    """A field in a picture.

    Args:
        field: Where it is.
        part: The picture of it.
        fresh: It was read anew.
        text: What it said before; None when it was never read.
    """

    field: Field
    part: Image
    fresh: bool
    text: str | None


class ScoreboardReader:
    """Reads the scoreboard of a video, frame after frame.

    Args:
        finder: Finds text in whole pictures; also the second opinion on odd readings.
        lines: Reads the fields.
        look_ahead: Called with a time in seconds: frames from then on, at `PROBE_SECONDS` or as many of them as there
            are, the first one being the frame in question.
        window: Where the scoreboard is, if somebody has drawn that. Then it may be a filmed board, too.
        memory: Where an earlier batch left off.
        pulse: Called while a search goes on.
    """

    def __init__(
        self,
        finder: TextReader,
        lines: LineReader,
        *,
        look_ahead: Callable[[float], Sequence[Probe]],
        window: Window = WHOLE,
        memory: Memory | None = None,
        pulse: Pulse = lambda: None,
    ) -> None:
        self._finder, self._lines = finder, lines
        self._look_ahead = look_ahead
        self._window = window
        self._pulse = pulse
        self.memory = memory or Memory()
        self.reads = 0
        """Fields read since the reader was made."""
        self.second_reads = 0
        """How often a second opinion was asked for."""

    def look(self, frame: Image, seconds: float) -> Reading | None:
        """Take in the next frame; a reading when something was read, or the scoreboard came or went. Its boxes are in
        pixels of what the window lets see of the frame.

        Raises:
            ReaderError: An engine failed.
        """
        image = self._window.seen(frame)
        found = self._find(image, seconds)
        if found is None:
            return None
        there, news = found
        return self._read(image, seconds, news) if there else self._gone(seconds)

    # -- where it is ---------------------------------------------------------------------------------------------------

    def _find(self, image: Image, seconds: float) -> tuple[bool, bool] | None:
        """Whether the bug is there, and whether it was not before; None while none is known."""
        if self.memory.found is None:
            if seconds >= self.memory.search_at:
                self._search(image, seconds)
            if self.memory.found is None:
                return None
        memory = self.memory
        assert memory.found is not None
        came = memory.gone_since is not None or not memory.seen
        if not memory.found.template.usable:
            return True, came
        self.memory, offset = follow(memory, image, seconds)
        gone = memory.gone_since is not None and seconds - memory.gone_since >= _LOST_SECONDS
        if offset is None and gone and seconds >= memory.search_at:
            before = memory.found
            self._search(image, seconds)
            if self.memory.found is not before:
                self.memory, offset = follow(self.memory, image, seconds)
        if offset is None:
            return False, False
        self.memory = replace(self.memory, offset=offset)
        return True, came

    def _search(self, image: Image, seconds: float) -> None:
        memory = self.memory
        wait = min(max(_SEARCH_AGAIN[0], memory.search_wait * 2), _SEARCH_AGAIN[1])
        memory = self.memory = replace(memory, search_at=seconds + wait, search_wait=wait)
        # Of a place that was drawn less is asked, until something was found there.
        drawn = self._window.drawn and memory.found is None
        # One picture first: seconds of video are decoded ahead only for one that may show a scoreboard.
        first = None if drawn else read_whole(self._finder, self._window.searched(image))
        if first is not None and not looks_like_one(first):
            return
        ahead = self._look_ahead(seconds)
        probes = [replace(one, image=self._window.searched(self._window.seen(one.image))) for one in ahead]
        if drawn:
            found = locate_drawn(shipped_lamps(), self._finder, self._lines, probes, pulse=self._pulse)
        else:
            found = locate(self._finder, self._lines, probes, first=first, pulse=self._pulse)
        if found is None:
            return
        self.memory = replace(
            memory,
            found=found.moved(*self._window.origin(image)),
            offset=(0, 0),
            gone_since=None,
            search_wait=0.0,
            cells={},
            seen={},
        )

    def _gone(self, seconds: float) -> Reading | None:
        if self.memory.gone_since is not None:
            return None
        self.memory = replace(self.memory, gone_since=seconds, search_wait=0.0, search_at=seconds + _LOST_SECONDS)
        return self._reading(seconds, (), None, accepted=False, reason="the scoreboard is not in the picture")

    # -- what it says --------------------------------------------------------------------------------------------------

    def _read(self, image: Image, seconds: float, came: bool) -> Reading | None:
        memory = self.memory
        assert memory.found is not None
        cells, seen = dict(memory.cells), dict(memory.seen)
        looked = self._looked(image, came, cells, seen)
        gone = memory.gone_since is not None and tells_nothing(_fields(looked, seen))
        if not gone or seconds >= memory.ask_at:  # in what flickers the second reader would be asked all the time
            memory = replace(memory, ask_at=seconds + LOOK_AROUND) if gone else memory
            for one in looked:
                if one.fresh and seen[one.field.name].tries == 1:
                    seen[one.field.name] = self._second_word(one, seen[one.field.name], seconds)
        fields = _fields(looked, seen)
        if tells_nothing(fields):
            self.memory = replace(memory, cells=cells, seen=seen)
            return self._unreadable(image, seconds)
        state = memory.state
        for number, (one, known) in enumerate(zip(looked, fields, strict=True)):
            # Where a period has just ended, the same text in the place of the clock is another thing.
            if one.fresh or (Kind.CLOCK in one.field.holds and state.phase != memory.state.phase):
                state, decisions = self._judge(state, image, one.field, known.word, one.part, seconds)
                fields[number] = replace(known, decisions=decisions)
            elif {Kind.CLOCK, Kind.SHOT_CLOCK} & set(one.field.holds):
                state = _stands(state, meaning(one.field.holds, known.word.text), seconds)
        state = with_end(state)
        believed = _believed(memory.state) != _believed(state)
        self.memory = replace(memory, state=state, cells=cells, seen=seen, gone_since=None)
        if not (
            came or believed or any(one.text != known.word.text for one, known in zip(looked, fields, strict=True))
        ):
            return None
        return self._reading(seconds, tuple(fields), memory.found, accepted=came or believed, reason=reason_of(fields))

    def _unreadable(self, image: Image, seconds: float) -> Reading | None:
        """The bug looks as if it were there, but says nothing: it fades, or its cells have moved."""
        before = self.memory
        lost = before.gone_since is not None and seconds - before.gone_since >= _LOST_SECONDS
        if lost and not self._board and seconds >= before.search_at:
            self._search(image, seconds)
            if self.memory.found is not before.found:
                return None  # the next frame is read anew
        return self._gone(seconds)

    def _looked(self, image: Image, came: bool, cells: dict[str, Cell], seen: dict[str, Seen]) -> list[_Looked]:
        """The fields in a picture; those that changed, or that are doubtful, are read into `cells` and `seen`."""
        memory = self.memory
        assert memory.found is not None
        looked = []
        # The period first: where it says END 1ST, no clock is shown.
        for item in sorted(memory.found.layout.fields, key=lambda item: Kind.PERIOD not in item.holds):
            if set(item.holds) <= {Kind.TEAM_A, Kind.TEAM_B}:
                continue  # names stay
            field = item.moved(*memory.offset)
            part, tight = crop(image, field.box), crop(image, field.text_box)
            if part.size == 0:
                continue
            cell, before = cell_of(tight, part), seen.get(item.name)
            other = before is None or changed(cells.get(item.name), cell)
            again = before is not None and before.word.confidence < SURE and before.tries < _TRIES
            fresh = came or other or again or bool(set(memory.state.held) & set(item.holds))
            if other or again:
                word = self._word(part, tight, item.holds)
                cells[item.name] = cell
                if before is None or (other and not before.is_read_again(word)):
                    seen[item.name] = Seen(word, 1)
                else:  # of the same text the surer reading
                    surer = max(before.word, word, key=lambda one: one.confidence)
                    seen[item.name] = replace(before, word=surer, tries=before.tries + (not other))
            looked.append(_Looked(field, part, fresh, before.word.text if before is not None else None))
        return looked

    def _word(self, part: Image, tight: Image, holds: Sequence[Kind]) -> Word:
        """Read a field; where our own reader is not sure, it leaves away the room for longer text, which may hold a
        logo."""
        word = self._read_line(part)
        self.reads += 1
        if unclear(word, holds) and tight.size and not self._board:
            narrow = self._read_line(tight)
            self.reads += 1
            word = word if unclear(narrow, holds) else narrow
        return word

    def _second_word(self, one: _Looked, first: Seen, seconds: float) -> Seen:
        """A field as a second reader has it, if the first reading is unsure or odd, and the second is surer."""
        holds, state, word = one.field.holds, self.memory.state, first.word
        said, doubtful = meaning(holds, word.text), unclear(word, holds)
        # A period is believed for long: another one than before is for both readers to see.
        odd = said.period is not None and (
            number_of(state, said.period) not in (None, state.period) or said.period.phase != state.phase
        )
        if Kind.SHOT_CLOCK in holds:
            shown, first_one = said.shot_clock, state.shot_clock is None
            odd = odd or (said.blank and not first_one and word.confidence < _PLAINLY_BLANK)
            odd = odd or (shown is not None and (first_one or not fits_shot_clock(state, shown, seconds)))
        if not (doubtful or odd):
            return first
        other = self._read_again(one.part)
        self.second_reads += 1
        says = meaning(holds, other.text)
        told = not says.nothing and not (says.blank and not doubtful)
        if says == said and not said.nothing:
            word = Word(word.text, max(word.confidence, other.confidence, SURE))
        elif told and other.confidence >= (SURE if doubtful else word.confidence):
            word = other
        return Seen(word, first.tries + 1, ours=first.word)

    def _judge(
        self, state: GameState, image: Image, field: Field, word: Word, part: Image, seconds: float
    ) -> tuple[GameState, dict[str, Decision]]:
        decisions: dict[str, Decision] = {}
        said = meaning(field.holds, word.text)
        if Kind.CLOCK in field.holds and said.clock is None and not said.blank and not self._board:
            ended = said.period is None and state.phase != Phase.PLAY
            said = Meaning(blank=True) if ended else self._across(image, said)
        if said.period is not None:
            state, decisions["period"] = see_period(state, said.period, word.confidence, seconds)
        for name, kind in (("a", Kind.SCORE_A), ("b", Kind.SCORE_B)):
            if kind in field.holds:
                ask = said.score is not None and not (
                    said.score == getattr(state, kind.value) or waits(state, kind.value, said.score, seconds)
                )
                agreed = self._second(part, field.holds, lambda m: m.score, said.score) if ask else None
                if agreed and getattr(state, kind.value) is None and not self._board:
                    # Both readers would take in a digit of the picture beside it; without the room there is none.
                    tight = self._lines.read_line(crop(image, field.text_box))
                    agreed = meaning(field.holds, tight.text).score == said.score
                state, decisions[kind.value] = see_score(
                    state, name, Value(said.score, word.confidence, agreed), seconds
                )
        if Kind.CLOCK in field.holds:
            # Lamps flicker: a board that is dark for a moment says nothing, while a graphic's clock may be gone.
            if said.clock is None and (self._board or not said.blank) and said.period is None:
                decisions["clock"] = Decision(False, "no clock can be made out")
            else:
                ask = said.clock is not None and not (
                    fits_clock(state, said.clock, seconds) or waits(state, "clock", said.clock, seconds)
                )
                agreed = self._second(part, field.holds, lambda m: m.clock, said.clock) if ask else None
                state, decisions["clock"] = see_clock(state, Value(said.clock, word.confidence, agreed), seconds)
        if Kind.SHOT_CLOCK in field.holds:
            if said.shot_clock is not None or said.blank or (len(field.holds) > 1 and said.clock is not None):
                seen = Value(said.shot_clock, word.confidence)
                state, decisions["shot_clock"] = see_shot_clock(state, seen, seconds)
            else:
                decisions["shot_clock"] = Decision(False, "no shot clock can be made out")
        return state, decisions

    def _across(self, image: Image, said: Meaning) -> Meaning:
        """Where period and clock stand side by side, a graphic may write across both: END 1ST."""
        assert self.memory.found is not None
        parts = [field for field in self.memory.found.layout.fields if set(field.holds) <= {Kind.CLOCK, Kind.PERIOD}]
        if len(parts) != 2 or not _in_a_row(parts[0].box, parts[1].box):
            return said
        around = union([field.moved(*self.memory.offset).box for field in parts])
        word = self._lines.read_line(crop(image, around))
        self.reads += 1
        whole = meaning((Kind.PERIOD, Kind.CLOCK), word.text)
        # A clock that could not be read is not a clock that is not there: only words in its place tell that.
        told = whole.clock is not None or (whole.period is not None and whole.period.phase != Phase.PLAY)
        return whole if told and word.confidence >= SURE else said

    def _second(
        self, part: Image, holds: Sequence[Kind], of: Callable[[Meaning], float | None], value: float | None
    ) -> bool:
        """Whether a second text reader reads the same in this picture."""
        self.second_reads += 1
        return of(meaning(holds, self._read_again(part).text)) == value

    @property
    def _board(self) -> bool:
        """Whether what is followed is a filmed board."""
        return self.memory.found is not None and self.memory.found.layout.board

    def _read_line(self, part: Image) -> Word:
        return self._board_lines().read_line(part) if self._board else self._lines.read_line(part)

    def _read_again(self, part: Image) -> Word:
        return self._board_lines().read_again(part) if self._board else self._finder.read_line(part)

    def _board_lines(self) -> BoardLines:
        return BoardLines(shipped_lamps(), self._lines)

    def _reading(
        self, seconds: float, fields: tuple[FieldReading, ...], found: Found | None, *, accepted: bool, reason: str
    ) -> Reading:
        layout = self.memory.found.layout if self.memory.found else None
        return Reading(
            seconds=seconds,
            fields=fields,
            state=self.memory.state,
            said=said_by(fields),
            team_a=layout.team_a if layout else None,
            team_b=layout.team_b if layout else None,
            box=found.layout.moved(*self.memory.offset).box if found else None,
            accepted=accepted,
            reason=reason,
        )


def _fields(looked: Sequence[_Looked], seen: Mapping[str, Seen]) -> list[FieldReading]:
    return [FieldReading(one.field.holds, one.field.box, seen[one.field.name].word, {}) for one in looked]


def _stands(state: GameState, said: Meaning, seconds: float) -> GameState:
    """What is believed, when a field shows what it showed: clocks that are known stand."""
    if said.clock is not None and said.clock == state.clock:
        state = replace(state, clock_seen=seconds)
    if said.shot_clock is not None and said.shot_clock == state.shot_clock:
        state = replace(state, shot_seen=seconds)
    return state


def _in_a_row(one: Box, two: Box) -> bool:
    shared = min(one[3], two[3]) - max(one[1], two[1])
    return shared >= 0.5 * min(one[3] - one[1], two[3] - two[1])


def _believed(state: GameState) -> tuple[object, ...]:
    return state.clock, state.period, state.phase, state.score_a, state.score_b, state.shot_clock
