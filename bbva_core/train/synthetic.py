"""Labelled pictures from the synthetic generator: many halls, kits and cameras, a few moments of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from bbva_core.synth import SynthSettings, render_frames
from bbva_core.train.datasets import CLASSES
from bbva_core.train.writing import DataSetWriter

_MOMENTS = 12
"""Pictures of one game, a second of play apart."""

_FIRST_GAME = 1000
"""Seed of the first game. Lower ones are drawn elsewhere, to be measured on: the sample game has 7."""

LEAST_VISIBLE = 0.3
"""Share of a thing in a synthetic game that must be visible for it to be labelled, and asked for."""


def write_synthetic(folder: Path, count: int, *, seed: int = 0, progress: Callable[[int, int], None]) -> None:
    """Write `count` pictures as a data set in YOLO format; what is already there is not made again.

    Args:
        folder: To be written.
        count: Pictures.
        seed: Another seed, other games.
        progress: Called with (pictures done, pictures in all).
    """
    done = 0
    writer = DataSetWriter(folder)
    while done < count:
        game = _FIRST_GAME + seed * 100_000 + done // _MOMENTS
        done = _write_game(writer, game, done, count)
        progress(done, count)


def _write_game(writer: DataSetWriter, game: int, done: int, count: int) -> int:
    moments = min(_MOMENTS, count - done)
    names = [f"game{game:06d}-{k:02d}" for k in range(moments)]
    if all(map(writer.has, names)):
        return done + moments
    rng = np.random.default_rng(game)
    fine = bool(rng.random() < 0.5)  # as smooth as the sample game; otherwise larger, with hard edges, and faster
    settings = SynthSettings(
        seconds=moments,
        fps=1,
        width=640 if fine else 960,
        height=360 if fine else 540,
        supersample=2 if fine else 1,
        seed=game,
        varied=bool(rng.random() < 0.5),
        court="nba" if rng.random() < 0.5 else "fiba",
        crowd=float(rng.choice([0.0, 0.4, 0.8, 1.0])),
        score_bug=bool(rng.random() < 0.7),
    )
    for name, (picture, truth) in zip(names, render_frames(settings), strict=True):
        height, width = picture.shape[:2]
        size = np.array([width, height, width, height], float)
        seen = [item for item in truth.objects if item.visible >= LEAST_VISIBLE]
        classes = [CLASSES.index(item.kind) for item in seen]
        boxes = np.array([item.box for item in seen], float).reshape(-1, 4) / size
        writer.add(name, picture, classes, boxes)
    return done + moments
