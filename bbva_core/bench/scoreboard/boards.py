"""Photos of scoreboards, each read alone, as a region that somebody has drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from bbva_core.bench.scoreboard.engines import Engines
from bbva_core.bench.scoreboard.following import Following
from bbva_core.bench.scoreboard.scoring import Judge, Tally
from bbva_core.bench.scoreboard.truth import Board
from bbva_core.errors import DataSetError
from bbva_core.scoreboard import Probe, Window


def read_boards(engines: Engines, boards: Sequence[Board], progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Read them; returns the shares read, and what was read otherwise than shown.

    Args:
        engines: Of a run.
        boards: What to read.
        progress: Called with (photos done, photos in all).

    Raises:
        DataSetError: A file is not a picture.
        ReaderError: An engine failed.
    """
    tally = Tally()
    otherwise: list[dict[str, Any]] = []
    seconds = 0.0
    for done, board in enumerate(boards, 1):
        picture = cv2.imread(str(board.path))
        if picture is None:
            raise DataSetError(f"{board.path} is not a picture.", do="Put the original back, or remove its line.")
        probe = Probe(0.0, np.asarray(picture, np.uint8))
        high, wide = picture.shape[:2]
        way = Following(
            engines.finder,
            engines.ours,
            lambda _seconds, probe=probe: [probe],  # type: ignore[misc]
            window=Window((0, 0, wide, high)),
        )
        way.look(probe.image, 0.0)
        seconds += way.finding.seconds + way.reading.seconds
        judge = Judge()
        outcomes = judge.add(0.0, board.shown, way.known)
        tally.merge(judge.tally)
        known = way.known or {}
        otherwise += [
            {"file": board.path.name, "value": name, "shown": board.shown[name], "read": known.get(name)}
            for name, outcome in outcomes.items()
            if outcome != "exact"
        ]
        progress(done, len(boards))
    return {
        "boards": len(boards),
        **tally.result(),
        "seconds_a_board": round(seconds / len(boards), 2),
        "read_otherwise": otherwise,
    }
