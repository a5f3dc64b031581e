"""Construction of text readers. Engines are imported only when one is made."""

from __future__ import annotations

from bbva_core.errors import InvalidSettings
from bbva_core.machine.device import Device
from bbva_core.machine.threads import resolve_threads
from bbva_core.ocr.types import TextReader
from bbva_core.settings import AppSettings, ReaderName

ENGINES: tuple[ReaderName, ...] = ("rapidocr", "easyocr")
"""The engines that `create_reader` knows."""


def create_reader(name: ReaderName, app: AppSettings, *, device: Device = "cpu") -> TextReader:
    """Make a text reader. Call it in the compute process: it imports onnxruntime or torch.

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
    if name == "rapidocr":
        from bbva_core.ocr.rapidocr_engine import RapidOCRReader

        return RapidOCRReader(threads=threads)
    if name == "easyocr":
        from bbva_core.ocr.easyocr_engine import EasyOCRReader
        from bbva_core.ocr.easyocr_models import models_folder

        return EasyOCRReader(models_folder(app), threads=threads, device=device)
    raise InvalidSettings(
        f"{name!r} is not a text reading engine: expected one of {', '.join(ENGINES)}.", do="Choose one of these."
    )
