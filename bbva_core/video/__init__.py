"""Videos: checking a file, indexing its frames, reading them exactly.

Importing this package is cheap. What needs a codec library is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bbva_core.video.frame_index import FrameIndex
from bbva_core.video.frames import Frame, Image, MissingFrame
from bbva_core.video.info import EXTENSIONS, VideoInfo

if TYPE_CHECKING:
    from bbva_core.video.containers import MAX_PIXELS
    from bbva_core.video.indexing import build_frame_index
    from bbva_core.video.probe import MAX_RATE, check_video
    from bbva_core.video.source import FrameSource
    from bbva_core.video.still import frame_jpeg

__all__ = [
    "EXTENSIONS",
    "MAX_PIXELS",
    "MAX_RATE",
    "Frame",
    "FrameIndex",
    "FrameSource",
    "Image",
    "MissingFrame",
    "VideoInfo",
    "build_frame_index",
    "check_video",
    "frame_jpeg",
]

_LAZY = {
    "MAX_PIXELS": "containers",
    "MAX_RATE": "probe",
    "FrameSource": "source",
    "build_frame_index": "indexing",
    "check_video": "probe",
    "frame_jpeg": "still",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
