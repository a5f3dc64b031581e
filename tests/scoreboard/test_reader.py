"""What the reader makes of words in the place of the clock, and how often it reads a picture. No models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bbva_core.game import Phase
from bbva_core.ocr.types import Image, Word
from bbva_core.scoreboard import Field, Found, Kind, Layout, Memory, Probe, ScoreboardReader, Window
from bbva_core.scoreboard.locate import locate
from bbva_core.scoreboard.memory import Seen
from bbva_core.scoreboard.rules import GameState
from bbva_core.scoreboard.template import Template
from bbva_core.scoreboard.window import WHOLE
from tests.ocr.fakes import FakeReader

PICTURE = np.zeros((40, 200, 3), np.uint8)
CLOCK, PERIOD, SCORE = (100, 0, 160, 20), (0, 0, 90, 20), (0, 20, 40, 40)
NARROW_SCORE = (10, 20, 30, 40)


class Lines:
    """Reads fields by their width; both fields of the upper row together are 160 pixels wide."""

    name = "fake"

    def __init__(self, says: dict[int, str], confidence: float = 0.95) -> None:
        self.says, self.confidence = says, confidence

    def read_line(self, field: Image) -> Word:
        return Word(self.says.get(field.shape[1], ""), self.confidence)

    def close(self) -> None:
        pass


class Finder(FakeReader):
    """Reads fields as `Lines` does."""

    def __init__(self, says: dict[int, str], confidence: float = 0.95) -> None:
        super().__init__()
        self.lines = Lines(says, confidence)

    def read_line(self, field: Image) -> Word:
        return self.lines.read_line(field)


DRAWN = Window((0, 0, 200, 40))


def reader(says: dict[int, str], state: GameState, *, second: Finder | None = None) -> ScoreboardReader:
    fields = (
        Field((Kind.CLOCK,), CLOCK, CLOCK),
        Field((Kind.PERIOD,), PERIOD, PERIOD),
        Field((Kind.SCORE_A,), SCORE, NARROW_SCORE),
    )
    template = Template((0, 0, 200, 40), PICTURE[..., 0], np.zeros((40, 200), bool))
    memory = Memory(found=Found(Layout((0, 0, 200, 40), fields), template), state=state)
    finder = second or Finder(says)
    return ScoreboardReader(finder, Lines(says), look_ahead=lambda _: [], window=DRAWN, memory=memory)


PLAYING = GameState(clock=0.0, clock_seen=1.0, period=2, score_a=7)


def test_where_the_period_says_that_it_is_over_a_text_in_the_place_of_the_clock_is_no_clock() -> None:
    read = reader({60: "2", 90: "END 2Q", 40: "7"}, PLAYING)
    for frame in range(3):
        read.look(PICTURE, 1.1 + frame / 30)
    state = read.memory.state
    assert (state.clock, state.period, state.phase, state.ended) == (None, 2, Phase.ENDED.value, 2)


def test_of_a_score_that_goes_on_rising_both_readers_are_asked_anew() -> None:
    says = {60: "0:00", 90: "2ND", 40: "12"}
    read = reader(says, PLAYING)
    for look, shown in enumerate(("12", "14", "14")):  # every five seconds, and too much for one basket
        says[40] = shown
        read.look(PICTURE + np.uint8(40 * look), 5.0 * (look + 1))
    assert read.memory.state.score_a == 14


def test_a_clock_behind_a_word_is_not_seen_to_stand() -> None:
    state = GameState(clock=300.0, clock_seen=1.0, period=2, score_a=7)
    says = {60: "5:00", 90: "2ND", 40: "7"}
    read = reader(says, state)
    for seconds in (1.1, 2.0):
        read.look(PICTURE, seconds)
    assert read.memory.state.clock_seen == 2.0
    says[60] = "REVIEW"
    for seconds in (3.0, 4.0, 5.0):
        read.look(PICTURE + np.uint8(90), seconds)
    assert (read.memory.state.clock, read.memory.state.clock_seen) == (300.0, 2.0)


@pytest.mark.parametrize("across", ["2ND 11:211", "2ND"])
def test_a_clock_that_is_misread_is_not_taken_for_one_that_is_not_there(across: str) -> None:
    state = GameState(clock=681.0, clock_seen=1.0, period=2, score_a=7)
    reading = reader({60: "11:211", 90: "2ND", 160: across, 40: "7"}, state).look(PICTURE, 1.1)
    assert reading is not None
    assert reading.state.clock == 681.0


def test_the_picture_that_was_looked_at_first_is_not_read_again() -> None:
    finder = Finder({})
    assert locate(finder, Lines({}), [Probe(0.0, PICTURE), Probe(1.0, PICTURE)], first=[]) is None
    assert len(finder.sizes) == 1


def test_a_place_that_was_drawn_narrow_makes_no_huge_picture() -> None:
    finder = FakeReader()
    slip = np.zeros((700, 12, 3), np.uint8)  # of the mouse
    assert locate(finder, Lines({}), [Probe(0.0, slip), Probe(1.0, slip)], drawn=True) is None
    assert max(max(size) for size in finder.sizes) <= 4 * 700


def test_a_first_score_that_is_another_without_the_room_beside_it_waits_to_be_confirmed() -> None:
    state = GameState(clock=0.0, clock_seen=1.0, period=2)
    says = {60: "0:01", 90: "2ND"}
    reading = reader({**says, 40: "31", 20: "3"}, state).look(PICTURE, 1.0)
    assert reading is not None
    assert reading.state.score_a is None
    reading = reader({**says, 40: "3", 20: "3"}, state).look(PICTURE, 1.0)
    assert reading is not None
    assert reading.state.score_a == 3


def test_a_field_that_is_doubtful_with_the_room_beside_it_is_read_without() -> None:
    # Forty pixels wide it holds a logo that is no digit; twenty pixels wide it does not.
    read = reader({160: "1:00", 60: "1:00", 90: "Q2", 40: "@ 20", 20: "20"}, GameState(clock=60.0, clock_seen=0.0))
    reading = [read.look(PICTURE, seconds) for seconds in (0.0, 0.2, 0.4)]
    assert reading[0] is not None
    assert read.memory.state.score_a == 20


@pytest.mark.parametrize(("confidence", "period"), [(0.98, 4), (0.5, 3)])
@pytest.mark.parametrize("before", [None, 2])
@pytest.mark.parametrize("gone_since", [None, 0.5])
def test_of_two_readings_of_another_period_the_surer_one_counts(
    confidence: float, period: int, before: int | None, gone_since: float | None
) -> None:
    says = {60: "0:01", 40: "7"}
    second = Finder({**says, 90: "Q4"}, confidence)
    state = GameState(clock=1.0, clock_seen=1.0, score_a=7, period=before)
    read = reader({**says, 90: "Q3"}, state, second=second)
    read.memory = replace(read.memory, gone_since=gone_since)
    for number in range(40):  # a period that does not follow is believed late
        read.look(PICTURE, 1.1 + number / 25)
    assert read.memory.state.period == period
    assert read.second_reads == 1


def test_an_overtime_is_for_both_readers_to_see() -> None:
    says = {60: "0:01", 40: "7"}
    second = Finder({**says, 90: "Q4"}, 0.99)
    read = reader({**says, 90: "QT"}, GameState(clock=1.0, clock_seen=1.0, score_a=7, period=4), second=second)
    for number in range(20):
        read.look(PICTURE, 1.1 + number / 25)
    assert read.memory.state.period == 4


def test_a_second_reader_that_sees_nothing_does_not_take_back_a_sure_period() -> None:
    says = {60: "0:01", 40: "7"}
    second = Finder(says, 0.97)
    read = reader({**says, 90: "Q2"}, GameState(clock=1.0, clock_seen=1.0, score_a=7, period=1), second=second)
    for number in range(20):
        read.look(PICTURE, 1.1 + number / 25)
    assert read.memory.state.period == 2


def test_the_period_that_was_there_before_is_for_one_reader_alone() -> None:
    read = reader({60: "0:00", 90: "2ND", 40: "7"}, PLAYING)
    assert read.look(PICTURE, 1.1) is not None
    assert read.second_reads == 0


def test_a_scoreboard_of_which_nothing_can_be_read_is_gone_until_it_can_be_read_again() -> None:
    says = {60: "0:00", 90: "2ND", 40: "7"}
    lines = dict(says)
    read = reader(lines, PLAYING)
    assert read.look(PICTURE, 1.1) is not None
    lines.clear()
    lines[40] = "3"  # in noise a digit may be read now and then
    dark = PICTURE + np.uint8(90)
    gone = [read.look(picture, 2.0 + number) for number, picture in enumerate((dark, dark, dark))]
    assert [reading and (reading.box, reading.accepted) for reading in gone] == [(None, False), None, None]
    asked, reads = read.second_reads, read.reads
    assert read.look(dark, 5.2) is None
    assert (read.second_reads, read.reads) == (asked, reads)  # what looks the same is not read again
    assert read.look(PICTURE + np.uint8(200), 4.3) is None
    assert read.second_reads == asked  # nor is the second reader asked about all that flickers
    assert read.reads > reads
    assert read.memory.state.clock == 0.0
    lines.update(says)
    back = read.look(PICTURE + np.uint8(40), 5.5)
    assert back is not None
    assert (back.accepted, back.state.clock, back.state.score_a, back.state.period) == (True, 0.0, 7, 2)


def test_a_shot_clock_that_is_not_where_it_may_be_is_for_both_readers_to_see() -> None:
    field = Field((Kind.SHOT_CLOCK,), (160, 0, 190, 20), (160, 0, 190, 20))
    says = {60: "0:00", 90: "2ND", 40: "7"}
    second = Finder({**says, 30: "12"}, 0.99)
    state = GameState(clock=0.0, clock_seen=0.9, period=2, score_a=7, shot_clock=13.0, shot_seen=0.9)
    read = reader({**says, 30: "2"}, state, second=second)
    assert read.memory.found is not None
    layout = read.memory.found.layout
    found = replace(read.memory.found, layout=replace(layout, fields=(*layout.fields, field)))
    read.memory = replace(read.memory, found=found)
    reading = read.look(PICTURE, 1.1)
    assert reading is not None
    assert reading.state.shot_clock == 12.0


def test_a_text_that_our_reader_reads_as_before_is_not_asked_about_again() -> None:
    sure, unsure = Word("7", 0.95), Word("7", 0.8)
    assert Seen(sure, 2, ours=unsure).is_read_again(Word("7", 0.78))
    assert not Seen(sure, 2, ours=unsure).is_read_again(Word("7", 0.5))
    assert not Seen(sure, 2, ours=unsure).is_read_again(Word("1", 0.8))
    assert not Seen(sure, 1).is_read_again(unsure)
    assert Seen.from_list(Seen(sure, 2, ours=unsure).to_list()) == Seen(sure, 2, ours=unsure)


class Places:
    """A template that looks like itself at some places, and finds the best of those that it is shown."""

    usable = True

    def __init__(self, **alike: float) -> None:
        self.alike = alike
        self.searches = 0

    def likeness(self, _image: Image, dx: int = 0, dy: int = 0) -> float:
        return self.alike.get({(0, 0): "home", (0, 5): "part", (0, 9): "there"}[dx, dy], 0.0)

    def find(self, _image: Image) -> tuple[int, int] | None:
        self.searches += 1
        best = max(self.alike, key=self.alike.__getitem__)
        return {"home": (0, 0), "part": (0, 5), "there": (0, 9)}[best]


def following(places: Places, window: Window = WHOLE) -> ScoreboardReader:
    read = reader({60: "0:00", 90: "2ND", 40: "7"}, PLAYING)
    assert read.memory.found is not None
    memory = replace(read.memory, found=replace(read.memory.found, template=places))  # type: ignore[arg-type]
    lines = Lines({60: "0:00", 90: "2ND", 40: "7"})
    return ScoreboardReader(Finder({}), lines, look_ahead=lambda _: [], memory=memory, window=window)


def test_a_bug_that_slid_is_looked_for_again_until_it_has_settled() -> None:
    places = Places(part=0.75, there=0.56)  # while it slides, a part of it looks more like it
    read = following(places)
    offsets = []
    for number in range(60):
        if number == 5:
            places.alike = {"part": 0.6, "there": 0.68}
        read.look(PICTURE, 10.0 + number / 10)
        offsets.append(read.memory.offset)
    assert offsets[0] == (0, 5)
    assert offsets[9:] == [(0, 9)] * 51
    assert places.searches < 12  # and then no more


def test_a_bug_that_slides_in_a_place_that_was_drawn_is_followed() -> None:
    places = Places(home=0.9)
    read = following(places, DRAWN)
    for number in range(30):
        if number == 5:
            places.alike = {"there": 0.9}
        read.look(PICTURE, 10.0 + number / 10)
    assert read.memory.offset == (0, 9)


def test_where_it_is_a_bug_is_not_looked_for_though_another_place_looks_like_it() -> None:
    places = Places(home=0.5, part=0.6)
    read = following(places)
    for number in range(30):
        read.look(PICTURE, 10.0 + number / 10)
    assert (read.memory.offset, places.searches) == ((0, 0), 0)


def test_a_place_that_looks_a_little_like_the_bug_is_none_to_slide_to() -> None:
    read = following(Places(home=0.3, part=0.5))
    read.look(PICTURE, 10.0)
    assert read.memory.gone_since == 10.0


def test_a_bug_that_is_gone_for_long_is_looked_for_now_and_then_only() -> None:
    places = Places(part=0.1)
    read = following(places)
    for number in range(40 * 25):  # longer than a break: a search costs more than a frame
        read.memory = replace(read.memory, search_at=1e9)
        read.look(PICTURE, 10.0 + number / 25)
    assert 20 < places.searches < 40
    places.alike = {"home": 0.9}
    assert read.look(PICTURE, 50.0) is not None
