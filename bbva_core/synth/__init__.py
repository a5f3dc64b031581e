"""Synthetic basketball games with exact ground truth: sample clip, tests, benchmarks, training.

    generate(SynthSettings(seconds=20, seed=7), Path("game.mp4"))      # writes game.mp4 and game.mp4.truth.json
    for picture, truth in render_frames(SynthSettings(seed=7)): ...    # BGR pictures and FrameTruth

The truth file is one JSON object, a line a frame:

    format          "bbva-synth-truth/1"
    width, height   pixels
    fps             [numerator, denominator]
    frame_count, seed, court, team_a, team_b
    score_bug_box   [x1, y1, x2, y2] pixels, or null when no graphic is drawn
    frames          [{index, pts (in the time base 1/fps), seconds,
                      cut       counts up at every camera cut
                      camera    "main", "close-left", "close-right"
                      scoreboard {score_a, score_b, period, game_clock_seconds, shot_clock_seconds (as shown),
                                  text (as drawn, left to right)}
                      objects   [{class: player|ball|rim|referee, id (constant, unique), team: a|b, number,
                                  box [x1, y1, x2, y2], visible}]}]
    events          [{frame_index, kind: shot|made|missed|rebound, team: a|b, number, points}]

Boxes are pixels, origin top left, cut at the edges of the picture, and hold the hidden parts too; `visible` is the
share of the thing's pixels in the picture that nothing else on the court hides (the score graphic is not counted).
The box of a rim holds its ring and the net, as in the public data sets; `visible` is always 1 for it. A referee has no
team; ball and rim have neither team nor number. A thing outside the picture is not listed. Points are those of a made
basket, else 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bbva_core.synth.settings import SynthSettings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from bbva_core.synth.truth import FrameTruth

__all__ = ["SynthSettings", "generate", "render_frames"]


def generate(settings: SynthSettings, out: Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """Write a game to `out` (H.264 in MP4) and its truth to `<out>.truth.json`; returns `out`.

    Args:
        progress: Called with (frames done, frames in all).
    """
    from bbva_core.synth import writer  # cv2 and av are loaded only when something is made

    return writer.generate(settings, out, progress)


def render_frames(settings: SynthSettings) -> Iterator[tuple[npt.NDArray[np.uint8], FrameTruth]]:
    """The frames of a game, BGR (height, width, 3), each with its truth."""
    from bbva_core.synth import render

    return render.render_frames(settings)
