"""How well a finder of digits reads drawn boards that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bbva_core.ocr.lamp_reader import LampReader
from bbva_core.ocr.lamp_rows import rows_of
from bbva_core.scoreboard.board_parts import find_parts
from bbva_core.scoreboard.parse import parse_clock, parse_score
from bbva_core.synth.boards import paint, photograph, random_plan

FIRST_SEED = 50_000_000
"""Training begins with seed 0 and takes one a step."""
_SIZES = ((960, 540), (1280, 720), (640, 400))


def measure(model: Path, fonts: Sequence[Path], boards: int = 150) -> float:
    """Share of clocks and scores, on whole photographed boards, that are read without a mistake; always the same ones.

    Labels are not read, so this is a little less than the whole reader reaches.

    Raises:
        ReaderError: The model is missing or damaged.
    """
    lamps = LampReader(model)
    right = total = 0
    try:
        for number in range(boards):
            rng = np.random.default_rng(FIRST_SEED + number)
            plan = random_plan(rng)
            image = photograph(rng, paint(rng, plan, fonts), _SIZES[number % len(_SIZES)]).image
            parts = find_parts(rows_of(lamps.find(image)), ())
            said = [plan.said("clock"), plan.said("score_a"), plan.said("score_b")]
            read = [row.text for row in (parts.clock, *parts.scores)] if parts is not None else [""] * 3
            right += parse_clock(read[0]) == parse_clock(said[0] or "")
            right += sum(
                parse_score(one) == parse_score(two or "") for one, two in zip(read[1:], said[1:], strict=True)
            )
            total += 3
    finally:
        lamps.close()
    return round(right / total, 4)
