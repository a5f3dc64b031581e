"""Live parts of a page, never one inside another: drawn anew every second while the run works."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

import streamlit as st

from bbva_core.errors import NotFound
from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend
from bbva_core.ui.shell import shows_errors

_SECONDS = 1.0


def live(
    backend: Backend,
    run: RunSummary,
    draw: Callable[[RunSummary], None],
    *,
    page_depends_on: Callable[[RunSummary], Hashable] = lambda _run: None,
    page_seconds: float = float("inf"),
    every: float = _SECONDS,
    idle_seconds: float | None = None,
) -> None:
    """Draw what depends on a run, again and again while it is active.

    When the run starts or ends, is deleted elsewhere, or when what the rest of the page depends on changes, the whole
    page is drawn once more.

    Args:
        backend: Where the run is.
        run: As the page knows it.
        draw: Draws the run as it is now.
        page_depends_on: What of the run decides how the page outside of this fragment looks.
        page_seconds: The rest of the page is drawn anew after so long, when batches were committed meanwhile.
        every: Seconds between two drawings while the run is active.
        idle_seconds: The same while it is not; None draws once.
    """
    drawn = time.monotonic()
    before = (run.state.is_active, page_depends_on(run))

    @st.fragment(run_every=every if run.state.is_active else idle_seconds)
    def fragment() -> None:
        # A fragment that runs by itself runs outside of the shell: errors are shown in words here too.
        with shows_errors():
            try:
                now = backend.queries.run(run.uuid)
            except NotFound:
                st.rerun()
            is_old = now.fraction_done != run.fraction_done and time.monotonic() - drawn >= page_seconds
            if is_old or (now.state.is_active, page_depends_on(now)) != before:
                st.rerun()
            draw(now)

    fragment()
