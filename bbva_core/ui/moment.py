"""One moment of the game: what was read there, the picture it was read from, and its correction by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from bbva_core.errors import BBVAError
from bbva_core.game import first_alike, parse_value
from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend
from bbva_core.ui.frame_view import frame_view
from bbva_core.ui.routes import frame_url
from bbva_core.ui.shell import error_box, page_path
from bbva_core.ui.words import clock, game_clock, game_moment, plain, score

Row = Mapping[str, Any]

_FIELDS = {
    "period": "Period",
    "game_clock_seconds": "Game clock",
    "shot_clock_seconds": "Shot clock",
    "score_a": "Score",
    "score_b": "Score",
}


def chosen_frame() -> int | None:
    """The frame that the address names."""
    asked = st.query_params.get("frame", "")
    return int(asked) if asked.isdecimal() and len(asked) < 10 else None


def choose_frame(frame: int) -> None:
    """Show the moment of a frame; it takes effect at the next rerun."""
    st.query_params["frame"] = str(frame)


def moment(
    backend: Backend,
    run: RunSummary,
    rows: Sequence[Row],
    seconds: Sequence[float],
    names: tuple[str, str],
    *,
    unseen: bool,
) -> None:
    """Draw the moment that the address names; without one the newest reading.

    Args:
        backend: Where the run is.
        run: Which.
        rows: Its readings.
        seconds: Of video, for each reading.
        names: Of the teams.
        unseen: Whether the reading waits for somebody to look at it; `at` tells which one it is.
    """
    number = at(rows)
    row = rows[number]

    def go(to: int) -> None:
        choose_frame(int(rows[to]["frame_index"]))

    with st.container(horizontal=True, vertical_alignment="center"):
        last = len(rows) - 1
        st.button(
            "", icon=":material/chevron_left:", help="Reading before", on_click=go, args=(max(0, number - 1),),
            disabled=number == 0, key="reading-before", shortcut="Left",
        )  # fmt: skip
        st.button(
            "", icon=":material/chevron_right:", help="Next reading", on_click=go, args=(min(last, number + 1),),
            disabled=number == last, key="reading-after", shortcut="Right",
        )  # fmt: skip
        st.markdown(f"**{_said(row)}** at {clock(seconds[number])}, frame {row['frame_index']}")
        if row["corrected"]:
            st.badge("by hand", icon=":material/edit:", color="blue")
    _picture(backend, run, row)
    if row["crop"] is not None:
        _correct(backend, run, rows, number, names, unseen=unseen)
    if st.button("Show this frame's detections", icon=":material/frame_person:", disabled="detect" not in run.stages):
        frame = str(row["frame_index"])
        st.switch_page(page_path("detections.py"), query_params={"run": run.uuid, "frame": frame})


def at(rows: Sequence[Row]) -> int:
    """Number of the reading that the address names: the last one at or before its frame."""
    frame = chosen_frame()
    if frame is None:
        return len(rows) - 1
    return max((number for number, row in enumerate(rows) if row["frame_index"] <= frame), default=0)


def _said(row: Row) -> str:
    if row["crop"] is None:
        return "No scoreboard"
    return f"{game_moment(row)} · {score(row)}"


def _picture(backend: Backend, run: RunSummary, row: Row) -> None:
    video = backend.queries.video(run.video_id)
    width, height = video.info["width"], video.info["height"]
    frame = row["frame_index"]
    boxes = [_box(line) for line in backend.queries.lines(run.id, frame)]
    if boxes:
        x1, y1, x2, y2 = _around([*boxes, *([_corners(row["crop"])] if row["crop"] else [])], width, height)
        frame_view(
            frame_url(video.uuid, frame, width=1280, region=(x1, y1, x2, y2)),
            width=x2 - x1,
            height=y2 - y1,
            boxes=[],
            caption=[],
            key="evidence_crop",
            alt="The part of the picture where text was read",
        )
        unsure = "" if row["accepted"] else " :orange[not believed:] " + plain(row["reason"])
        st.markdown(
            f"{plain(row['raw_text'])}  \n:gray[confidence {row['confidence'] or 0.0:.2f}]{unsure}",
        )
    frame_view(
        frame_url(video.uuid, frame, width=960),
        width=width,
        height=height,
        boxes=boxes,
        caption=[],
        key="evidence_frame",
        alt=f"Frame {frame} of the video with the fields of the scoreboard that were read",
    )
    if not boxes:
        st.caption(plain(row["reason"]).capitalize() + ".")


def _correct(
    backend: Backend, run: RunSummary, rows: Sequence[Row], number: int, names: tuple[str, str], *, unseen: bool
) -> None:
    row = rows[number]
    frame = int(row["frame_index"])
    with st.expander("Correct this reading", icon=":material/edit:", expanded=unseen):
        with st.form(f"correct-{run.uuid}-{frame}", border=False):
            typed = {}
            columns = st.columns(len(_FIELDS), vertical_alignment="bottom")
            labels = {**_FIELDS, "score_a": names[0], "score_b": names[1]}
            for column, (field, label) in zip(columns, labels.items(), strict=True):
                typed[field] = column.text_input(
                    plain(label), _written(field, row[field]), key=f"{field}-{run.uuid}-{frame}"
                )
            backwards = st.checkbox(
                "Also before, as far back as it was read the same",
                value=bool(row["accepted"]),
                disabled=not row["accepted"],
                help="Without it a correction begins with this reading, as for a basket that was overlooked."
                " It ends where the reader believes another value.",
            )
            with st.container(horizontal=True):
                save = st.form_submit_button("Save", type="primary", icon=":material/check:")
                right = unseen and st.form_submit_button("It is right", icon=":material/thumb_up:")
        st.caption("Corrections belong to the video: they hold in every run of it, and in the exports.")
        changed = {field: text for field, text in typed.items() if text.strip() != _written(field, row[field])}
        try:
            if right:
                backend.store.corrections.review(run.video_id, frame)
            elif save and changed:
                _save(backend, run, rows, number, changed, backwards=backwards)
            else:
                return
        except BBVAError as error:
            error_box(error)
            return
    choose_frame(frame)
    st.toast("Noted." if right else "Saved. It can be taken back below.", icon=":material/check:")
    st.rerun()


def _save(
    backend: Backend,
    run: RunSummary,
    rows: Sequence[Row],
    number: int,
    changed: Mapping[str, str],
    *,
    backwards: bool,
) -> None:
    for field, text in changed.items():
        parse_value(field, text)  # all of them before the first is stored
    by_frame: dict[int, dict[str, str]] = {}
    for field, text in changed.items():
        frame = first_alike(rows, number, field) if backwards else int(rows[number]["frame_index"])
        by_frame.setdefault(frame, {})[field] = text.strip()
    for frame, values in by_frame.items():
        backend.store.corrections.put(run.video_id, values, frame_index=frame)


def _written(field: str, value: Any) -> str:
    if value is None:
        return ""
    return game_clock(value) if field == "game_clock_seconds" else f"{value:g}"


def _corners(box: Sequence[int]) -> dict[str, int]:
    return dict(zip(("x1", "y1", "x2", "y2"), box, strict=True))


def _box(line: Row) -> dict[str, Any]:
    return {
        **_corners(line["box"]),
        "class": "text",
        "score": line["confidence"],
        "text": f"{', '.join(line['shows']).replace('_', ' ')}: {line['text']}",
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
