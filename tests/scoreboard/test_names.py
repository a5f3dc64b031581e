"""How the name of a team is written, when two readers see it differently."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bbva_core.ocr.types import Word
from bbva_core.scoreboard.names import name_of, spelled
from bbva_core.scoreboard.slots import Slot


def words(text: str, confidence: float = 0.95, times: int = 5) -> list[Word]:
    return [Word(text, confidence)] * times


@pytest.mark.parametrize(
    ("name", "ours", "said"),
    [
        ("OπT", "OTT", "OTT"),
        ("HAW KS", "HAWKS", "HAWKS"),
        ("COMETS", "COME TS", "COMETS"),
        ("REALMADRID", "REAL MADRID", "REAL MADRID"),
        ("Real Madrid", "REAL MADRID", "Real Madrid"),
        ("Žalgiris", "ZALGIRIS", "Žalgiris"),
    ],
)
def test_our_reader_knows_where_blanks_and_strange_letters_are_wrong(name: str, ours: str, said: str) -> None:
    assert spelled(name, [name] * 5, words(ours)) == said


@pytest.mark.parametrize(
    ("seen", "ours", "said"),
    [
        (["SHARK", "SHARK", "HARK", "SHARKS"], "SHARKS", "SHARKS"),
        (["NOVA AIR UNITED", "NOVA AIR UNITED", "UNITED", "NOVA UNITED"], "UNITED", "UNITED"),
        (["BEARS", "BEARS", "BEARS", "BEARS"], "BBARS", "BEARS"),
    ],
    ids=["cut off", "with a neighbour", "beyond doubt"],
)
def test_our_reader_spells_a_name_that_the_text_finder_is_in_doubt_of(
    seen: Sequence[str], ours: str, said: str
) -> None:
    assert spelled(seen[0], seen, words(ours)) == said


@pytest.mark.parametrize(
    ("name", "ours"),
    [("BULLDOGS", "ULLDOG"), ("LIONS", "3"), ("LIONS", ""), ("LIONS", "NOVA AIR"), ("LIONS", "QTR")],
    ids=["a part of it", "no word", "nothing", "another", "no name"],
)
def test_a_name_stays_where_our_reader_reads_something_else(name: str, ours: str) -> None:
    assert spelled(name, [name] * 5, words(ours)) == name


def test_one_sure_picture_of_five_spells_no_name() -> None:
    assert spelled("LIONS", ["LIONS"] * 5, [*words("LIOMS", times=1), *words("LIONS", 0.3, 4)]) == "LIONS"


@pytest.mark.parametrize(
    ("seen", "ours", "said"),
    [
        (["BULLDOG", "BULLDOG", "BULLDG", "BULLDOGS"], "BULLXOGS", "BULLDOGS"),
        (["FALCONS", "FALCONS", "ALCON", "FALCON"], "FALCORS", "FALCONS"),
        (["REAL MADRID", "REALMADRID", "REALMADRID", "REALMADRID"], "REAL MADRIO", "REAL MADRID"),
        (["BULLDOG", "BULLDOG", "NOVA AIR", "NOVA AIR BULLDOGS"], "NOVA AIR", "BULLDOG"),
    ],
)
def test_where_our_reader_is_unsure_it_only_chooses_among_spellings(seen: Sequence[str], ours: str, said: str) -> None:
    assert spelled(seen[0], seen, words(ours, 0.5)) == said


def test_a_label_of_nothing_but_marks_names_nobody() -> None:
    # Stacked, with a rank before the other name: what stands before a name in its row is cut off.
    label, other, score, rank = (
        Slot(box, 20.0, {0: text, 1: text}, 0.9)
        for box, text in (
            ((60, 10, 160, 30), "-"),
            ((100, 50, 160, 70), "BEARS"),
            ((200, 10, 230, 30), "42"),
            ((70, 50, 90, 70), "3"),
        )
    )
    assert name_of(score, label, other, [label, other, score, rank]) is None
