"""What pages ask for again and again, kept as long as the run's change counter stands."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from bbva_core.game import events_in
from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend
from bbva_core.video import FrameIndex

_KEPT = 16
_ONE_ASKS = threading.Lock()  # many sessions ask at the same moment: one reads the database, the others take it

BatchCounts = tuple[int, int, dict[str, int]]
"""First frame of a batch, frames detected on, detections per class."""


def batch_counts(backend: Backend, run: RunSummary) -> Sequence[BatchCounts]:
    """Counts of every committed batch, in order."""
    with _ONE_ASKS:
        return _batch_counts(backend, run.id, run.uuid, run.change_counter)


def readings(backend: Backend, run: RunSummary) -> Sequence[Mapping[str, Any]]:
    """Every committed scoreboard reading, in frame order."""
    with _ONE_ASKS:
        return _readings(backend, run.id, run.uuid, run.change_counter)


def events(backend: Backend, run: RunSummary) -> Sequence[Mapping[str, Any]]:
    """Every committed event of the game, in order."""
    with _ONE_ASKS:
        return _events(backend, run.id, run.uuid, run.change_counter)


def frame_seconds(backend: Backend, run: RunSummary, frames: Sequence[int]) -> list[float]:
    """Seconds of video since its first frame, from the frame index."""
    index = _frame_index(backend, run.video_id, run.video_uuid)
    origin = index.seconds(0)
    return [float(index.seconds(frame) - origin) for frame in frames]


# The uuids are in the keys because a deleted run's or video's number is given to a later one.


@lru_cache(maxsize=_KEPT)
def _batch_counts(backend: Backend, run_id: int, _uuid: str, _counter: int) -> Sequence[BatchCounts]:
    return backend.queries.counts_by_batch(run_id)


@lru_cache(maxsize=_KEPT)
def _readings(backend: Backend, run_id: int, _uuid: str, _counter: int) -> Sequence[Mapping[str, Any]]:
    return backend.queries.readings(run_id)


@lru_cache(maxsize=_KEPT)
def _events(backend: Backend, run_id: int, uuid: str, counter: int) -> Sequence[Mapping[str, Any]]:
    return list(events_in(_readings(backend, run_id, uuid, counter)))


@lru_cache(maxsize=_KEPT)
def _frame_index(backend: Backend, video_id: int, _uuid: str) -> FrameIndex:
    return FrameIndex.from_bytes(backend.queries.frame_index(video_id))
