"""What the app needs besides the runs of libraries that the server must not load, served by a child process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bbva_core.machine.hashing import sha256_file
from bbva_core.ocr import easyocr_models
from bbva_core.pipeline.tasks import Progress
from bbva_core.settings import AppSettings
from bbva_core.video import FrameIndex, VideoInfo, check_video, frame_jpeg


class Media:
    """Served by a child process to `Control`."""

    def __init__(self, app: AppSettings) -> None:
        self._app = app

    def inspect(self, path: Path, name: str, *, progress: Progress) -> tuple[dict[str, Any], bytes, str]:
        """Check a file, index its frames, hash it: (video info, packed frame index, sha256).

        Raises:
            UnsupportedVideo: It is not a video we read; the message says why.
        """
        info, index = check_video(path, name=name, progress=lambda done, total: progress(done, 2 * total))
        digest = sha256_file(path, lambda done, total: progress(total + done, 2 * total))
        return info.to_dict(), index.to_bytes(), digest

    def sha256(self, path: Path, *, progress: Progress) -> str:
        """SHA-256 of a file, in hex."""
        return sha256_file(path, progress)

    def frame_jpeg(
        self,
        path: Path,
        index: bytes,
        info: dict[str, Any],
        frame_index: int,
        max_width: int,
        region: tuple[int, int, int, int] | None,
        *,
        progress: Progress,
    ) -> bytes:
        """One frame as JPEG.

        Raises:
            VideoReadError: The file cannot be read any more, or this frame cannot be decoded.
        """
        return frame_jpeg(
            path,
            FrameIndex.from_bytes(index),
            VideoInfo.from_dict(info),
            frame_index,
            max_width=max_width,
            region=region,
            pulse=lambda: progress(0, 1),
        )

    def download_easyocr(self, *, progress: Progress) -> None:
        """Fetch EasyOCR's models.

        Raises:
            ReaderError: No network, or not the files expected; nothing was kept.
        """
        easyocr_models.download(easyocr_models.models_folder(self._app), progress)
