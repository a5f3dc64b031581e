"""Which text is what: scores among ranks, fouls and news; a clock among shot clocks; names among sponsors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bbva_core.scoreboard.assign import Assignment, assign
from bbva_core.scoreboard.layout import Kind
from bbva_core.scoreboard.slots import Slot

TIMES = (0.0, 0.7, 1.5, 3.0, 6.0)
CLOCK = ("7:22", "7:22", "7:21", "7:19", "7:16")


def slot(x: float, text: str | Sequence[str], *, y: float = 100, wide: float = 40, letters: float = 12) -> Slot:
    """A text 20 pixels high in all pictures."""
    texts = [text] * len(TIMES) if isinstance(text, str) else text
    return Slot((x, y, x + wide, y + 20), 20.0, dict(enumerate(texts)), 1.0, letters)


def shown(found: Assignment | None) -> dict[str, str]:
    """What each field says in the first picture, by what it holds."""
    assert found is not None
    return {" ".join(holds): slot.texts[0] for slot, holds in found.fields}


def test_a_rank_before_a_name_is_no_score() -> None:
    slots = [
        slot(0, "5", wide=14, letters=7),
        slot(18, "BUL"),
        slot(70, "101"),
        slot(120, "12", wide=16, letters=7),
        slot(140, "OTT"),
        slot(190, "110"),
        slot(240, "Q4", wide=25),
        slot(280, CLOCK),
    ]
    found = shown(assign(slots, TIMES))
    assert (found["score_a"], found["score_b"], found["period"]) == ("101", "110", "Q4")


def test_a_number_between_only_one_of_two_scores_and_its_name_is_one_of_them() -> None:
    slots = [
        slot(0, "COM", wide=60),
        slot(70, "90"),
        slot(115, "3", wide=14),
        slot(140, CLOCK),
        slot(190, "51"),
        slot(240, "STA", wide=60),
    ]
    found = shown(assign(slots, TIMES))
    assert (found["score_a"], found["score_b"], found["period"]) == ("90", "51", "3")


def test_a_number_that_stands_while_the_clock_runs_is_no_shot_clock() -> None:
    teams = [slot(0, "93"), slot(60, "69"), slot(110, "1ST"), slot(160, CLOCK)]
    assert "shot_clock" not in shown(assign([*teams, slot(210, ":18")], TIMES))
    running = slot(210, (":18", ":18", ":17", ":15", ":12"))
    assert shown(assign([*teams, running], TIMES))["shot_clock"] == ":18"


def test_of_two_clocks_the_one_that_runs_is_the_clock_though_it_is_not_always_there() -> None:
    slots = [
        slot(0, "95"),
        slot(60, "108"),
        slot(110, ("2ND", "2ND", "2ND", "END 2ND", "END 2ND")),
        Slot((160, 100, 200, 120), 20.0, {0: "5.0", 1: "4.4", 2: "3.5"}, 1.0, 12),
        slot(230, ":18"),
    ]
    assert shown(assign(slots, TIMES))["clock"] == "5.0"


@pytest.mark.parametrize(
    ("first", "left", "beside", "name"),
    [
        ("NOVA AIRLEAGUE HAW", 15, True, "HAW"),
        ("SAN ANTONIO", 101, False, "SAN ANTONIO"),
    ],
    ids=["a sponsor in its row", "a longer name that ends where the other does"],
)
def test_a_name_begins_below_the_other_where_something_else_stands_before_it(
    first: str, left: float, beside: bool, name: str
) -> None:
    slots = [
        slot(left, first, wide=194 - left),
        slot(210, "96"),
        slot(140, "OTT", y=126, wide=48),
        slot(210, "68", y=126),
        *([slot(24, "3Q", y=126, wide=25), slot(55, CLOCK, y=126)] if beside else [slot(270, CLOCK)]),
    ]
    found = assign(slots, TIMES)
    assert found is not None
    assert found.names == (name, "OTT")
    assert any(Kind.SCORE_A in holds for _, holds in found.fields)


def test_fouls_behind_scores_are_no_scores_though_they_are_written_as_large() -> None:
    slots = [slot(0, CLOCK, y=100), slot(0, "3RD", y=126, wide=30)]
    for y, name, score, fouls in ((100, "ROY", "55", "3"), (126, "RIV", "47", "4")):
        slots += [slot(60, name, y=y), slot(120, score, y=y), slot(170, fouls, y=y, wide=14)]
    found = shown(assign(slots, TIMES))
    assert (found["score_a"], found["score_b"]) == ("55", "47")


def test_a_number_that_rises_by_a_basket_is_no_rank() -> None:
    slots = [
        slot(0, "5", wide=14, letters=13),
        slot(20, "LIONS", wide=60),
        slot(90, ("1", "1", "1", "1", "3"), wide=14),
        slot(120, "12", wide=30, letters=13),
        slot(155, "TECH", wide=50),
        slot(215, "15", wide=30),
        slot(260, "4Q", wide=25),
        slot(300, CLOCK),
    ]
    found = shown(assign(slots, TIMES))
    assert (found["score_a"], found["score_b"]) == ("1", "15")


def test_words_that_are_seldom_there_name_no_team() -> None:
    seldom = (Slot((x, 130, x + 90, 150), 20.0, {3: "GREEN BANK", 4: "GREEN BANK"}, 1.0, 12) for x in (70, 180))
    slots = [
        slot(0, "LIONS", wide=60),
        slot(90, "21"),
        slot(140, "TECH", wide=50),
        slot(215, "15", wide=30),
        slot(300, CLOCK),
        *seldom,
    ]
    found = assign(slots, TIMES)
    assert found is not None
    assert found.names == ("LIONS", "TECH")


def test_words_of_the_court_that_say_something_else_each_time_name_no_team() -> None:
    floor = [
        slot(150, ("AIR", "ZAIR", "AGUE", "A AIR", "IR"), y=96, wide=60),
        slot(152, ("AIR", "AGUE", "GUE", "AIRL", "EAGU"), y=126, wide=60),
    ]
    teams = [slot(-60, "TEC"), slot(110, "97", wide=30), slot(-60, "BEA", y=130), slot(110, "88", y=130, wide=30)]
    found = assign([*teams, slot(240, CLOCK), *floor], TIMES)
    assert found is not None
    assert found.names == ("TEC", "BEA")


def test_names_in_boxes_of_other_heights_are_known_by_their_letters() -> None:
    tall = replace(slot(240, "STA", wide=60), height=32.0)
    found = assign([slot(0, "NOR", wide=60), slot(80, "74"), slot(130, CLOCK), slot(185, "48"), tall], TIMES)
    assert found is not None
    assert found.names == ("NOR", "STA")


def test_words_that_change_or_stand_in_two_rows_name_no_teams() -> None:
    court = [
        slot(60, ("NOVA AIR", "N OVA AIR", "OVA AIR", "NOVA AIR", "NOVA"), y=84, wide=150),
        slot(50, "MEGAPHONE", y=64, wide=170),
    ]
    slots = [slot(0, "HAW"), slot(55, "114"), slot(110, "RIV"), slot(175, "83"), slot(230, CLOCK), *court]
    found = assign(slots, TIMES)
    assert found is not None
    assert found.names == ("HAW", "RIV")


def test_of_two_clocks_that_run_the_longer_one_is_the_clock() -> None:
    slots = [slot(0, "62"), slot(60, "29"), slot(110, "1ST")]
    slots += [slot(160, (":24", ":24", ":23", ":21", ":18")), slot(230, ("35.1", "34.4", "33.6", "32.1", "29.1"))]
    assert shown(assign(slots, TIMES))["clock"] == "35.1"


def test_each_name_stands_in_the_row_of_its_own_score() -> None:
    def row(x: float, text: str, y: float, wide: float) -> Slot:
        return Slot((x, y, x + wide, y + 20), 20.0, dict.fromkeys(range(5), text), 1.0, 12)

    slots = [
        row(0, "NOVA AIR LEAGUE", 103, 95),
        row(100, "ROYALS", 102, 54),
        Slot((215, 100, 240, 122), 21.8, dict.fromkeys(range(5), "80"), 1.0, 13),
        row(102, "NORTH", 123, 48),
        Slot((212, 121, 242, 144), 23.6, dict.fromkeys(range(5), "24"), 1.0, 13),
        slot(40, CLOCK, y=123, wide=38),
    ]
    found = assign(slots, TIMES)
    assert found is not None
    assert found.names == ("ROYALS", "NORTH")


def test_an_o_that_was_read_as_zero_is_a_letter_of_the_name() -> None:
    slots = [slot(0, "0TT"), slot(55, "19"), slot(110, "76ERS"), slot(175, "118"), slot(230, CLOCK)]
    found = assign(slots, TIMES)
    assert found is not None
    assert found.names == ("OTT", "76ERS")


def test_scores_in_boxes_of_other_heights_are_known_by_their_letters() -> None:
    low = Slot((140, 104, 158, 117.5), 13.5, dict.fromkeys(range(5), "8"), 1.0, 10)
    slots = [slot(0, "5", wide=14, letters=6), slot(30, "NORTH", wide=60), low, slot(170, "12", wide=16, letters=6)]
    slots += [slot(200, "COAST", wide=60), slot(280, "53", letters=10), slot(330, CLOCK, letters=10)]
    found = shown(assign(slots, TIMES))
    assert (found["score_a"], found["score_b"]) == ("8", "53")


def test_the_last_digit_of_the_clock_that_was_found_a_second_time_is_no_shot_clock() -> None:
    teams = [slot(0, "93"), slot(60, "69"), slot(110, "1ST"), slot(160, CLOCK)]
    assert "shot_clock" not in shown(assign([*teams, slot(186, ("2", "2", "1", "9", "6"), wide=20)], TIMES))


def test_a_number_of_the_court_that_is_seen_now_and_then_is_no_score() -> None:
    # The box of 61 is tall, because a text finder took it and the words behind it for one line.
    tall = Slot((180, 83, 230, 138), 55.0, dict(enumerate(["61"] * 5)), 1.0, 32)
    court = Slot((240, 80, 300, 140), 60.0, {1: "28", 2: "28"}, 1.0, 34)
    found = assign([slot(0, "HAR"), slot(60, "67", letters=18), slot(120, CLOCK), tall, court], TIMES)
    assert "28" not in shown(found).values()


def test_a_clock_painted_on_the_court_is_none_beside_one_that_runs() -> None:
    def four(x: float, *texts: str) -> Slot:
        return Slot((x, 100, x + 40, 120), 20.0, dict(zip((0, 1, 3, 4), texts, strict=True)), 1.0, 12)

    bug = [four(0, *["13"] * 4), four(50, *["2Q"] * 4), four(100, *CLOCK[1:]), four(150, "20", "20", "17", "14")]
    painted = Slot((200, 96, 260, 126), 30.0, {3: "5:00", 4: "5:00"}, 1.0, 20)
    assert shown(assign([*bug, painted], TIMES))["clock"] == "7:22"
