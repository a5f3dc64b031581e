"""One moment of the game: what was read there, the picture it was read from, and its correction by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from bbva_core.errors import BBVAError
from bbva_core.game import Correction, correct, reviewed
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
    waiting: Sequence[int],
) -> None:
    """Draw the moment that the address names; without one the newest reading.

    Args:
        backend: Where the run is.
        run: Which.
        rows: Its readings.
        seconds: Of video, for each reading.
        names: Of the teams.
        waiting: Numbers of the readings that are being reviewed, in that order.
    """
    number = at(rows)
    row = rows[number]
    _walk(rows, number)
    unsure = "" if row["accepted"] or row["crop"] is None else " :orange[not believed]"
    by_hand = " :blue-badge[:material/edit: by hand]" if row["corrected"] else ""
    st.markdown(f"**{_said(row)}**{unsure} at {clock(seconds[number])}, frame {row['frame_index']}{by_hand}")
    _picture(backend, run, row)
    if row["crop"] is not None and chosen_frame() is None:
        # The newest reading is another one soon: what is corrected has to stay.
        st.button(
            "Correct this reading",
            icon=":material/edit:",
            on_click=choose_frame,
            args=(int(row["frame_index"]),),
            key="choose-newest",
        )
    elif row["crop"] is not None:
        _correct(backend, run, rows, number, names, waiting)
    if st.button("Show this frame's detections", icon=":material/frame_person:", disabled="detect" not in run.stages):
        frame = str(row["frame_index"])
        st.switch_page(page_path("detections.py"), query_params={"run": run.uuid, "frame": frame})


def _walk(rows: Sequence[Row], number: int) -> None:
    """Buttons for the reading before, the next one, and the newest."""
    last = len(rows) - 1

    def go(to: int) -> None:
        choose_frame(int(rows[to]["frame_index"]))

    def follow() -> None:
        st.query_params.pop("frame", None)

    with st.container(horizontal=True):
        st.button(
            "Before",
            icon=":material/chevron_left:",
            help="The reading before",
            on_click=go,
            args=(max(0, number - 1),),
            disabled=number == 0,
            shortcut="Left",
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            help="The next reading",
            on_click=go,
            args=(min(last, number + 1),),
            disabled=number == last,
            shortcut="Right",
        )
        st.button(
            "Newest",
            icon=":material/last_page:",
            help="Follow the newest reading",
            on_click=follow,
            disabled=chosen_frame() is None,
        )


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
        unsure = "" if row["accepted"] else f"  \n:gray[{plain(row['reason'])}]"
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
    backend: Backend,
    run: RunSummary,
    rows: Sequence[Row],
    number: int,
    names: tuple[str, str],
    waiting: Sequence[int],
) -> None:
    row = rows[number]
    place = f"{run.uuid}-{row['frame_index']}"
    asked = number in waiting
    with (
        st.expander("Correct this reading", icon=":material/edit:", expanded=asked or not row["accepted"]),
        st.form(f"correct-{place}", border=False),
    ):
        given = {}
        labels = {**_FIELDS, "score_a": names[0], "score_b": names[1]}
        columns = st.columns(len(labels), vertical_alignment="bottom")
        for column, (field, label) in zip(columns, labels.items(), strict=True):
            shown = _written(field, row[field])
            # The value is in the key: a box that was drawn with another one would go on showing that.
            given[field] = column.text_input(plain(label), shown, key=f"{field}-{place}-{shown}")
        backwards = st.checkbox(
            "Also before, as far back as it was read the same",
            value=bool(row["accepted"]),
            disabled=not row["accepted"],
            help="Without it a correction begins with this reading, as for a basket that was overlooked."
            " It ends where the reader believes another value.",
        )
        with st.container(horizontal=True):
            save = st.form_submit_button("Save", type="primary", icon=":material/check:")
            right = (asked or not row["accepted"]) and st.form_submit_button("It is right", icon=":material/thumb_up:")
            wrong = asked and not row["accepted"] and st.form_submit_button("Ignore it", icon=":material/block:")
        st.caption("Corrections belong to the video: they hold in every run of it, and in the exports.")
        if not (save or right or wrong):
            return
        typed = {field: text for field, text in given.items() if text.strip() != _written(field, row[field])}
        if save and not typed and row["accepted"]:
            st.caption("Nothing was changed: every field shows this already.")
            return
        if right or not row["accepted"]:  # what is shown was read, and not believed: all of it is meant now
            typed = {field: text for field, text in given.items() if text.strip()}
        try:
            made = [reviewed(row)] if wrong else correct(rows, number, typed, backwards=backwards)
            backend.store.corrections.put(run.video_id, made)
        except BBVAError as error:
            error_box(error)
            return
    following = [other for other in waiting if other != number]
    choose_frame(int(rows[following[0] if asked and following else number]["frame_index"]))
    st.toast("Saved. It can be taken back below." if len(made) > 1 else "Noted.", icon=":material/check:")
    st.rerun()


def correction_in_words(item: Correction, names: tuple[str, str], second: float) -> str:
    """What was corrected, and from where on, as Markdown.

    Args:
        item: The correction.
        names: Of the teams.
        second: Of video, at which it begins.
    """
    labels = {"score_a": f"score of {names[0]}", "score_b": f"score of {names[1]}"}
    field = labels.get(item.field, item.field.removesuffix("_seconds").replace("_", " "))
    value = game_clock(float(item.value)) if item.field.endswith("_seconds") else item.value
    where = "throughout" if item.frame_index is None else f"from {clock(second)}"
    return f"{plain(field)} is **{plain(value)}** {where}"


def _written(field: str, value: Any) -> str:
    if value is None:
        return ""
    if field == "game_clock_seconds" and value >= 60:
        return f"{int(value) // 60}:{int(value) % 60:02d}"
    return f"{value:g}"


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
