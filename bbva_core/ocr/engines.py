"""Construction of text readers. Engines are imported only when one is made."""

from __future__ import annotations

from bbva_core.errors import InvalidSettings
from bbva_core.machine.device import Device
from bbva_core.machine.threads import resolve_threads
from bbva_core.ocr.easyocr_models import missing_models, models_folder
from bbva_core.ocr.types import LineReader, TextReader
from bbva_core.settings import AppSettings, ReaderName

ENGINES: tuple[ReaderName, ...] = ("rapidocr", "easyocr")
"""The engines that `create_reader` knows."""


def create_line_reader(name: ReaderName, app: AppSettings, *, device: Device = "cpu") -> LineReader:
    """Make the reader of single fields that goes with an engine: our own network, run by onnxruntime or by EasyOCR.

    Args:
        name: One of `ENGINES`.
        app: Threads, and where models are.
        device: Where torch computes; easyocr only.

    Raises:
        InvalidSettings: `name` is not an engine.
        ReaderError: The engine or its model is missing.
    """
    if name == "easyocr":
        from bbva_core.ocr.easyocr_engine import EasyOCRFieldReader

        return EasyOCRFieldReader(threads=resolve_threads(app.threads), device=device)
    from bbva_core.ocr.field_reader import FieldReader
    from bbva_core.ocr.network import MODEL

    return FieldReader(MODEL)


def create_reader(name: ReaderName, app: AppSettings, *, device: Device = "cpu") -> TextReader:
    """Make a text reader. Call it in the compute process: it imports onnxruntime or torch.

    Without EasyOCR's own models, which have to be downloaded, RapidOCR finds the text for it: see `create_line_reader`.

    Args:
        name: One of `ENGINES`.
        app: Threads, and where models are.
        device: Where torch computes; easyocr only.

    Raises:
        InvalidSettings: `name` is not an engine.
        ResumeRefused: The device is `cuda`, and torch finds none.
        ReaderError: The engine or its models are missing.
    """
    threads = resolve_threads(app.threads)
    if name == "easyocr" and not missing_models(models_folder(app)):
        from bbva_core.ocr.easyocr_engine import EasyOCRReader

        return EasyOCRReader(models_folder(app), threads=threads, device=device)
    if name in ENGINES:
        from bbva_core.ocr.rapidocr_engine import RapidOCRReader

        return RapidOCRReader(threads=threads)
    raise InvalidSettings(
        f"{name!r} is not a text reading engine: expected one of {', '.join(ENGINES)}.", do="Choose one of these."
    )
