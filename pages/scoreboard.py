"""Scoreboard: the score over time, what happened, and each reading with the picture it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from bbva_core.export import WRITERS
from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend, get_backend
from bbva_core.ui.cached import events, frame_seconds, readings
from bbva_core.ui.charts import confidence_over_time, game_clock_over_time, score_over_time
from bbva_core.ui.empty import no_readings
from bbva_core.ui.exports import export_links
from bbva_core.ui.frame_view import frame_view
from bbva_core.ui.live import live
from bbva_core.ui.routes import frame_url
from bbva_core.ui.shell import page_head, page_path
from bbva_core.ui.words import clock, game_clock, period_name, plain

Row = Mapping[str, Any]


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
    believed = [(second, row) for second, row in zip(seconds, rows, strict=True) if row["accepted"]]
    happened = events(backend, run)
    if believed:
        _where_it_stands(believed[-1][1], len(happened))
        _charts(believed)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        shown = st.segmented_control(
            "Show", ["Events", "Readings"], default="Events" if happened else "Readings", key=f"show-{run.uuid}",
            label_visibility="collapsed",
        )  # fmt: skip
        if shown == "Events":
            frame = _events_table(backend, run, happened, _names(rows))
        else:
            frame = _readings_table(run.uuid, rows, seconds)
    with right:
        at = max((number for number, row in enumerate(rows) if row["frame_index"] <= frame), default=0)
        _evidence(backend, run, rows[at], seconds[at])
    st.plotly_chart(
        confidence_over_time(seconds, [row["confidence"] or 0.0 for row in rows], [row["raw_text"] for row in rows]),
        key="confidence",
        config={"displayModeBar": False},
    )
    export_links(run, "scoreboard", list(WRITERS))
    export_links(run, "events", list(WRITERS))


def _names(rows: Sequence[Row]) -> tuple[str, str]:
    """The names of the teams as last shown, or what stands for them."""
    named = next((row for row in reversed(rows) if row["team_a"] or row["team_b"]), {})
    return named.get("team_a") or "Team A", named.get("team_b") or "Team B"


def _where_it_stands(row: Row, happened: int) -> None:
    a, b = _names([row])
    with st.container(horizontal=True, gap="medium"):
        st.metric(plain(a), _dash(row["score_a"]), width="content")
        st.metric(plain(b), _dash(row["score_b"]), width="content")
        st.metric("Period", period_name(row["period"]), width="content")
        st.metric("Game clock", game_clock(row["game_clock_seconds"]), width="content")
        st.metric("Shot clock", game_clock(row["shot_clock_seconds"]), width="content")
        st.metric("Events", f"{happened:,}", width="content")


def _dash(value: int | None) -> str:
    return "-" if value is None else str(value)


def _charts(believed: Sequence[tuple[float, Row]]) -> None:
    scored = [(second, row) for second, row in believed if row["score_a"] is not None and row["score_b"] is not None]
    clocked = [(second, row) for second, row in believed if row["game_clock_seconds"] is not None]
    left, right = st.columns(2, gap="medium")
    if len(scored) > 1:
        left.plotly_chart(
            score_over_time(
                [second for second, _ in scored],
                [(row["score_a"], row["score_b"]) for _, row in scored],
                _names([row for _, row in scored]),
                [_moment(row) for _, row in scored],
            ),
            key="score",
            config={"displayModeBar": False},
        )
    if len(clocked) > 1:
        right.plotly_chart(
            game_clock_over_time(
                [second for second, _ in clocked],
                [row["game_clock_seconds"] for _, row in clocked],
                [_moment(row) for _, row in clocked],
            ),
            key="game_clock",
            config={"displayModeBar": False},
        )


def _moment(row: Row) -> str:
    return f"{period_name(row['period'])} {game_clock(row['game_clock_seconds'])}"


def _events_table(backend: Backend, run: RunSummary, happened: Sequence[Row], names: tuple[str, str]) -> int:
    if not happened:
        st.info("No score has changed, and no period has begun or ended, in what is committed.", icon=":material/info:")
        return run.frame_start
    seconds = frame_seconds(backend, run, [event["frame_index"] for event in happened])
    table = st.dataframe(
        [
            {
                "time": clock(second),
                "game": _moment(event),
                "what": _said(event, names),
                "score": f"{_dash(event['score_a'])} : {_dash(event['score_b'])}",
                "frame": event["frame_index"],
            }
            for second, event in zip(seconds, happened, strict=True)
        ],
        column_config={
            "time": st.column_config.TextColumn("Time", width=60),
            "game": st.column_config.TextColumn("Game", width=90),
            "what": st.column_config.TextColumn("What", width=240),
            "score": st.column_config.TextColumn("Score", width=80),
            "frame": st.column_config.NumberColumn("Frame", format="%d", width=60),
        },
        hide_index=True,
        height=420,
        on_select="rerun",
        selection_mode="single-row",
        key=f"events-{run.uuid}",
    )
    selected = table.selection.rows
    chosen = selected[0] if selected and selected[0] < len(happened) else len(happened) - 1
    return int(happened[chosen]["frame_index"])


def _said(event: Row, names: tuple[str, str]) -> str:
    if event["kind"] == "period_start":
        return f"{period_name(event['period'])} period begins"
    if event["kind"] == "period_end":
        return "Period ends"
    name = names[0] if event["team"] == "a" else names[1]
    taken_back = " (taken back)" if event["kind"] == "correction" else ""
    return f"{name} {event['points']:+d}{taken_back}"


def _readings_table(run_uuid: str, rows: Sequence[Row], seconds: Sequence[float]) -> int:
    table = st.dataframe(
        [
            {
                "time": clock(second),
                "game": _moment(row),
                "score": f"{_dash(row['score_a'])} : {_dash(row['score_b'])}",
                "shot": row["shot_clock_seconds"],
                "believed": row["accepted"],
                "confidence": row["confidence"],
                "text": row["raw_text"] or f"({row['reason']})",
                "why": row["reason"],
                "frame": row["frame_index"],
            }
            for second, row in zip(seconds, rows, strict=True)
        ],
        column_config={
            "time": st.column_config.TextColumn("Time", width=60),
            "game": st.column_config.TextColumn("Game", width=80),
            "score": st.column_config.TextColumn("Score", width=80),
            "shot": st.column_config.NumberColumn("Shot", format="%g", width=50),
            "believed": st.column_config.CheckboxColumn("Believed", width=65, help="Accepted by the rules of the game"),
            "confidence": st.column_config.NumberColumn("Confidence", format="%.2f", width=80),
            "text": st.column_config.TextColumn("Text as read", width=220),
            "why": st.column_config.TextColumn("Why", width=260),
            "frame": st.column_config.NumberColumn("Frame", format="%d", width=60),
        },
        hide_index=True,
        height=420,
        on_select="rerun",
        selection_mode="single-row",
        key=f"readings-{run_uuid}",
    )
    selected = table.selection.rows
    chosen = selected[0] if selected and selected[0] < len(rows) else len(rows) - 1
    return int(rows[chosen]["frame_index"])


def _evidence(backend: Backend, run: RunSummary, reading: Row, second: float) -> None:
    video = backend.queries.video(run.video_id)
    width, height = video.info["width"], video.info["height"]
    frame = reading["frame_index"]
    boxes = [_box(line) for line in reading["lines"]]
    st.markdown(f"**Where it was read** at {clock(second)}, frame {frame}")
    if boxes:
        st.markdown(f"{plain(reading['raw_text'])}  \n:gray[confidence {reading['confidence'] or 0.0:.2f}]")
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
        alt=f"Frame {frame} of the video with the fields of the scoreboard that were read",
    )
    if not boxes:
        st.caption(plain(reading["reason"]).capitalize() + ".")
    if st.button("Show this frame's detections", icon=":material/frame_person:", disabled="detect" not in run.stages):
        st.switch_page(page_path("detections.py"), query_params={"run": run.uuid, "frame": str(frame)})


def _box(line: Row) -> dict[str, Any]:
    x1, y1, x2, y2 = line["box"]
    return {
        "x1": x1,
        "y1": y1,
        "x2": x2,
        "y2": y2,
        "class": ", ".join(line.get("shows", ())).replace("_", " ") or "text",
        "score": line["confidence"],
        "text": line["text"],
    }


def _around(boxes: Sequence[Row], width: int, height: int) -> tuple[int, int, int, int]:
    """The boxes with a margin, inside the frame."""
    margin = height // 40
    return (
        max(0, int(min(box["x1"] for box in boxes)) - margin),
        max(0, int(min(box["y1"] for box in boxes)) - margin),
        min(width, int(max(box["x2"] for box in boxes)) + margin),
        min(height, int(max(box["y2"] for box in boxes)) + margin),
    )


draw()
