"""The settings for new runs."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from bbva_core.detect import WeightsFile, default_weights, list_weights
from bbva_core.errors import InvalidSettings
from bbva_core.ocr.easyocr_models import missing_models, models_folder
from bbva_core.settings import RunSettings, make_run_settings
from bbva_core.ui.backend import Backend
from bbva_core.ui.words import plain, size

_DETECTORS = {
    "auto": "Best available",
    "ultralytics": "YOLO",
    "opencv-hog": "OpenCV people detector (basic)",
    "none": "None: scoreboard only",
}
_READERS = {"rapidocr": "RapidOCR", "easyocr": "EasyOCR", "none": "None: detections only"}


def place_of(text: str) -> dict[str, Any]:
    """Where the scoreboard is: four numbers for a region, eight for corners, however they are separated.

    Raises:
        InvalidSettings: They are neither.
    """
    numbers = [int(number) for number in re.findall(r"\d{1,5}", text)]
    if not text.strip():
        return {}
    if re.search(r"-|[^\W\d]|\d{6}", text) or len(numbers) not in (4, 8):
        raise InvalidSettings(
            "The scoreboard region takes four whole numbers, such as 107, 298, 529, 340, or the eight of a board's four"
            f" corners; found {text!r}."
        )
    if len(numbers) == 4:
        return {"scoreboard_region": numbers}
    return {"scoreboard_corners": list(zip(numbers[::2], numbers[1::2], strict=True))}


def settings_form(backend: Backend) -> tuple[RunSettings | None, bool]:
    """Draw the form; returns the settings and whether the user trusts the chosen weights.

    Settings that cannot be used are explained below the form, which may be closed, and None is returned.
    """
    weights = list_weights(backend.app)
    with st.expander("Settings for new runs", icon=":material/tune:"):
        values, region, trust = _widgets(weights, default_weights(backend.app))
    try:
        settings = make_run_settings(**values, **place_of(region))
    except InvalidSettings as error:
        st.error(plain(error.what) + " Nothing is started until this is corrected.", icon=":material/error:")
        return None, False
    _say_what_detects(backend, settings, weights)
    if settings.ocr == "easyocr" and missing_models(models_folder(backend.app)):
        st.info(
            "EasyOCR reads the fields with BBVA's own network. Its models for finding text are not on this machine, so"
            " RapidOCR finds it; the **System** page downloads them.",
            icon=":material/info:",
        )
    return settings, trust


def _widgets(weights: list[WeightsFile], default: WeightsFile | None) -> tuple[dict[str, Any], str, bool]:
    fields = RunSettings.model_fields
    values: dict[str, Any] = {}
    left, middle, right = st.columns(3)
    with left:
        st.caption("Players and ball")
        values["detector"] = st.selectbox(
            "Detector",
            list(_DETECTORS),
            format_func=_DETECTORS.__getitem__,
            key="new_detector",
            persist_state="session",
        )
        by_path = {str(file.path): file for file in weights}
        chosen = st.selectbox(
            "Weights",
            [None, *by_path],
            format_func=lambda path: (
                _name_of_default(default) if path is None else f"{by_path[path].name} ({size(by_path[path].bytes)})"
            ),
            key="new_weights",
            persist_state="session",
            disabled=values["detector"] in ("opencv-hog", "none"),
        )
        trust = False
        if chosen is not None and values["detector"] in ("auto", "ultralytics"):
            values["weights"] = chosen
            if not by_path[chosen].trusted:
                trust = st.checkbox(
                    "I trust where this file comes from",
                    help="A .pt file can run any program when it is loaded. BBVA does not know this one.",
                    key="new_trust",
                )
        values["conf"] = st.slider(
            "Lowest score", 0.05, 0.95, fields["conf"].default, 0.05, key="new_conf", persist_state="session"
        )
        values["imgsz"] = st.select_slider(
            "Image size",
            [320, 416, 512, 640, 768, 960, 1280],
            fields["imgsz"].default,
            help="Longer side of the picture that YOLO sees, in pixels."
            " Larger finds smaller things, such as the ball in wide shots, finds less of what is close, and is slower.",
            key="new_imgsz",
            persist_state="session",
        )
    with middle:
        st.caption("Scoreboard")
        values["ocr"] = st.selectbox(
            "Text reader", list(_READERS), format_func=_READERS.__getitem__, key="new_ocr", persist_state="session"
        )
        values["ocr_interval"] = st.number_input(
            "Look every … seconds of video",
            0.0,
            3600.0,
            fields["ocr_interval"].default,
            0.5,
            help="0 looks at every analysed frame. Text is read only where it has changed. A basket is believed at the"
            " second look: with many seconds in between, so much later.",
            key="new_interval",
            persist_state="session",
        )
        region = st.text_input(
            "Scoreboard region",
            placeholder="x1, y1, x2, y2 in pixels; empty: found by itself",
            help="Four numbers for a rectangle; eight for the corners of a board that is seen askew: upper left, upper"
            " right, lower right, lower left. They can be drawn on the Scoreboard page of a run.",
            key="new_region",
            persist_state="session",
        )
    with right:
        st.caption("Frames")
        values["sample_interval"] = st.number_input(
            "Analyse every n-th frame",
            1,
            1000,
            fields["sample_interval"].default,
            key="new_sample",
            persist_state="session",
        )
        values["start_frame"] = st.number_input("First frame", 0, None, 0, key="new_start", persist_state="session")
        end = st.number_input(
            "End before frame", 1, None, None, placeholder="end of the video", key="new_end", persist_state="session"
        )
        values["end_frame"] = end
        values["batch_frames"] = st.number_input(
            "Frames in a batch",
            1,
            10_000,
            fields["batch_frames"].default,
            help="What one commit covers: an interruption costs at most one batch.",
            key="new_batch",
            persist_state="session",
        )
    return values, region, trust


def _name_of_default(default: WeightsFile | None) -> str:
    if default is None:
        return "Default"
    return "Default: BBVA's own" if default.origin == "shipped" else f"Default: {default.name}"


def _say_what_detects(backend: Backend, settings: RunSettings, weights: list[WeightsFile]) -> None:
    resolved = backend.control.resolve(settings)
    if resolved.detector == "opencv-hog" and settings.detector == "auto" and not weights:
        st.info(
            "No YOLO weights are on this machine, so OpenCV's basic people detector does the work: it finds some of"
            " the players and no ball. The **System** page downloads the official weights (5.6 MB, needs a network).",
            icon=":material/info:",
        )
