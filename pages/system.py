"""System: the worker, models, database, disk and versions; what is missing and what to do about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import streamlit as st

from bbva_core.detect import OFFICIAL, default_weights, list_weights
from bbva_core.errors import BBVAError
from bbva_core.machine.doctor import examine
from bbva_core.machine.versions import versions
from bbva_core.ocr.easyocr_models import missing_models, models_folder
from bbva_core.pipeline.worker import worker_is_alive
from bbva_core.store import check_integrity
from bbva_core.ui.backend import Backend, get_backend
from bbva_core.ui.shell import error_box
from bbva_core.ui.words import plain, size

_MEASURED = ("player", "ball", "rim")
_ORIGINS = {
    "official": "official",
    "shipped": "ships with BBVA",
    "models_dir": "in BBVA_MODELS_DIR",
    "unknown": "unknown: asks before loading",
}


def draw() -> None:
    """The page."""
    backend = get_backend()
    st.title("System")
    left, right = st.columns(2, gap="medium")
    with left:
        _worker(backend)
        _easyocr(backend)
    with right:
        _storage(backend)
    _weights(backend)
    _versions()
    _doctor(backend)


def _worker(backend: Backend) -> None:
    st.subheader("Worker")
    record = backend.queries.worker()
    if not worker_is_alive(backend.app):
        st.warning("No worker holds the data folder. It starts with the app; if this stays, restart BBVA.")
    elif record is not None:
        running = [run for run in backend.queries.runs() if run.state == "running"]
        st.markdown(
            f":green-badge[:material/check_circle: working] on {plain(running[0].video_name)}"
            if running
            else ":green-badge[:material/check_circle: ready]"
        )
        compute = f", compute process {record['compute_pid']}" if record["compute_pid"] else ""
        st.caption(f"Process {record['pid']} on {plain(record['host'])}{compute}.")


def _storage(backend: Backend) -> None:
    st.subheader("Storage")
    folder = backend.app.data_dir.resolve()
    disk = shutil.disk_usage(folder)
    videos = sum(path.stat().st_size for path in backend.app.videos_dir.glob("*"))
    database = sum(path.stat().st_size for path in folder.glob(f"{backend.app.database_path.name}*"))
    with st.container(horizontal=True, gap="medium"):
        if database:
            st.metric("Database", size(database), width="content")
        st.metric("Uploaded videos", size(videos), width="content")
        st.metric("Free on disk", size(disk.free), width="content")
    st.caption(f"Everything BBVA writes is in `{folder}`.")
    if st.button("Check the database", icon=":material/fact_check:"):
        with st.spinner("Reading the whole database …"):
            problems = check_integrity(backend.app)
        if problems:
            st.error(f"{len(problems)} problems: {plain(problems[0])}. Restore a copy from the backups folder.")
        else:
            st.success("The database is sound.")


def _weights(backend: Backend) -> None:
    st.subheader("Detector weights")
    weights = list_weights(backend.app)
    if weights:
        default = default_weights(backend.app)
        st.dataframe(
            [
                {
                    "name": file.name + (" (default)" if default is not None and file.path == default.path else ""),
                    "size": size(file.bytes),
                    "from": _ORIGINS[file.origin],
                    **{label: file.figures.get(f"{label}_ap50") for label in _MEASURED},
                    "sha256": file.sha256[:8],
                }
                for file in weights
            ],
            column_config={
                "name": "Weights",
                "size": "Size",
                "from": "Origin",
                "sha256": "SHA-256",
                **{
                    label: st.column_config.NumberColumn(f"AP50 {label}", format="%.2f", width=80)
                    for label in _MEASURED
                },
            },
            hide_index=True,
        )
        st.caption(
            "AP50, from 0 to 1, is how well a class was found on pictures that the weights were not trained on; BBVA"
            " measures it when it trains. `python -m bbva_core train` adapts the detector to your gym."
        )
    else:
        st.info(
            "No YOLO weights are on this machine. Until there are, OpenCV's basic people detector does the work.",
            icon=":material/info:",
        )
    missing = [name for name in OFFICIAL if not any(file.origin == "official" for file in weights)]
    for name in missing:
        if st.button(f"Download {name}", icon=":material/download:", help="From github.com/ultralytics/assets"):
            _download(name, backend.control.download_weights)


def _easyocr(backend: Backend) -> None:
    st.subheader("EasyOCR's models")
    missing = missing_models(models_folder(backend.app))
    if not missing:
        st.markdown(":green-badge[:material/check_circle: ready]")
        return
    st.caption("Not on this machine. Without them RapidOCR, which needs no download, finds the text for EasyOCR.")
    if st.button("Download EasyOCR's models", icon=":material/download:", help="From github.com/JaidedAI/EasyOCR"):
        _download("EasyOCR's models", backend.control.download_easyocr)


def _download(name: str, download: Callable[..., object]) -> None:
    bar = st.progress(0.0, text=f"Downloading {name} …")

    def progress(done: int, total: int) -> None:
        of_all = f" of {size(total)}" if total else ""
        bar.progress(min(1.0, done / total) if total else 0.0, text=f"Downloading {name}: {size(done)}{of_all}")

    try:
        download(progress=progress)
    except BBVAError as error:
        bar.empty()
        error_box(error)
    else:
        st.rerun()


def _versions() -> None:
    st.subheader("Versions")
    st.markdown(" · ".join(f"{plain(name)} {plain(version)}" for name, version in versions().items()))


def _doctor(backend: Backend) -> None:
    st.subheader("What works here")
    if not st.button("Examine this machine", icon=":material/stethoscope:", help="Imports every engine; takes seconds"):
        st.caption("Checks libraries, models, database and disk, as `python -m bbva_core doctor` does.")
        return
    with st.spinner("Examining …"):
        findings = examine(backend.app)
    st.dataframe(
        [
            {"ok": "yes" if f.ok else "no" if f.needed else "optional", "subject": f.subject, "found": f.found}
            for f in findings
        ],
        column_config={
            "ok": st.column_config.TextColumn("Works", width=70),
            "subject": st.column_config.TextColumn("What", width=190),
            "found": st.column_config.TextColumn("Found", width=600),
        },
        hide_index=True,
        height="content",
    )
    for finding in findings:
        if finding.advice:
            st.markdown(f"**{plain(finding.subject)}**: {plain(finding.advice)}")


draw()
