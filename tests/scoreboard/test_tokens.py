"""Lines that a text finder has run together are cut into fields, and names are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bbva_core.ocr.types import TextLine
from bbva_core.scoreboard.tokens import cut_lines

HEIGHT, WIDE = 20.0, 10.0
BLANK = np.full((40, 900, 3), 30, np.uint8)


def line(text: str, gap: float = 12.0, *, marked: bool = True) -> TextLine:
    """A line in which every `_` is a gap of so many pixels."""
    marks, x = [], 20.0
    for mark in text:
        if mark == "_":
            x += gap
        else:
            marks.append((x, x + WIDE))
            x += WIDE
    letters = text.replace("_", "")
    return TextLine(letters, 0.9, (18.0, 8.0, x + 2, 8.0 + HEIGHT), tuple(marks) if marked else ())


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("43_NORTH", ["43", "NORTH"]),
        ("43NORTH", ["43", "NORTH"]),
        ("4TH_46.4_SHARKS_114", ["4TH", "46.4", "SHARKS", "114"]),
        ("1ST_10:55:16", ["1ST", "10:55", ":16"]),
        ("2_1ST_11:20", ["2", "1ST", "11:20"]),
        ("0:19.512", ["0:19.5", "12"]),
        ("193RD_QTR", ["19", "3RD QTR"]),
        ("UNITEDQ4", ["UNITED", "Q4"]),
        ("NORTH1162OT5.8", ["NORTH", "116", "2OT", "5.8"]),
        ("582OT", ["58", "2OT"]),
        ("112OT", ["112", "OT"]),
        ("ROYALSQ44:37", ["ROYALS", "Q4", "4:37"]),
        ("ROYALSQ1_12:00", ["ROYALS", "Q1", "12:00"]),
        ("RAVENS(12-7)", ["RAVENS", "(12-7)"]),
        ("Q4_2:17_4.2", ["Q4", "2:17", "4.2"]),
        ("03_:_44", ["03:44"]),
        ("24_:07", ["24", ":07"]),
        ("308:04", ["3", "08:04"]),
        ("10412:45", ["104", "12:45"]),
        ("1042:45", ["104", "2:45"]),
        ("20T17", ["20T", "17"]),
        ("END_1ST", ["END 1ST"]),
        ("2ND_QTR", ["2ND QTR"]),
        ("2OT", ["2OT"]),
        ("OTTERS", ["OTTERS"]),
        ("BULLDOGS", ["BULLDOGS"]),
        ("]S", ["]S"]),
        ("Q13:54", ["Q1", "3:54"]),
        ("Q112:00", ["Q1", "12:00"]),
        ("Q3_41.9", ["Q3", "41.9"]),
        ("OT1:15", ["OT", "1:15"]),
        ("20T", ["20T"]),
        ("2NDQTRROYALS", ["2NDQTR", "ROYALS"]),
        ("TONIGHT:18-26", ["TONIGHT", ":", "18-26"]),
        ("ROYALS_10712", ["ROYALS"]),
    ],
)
def test_lines_are_cut_by_what_their_characters_are(text: str, tokens: list[str]) -> None:
    assert [token.text for token in cut_lines(BLANK, [line(text)])] == tokens


@pytest.mark.parametrize(("text", "tokens"), [("11_2:45", ["11", "2:45"]), ("1_12:45", ["1", "12:45"])])
def test_a_number_and_a_clock_that_ran_together_are_cut_at_the_wider_gap(text: str, tokens: list[str]) -> None:
    assert [token.text for token in cut_lines(BLANK, [line(text, gap=4)])] == tokens
    after = [token.text for token in cut_lines(BLANK, [line(f"NETS____{text}", gap=4)])]
    assert after == ["NETS", *tokens]


def test_words_of_one_name_stay_together_and_others_do_not() -> None:
    assert [token.text for token in cut_lines(BLANK, [line("REAL_MADRID", 9.0)])] == ["REAL MADRID"]
    assert [token.text for token in cut_lines(BLANK, [line("LEAGUE_EAGLES", 14.0)])] == ["LEAGUE", "EAGLES"]


def test_a_gap_between_letters_is_no_blank_where_there_is_ink() -> None:
    picture = BLANK.copy()
    picture[14:22, 20:62] = 250
    assert [token.text for token in cut_lines(picture, [line("HAW_KS", 9.0)])] == ["HAWKS"]


def test_two_digits_far_apart_that_were_read_as_one_number_are_no_number() -> None:
    assert cut_lines(BLANK, [TextLine("59", 0.9, (4.0, 8.0, 259.0, 40.0))]) == []


def test_a_zero_read_in_front_of_a_name_is_a_letter_of_it() -> None:
    assert [token.text for token in cut_lines(BLANK, [line("50_0TTERS")])] == ["50", "0TTERS"]


def test_the_cut_is_where_there_is_least_ink() -> None:
    picture = np.full((40, 200, 3), 30, np.uint8)
    picture[12:24, 20:40] = 250
    picture[12:24, 52:102] = 250
    left, right = cut_lines(picture, [line("43_NORTH")])
    assert left.box[2] == pytest.approx(46, abs=2)
    assert right.box[0] == pytest.approx(46, abs=4)


def test_an_engine_that_does_not_tell_where_characters_are_is_helped_out() -> None:
    tokens = cut_lines(BLANK, [TextLine("43 NORTH", 0.9, (20.0, 8.0, 100.0, 28.0))])
    assert [token.text for token in tokens] == ["43", "NORTH"]
    assert tokens[0].box[2] <= tokens[1].box[0] + 1


def test_a_number_has_no_more_room_than_its_characters() -> None:
    # The text finder took a logo to the left of the number into its box, and read nothing there.
    found = TextLine("20", 0.9, (20.0, 8.0, 80.0, 28.0), ((58.0, 67.0), (68.0, 78.0)))
    (token,) = cut_lines(BLANK, [found])
    assert token.text == "20"
    assert token.box == (50.0, 8.0, 80.0, 28.0)


def cells(*edges: tuple[int, int]) -> np.ndarray[Any, Any]:
    """A row of cells, each with its right edge and its brightness."""
    picture = np.full((40, 900, 3), 30, np.uint8)
    left = 0
    for right, bright in edges:
        picture[:, left:right] = bright
        left = right
    return picture


def test_a_line_is_cut_where_one_cell_ends_and_another_begins() -> None:
    # From x 20 on every letter is 10 pixels wide, and gaps are too narrow to tell.
    text = line("LEAGUE_TIG", gap=6)
    assert [token.text for token in cut_lines(cells((82, 20), (900, 120)), [text])] == ["LEAGUE", "TIG"]
    separated = cells((81, 20), (84, 200), (900, 20))
    assert [token.text for token in cut_lines(separated, [text])] == ["LEAGUE", "TIG"]
    assert [token.text for token in cut_lines(BLANK, [text])] == ["LEAGUE TIG"]


def test_a_period_in_a_cell_of_its_own_is_no_minute() -> None:
    text = line("3_:04.4", gap=6)
    assert [token.text for token in cut_lines(cells((33, 90), (900, 20)), [text])] == ["3", ":04.4"]
    assert [token.text for token in cut_lines(BLANK, [text])] == ["3:04.4"]


def test_a_number_is_not_cut_where_the_picture_behind_it_changes() -> None:
    for text in ("73", ":20", "1:15", "4.5"):
        edge = 20 + 10 * len(text) - 9  # between the last two characters
        assert [token.text for token in cut_lines(cells((edge, 90), (900, 20)), [line(text, gap=6)])] == [text]
    joined = [token.text for token in cut_lines(cells((53, 20), (900, 120)), [line("119_12", gap=6)])]
    assert joined == ["119", "12"]
    uneven = cells((82, 20), (900, 120))
    uneven[:13] = 250  # the line reaches beyond the graphic
    assert [token.text for token in cut_lines(uneven, [line("LEAGUE_TIG", gap=6)])] == ["LEAGUE TIG"]


def test_a_blank_that_the_engine_reads_between_digits_parts_two_numbers_that_stand_close() -> None:
    found = line("42_37", gap=5)
    assert [token.text for token in cut_lines(BLANK, [replace(found, text="42 37")])] == ["42", "37"]
    assert [token.text for token in cut_lines(BLANK, [found])] == []  # no scoreboard shows 4237
    together = line("42_37", gap=2)
    assert [token.text for token in cut_lines(BLANK, [replace(together, text="4 237")])] == []


def test_a_dash_that_the_engine_reads_blanks_around_parts_two_scores() -> None:
    found = line("55_-_89", gap=4)
    assert [token.text for token in cut_lines(BLANK, [replace(found, text="55 - 89")])] == ["55", "-", "89"]
    assert [token.text for token in cut_lines(BLANK, [found])] == ["55-89"]


def test_an_edge_is_no_number() -> None:
    assert cut_lines(BLANK, [TextLine("1", 0.9, (267.0, 8.0, 270.0, 28.0))]) == []


def test_a_dash_beside_a_number_that_no_record_has_parts_two_scores() -> None:
    assert [token.text for token in cut_lines(BLANK, [line("106-73")])] == ["106", "-", "73"]


@pytest.mark.parametrize(("gap", "tokens"), [(7, ["40", "-", "26"]), (1, ["40-26"])])
def test_a_dash_that_stands_apart_parts_two_scores_and_one_of_a_record_does_not(gap: float, tokens: list[str]) -> None:
    assert [token.text for token in cut_lines(BLANK, [line("4_0_-_2_6", gap=gap)])] == tokens
