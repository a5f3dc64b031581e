"""Text reader engine: RapidOCR with the models from its wheel, on onnxruntime."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

from bbva_core.errors import ReaderError, foreign
from bbva_core.machine.privacy import silence_telemetry
from bbva_core.ocr.types import (
    CONFIDENCE_DECIMALS,
    Image,
    TextLine,
    Word,
    canonical_line,
    check_image,
    reading_order,
)

_MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
# Longest side in text detection. On strips 1280 px wide: 640 lost a third of the readings of a 360p broadcast; 1280
# found no more than 960 and took a quarter longer. RapidOCR's default scales the *short* side to 736: ten times slower.
_DETECTION_SIDE = 960
# Lines below this are noise from the crowd; a game clock in a broadcast reads at 0.9 and more.
_MIN_CONFIDENCE = 0.5
# RapidOCR answers "no text" instead of failing for pictures so tall that the scaled width rounds to zero.
_MAX_TALLNESS = 8
# And fails, without a word, for those so wide that the scaled height rounds to zero: from 125 to 1 on.
_MAX_WIDENESS = 100


class RapidOCRReader:
    """RapidOCR, set up for short strips of upright text.

    Args:
        threads: CPU threads.

    Raises:
        ReaderError: It is not installed, or its models are missing. It never downloads them.
    """

    name = "rapidocr"

    def __init__(self, *, threads: int) -> None:
        self._engine: Any = None
        models = _find_models()
        parameters: dict[str, object] = {
            "Global.log_level": "critical",
            "Global.use_cls": False,  # scoreboards are upright
            "Global.text_score": _MIN_CONFIDENCE,
            "Det.limit_type": "max",
            "Det.limit_side_len": _DETECTION_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # With its path given, RapidOCR does not go looking for a model in the network.
            **{f"{part}.model_path": str(path) for part, path in models.items()},
        }
        silence_telemetry()
        try:
            with warnings.catch_warnings():
                # Deprecations inside omegaconf and antlr are theirs to mend.
                warnings.simplefilter("ignore")
                from rapidocr import RapidOCR

                self._engine = RapidOCR(params=parameters)
                # Models load on first use otherwise, and would fail in the middle of a run.
                self._engine._load_det_model()
                self._engine._load_rec_model()
        except Exception as error:  # onnxruntime, omegaconf and RapidOCR each raise their own
            cause = foreign(error)
            raise _failed(f"it could not be loaded ({cause})") from error

    def read(self, image: Image) -> list[TextLine]:
        """All text in the picture.

        Raises:
            ReaderError: The engine failed, or is closed.
        """
        if self._engine is None:
            raise _failed("the reader is closed")
        try:
            check_image(image)
            height, width = image.shape[:2]
            below = max(0, -(-width // _MAX_WIDENESS) - height)
            right = max(0, -(-height // _MAX_TALLNESS) - width)
            if below or right:
                image = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(0, 0, 0))
            # Said each time: what one call says stays said for the next.
            found = self._engine(
                image,
                use_det=True,
                use_cls=False,
                use_rec=True,
                return_word_box=True,
                return_single_char_box=True,
            )
            # Nothing found is `None`, and there is text without recognition only if something broke.
            if found.txts is None:
                return []
            lines = [
                canonical_line(text, score, (*quad.min(axis=0), *quad.max(axis=0)), _edges(marks))
                for text, score, quad, marks in zip(
                    found.txts, found.scores, found.boxes, found.word_results, strict=True
                )
            ]
        except Exception as error:  # see __init__
            raise _failed(foreign(error)) from error
        return reading_order([line for line in lines if line is not None])

    def read_line(self, field: Image) -> Word:
        """The text of one line.

        Raises:
            ReaderError: The engine failed, or is closed.
        """
        if self._engine is None:
            raise _failed("the reader is closed")
        try:
            check_image(field)
            found = self._engine(field, use_det=False, use_cls=False, use_rec=True)
        except Exception as error:  # see __init__
            raise _failed(foreign(error)) from error
        if not found.txts:
            return Word("", 0.0)
        return Word(" ".join(found.txts[0].split()), round(float(found.scores[0]), CONFIDENCE_DECIMALS))

    def close(self) -> None:
        """Free the models."""
        self._engine = None


def _edges(marks: Sequence[tuple[str, float, Sequence[Sequence[float]]]]) -> list[tuple[float, float]]:
    """Left and right edge of each character, from RapidOCR's (character, score, four corners)."""
    return [
        (min(x for x, _ in corners), max(x for x, _ in corners)) for text, _, corners in marks if text and text.strip()
    ]


def _find_models() -> dict[str, Path]:
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise _failed("the package is not installed")
    folder = Path(spec.origin).parent / "models"
    models = {part: folder / name for part, name in _MODELS.items()}
    missing = [path.name for path in models.values() if not path.is_file()]
    if missing:
        raise _failed(f"its models {', '.join(missing)} are missing from {folder}; they come inside its wheel")
    return models


def _failed(why: str) -> ReaderError:
    return ReaderError(
        f"The text reader rapidocr failed: {why}.",
        safe="What was committed before is safe.",
        do="Retry; if it fails again, install the packages pinned in requirements.txt, or choose another text reader.",
    )
