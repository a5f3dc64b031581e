"""The newest committed results of a run: the last frame with its boxes, the text of the scoreboard, counts so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend
from bbva_core.ui.cached import BatchCounts, batch_counts, frame_seconds
from bbva_core.ui.charts import objects_over_time
from bbva_core.ui.frame_view import frame_view
from bbva_core.ui.routes import frame_url
from bbva_core.ui.words import clock, plain

_TEXTS_SHOWN = 8
_POINTS = 400


def latest_results(backend: Backend, run: RunSummary) -> None:
    """Draw the newest committed frame, the last scoreboard texts and the counts so far; nothing before the first."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _latest_frame(backend, run)
    with right:
        _scoreboard_texts(backend, run)
        counts_chart(backend, run, height=200, key="latest_counts")


def counts_chart(
    backend: Backend,
    run: RunSummary,
    *,
    height: int,
    key: str,
    classes: Sequence[str] | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Objects in a frame over time, from the committed batches.

    Args:
        backend: Where the counts are.
        run: Which run.
        height: Of the chart, in pixels.
        key: Of the chart on its page.
        classes: Which; None is all.
        on_pick: Called with the first frame of the batch whose point was clicked.
    """
    batches = _merged([batch for batch in batch_counts(backend, run) if batch[1]])
    if not batches:
        return
    names = sorted({name for _, _, counts in batches for name in counts if classes is None or name in classes})
    seconds = frame_seconds(backend, run, [start for start, _, _ in batches])
    series = {name: [counts.get(name, 0) / frames for _, frames, counts in batches] for name in names}
    figure = objects_over_time(seconds, series, height=height)
    if on_pick is None:
        st.plotly_chart(figure, key=key, config={"displayModeBar": False})
        return

    def picked() -> None:
        points = st.session_state[key].selection.points
        if points:
            on_pick(batches[points[0]["point_index"]][0])

    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, on_select=picked, selection_mode="points")


def _merged(batches: Sequence[BatchCounts]) -> list[BatchCounts]:
    """Neighbouring batches added up, so that a two-hour game has no more points than a chart has room for."""
    size = -(-len(batches) // _POINTS) or 1
    merged = []
    for first in range(0, len(batches), size):
        group = batches[first : first + size]
        counts = sum((Counter(counts) for _, _, counts in group), Counter[str]())
        merged.append((group[0][0], sum(frames for _, frames, _ in group), dict(counts)))
    return merged


def _latest_frame(backend: Backend, run: RunSummary) -> None:
    last = backend.queries.last_committed(run.id, "detect")
    if last is None:
        return
    start, end = last
    detections = backend.queries.detections(run.id, frame_start=start, frame_end=end)
    frame = max((row["frame_index"] for row in detections), default=start)
    video = backend.queries.video(run.video_id)
    frame_view(
        frame_url(video.uuid, frame, width=960),
        width=video.info["width"],
        height=video.info["height"],
        boxes=[dict(row) for row in detections if row["frame_index"] == frame],
        caption=[f"Frame {frame}", clock(frame_seconds(backend, run, [frame])[0])],
        key="latest_frame",
        alt=f"Frame {frame} of the video with the detected objects",
    )


def _scoreboard_texts(backend: Backend, run: RunSummary) -> None:
    if "ocr" not in run.stages:
        return
    readings = backend.queries.last_texts(run.id, _TEXTS_SHOWN)
    if not readings:
        return
    st.markdown("**Scoreboard, as read**")
    seconds = frame_seconds(backend, run, [row["frame_index"] for row in readings])
    lines = [
        f"`{clock(second)}` {plain(row['raw_text']) or '*no scoreboard in the picture*'}"
        for second, row in zip(seconds, readings, strict=True)
    ]
    st.markdown("  \n".join(reversed(lines)))
