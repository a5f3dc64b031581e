"""Places with text: one for each text, whatever boxes a text finder draws around it."""

from __future__ import annotations

from bbva_core.ocr.types import TextLine
from bbva_core.scoreboard.slots import find_slots


def line(text: str, x1: float, x2: float) -> TextLine:
    return TextLine(text, 0.9, (x1, 10.0, x2, 26.0))


def test_of_two_places_with_the_same_word_the_one_that_is_seen_more_often_is_kept() -> None:
    pictures = [[line("ROY", 261, 286)] for _ in range(5)]
    for number in (0, 3):  # read once more, with what is beside it
        pictures[number].append(line("ROY", 257, 313))
    (slot,) = find_slots(pictures, 2)
    assert (len(slot.texts), round(slot.box[2])) == (5, 286)


def test_a_name_of_two_words_is_one_text_though_its_words_are_found_more_often() -> None:
    pictures = [[line("PORT", 100, 140), line("ROYAL", 150, 200)] for _ in range(5)]
    for number in (0, 3):
        pictures[number].append(line("PORT ROYAL", 100, 200))
    (slot,) = find_slots(pictures, 2)
    assert slot.texts[0] == "PORT ROYAL"


def test_a_name_stays_apart_from_words_in_the_cell_beside_it_that_seldom_run_together_with_it() -> None:
    pictures = [[line("NOVA AIR LEAGUE", 34, 139), line("LIO", 137, 168)] for _ in range(5)]
    pictures[0].append(line("NOVAAIRLEAGUELIO", 33, 167))
    slots = find_slots(pictures, 2)
    assert [set(slot.texts.values()) >= {text} for slot, text in zip(slots, ("NOVA AIR LEAGUE", "LIO"), strict=True)]
    assert [round(value) for value in slots[0].usual or ()] == [34, 10, 139, 26]
