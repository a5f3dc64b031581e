"""The frame around every page: configuration, navigation, the run picker, and what is shown when something is wrong."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bbva_core.errors import BBVAError, NotFound
from bbva_core.settings import PROJECT_ROOT
from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend, get_backend
from bbva_core.ui.connection import connection_banner
from bbva_core.ui.words import plain

_LOG = logging.getLogger(__name__)
_SELECTED = "selected_run"
_PICKER = "run_picker"  # the key of the picker that counts

_LOGO = """
<svg xmlns="http://www.w3.org/2000/svg" width="150" height="40" viewBox="0 0 150 40">
  <circle cx="20" cy="20" r="15" fill="#F2752B"/>
  <path d="M20 5v30M5 20h30M9.4 9.4c6 5.500 6 15.700 0 21.200M30.600 9.400c-6 5.500-6 15.700 0 21.200"
        fill="none" stroke="#5A2208" stroke-width="1.600"/>
  <text x="45" y="28" font-family="system-ui, sans-serif" font-size="22" font-weight="700" letter-spacing="1.500"
        fill="#D9480F">BBVA</text>
</svg>
"""

# Streamlit leaves 6 rem above the title, for a toolbar that we do not show.
_DENSE = "<style>[data-testid='stMainBlockContainer'] { padding-top: 2.5rem; padding-bottom: 3rem; }</style>"

PAGES = (
    ("runs.py", "Runs", ":material/playlist_play:", ""),
    ("detections.py", "Detections", ":material/frame_person:", "detections"),
    ("scoreboard.py", "Scoreboard", ":material/scoreboard:", "scoreboard"),
    ("system.py", "System", ":material/monitor_heart:", "system"),
)
"""File, title, icon and address of every page."""


def page_path(file: str) -> Path:
    """Where the file of a page is."""
    return PROJECT_ROOT / "pages" / file


def draw() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="BBVA", page_icon="🏀", layout="wide")
    st.logo(_LOGO, size="large")
    st.html(_DENSE)
    connection_banner()
    page = st.navigation(
        [
            st.Page(page_path(file), title=title, icon=icon, url_path=url or None, default=not url)
            for file, title, icon, url in PAGES
        ]
    )
    with shows_errors():
        _pick_run(get_backend())
        page.run()


@contextmanager
def shows_errors() -> Iterator[None]:
    """Errors inside are shown in words. What we did not foresee is logged, and must not reach the analyst raw."""
    try:
        yield
    except BBVAError as error:
        show_error(error)
    except Exception as error:
        _LOG.exception("a page failed")
        show_error(
            BBVAError(
                f"This page could not be drawn ({type(error).__name__}).",
                safe="Your runs are not affected: they are worked on and stored apart from the pages.",
                do="Reload the page. If it happens again, please report the text on the terminal where BBVA runs.",
            )
        )


def error_box(error: BBVAError) -> None:
    """What happened, what is safe, what to do."""
    with st.container(border=True):
        st.markdown(f":material/error: **{plain(error.what)}**")
        if error.safe:
            st.caption(plain(error.safe))
        if error.do:
            st.markdown(plain(error.do))


def show_error(error: BBVAError) -> None:
    """An error in the place of a page."""
    error_box(error)
    if st.button("Try again", icon=":material/refresh:"):
        st.rerun()


def select_run(uuid: str) -> None:
    """Make a run the one that every page shows; it takes effect at the next rerun."""
    st.session_state[_SELECTED] = st.query_params["run"] = uuid
    # Another picker: what the browser, which does not know yet, still sends of this one must not take the choice back.
    st.session_state[_PICKER] = f"run_picker-{uuid4()}"


def selected_run(backend: Backend) -> RunSummary | None:
    """The run that was chosen last; None when there is none yet."""
    uuid = st.session_state.get(_SELECTED)
    with suppress(NotFound):  # deleted in another tab since the picker was drawn
        return None if uuid is None else backend.queries.run(str(uuid))
    return None


def page_head(backend: Backend, title: str) -> RunSummary | None:
    """Draw the head of a page about one run; returns that run. Without any run the page says what to do."""
    st.title(title)
    run = selected_run(backend)
    if run is None:
        st.info(
            "Nothing has been analysed yet. Drop a video on the **Runs** page, or try the sample game there.",
            icon=":material/info:",
        )
        if st.button("Go to Runs", icon=":material/playlist_play:", type="primary"):
            st.switch_page(page_path("runs.py"))
        return None
    st.caption(plain(run.video_name))
    return run


def _pick_run(backend: Backend) -> None:
    runs = backend.queries.runs()
    if not runs:
        st.session_state.pop(_SELECTED, None)
        st.query_params.pop("run", None)
        return
    # What tells two runs of one game apart comes first: the picker is narrow.
    names = {run.uuid: f"{run.created_at.astimezone():%d %b %H:%M} · {run.video_name} · {run.uuid[:4]}" for run in runs}
    asked = st.query_params.get("run")
    if asked in names:
        if _SELECTED not in st.session_state or _went_back_or_forward():
            select_run(asked)
    elif asked is not None:
        st.toast("The run in the address does not exist any more.", icon=":material/info:")
    if st.session_state.get(_SELECTED) not in names:
        select_run(runs[0].uuid)
    selected = st.session_state[_SELECTED]
    picker = st.session_state[_PICKER]
    st.session_state[picker] = selected  # its label is another one when the video was renamed
    with st.sidebar:
        st.selectbox(
            "Run", list(names), format_func=names.__getitem__, key=picker, on_change=_picked, args=(picker, names)
        )
    st.query_params["run"] = selected


def _went_back_or_forward() -> bool:
    """Whether the user has changed the address of a page that is open.

    Otherwise one that differs from ours is older than ours: the browser sent it before it got what we wrote last.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _picked(picker: str, uuids: Collection[str]) -> None:
    picked = str(st.session_state.get(picker))
    if picker == st.session_state.get(_PICKER) and picked in uuids:  # else another one has taken its place
        st.session_state[_SELECTED] = st.query_params["run"] = picked
        st.query_params.pop("frame", None)  # of another video, perhaps
