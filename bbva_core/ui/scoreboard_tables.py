"""The tables of the Scoreboard page. Choosing a row shows its moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from bbva_core.errors import InvalidSettings
from bbva_core.game import find, parse_query
from bbva_core.game.query import EXAMPLES
from bbva_core.store import RunSummary
from bbva_core.ui.moment import choose_frame
from bbva_core.ui.routes import evidence_url
from bbva_core.ui.words import clock, duration, game_moment, period_name, plain, score

Row = Mapping[str, Any]
_HEIGHT = 420

_TIME = st.column_config.TextColumn("Time", width=55)
_GAME = st.column_config.TextColumn("Game", width=80)
_SCORE = st.column_config.TextColumn("Score", width=65)
_FRAME = st.column_config.NumberColumn("Frame", format="%d", width=60)


def events_table(run: RunSummary, events: Sequence[Row], seconds: Sequence[float], names: tuple[str, str]) -> None:
    """What happened, each with the scoreboard as it was.

    Args:
        run: Of which run.
        events: In order.
        seconds: Of video, for each.
        names: Of the teams.
    """
    if not events:
        st.info("No score has changed, and no period has begun or ended, in what is committed.", icon=":material/info:")
        return
    shown = [
        {
            "time": clock(second),
            "game": game_moment(event),
            "what": _said(event, names),
            "score": score(event),
            "evidence": evidence_url(run.uuid, event["frame_index"]),
            "frame": event["frame_index"],
        }
        for second, event in zip(seconds, events, strict=True)
    ]
    columns = {
        "time": _TIME,
        "game": _GAME,
        "what": st.column_config.TextColumn("What", width=110),
        "score": _SCORE,
        "evidence": st.column_config.ImageColumn("Scoreboard", width=170),
        "frame": _FRAME,
    }
    _table(f"events-{run.uuid}", shown, columns, row_height=52)


def _said(event: Row, names: tuple[str, str]) -> str:
    if event["kind"] == "period_start":
        return f"{period_name(event['period'])} period begins"
    if event["kind"] == "period_end":
        return "Period ends"
    name = names[0] if event["team"] == "a" else names[1]
    taken_back = " (taken back)" if event["kind"] == "correction" else ""
    return f"{name} {event['points']:+d}{taken_back}"


def readings_table(
    run: RunSummary, rows: Sequence[Row], seconds: Sequence[float], *, numbers: Sequence[int] | None = None
) -> None:
    """Readings as they are, or some of them.

    Args:
        run: Of which run.
        rows: All readings.
        seconds: Of video, for each.
        numbers: Which to show, in that order; None: all.
    """
    if numbers is not None and not numbers:
        st.info(
            "Nothing waits to be looked at: every reading is believed and sure, or somebody has seen to it.",
            icon=":material/task_alt:",
        )
        return
    chosen = range(len(rows)) if numbers is None else numbers
    shown = [
        {
            "time": clock(seconds[number]),
            "game": game_moment(row),
            "score": score(row),
            "shot": row["shot_clock_seconds"],
            "believed": row["accepted"],
            "confidence": row["confidence"],
            "text": row["raw_text"] or f"({row['reason']})",
            "why": f"by hand: {', '.join(row['corrected'])}" if row["corrected"] else row["reason"],
            "frame": row["frame_index"],
        }
        for number in chosen
        for row in (rows[number],)
    ]
    columns = {
        "time": _TIME,
        "game": _GAME,
        "score": _SCORE,
        "shot": st.column_config.NumberColumn("Shot", format="%g", width=50),
        "believed": st.column_config.CheckboxColumn("Believed", width=65, help="Accepted by the rules of the game"),
        "confidence": st.column_config.NumberColumn("Confidence", format="%.2f", width=80),
        "text": st.column_config.TextColumn("Text as read", width=220),
        "why": st.column_config.TextColumn("Why", width=260),
        "frame": _FRAME,
    }
    # A list from which something goes is another table: in the old one the next row would be selected.
    key = "readings" if numbers is None else f"review-{hash(tuple(numbers))}"
    _table(f"{key}-{run.uuid}", shown, columns)


def found_table(run: RunSummary, rows: Sequence[Row], seconds: Sequence[float], *, end: float) -> None:
    """A box to ask for game time, and the stretches of video that meet it.

    Args:
        run: Of which run.
        rows: All readings.
        seconds: Of video, for each.
        end: Of what is committed, in seconds of video.
    """
    key = f"find-{run.uuid}"

    def asked() -> None:
        if st.session_state[key].strip():
            st.query_params["find"] = st.session_state[key]
        else:
            st.query_params.pop("find", None)

    def example() -> None:
        if picked := st.session_state.pop(f"example-{run.uuid}", None):
            st.session_state[key] = st.query_params["find"] = picked

    st.session_state.setdefault(key, st.query_params.get("find", ""))
    text = st.text_input(
        "Game time",
        key=key,
        on_change=asked,
        placeholder=f"{EXAMPLES[0]}",
        icon=":material/search:",
        help="Periods (Q4, 2nd quarter, OT for every overtime, Q1-Q2), the game clock (under 4:00, 5:00-2:30), a margin"
        " (margin <= 5, tied, lead 20+), in any order.",
    )
    st.pills(
        "Examples",
        EXAMPLES,
        format_func=plain,
        key=f"example-{run.uuid}",
        on_change=example,
        label_visibility="collapsed",
    )
    if not text.strip():
        return
    try:
        spans = find(rows, parse_query(text))
    except InvalidSettings as error:
        st.warning(plain(str(error)), icon=":material/help:")
        return
    if not spans:
        st.info("No moment of what is committed meets this.", icon=":material/search_off:")
        return
    ends = [*seconds, max(end, seconds[-1])]
    lengths = [ends[span.end] - seconds[span.first] for span in spans]
    st.caption(
        f"{len(spans)} {'stretch' if len(spans) == 1 else 'stretches'} of video, {duration(sum(lengths))} in all"
    )
    shown = [
        {
            "time": clock(seconds[span.first]),
            "length": duration(length),
            "from": game_moment(rows[span.first]),
            "to": game_moment(rows[span.last]),
            "score": f"{score(rows[span.first])} → {score(rows[span.last])}",
            "frame": rows[span.first]["frame_index"],
        }
        for span, length in zip(spans, lengths, strict=True)
    ]
    columns = {
        "time": _TIME,
        "length": st.column_config.TextColumn("Length", width=70),
        "from": st.column_config.TextColumn("From", width=90),
        "to": st.column_config.TextColumn("To", width=90),
        "score": st.column_config.TextColumn("Score", width=150),
        "frame": _FRAME,
    }
    _table(f"found-{run.uuid}-{text}", shown, columns)


def _table(key: str, rows: Sequence[Row], columns: Mapping[str, Any], *, row_height: int = 35) -> None:
    def picked() -> None:
        chosen = st.session_state[key].selection.rows
        if chosen and chosen[0] < len(rows):
            choose_frame(int(rows[chosen[0]]["frame"]))

    st.dataframe(
        rows,
        column_config=columns,
        hide_index=True,
        height="content" if (len(rows) + 1) * row_height < _HEIGHT else _HEIGHT,
        row_height=row_height,
        on_select=picked,
        selection_mode="single-row",
        key=key,
    )
