"""Where the scoreboard is, pointed out on a frame, and read again there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from bbva_core.errors import BBVAError, InvalidSettings
from bbva_core.settings import RunSettings, make_run_settings
from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend
from bbva_core.ui.cached import frame_seconds
from bbva_core.ui.region_picker import Point, region_picker
from bbva_core.ui.routes import frame_url
from bbva_core.ui.settings_form import place_of
from bbva_core.ui.shell import error_box, select_run
from bbva_core.ui.words import clock, plain

_KINDS = {"rectangle": "Rectangle", "corners": "Four corners, for a filmed board"}


def scoreboard_place(backend: Backend, run: RunSummary, *, last_seen: int | None, expanded: bool) -> None:
    """Draw the part of the page in which somebody draws the place of the scoreboard.

    Args:
        backend: Where the run is.
        run: Whose scoreboard.
        last_seen: A frame that shows it, if one is known.
        expanded: Whether to begin with it open.
    """
    with st.expander("Draw where the scoreboard is", icon=":material/ink_selection:", expanded=expanded):
        st.markdown(
            "When the scoreboard was not found, or something else was taken for it, draw it here: press on a corner,"
            " and drag. Then it is read again, in a run of its own that detects nothing; this run stays as it is."
        )
        left, right = st.columns([3, 2], gap="medium")
        with right:
            kind = st.radio("Shape", list(_KINDS), format_func=_KINDS.__getitem__, key=f"shape-{run.uuid}")
            frame = _frame(backend, run, run.frame_start if last_seen is None else last_seen)
            typed = st.text_input(
                "Or type where",
                placeholder="x1, y1, x2, y2",
                help="Pixels of the frame. Four numbers for a rectangle, eight for four corners: upper left, upper"
                " right, lower right, lower left.",
                key=f"typed-{run.uuid}",
            )
            try:
                start = _points(place_of(typed)) or _points(run.settings)
            except InvalidSettings as error:
                st.warning(plain(error.what), icon=":material/help:")
                start = None
        video = backend.queries.video(run.video_id)
        width, height = video.info["width"], video.info["height"]
        with left:
            points = region_picker(
                frame_url(video.uuid, frame),
                width=width,
                height=height,
                corners=kind == "corners",
                start=start,
                key=f"place-{run.uuid}-{typed}",
                alt=f"Frame {frame}, to draw the place of the scoreboard on",
            )
        with right:
            if points is not None:
                said = points if kind == "corners" else [points[0], points[2]]
                st.caption(f"Drawn: {', '.join(f'{x}, {y}' for x, y in said)}")
            _read_there(backend, run, points, corners=kind == "corners")


def _frame(backend: Backend, run: RunSummary, shown: int) -> int:
    last = run.frame_end - 1
    if last <= run.frame_start:
        return run.frame_start
    frame = st.slider(
        "Frame", run.frame_start, last, min(max(shown, run.frame_start), last), key=f"place-at-{run.uuid}"
    )
    st.caption(f"{clock(frame_seconds(backend, run, [frame])[0])} of the video. Choose one that shows the scoreboard.")
    return int(frame)


def _points(settings: Mapping[str, Any]) -> list[Point] | None:
    """Four points of a place in settings of a run."""
    if settings.get("scoreboard_corners"):
        return [(int(x), int(y)) for x, y in settings["scoreboard_corners"]]
    if settings.get("scoreboard_region"):
        x1, y1, x2, y2 = settings["scoreboard_region"]
        return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
    return None


def _read_there(backend: Backend, run: RunSummary, points: list[Point] | None, *, corners: bool) -> None:
    problem = f"problem-there-{run.uuid}"

    # A callback, not st.rerun(): Streamlit loses a click on a page of the navigation that comes while it starts anew.
    def read() -> None:
        if points is None:
            return
        try:
            uuid = backend.control.create_run(run.video_id, _settings_there(run, points, corners=corners))
        except BBVAError as error:
            st.session_state[problem] = error
        else:
            select_run(uuid)

    st.button(
        "Read the scoreboard there",
        icon=":material/scoreboard:",
        type="primary",
        disabled=points is None,
        help=None if points is not None else "Draw it on the picture first.",
        key=f"read-there-{run.uuid}",
        on_click=read,
    )
    if problem in st.session_state:
        error_box(st.session_state.pop(problem))


def _settings_there(run: RunSummary, points: list[Point], *, corners: bool) -> RunSettings:
    """Those of a run, for one that only reads the scoreboard, where it was drawn."""
    region = [*points[0], *points[2]]
    place = {"scoreboard_corners": points if corners else None, "scoreboard_region": None if corners else region}
    changed = {"detector": "none", "weights": None, **place}
    if run.settings["ocr"] == "none":
        changed["ocr"] = "rapidocr"
    return make_run_settings(**{**run.settings, **changed})
