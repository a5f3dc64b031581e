"""Reading a video in the ways the tests compare."""

from __future__ import annotations

from pathlib import Path

from bbva_core.video import Frame, FrameIndex, FrameSource, MissingFrame, VideoInfo
from tests.videos import digest


def outcome(item: Frame | MissingFrame) -> tuple[int, str]:
    """The index of a frame and what it shows."""
    return item.index, digest(item.image) if isinstance(item, Frame) else "missing"


def read(path: Path, info: VideoInfo, index: FrameIndex, start: int, stop: int, step: int = 1) -> list[tuple[int, str]]:
    """Frames as a source that was just opened gives them."""
    with FrameSource(path, index, info) as source:
        return [outcome(item) for item in source.frames(start, stop, step)]
