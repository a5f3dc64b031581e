"""Text reader engine: EasyOCR, with its own models (downloaded on request only), and with the network that we ship."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2

from bbva_core.errors import ReaderError, ResumeRefused, foreign
from bbva_core.machine.device import Device, require_cuda
from bbva_core.ocr.easyocr_models import LANGUAGES, MODEL_FILES, how_to_get, missing_models
from bbva_core.ocr.field_picture import HEIGHT, field_strip
from bbva_core.ocr.network import NETWORK_FOLDER, WEIGHTS
from bbva_core.ocr.types import (
    CONFIDENCE_DECIMALS,
    Image,
    TextLine,
    Word,
    canonical_line,
    check_image,
    reading_order,
)


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

    def read_line(self, field: Image) -> Word:
        """The text of one line.

        Raises:
            ReaderError: The engine failed, or is closed.
        """
        if self._reader is None:
            raise _failed("the reader is closed")
        try:
            check_image(field)
            return _recognised(self._reader, cv2.cvtColor(field, cv2.COLOR_BGR2GRAY))
        except Exception as error:  # see __init__
            raise _failed(foreign(error)) from error

    def close(self) -> None:
        """Free the models."""
        self._reader = None


class EasyOCRFieldReader:
    """Our own reader of scoreboard fields as a custom recognition network of EasyOCR. It needs no download.

    Args:
        weights: `bbva_reader.pth`.
        threads: CPU threads for torch.
        device: Where torch computes.

    Raises:
        ResumeRefused: The device is `cuda`, and torch finds none.
        ReaderError: EasyOCR is not installed, or our weights are missing or damaged.
    """

    name = "easyocr"

    def __init__(self, weights: Path = WEIGHTS, *, threads: int, device: Device) -> None:
        self._reader: Any = None
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
        try:
            with warnings.catch_warnings(), _own_height():
                warnings.simplefilter("ignore")  # see EasyOCRReader
                import easyocr
                import torch

                torch.set_num_threads(threads)
                if device == "cuda":
                    require_cuda()
                self._reader = easyocr.Reader(
                    LANGUAGES,
                    gpu=device == "cuda",
                    detector=False,
                    recog_network=weights.stem,
                    model_storage_directory=str(weights.parent),
                    user_network_directory=str(NETWORK_FOLDER),
                    download_enabled=False,
                    quantize=False,  # the network is small, and half of it is convolutions, which stay as they are
                    verbose=False,
                )
        except ResumeRefused:
            raise
        except Exception as error:  # torch, pickle and a missing package or file
            raise _failed(f"our network could not be loaded ({foreign(error)})") from error

    def read_line(self, field: Image) -> Word:
        """The text of a field. Capitals only.

        Raises:
            ReaderError: The engine failed, or is closed.
        """
        if self._reader is None:
            raise _failed("the reader is closed")
        try:
            check_image(field)
            with _own_height():
                return _recognised(self._reader, field_strip(field))
        except Exception as error:  # see EasyOCRReader
            raise _failed(foreign(error)) from error

    def close(self) -> None:
        """Free the model."""
        self._reader = None


def _recognised(reader: Any, grey: Any) -> Word:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # see EasyOCRReader
        high, wide = grey.shape
        ((_, text, confidence),) = reader.recognize(grey, [[0, wide, 0, high]], [], detail=1, paragraph=False)
    return Word(" ".join(text.split()), round(min(1.0, max(0.0, float(confidence))), CONFIDENCE_DECIMALS))


@contextlib.contextmanager
def _own_height() -> Iterator[None]:
    """EasyOCR keeps the height of its networks' input in one variable for all of its readers."""
    from easyocr import easyocr

    theirs = easyocr.imgH
    easyocr.imgH = HEIGHT
    try:
        yield
    finally:
        easyocr.imgH = theirs


def _failed(why: str) -> ReaderError:
    return ReaderError(
        f"The text reader easyocr failed: {why}.",
        safe="What was committed before is safe.",
        do="Retry; if it fails again, choose the text reader rapidocr.",
    )
