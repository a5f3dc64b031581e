"""One run: its state, its progress, and the buttons that its state allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from sqlalchemy import RowMapping

from bbva_core.errors import BBVAError
from bbva_core.store import RunState, RunSummary
from bbva_core.ui.backend import Backend
from bbva_core.ui.shell import PAGES, error_box, page_path
from bbva_core.ui.words import BADGES, counted, duration, explanation, plain

_CAN_PAUSE = (RunState.QUEUED, RunState.RUNNING)
_CAN_CANCEL = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED, RunState.INTERRUPTED)
_CAN_RESUME = (RunState.PAUSED, RunState.INTERRUPTED, RunState.CANCELLED, RunState.FAILED)
_CAN_RETRY = (RunState.COMPLETE_WITH_GAPS,)
_GAPS_SHOWN = 200
_RESULTS = {"detections.py": "detections", "scoreboard.py": "readings"}
"""Pages that show results of a run, and what they need some of."""
_PROBLEM = "problem_of_last_action"


def run_card(backend: Backend, run: RunSummary) -> None:
    """Draw a run with its progress and actions."""
    with st.container(border=True):
        color, icon = BADGES[run.state]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### {plain(run.video_name)}")
            st.badge(str(run.state), color=color, icon=icon)  # type: ignore[arg-type]
        st.progress(run.fraction_done, text=_progress_words(run))
        _figures(run)
        if words := explanation(run):
            st.markdown(words)
        if run.damaged:
            st.caption(
                f"Damaged in the file: {counted(run.damaged, 'frame')}. The decoder guessed parts of the pictures, so"
                " what was found there may be wrong."
            )
        info = backend.queries.video(run.video_id).info
        if left_out := info.get("left_out"):
            st.caption(
                f"Without a time of their own in the file: {counted(left_out, 'picture')}. They are no frames, and are"
                " not analysed. Export the video again to have them all."
            )
        if cut_off := info.get("cut_off"):
            st.caption(
                f"The file was cut: {counted(cut_off, 'picture')} that it announces are not in it. Copy or download it"
                " again to have them all."
            )
        _actions(backend, run)
        of_run, problem = st.session_state.get(_PROBLEM, (None, None))
        if problem is not None and of_run == run.uuid:
            error_box(problem)
        if run.gaps:
            _frames(f"{counted(run.gaps, 'frame')} set aside", backend.queries.gaps(run.id, _GAPS_SHOWN))
        if run.damaged:
            _frames(counted(run.damaged, "damaged frame"), backend.queries.gaps(run.id, _GAPS_SHOWN, analysed=True))
        _made_with(run)


def _progress_words(run: RunSummary) -> str:
    words = f"{run.batches_done} of {run.batches_total} batches, {run.frames_done} of {run.frames_expected} frames"
    if run.state == RunState.RUNNING and not run.frames_done:
        words += " · loading the models …"
    return words


def _figures(run: RunSummary) -> None:
    rate = f"{run.frames_per_second:.1f}" if run.frames_per_second else "-"
    with st.container(horizontal=True, gap="medium"):
        st.metric("Frames a second", rate, width="content")
        if run.state == RunState.RUNNING:
            st.metric("Time left", duration(run.seconds_left), width="content")
        st.metric("Detections", f"{run.detections:,}", width="content")
        st.metric("Scoreboard readings", f"{run.readings:,}", width="content")
        if run.gaps:
            st.metric("Frames set aside", f"{run.gaps:,}", width="content")
        if run.damaged:
            st.metric("Damaged frames", f"{run.damaged:,}", width="content")


def _actions(backend: Backend, run: RunSummary) -> None:
    asked = run.requested is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.state in _CAN_RESUME:
            _button(run, "Resume", ":material/play_arrow:", backend.control.resume, primary=True)
        if run.state in _CAN_RETRY:
            _button(run, "Retry", ":material/replay:", backend.control.retry, primary=True)
        if run.state in _CAN_PAUSE:
            _button(run, "Pause", ":material/pause:", backend.control.pause, disabled=asked)
        if run.state in _CAN_CANCEL:
            _button(run, "Cancel", ":material/stop:", backend.control.cancel, disabled=asked)
        if run.state != RunState.RUNNING:
            _delete(backend, run)
        for file, title, icon, _ in PAGES:
            if file in _RESULTS and getattr(run, _RESULTS[file]):
                st.page_link(page_path(file), label=f"See {title.lower()}", icon=icon, query_params={"run": run.uuid})


def _button(
    run: RunSummary,
    label: str,
    icon: str,
    action: Callable[[str], object],
    *,
    primary: bool = False,
    disabled: bool = False,
) -> None:
    pressed = st.button(
        label,
        icon=icon,
        key=f"{label}-{run.uuid}",
        type="primary" if primary else "secondary",
        disabled=disabled,
    )
    if pressed:
        _act(run, action)


def _act(run: RunSummary, action: Callable[[str], object]) -> None:
    st.session_state.pop(_PROBLEM, None)
    try:
        action(run.uuid)
    except BBVAError as error:
        st.session_state[_PROBLEM] = run.uuid, error  # shown until the next press: the card is drawn anew all the time
    st.rerun()


def _delete(backend: Backend, run: RunSummary) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(
            f"Delete this run with its {counted(run.detections, 'detection')} and {counted(run.readings, 'reading')}?"
            " This cannot be undone. A video that you opened from a folder stays where it is; an uploaded one is"
            " deleted with its last run."
        )
        if st.button("Delete this run", type="primary", key=f"delete-{run.uuid}"):
            _act(run, backend.control.delete)


def _frames(title: str, rows: Sequence[RowMapping]) -> None:
    with st.expander(title, icon=":material/rule:"):
        st.dataframe(
            [dict(row) for row in rows],
            column_config={
                "frame_index": st.column_config.NumberColumn("Frame", format="%d"),
                "stage": "Stage",
                "reason": "Reason",
            },
            hide_index=True,
        )
        if len(rows) == _GAPS_SHOWN:
            st.caption(f"The first {_GAPS_SHOWN}.")


def _made_with(run: RunSummary) -> None:
    with st.expander("Settings and versions of this run", icon=":material/tune:"):
        st.caption("Resume computes with exactly these, or is refused with the reason.")
        left, right = st.columns(2)
        for column, heading, values in ((left, "Setting", run.settings), (right, "Computed with", run.identity)):
            with column:
                st.dataframe(
                    [{"name": name.replace("_", " "), "value": _said(value)} for name, value in values.items()],
                    column_config={
                        "name": st.column_config.TextColumn(heading, width="medium"),
                        "value": st.column_config.TextColumn("Value", width="medium"),
                    },
                    hide_index=True,
                    height="content",
                )


def _said(value: object) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
