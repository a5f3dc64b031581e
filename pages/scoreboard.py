"""Scoreboard: the text as read, over time, with the picture it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from bbva_core.export import WRITERS
from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend, get_backend
from bbva_core.ui.cached import frame_seconds, readings
from bbva_core.ui.charts import confidence_over_time
from bbva_core.ui.empty import no_readings
from bbva_core.ui.exports import export_links
from bbva_core.ui.frame_view import frame_view
from bbva_core.ui.live import live
from bbva_core.ui.routes import frame_url
from bbva_core.ui.shell import page_head, page_path
from bbva_core.ui.words import clock, plain

Reading = Mapping[str, Any]


def draw() -> None:
    """The page."""
    backend = get_backend()
    run = page_head(backend, "Scoreboard")
    if run is not None:
        live(backend, run, lambda now: _overview(backend, now))


def _overview(backend: Backend, run: RunSummary) -> None:
    rows = readings(backend, run)
    if not rows:
        no_readings(run)
        return
    seconds = frame_seconds(backend, run, [row["frame_index"] for row in rows])
    with_text = [row for row in rows if row["raw_text"]]
    with st.container(horizontal=True, gap="medium"):
        st.metric("Readings", f"{len(rows):,}", width="content")
        st.metric("With text", f"{len(with_text):,}", width="content")
        if with_text:
            mean = sum(row["confidence"] for row in with_text) / len(with_text)
            st.metric("Mean confidence", f"{mean:.2f}", width="content")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        chosen = _table(run.uuid, rows, seconds)
    with right:
        _evidence(backend, run, rows[chosen], seconds[chosen])
    st.plotly_chart(
        confidence_over_time(seconds, [row["confidence"] or 0.0 for row in rows], [row["raw_text"] for row in rows]),
        key="confidence",
        config={"displayModeBar": False},
    )
    export_links(run, "scoreboard", list(WRITERS))


def _table(run_uuid: str, rows: Sequence[Reading], seconds: Sequence[float]) -> int:
    table = st.dataframe(
        [
            {
                "time": clock(second),
                "frame": row["frame_index"],
                "text": row["raw_text"] or f"({row['reason']})",
                "confidence": row["confidence"],
            }
            for second, row in zip(seconds, rows, strict=True)
        ],
        column_config={
            "time": st.column_config.TextColumn("Time", width=60),
            "frame": st.column_config.NumberColumn("Frame", format="%d", width=60),
            "text": st.column_config.TextColumn("Text as read", width=300),
            "confidence": st.column_config.NumberColumn("Confidence", format="%.2f", width=80),
        },
        hide_index=True,
        height=420,
        on_select="rerun",
        selection_mode="single-row",
        key=f"readings-{run_uuid}",
    )
    selected = table.selection.rows
    return selected[0] if selected and selected[0] < len(rows) else len(rows) - 1


def _evidence(backend: Backend, run: RunSummary, reading: Reading, second: float) -> None:
    video = backend.queries.video(run.video_id)
    width, height = video.info["width"], video.info["height"]
    frame = reading["frame_index"]
    boxes = [_box(line) for line in reading["lines"]]
    st.markdown(f"**Where it was read** at {clock(second)}, frame {frame}")
    if boxes:
        st.markdown(f"{plain(reading['raw_text'])}  \n:gray[confidence {reading['confidence']:.2f}]")
        x1, y1, x2, y2 = _around(boxes, width, height)
        frame_view(
            frame_url(video.uuid, frame, width=1280, region=(x1, y1, x2, y2)),
            width=x2 - x1,
            height=y2 - y1,
            boxes=[],
            caption=[f"Region {x1}, {y1}, {x2}, {y2}"],
            key="evidence_crop",
            alt="The part of the picture where text was read",
        )
    frame_view(
        frame_url(video.uuid, frame, width=960),
        width=width,
        height=height,
        boxes=boxes,
        caption=["The whole frame"],
        key="evidence_frame",
        alt=f"Frame {frame} of the video with the lines of text that were read",
    )
    if not boxes:
        st.caption(plain(reading["reason"]).capitalize() + ".")
    if st.button("Show this frame's detections", icon=":material/frame_person:", disabled="detect" not in run.stages):
        st.switch_page(page_path("detections.py"), query_params={"run": run.uuid, "frame": str(frame)})


def _box(line: Mapping[str, Any]) -> dict[str, Any]:
    x1, y1, x2, y2 = line["box"]
    return {
        "x1": x1,
        "y1": y1,
        "x2": x2,
        "y2": y2,
        "class": "text",
        "score": line["confidence"],
        "text": line["text"],
    }


def _around(boxes: Sequence[Mapping[str, Any]], width: int, height: int) -> tuple[int, int, int, int]:
    """The boxes with a margin, inside the frame."""
    margin = height // 40
    return (
        max(0, int(min(box["x1"] for box in boxes)) - margin),
        max(0, int(min(box["y1"] for box in boxes)) - margin),
        min(width, int(max(box["x2"] for box in boxes)) + margin),
        min(height, int(max(box["y2"] for box in boxes)) + margin),
    )


draw()
