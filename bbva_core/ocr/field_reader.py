"""Our own reader of scoreboard fields, on onnxruntime: one line of text, a millisecond or two."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bbva_core.errors import foreign
from bbva_core.ocr.field_picture import field_strip
from bbva_core.ocr.network import NETWORK_FOLDER
from bbva_core.ocr.own_network import load_network, network_failed
from bbva_core.ocr.types import Image, Word

CONFIG: dict[str, Any] = yaml.safe_load((NETWORK_FOLDER / "bbva_reader.yaml").read_text(encoding="utf-8"))
CHARACTERS: str = CONFIG["character_list"]
"""What it can write; class 0 of the network is CTC's blank."""

_failed = partial(network_failed, "Our reader of scoreboard fields")


class FieldReader:
    """Reads one line of text: clocks, scores, periods, names. Capitals only.

    Args:
        model: `bbva_reader.onnx`.
        threads: CPU threads.

    Raises:
        ReaderError: The model is missing or damaged.
    """

    name = "bbva"

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        self._session: Any = load_network(
            model, called=f"Our reader's model {model.name}", threads=threads, failed=_failed
        )

    def read_line(self, field: Image) -> Word:
        """The text of a field: one line, BGR, with little around it.

        Raises:
            ReaderError: The engine failed, or is closed.
        """
        if self._session is None:
            raise _failed("the reader is closed")
        try:
            strip = field_strip(field).astype(np.float32)[None, None] / 127.5 - 1.0
            scores = self._session.run(None, {"strips": strip})[0][0]
        except Exception as error:  # onnxruntime raises types of its own
            raise _failed(foreign(error)) from error
        return decode(scores)

    def close(self) -> None:
        """Free the model."""
        self._session = None


def decode(scores: np.ndarray[Any, Any]) -> Word:
    """Best path of CTC.

    Args:
        scores: Shape (steps, characters + 1), before softmax.

    Returns:
        The text and its confidence: the probability of its least likely character but blanks,
        each at its best step. Where no
        text is, that of there being none, at the least likely step.
    """
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    best = likely.argmax(axis=1)
    marks: list[str] = []
    sure: list[float] = []
    previous = 0
    for step, mark in enumerate(best):
        if mark and mark == previous:
            sure[-1] = max(sure[-1], float(likely[step, mark]))
        elif mark:
            marks.append(CHARACTERS[mark - 1])
            sure.append(float(likely[step, mark]))
        previous = int(mark)
    text = "".join(marks)
    if not text.strip():
        return Word("", round(float(likely[:, 0].min()), 4))
    # Whether two fields stand apart or close together is a matter of taste, not of being sure.
    return Word(" ".join(text.split()), round(min(p for mark, p in zip(text, sure, strict=True) if mark != " "), 4))
