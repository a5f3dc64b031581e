"""Text reader engine: EasyOCR. Its models are downloaded on request only."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

from bbva_core.errors import ReaderError, ResumeRefused, foreign
from bbva_core.machine.device import Device, require_cuda
from bbva_core.ocr.easyocr_models import LANGUAGES, MODEL_FILES, how_to_get, missing_models
from bbva_core.ocr.types import Image, TextLine, canonical_line, check_image, reading_order


class EasyOCRReader:
    """EasyOCR for English text.

    Args:
        folder: Where its models are; see `easyocr_models.models_folder`.
        threads: CPU threads for torch.
        device: Where torch computes.

    Raises:
        ResumeRefused: The device is `cuda`, and torch finds none.
        ReaderError: It is not installed, or its models are missing or damaged. It never downloads by itself.
    """

    name = "easyocr"

    def __init__(self, folder: Path, *, threads: int, device: Device) -> None:
        self._reader: Any = None
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # deprecations inside easyocr and torch
                import easyocr
                import torch

                torch.set_num_threads(threads)
                if device == "cuda":
                    require_cuda()
                self._reader = easyocr.Reader(
                    LANGUAGES,
                    gpu=device == "cuda",
                    model_storage_directory=str(folder),
                    user_network_directory=str(folder / "networks"),
                    download_enabled=False,
                    verbose=False,
                )
        except ResumeRefused:
            raise
        except FileNotFoundError as error:  # what EasyOCR raises for a missing file and for a wrong checksum
            missing = missing_models(folder)
            found = f"missing {' and '.join(missing)}" if missing else str(error)
            raise ReaderError(
                f"EasyOCR's models are not usable: expected {' and '.join(MODEL_FILES)} in {folder}, found {found}.",
                safe="Nothing was read.",
                do=how_to_get(folder),
            ) from error
        except Exception as error:  # torch, pickle and a missing package
            cause = foreign(error)
            raise _failed(f"it could not be loaded ({cause})") from error

    def read(self, image: Image) -> list[TextLine]:
        """All text in the picture.

        Raises:
            ReaderError: The engine failed, or is closed.
        """
        if self._reader is None:
            raise _failed("the reader is closed")
        try:
            check_image(image)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # see __init__
                found = self._reader.readtext(image, detail=1, paragraph=False)
            lines = [
                canonical_line(text, score, (min(xs), min(ys), max(xs), max(ys)))
                for quad, text, score in found
                for xs, ys in [tuple(zip(*quad, strict=True))]
            ]
        except Exception as error:  # see __init__
            raise _failed(foreign(error)) from error
        return reading_order([line for line in lines if line is not None])

    def close(self) -> None:
        """Free the models."""
        self._reader = None


def _failed(why: str) -> ReaderError:
    return ReaderError(
        f"The text reader easyocr failed: {why}.",
        safe="What was committed before is safe.",
        do="Retry; if it fails again, choose the text reader rapidocr.",
    )
