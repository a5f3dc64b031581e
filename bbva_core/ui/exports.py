"""Links to a run's exports."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bbva_core.store import RunSummary
from bbva_core.ui.routes import export_url

_NAMES = {"csv": "CSV", "parquet": "Parquet", "jsonl": "JSON Lines"}


def export_links(run: RunSummary, table: str, formats: Sequence[str]) -> None:
    """Draw one link for each format; the file is made when it is asked for."""
    links = " · ".join(f"[{_NAMES.get(format, format)}]({export_url(run.uuid, table, format)})" for format in formats)
    st.markdown(f":material/download: Export what is committed of {table}: {links}")
