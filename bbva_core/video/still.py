"""One frame as a JPEG, for pages."""

from __future__ import annotations

from pathlib import Path

import cv2

from bbva_core.errors import NotFound, VideoReadError
from bbva_core.video.frame_index import FrameIndex
from bbva_core.video.frames import MissingFrame
from bbva_core.video.info import VideoInfo
from bbva_core.video.packets import Pulse, no_pulse
from bbva_core.video.source import FrameSource


def frame_jpeg(
    path: Path,
    index: FrameIndex,
    info: VideoInfo,
    frame_index: int,
    *,
    max_width: int | None = None,
    region: tuple[int, int, int, int] | None = None,
    quality: int = 85,
    pulse: Pulse = no_pulse,
) -> bytes:
    """Decode one frame and encode it as a JPEG.

    Args:
        path: The video.
        index: Its frame index.
        info: Its facts.
        frame_index: Which frame.
        max_width: The picture is scaled down to at most this many pixels across; never up.
        region: Only this part: x1, y1, x2, y2 in pixels of the frame as displayed, x2 and y2 exclusive.
        quality: 1 to 100.
        pulse: See `FrameSource`.

    Raises:
        NotFound: The video has no such frame, or the region lies outside of it.
        VideoReadError: The frame cannot be decoded, or the file can no longer be read.
    """
    if not 0 <= frame_index < len(index):
        raise NotFound(
            f"Frame {frame_index} does not exist; the video has {len(index)} frames, 0 to {len(index) - 1}.",
            do="Choose another frame.",
        )
    # One thread: for a single frame the others would only fill up.
    with FrameSource(path, index, info, threads=1, pulse=pulse) as source:
        frame = next(source.frames(frame_index, frame_index + 1))
    if isinstance(frame, MissingFrame):
        raise VideoReadError(
            f"Frame {frame_index} cannot be shown. {frame.reason}", safe="Nothing was changed.", do="Try one nearby."
        )
    image = frame.image
    if region is not None:
        x1, y1, x2, y2 = (max(0, value) for value in region)
        image = image[y1:y2, x1:x2]
        if image.size == 0:
            raise NotFound(
                f"The region {region} lies outside of the frame of {info.width} x {info.height} pixels.",
                do="Draw the region again.",
            )
    height, width = image.shape[:2]
    if max_width is not None and width > max_width:
        size = (max_width, max(1, round(height * max_width / width)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise VideoReadError(f"Frame {frame_index} could not be encoded as a JPEG.", safe="Nothing was changed.")
    return bytes(data)
