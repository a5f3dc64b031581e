"""Loading a network of our own that comes with BBVA, in onnxruntime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bbva_core.errors import ReaderError, foreign


def network_failed(whose: str, why: str) -> ReaderError:
    """The error of a network that cannot be loaded, or failed on a picture."""
    return ReaderError(
        f"{whose} failed: {why}.",
        safe="What was committed before is safe.",
        do="Retry; if it fails again, install the packages pinned in requirements.txt.",
    )


def load_network(model: Path, *, called: str, threads: int, failed: Callable[[str], ReaderError]) -> Any:
    """A session of onnxruntime on the CPU.

    Args:
        model: The file.
        called: What to call it when it is missing.
        threads: CPU threads.
        failed: Makes the error of an engine that cannot be loaded, given why.

    Raises:
        ReaderError: The model is missing or damaged.
    """
    if not model.is_file():
        raise ReaderError(
            f"{called} is missing from {model.parent}.",
            safe="Nothing was read.",
            do="Check out the repository again: the file belongs to it.",
        )
    try:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises types of its own, and its package may be missing
        raise failed(f"it could not be loaded ({foreign(error)})") from error
