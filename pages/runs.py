"""Runs: drop a video, watch it being analysed, pause, resume, retry, delete."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from bbva_core.errors import BBVAError
from bbva_core.settings import RunSettings
from bbva_core.store import RunState, RunSummary
from bbva_core.ui.backend import Backend, get_backend
from bbva_core.ui.drop_zone import drop_zone
from bbva_core.ui.latest import latest_results
from bbva_core.ui.live import live
from bbva_core.ui.run_card import run_card
from bbva_core.ui.settings_form import settings_form
from bbva_core.ui.shell import error_box, select_run, selected_run
from bbva_core.ui.words import plain

_TABLE_SECONDS = 2.0
_IDLE_SECONDS = 5.0  # another tab may have resumed the run, or another BBVA works here
_CHOSEN = "run_chosen_in_table"
_PROBLEM = "problem_of_last_start"


def draw() -> None:
    """The page."""
    backend = get_backend()
    run = selected_run(backend)
    st.title("Runs")
    if run is None:
        st.markdown(
            "Drop a game video, or try the sample game: players and ball are detected and the scoreboard is read,"
            " batch by batch. What is shown as done stays done, even if this machine is switched off in the middle."
        )
    else:
        live(backend, run, lambda now: _one_run(backend, now), idle_seconds=_IDLE_SECONDS)
    st.subheader("New analysis")
    _new_analysis(backend, first=run is None)
    if run is not None:
        st.subheader("All runs")
        _all_runs(backend, run)


def _one_run(backend: Backend, run: RunSummary) -> None:
    run_card(backend, run)
    latest_results(backend, run)


def _new_analysis(backend: Backend, *, first: bool) -> None:
    with st.container():  # one place for all it may say: what follows would be there twice while it moves
        settings, trust = settings_form(backend)
        if problem := st.session_state.get(_PROBLEM):
            error_box(problem)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        queued = drop_zone(settings, trust_weights=trust)
        if queued:
            st.session_state.pop(_PROBLEM, None)
            select_run(queued[-1])
            st.rerun()
    with right:
        kind = "primary" if first else "secondary"
        sample = st.button(
            "Try the sample game",
            icon=":material/sports_basketball:",
            width="stretch",
            type=kind,
            disabled=settings is None,
        )
        if sample and settings is not None:
            _analyse(backend, backend.control.add_video, backend.app.sample_video, settings, trust)
        with st.expander("Open from a folder", icon=":material/folder_open:"):
            _folder(backend, settings, trust)


def _folder(backend: Backend, settings: RunSettings | None, trust: bool) -> None:
    folder = st.text_input("Folder", str(backend.control.media_roots()[0]), key="folder", persist_state="session")
    try:
        videos = backend.control.folder_listing(Path(folder))
        below = backend.control.subfolders(Path(folder))
    except BBVAError as error:
        st.warning(plain(str(error)))
        return

    def go() -> None:
        st.session_state["folder"] = str(st.session_state.pop("subfolder"))

    if below:
        st.selectbox(
            "Go into",
            below,
            index=None,
            format_func=lambda path: path.name,
            placeholder="a folder in it",
            key="subfolder",
            on_change=go,
        )
    if not videos:
        st.caption("There is no video in this folder.")
        return
    video = st.selectbox("Video", videos, format_func=lambda path: path.name)
    st.caption("It is read where it is: nothing is copied.")
    pressed = st.button("Analyse it", icon=":material/play_arrow:", width="stretch", disabled=settings is None)
    if pressed and video is not None and settings is not None:
        _analyse(backend, backend.control.add_video_from_folder, video, settings, trust)


def _analyse(backend: Backend, add: Callable[..., int], path: Path, settings: RunSettings, trust: bool) -> None:
    st.session_state.pop(_PROBLEM, None)
    name = plain(path.name)
    bar = st.progress(0.0, text=f"Checking {name} …")
    try:
        video_id = add(
            path,
            progress=lambda done, total: (
                bar.progress(min(1.0, done / max(total, 1)), text=f"Checking {name} and indexing its frames …") and None
            ),
        )
        run = backend.control.create_run(video_id, settings, trust_weights=trust)
    except BBVAError as error:
        st.session_state[_PROBLEM] = error  # shown until the next start: the page is drawn anew whenever a run ends
    else:
        select_run(run)
    st.rerun()


def _all_runs(backend: Backend, run: RunSummary) -> None:
    live(backend, run, lambda _now: _table(backend), every=_TABLE_SECONDS, idle_seconds=_IDLE_SECONDS)


def _table(backend: Backend) -> None:
    if st.session_state.pop(_CHOSEN, False):
        st.rerun()  # the card is outside of this fragment
    runs = backend.queries.runs()
    uuids = [run.uuid for run in runs]

    def chosen() -> None:
        # Once for each click; the selection itself stays, and must not win over what is chosen elsewhere later.
        rows = st.session_state["runs_table"].selection.rows
        if rows:
            select_run(uuids[rows[0]])
            st.session_state[_CHOSEN] = True

    st.dataframe(
        [
            {
                "video": run.video_name,
                "state": str(run.state),
                "done": int(100 * run.fraction_done),
                "frames": run.frames_done,
                "detections": run.detections,
                "readings": run.readings,
                "created": run.created_at.astimezone(),
                "run": run.uuid[:8],
            }
            for run in runs
        ],
        column_config={
            "video": st.column_config.TextColumn("Video", width="medium"),
            "state": "State",
            "done": st.column_config.ProgressColumn("Done", format="%d %%", min_value=0, max_value=100),
            "frames": st.column_config.NumberColumn("Frames", format="localized"),
            "detections": st.column_config.NumberColumn("Detections", format="localized"),
            "readings": st.column_config.NumberColumn("Readings", format="localized"),
            "created": st.column_config.DatetimeColumn("Created", format="D MMM YYYY, HH:mm"),
            "run": "Run",
        },
        hide_index=True,
        on_select=chosen,
        selection_mode="single-row",
        key="runs_table",
    )
    active = sum(run.state in (RunState.QUEUED, RunState.RUNNING) for run in runs)
    if active > 1:
        st.caption(f"{active} runs are queued or running; they are worked on one after the other.")
    st.caption("Select a row to show that run on every page.")


draw()
