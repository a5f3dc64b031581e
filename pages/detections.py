"""Detections: how many of what and when, where they stand, frame by frame, and as a table."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from bbva_core.export import WRITERS
from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend, get_backend
from bbva_core.ui.cached import batch_counts, frame_seconds
from bbva_core.ui.charts import positions
from bbva_core.ui.empty import no_detections
from bbva_core.ui.exports import export_links
from bbva_core.ui.frame_view import frame_view
from bbva_core.ui.latest import counts_chart
from bbva_core.ui.live import live
from bbva_core.ui.routes import frame_url
from bbva_core.ui.shell import page_head
from bbva_core.ui.words import clock

_PAGE_SECONDS = 10.0  # often enough to follow a run, seldom enough to look at something
_ROWS_SHOWN = 2_000
_POINTS_SHOWN = 20_000
_JUMP = "jump_to_frame"
_PICKS = "points_picked"
_WRITTEN = "frame_in_address"


def draw() -> None:
    """The page."""
    backend = get_backend()
    run = page_head(backend, "Detections")
    if run is None:
        return
    classes, score = _filters(backend, run)
    left, right = st.columns([3, 2], gap="medium") if run.detections else (st.container(), st.container())
    with right:
        live(
            backend,
            run,
            lambda now: _overview(backend, now, classes),
            page_depends_on=lambda now: bool(now.detections),
            page_seconds=_PAGE_SECONDS,
        )
    if not run.detections:
        return
    with left:
        _viewer(backend, run, classes, score)
    left, right = st.columns(2, gap="medium")
    with left:
        _positions(backend, run, classes, score)
    with right:
        _table(backend, run, classes, score)


def _filters(backend: Backend, run: RunSummary) -> tuple[list[str], float]:
    with st.sidebar:
        st.caption("Show")
        names = list(_class_counts(backend, run))
        chosen = st.pills(
            "Classes", names, selection_mode="multi", default=names, key=f"classes-{run.uuid}-{len(names)}"
        )
        score = st.slider("Lowest score", 0.0, 1.0, 0.0, 0.05, key="shown_score", persist_state="session")
    return list(chosen), float(score)


def _class_counts(backend: Backend, run: RunSummary) -> dict[str, int]:
    """Detections per class, most frequent first."""
    total = sum((Counter(counts) for _, _, counts in batch_counts(backend, run)), Counter[str]())
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _overview(backend: Backend, run: RunSummary, classes: list[str]) -> None:
    if not run.detections:
        no_detections(run)
        return
    if st.session_state.pop(_JUMP, False):
        st.rerun()  # the viewer is outside of this fragment
    counts = _class_counts(backend, run)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Frames analysed", f"{run.frames_done:,} of {run.frames_expected:,}", width="content")
        for name, count in counts.items():
            st.metric(name.capitalize(), f"{count:,}", width="content")

    def jump(frame: int) -> None:
        st.session_state[f"frame-{run.uuid}"] = frame
        st.session_state[_JUMP] = True
        # A chart of its own: on this one a second click on the point would only take the first one back.
        st.session_state[_PICKS] = st.session_state.get(_PICKS, 0) + 1

    counts_chart(
        backend, run, height=300, key=f"counts-{st.session_state.get(_PICKS, 0)}", classes=classes, on_pick=jump
    )
    st.caption("Click a point to see that moment.")


def _viewer(backend: Backend, run: RunSummary, classes: list[str], score: float) -> None:
    st.subheader("Frame by frame")
    frame = _choose_frame(run)
    video = backend.queries.video(run.video_id)
    rows = backend.queries.detections(run.id, frame_start=frame, frame_end=frame + 1, classes=classes, min_score=score)
    committed = backend.queries.is_committed(run.id, "detect", frame)
    frame_view(
        frame_url(video.uuid, frame),
        width=video.info["width"],
        height=video.info["height"],
        boxes=[dict(row) for row in rows],
        caption=[
            f"Frame {frame}",
            clock(frame_seconds(backend, run, [frame])[0]),
            *([] if committed else ["not analysed yet"]),
        ],
        key="viewer",
        alt=f"Frame {frame} of the video with the detected objects",
    )


def _choose_frame(run: RunSummary) -> int:
    """The frame to show: chosen here, on the chart, or by the address."""
    step = int(run.settings["sample_interval"])
    frames = range(run.frame_start, run.frame_end, step)
    key = f"frame-{run.uuid}"
    asked = st.query_params.get("frame", "")
    if asked.isdecimal() and len(asked) < 10 and asked != st.session_state.get(_WRITTEN):
        st.session_state[key] = int(asked)  # somebody else wrote the address: a link, or the user
    st.session_state[key] = _nearest(frames, st.session_state.get(key, run.frame_start))

    def move(by: int) -> None:
        st.session_state[key] = _nearest(frames, st.session_state[key] + by * step)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, icon, by, shortcut, help in (
            ("-30", ":material/keyboard_double_arrow_left:", -30, None, "30 analysed frames back"),
            ("-1", ":material/chevron_left:", -1, "Left", "One analysed frame back"),
            ("+1", ":material/chevron_right:", 1, "Right", "One analysed frame on"),
            ("+30", ":material/keyboard_double_arrow_right:", 30, None, "30 analysed frames on"),
        ):
            st.button(label, icon=icon, on_click=move, args=(by,), help=help, shortcut=shortcut, key=f"move{by}")
        if len(frames) > 1:
            st.slider("Frame", frames[0], frames[-1], key=key, step=step)
    frame = int(st.session_state[key])
    st.session_state[_WRITTEN] = st.query_params["frame"] = str(frame)
    return frame


def _nearest(frames: range, wanted: int) -> int:
    position = round((wanted - frames.start) / frames.step)
    return frames[min(max(position, 0), len(frames) - 1)]


def _positions(backend: Backend, run: RunSummary, classes: list[str], score: float) -> None:
    st.subheader("Positions")
    per_frame = max(1.0, run.detections / max(1, run.frames_done))
    every = max(1, round(run.frames_done * per_frame / _POINTS_SHOWN)) * int(run.settings["sample_interval"])
    points = backend.queries.positions(run.id, start=run.frame_start, every=every, classes=classes, min_score=score)
    video = backend.queries.video(run.video_id)
    st.plotly_chart(
        positions(
            points,
            width=video.info["width"],
            height=video.info["height"],
            picture=frame_url(video.uuid, run.frame_start, width=960),
        ),
        key="positions",
        config={"displayModeBar": False},
    )
    st.caption("Where the boxes stand, over the first frame: the middle of their lower edge.")


def _table(backend: Backend, run: RunSummary, classes: list[str], score: float) -> None:
    st.subheader("Table")
    first, last = run.frame_start, run.frame_end
    chosen = st.slider("Frames", first, last, (first, min(last, first + 300)), key=f"range-{run.uuid}")
    rows = backend.queries.detections(
        run.id, frame_start=chosen[0], frame_end=chosen[1], classes=classes, min_score=score, limit=_ROWS_SHOWN
    )
    seconds = frame_seconds(backend, run, [row["frame_index"] for row in rows])
    st.dataframe(
        [{**dict(row), "seconds": second} for row, second in zip(rows, seconds, strict=True)],
        column_order=["frame_index", "seconds", "class", "score", "x1", "y1", "x2", "y2", "batch"],
        column_config={
            "frame_index": st.column_config.NumberColumn("Frame", format="%d"),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.3f"),
            "class": "Class",
            "score": st.column_config.NumberColumn("Score", format="%.2f"),
            "batch": st.column_config.NumberColumn("Batch", format="%d"),
        },
        hide_index=True,
        height=300,
    )
    if len(rows) == _ROWS_SHOWN:
        st.caption(f"The first {_ROWS_SHOWN:,} rows of this range. The exports hold all.")
    export_links(run, "detections", list(WRITERS))


draw()
