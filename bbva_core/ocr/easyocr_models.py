"""EasyOCR's models: which files, where, and their download on request. Imports easyocr only to download."""

from __future__ import annotations

import contextlib
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from bbva_core.errors import ReaderError
from bbva_core.settings import AppSettings

Progress = Callable[[int, int], None]

LANGUAGES = ["en"]
MODEL_FILES = ("craft_mlt_25k.pth", "english_g2.pth")
"""Text detection and English recognition (a test compares them with the installed easyocr)."""

_RELEASES = "https://github.com/JaidedAI/EasyOCR/releases"
_TIMEOUT_SECONDS = 30.0


def models_folder(app: AppSettings) -> Path:
    """Where EasyOCR's models live."""
    return app.downloaded_models_dir / "easyocr"


def missing_models(folder: Path) -> list[str]:
    """Names of the files that are not there."""
    return [name for name in MODEL_FILES if not (folder / name).is_file()]


def download(folder: Path, progress: Progress | None = None) -> None:
    """Fetch the models with EasyOCR's own code, which checks them against its checksums.

    Args:
        folder: Where to put them.
        progress: Called every second with the bytes on disk and 0: EasyOCR does not say how many there will be.

    Raises:
        ReaderError: No network, or the files are not what EasyOCR expects. No partial file is left.
    """
    before = missing_models(folder)
    try:
        with _bounded_wait(), _reported(folder, progress), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations inside easyocr and torch
            import easyocr

            easyocr.Reader(
                LANGUAGES,
                gpu=False,
                model_storage_directory=str(folder),
                user_network_directory=str(folder / "networks"),
                download_enabled=True,
                verbose=False,
            )
    except Exception as error:  # urllib, zipfile, torch and a plain assert for a wrong checksum
        for name in before:  # what this attempt wrote may be half a file
            (folder / name).unlink(missing_ok=True)
        raise ReaderError(
            f"EasyOCR's models could not be downloaded from {_RELEASES}: {error or type(error).__name__}.",
            safe="Nothing was changed; no partial file was left.",
            do=how_to_get(folder),
        ) from error
    finally:
        (folder / "temp.zip").unlink(missing_ok=True)


def how_to_get(folder: Path) -> str:
    """What the user can do about missing models."""
    return (
        "Connect to a network and download them (System page, or `python -m bbva_core doctor --download-easyocr`), or "
        f"copy {' and '.join(MODEL_FILES)} from {_RELEASES} into {folder}. The text reader rapidocr needs no download."
    )


@contextlib.contextmanager
def _reported(folder: Path, progress: Progress | None) -> Iterator[None]:
    ended = threading.Event()

    def report() -> None:
        while progress is not None and not ended.wait(1.0):
            # A file that is being renamed is gone for a moment.
            with contextlib.suppress(OSError):
                progress(sum(path.stat().st_size for path in folder.glob("*.*")), 0)

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextlib.contextmanager
def _bounded_wait() -> Iterator[None]:
    # EasyOCR downloads with urlretrieve, which has no timeout of its own.
    previous = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(previous)
