"""Download of the official weights: only when asked for, with progress, and never half a file."""

from __future__ import annotations

import hashlib
import http.client
import os
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

from bbva_core.detect.weights import DEFAULT_NAME, OFFICIAL, Official, WeightsFile, resolve_weights
from bbva_core.errors import WeightsDownloadFailed
from bbva_core.machine.hashing import model_sha256
from bbva_core.settings import AppSettings

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in total."""

_TIMEOUT_SECONDS = 30.0
_CHUNK_BYTES = 1 << 16


def download_weights(
    app: AppSettings,
    name: str = DEFAULT_NAME,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> WeightsFile:
    """Fetch official weights into `data_dir/models`, or return them when they are there already.

    The URL is the one ultralytics defines. Its own downloader is not used: it would import torch into the server,
    prints its progress, retries for minutes, and checks no checksum.

    Args:
        app: Where to put them.
        name: One of `OFFICIAL`.
        progress: Called after every piece.
        stop: Set it to give up; nothing is left behind.

    Raises:
        WeightsDownloadFailed: No network, stopped, or not the bytes expected.
    """
    official = OFFICIAL.get(name)
    if official is None:
        raise WeightsDownloadFailed(
            f"BBVA cannot download {name}: expected one of {', '.join(OFFICIAL)}.",
            safe="Nothing was changed.",
            do="Copy the file into a folder and set BBVA_MODELS_DIR to it.",
        )
    target = app.downloaded_models_dir / name
    if not (target.is_file() and model_sha256(target) == official.sha256):
        _fetch(official, target, progress, stop)
    return resolve_weights(app, str(target))


def _fetch(official: Official, target: Path, progress: Progress | None, stop: threading.Event | None) -> None:
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        request = urllib.request.Request(official.url, headers={"User-Agent": "bbva"})
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer, temporary.open("xb") as out:
            sha256, size = _copy(answer, out, official, progress, stop)
            out.flush()
            os.fsync(out.fileno())
        if (sha256, size) != (official.sha256, official.bytes):
            raise _failed(
                official,
                f"expected {official.bytes} bytes with sha256 {official.sha256}, found {size} bytes with {sha256}",
            )
        temporary.replace(target)
    except (OSError, http.client.HTTPException) as error:
        # URLError, timeouts, refused connections, TLS failures and a full disk are all OSError.
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it is the server's answer, still connected
        raise _failed(official, str(getattr(error, "reason", None) or error or type(error).__name__)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _copy(
    answer: IO[bytes], out: IO[bytes], official: Official, progress: Progress | None, stop: threading.Event | None
) -> tuple[str, int]:
    digest = hashlib.sha256()
    done = 0
    while piece := answer.read(_CHUNK_BYTES):
        if stop is not None and stop.is_set():
            raise _failed(official, "it was stopped")
        done += len(piece)
        if done > official.bytes:
            raise _failed(official, f"the server sent more than the {official.bytes} bytes expected")
        digest.update(piece)
        out.write(piece)
        if progress is not None:
            progress(done, official.bytes)
    return digest.hexdigest(), done


def _failed(official: Official, why: str) -> WeightsDownloadFailed:
    return WeightsDownloadFailed(
        f"The download of {official.url} did not work: {why}.",
        safe="Nothing was changed; no partial file was left.",
        do="Check the network and try again, or download the file on another machine and copy it into data/models, or "
        "set BBVA_MODELS_DIR to the folder that has it. Without weights the basic detector opencv-hog still works.",
    )
