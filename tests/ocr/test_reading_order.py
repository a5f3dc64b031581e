"""Lines come in one order, with rounded numbers, whatever order the engine found them in."""

from __future__ import annotations

import itertools

from bbva_core.ocr.types import TextLine, canonical_line, reading_order


def test_rows_then_columns() -> None:
    lines = [
        TextLine("REAL MADRID", 1.0, (118, 310, 172, 322)),
        TextLine("10", 1.0, (211, 309, 225, 324)),  # a larger font on the same row
        TextLine("1st", 1.0, (40, 330, 50, 340)),
        TextLine("6:31", 1.0, (60, 329, 78, 341)),
        TextLine("9", 1.0, (214, 327, 222, 342)),
    ]
    for order in itertools.permutations(lines):
        assert [line.text for line in reading_order(order)] == ["REAL MADRID", "10", "1st", "6:31", "9"]


def test_numbers_are_rounded_and_blanks_are_single() -> None:
    line = canonical_line("  2nd\tQtr ", 1.00004, (1.23456, 2, 3, 4))
    assert line == TextLine("2nd Qtr", 1.0, (1.23, 2.0, 3.0, 4.0))
    assert canonical_line(" \n", 0.9, (0, 0, 1, 1)) is None
