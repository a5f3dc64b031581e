"""Find the scoreboard in a place that somebody has drawn: a graphic of the broadcast, or a filmed board."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bbva_core.ocr.lamp_reader import LampReader
from bbva_core.ocr.types import LineReader, TextReader
from bbva_core.scoreboard.boards import locate_board
from bbva_core.scoreboard.locate import Found, Probe, locate

Pulse = Callable[[], None]


def locate_drawn(
    lamps: LampReader, finder: TextReader, lines: LineReader, probes: Sequence[Probe], *, pulse: Pulse = lambda: None
) -> Found | None:
    """The scoreboard in pictures that show it and little else; None when there is none.

    Some graphics pass for lamps, and many boards for a graphic. So the surest comes first: what is plainly made of
    lamps, then what would be found in a whole picture, too, and only then what may be either.

    Args:
        lamps: Finds the digits of a board.
        finder: Finds text.
        lines: Reads fields.
        probes: In order of time, of one size.
        pulse: Called after every picture.

    Raises:
        ReaderError: An engine failed.
    """
    board = locate_board(lamps, finder, probes, pulse=pulse)
    if board is not None and board.plain:
        return board.found
    graphic = locate(finder, lines, probes, pulse=pulse)
    if graphic is not None:
        return graphic
    return board.found if board is not None else locate(finder, lines, probes, drawn=True, pulse=pulse)
