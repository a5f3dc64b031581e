"""Scoreboard: the score over time, what happened, and each reading with the picture it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from bbva_core.errors import BBVAError
from bbva_core.export import WRITERS
from bbva_core.game import CORRECTABLE, Correction, to_review
from bbva_core.store import RunSummary
from bbva_core.ui.backend import Backend, get_backend
from bbva_core.ui.cached import events, frame_seconds, readings
from bbva_core.ui.charts import game_clock_over_time, score_over_time
from bbva_core.ui.empty import no_readings
from bbva_core.ui.exports import export_links
from bbva_core.ui.live import live
from bbva_core.ui.moment import choose_frame, correction_in_words, moment
from bbva_core.ui.scoreboard_place import scoreboard_place
from bbva_core.ui.scoreboard_tables import events_table, found_table, readings_table
from bbva_core.ui.shell import error_box, page_head
from bbva_core.ui.words import game_clock, game_moment, period_name, plain, shot_clock

Row = Mapping[str, Any]

_SURE = 0.9  # a reading with less confidence is offered for review
_POINTS = 1_000  # of a chart, at most
_SCORES = ("score_a", "score_b")


def draw() -> None:
    """The page."""
    backend = get_backend()
    run = page_head(backend, "Scoreboard")
    if run is None:
        return
    live(backend, run, lambda now: _overview(backend, now), page_depends_on=lambda now: bool(now.readings))
    if run.readings or not run.state.is_active:
        rows = readings(backend, run)
        seen = [row["frame_index"] for row in rows if row["crop"] is not None]
        scoreboard_place(backend, run, last_seen=seen[len(seen) // 2] if seen else None, expanded=not seen)
    if run.readings:
        export_links(run, "scoreboard", list(WRITERS))
        export_links(run, "events", list(WRITERS))


def _overview(backend: Backend, run: RunSummary) -> None:
    rows = readings(backend, run)
    if not rows:
        no_readings(run)
        return
    seconds = frame_seconds(backend, run, [row["frame_index"] for row in rows])
    corrections = backend.queries.corrections(run.video_id)
    names = _names(rows)
    happened = events(backend, run)
    review = to_review(rows, corrections, sure=_SURE)
    believed = [(second, row) for second, row in zip(seconds, rows, strict=True) if row["accepted"]]
    if believed:
        _where_it_stands(backend, run, believed[-1][1], names, len(happened))
        _charts(believed, names)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        titles = {
            "events": f"Events ({len(happened):,})",
            "find": "Find",
            "review": f"Review ({len(review):,})",
            "readings": f"Readings ({len(rows):,})",
        }
        shown = _tab(run, titles, "events" if happened else "readings")
        if shown == "events":
            at_events = frame_seconds(backend, run, [event["frame_index"] for event in happened])
            events_table(run, happened, at_events, names)
        elif shown == "find":
            last = backend.queries.last_committed(run.id, "ocr")
            found_table(run, rows, seconds, end=frame_seconds(backend, run, [last[1] - 1])[0] if last else 0.0)
        else:
            readings_table(run, rows, seconds, numbers=review if shown == "review" else None)
        _corrections(backend, run, corrections, names)
    with right:
        moment(backend, run, rows, seconds, names, waiting=review if shown == "review" else [])


def _tab(run: RunSummary, titles: Mapping[str, str], default: str) -> str:
    """Which table to show, as the address says."""
    asked = st.query_params.get("show", "find" if "find" in st.query_params else default)
    key = f"show-{run.uuid}"

    def chosen() -> None:
        st.query_params["show"] = st.session_state[key]

    shown = st.segmented_control(
        "Show",
        list(titles),
        format_func=titles.__getitem__,
        default=asked if asked in titles else default,
        key=key,
        label_visibility="collapsed",
        required=True,
        on_change=chosen,
    )
    return str(shown)


def _names(rows: Sequence[Row]) -> tuple[str, str]:
    """The names of the teams as last shown, or what stands for them."""
    named = next((row for row in reversed(rows) if row["team_a"] or row["team_b"]), {})
    return named.get("team_a") or "Team A", named.get("team_b") or "Team B"


def _where_it_stands(backend: Backend, run: RunSummary, row: Row, names: tuple[str, str], happened: int) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.metric(plain(names[0]), _dash(row["score_a"]), width="content")
        st.metric(plain(names[1]), _dash(row["score_b"]), width="content")
        st.metric("Period", period_name(row["period"]), width="content")
        st.metric("Game clock", game_clock(row["game_clock_seconds"]), width="content")
        st.metric("Shot clock", shot_clock(row["shot_clock_seconds"]), width="content")
        st.metric("Events", f"{happened:,}", width="content")
        _name_the_teams(backend, run, names)


def _name_the_teams(backend: Backend, run: RunSummary, names: tuple[str, str]) -> None:
    with st.popover("Name the teams", icon=":material/edit:"), st.form(f"teams-{run.uuid}", border=False):
        # The value is in the key: a box that was drawn with another one would go on showing that.
        left = st.text_input("Left or upper team", names[0], key=f"team_a-{run.uuid}-{names[0]}")
        right = st.text_input("Right or lower team", names[1], key=f"team_b-{run.uuid}-{names[1]}")
        st.caption("In every run of this video, and in the exports.")
        if not st.form_submit_button("Save", type="primary", icon=":material/check:"):
            return
        given = zip(("team_a", "team_b"), (left, right), names, strict=True)
        changed = [Correction(field, None, name) for field, name, old in given if name != old]
        try:
            if changed:
                backend.store.corrections.put(run.video_id, changed)
        except BBVAError as error:
            error_box(error)
            return
    st.rerun()


def _dash(value: int | None) -> str:
    return "-" if value is None else str(value)


def _charts(believed: Sequence[tuple[float, Row]], names: tuple[str, str]) -> None:
    scored = [(second, row) for second, row in believed if row["score_a"] is not None and row["score_b"] is not None]
    clocked = [(second, row) for second, row in believed if row["game_clock_seconds"] is not None]
    left, right = st.columns(2, gap="medium")
    changes = [
        scored[number]
        for number in range(len(scored))
        if number in (0, len(scored) - 1) or any(scored[number][1][n] != scored[number - 1][1][n] for n in _SCORES)
    ]
    with left:
        _chart(
            "score",
            changes,
            lambda seconds, rows: score_over_time(
                seconds, [(row["score_a"], row["score_b"]) for row in rows], names, [game_moment(row) for row in rows]
            ),
        )
    with right:
        _chart(
            "game_clock",
            clocked[:: len(clocked) // _POINTS + 1],
            lambda seconds, rows: game_clock_over_time(
                seconds, [row["game_clock_seconds"] for row in rows], [game_moment(row) for row in rows]
            ),
        )
    if len(scored) > 1 or len(clocked) > 1:
        st.caption("Click a point to see that moment.")


def _chart(
    name: str,
    shown: Sequence[tuple[float, Row]],
    figure: Callable[[Sequence[float], Sequence[Row]], go.Figure],
) -> None:
    if len(shown) < 2:
        return
    # A new chart after each click: on the old one a second click on the point would only take the first one back.
    picks = f"picks-{name}"
    key = f"{name}-{st.session_state.get(picks, 0)}"

    def picked() -> None:
        if points := st.session_state[key].selection.points:
            choose_frame(int(shown[points[0]["point_index"]][1]["frame_index"]))
            st.session_state[picks] = st.session_state.get(picks, 0) + 1

    st.plotly_chart(
        figure([second for second, _ in shown], [row for _, row in shown]),
        key=key,
        config={"displayModeBar": False},
        on_select=picked,
        selection_mode="points",
    )


def _corrections(backend: Backend, run: RunSummary, corrections: Sequence[Correction], names: tuple[str, str]) -> None:
    """What was corrected by hand, to be taken back."""
    made = [correction for correction in corrections if correction.field in CORRECTABLE]
    if not made:
        return
    with st.expander(f"Corrected by hand ({len(made)})", icon=":material/edit:"):
        seconds = frame_seconds(backend, run, [correction.frame_index or 0 for correction in made])
        for correction, second in zip(made, seconds, strict=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(correction_in_words(correction, names, second))
                if st.button("Take back", icon=":material/undo:", key=f"undo-{correction.id}"):
                    backend.store.corrections.remove(run.video_id, correction.id)
                    st.rerun()


draw()
