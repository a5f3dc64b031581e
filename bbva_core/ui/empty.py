"""What a page says when there is nothing to show yet."""

from __future__ import annotations

import streamlit as st

from bbva_core.store import RunSummary


def no_detections(run: RunSummary) -> None:
    """This run has no detections, or not yet."""
    if "detect" not in run.stages:
        st.info("This run reads the scoreboard only: it was started without a detector.", icon=":material/info:")
    elif run.state.is_active:
        st.info("The first batch is not committed yet. It appears here by itself.", icon=":material/hourglass_top:")
    elif run.batches_done:
        st.info(
            "Nothing was detected in the committed batches. A lower score or a larger image size may find more.",
            icon=":material/info:",
        )
    else:
        st.info("This run stopped before its first batch. **Resume** it on the Runs page.", icon=":material/info:")


def no_readings(run: RunSummary) -> None:
    """This run has no scoreboard readings, or not yet."""
    if "ocr" not in run.stages:
        st.info("This run detects only: it was started without a text reader.", icon=":material/info:")
    elif run.state.is_active:
        st.info(
            "No scoreboard has been found so far. What is read appears here by itself.", icon=":material/hourglass_top:"
        )
    elif run.stages["ocr"].completed == run.stages["ocr"].total:
        st.info(
            "No scoreboard was found in this video. If it has one, draw below where it is.",
            icon=":material/info:",
        )
    else:
        st.info("This run stopped before its first reading. **Resume** it on the Runs page.", icon=":material/info:")
