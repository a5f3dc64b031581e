"""Which demuxer may read a file, and opening it with that one only.

The demuxer is chosen from the first bytes of the file and forced, so no playlist, image sequence, URL or device can
reach the decoder, whatever the file is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import av
from av.container.core import Flags
from av.container.input import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

MAX_PIXELS = 8192 * 8192
"""One frame of 8K (7680 x 4320) is half of this. As BGR it takes 200 MB, which a small machine still survives."""

HEAD_BYTES = 4096

_MOV_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_FULL_NAMES = {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}


def sniff(head: bytes) -> str | None:
    """The demuxer that the first bytes of a file ask for, or None when they are not those of a video we read."""
    if head[4:8] in _MOV_ATOMS:
        return "mov"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head[:4] == b"\x00\x00\x01\xba":
        return "mpeg"
    return "mpegts" if _looks_like_ts(head) else None


def open_container(path: Path, container: str) -> InputContainer:
    """Open a local file with one demuxer and no other protocol than `file`.

    Raises:
        av.error.FFmpegError: It cannot be opened.
    """
    opened = av.open(
        # With the prefix and an absolute path the name cannot be taken for an option, a pattern or another protocol.
        f"file:{path.absolute()}",
        mode="r",
        format=container,
        options={
            "protocol_whitelist": "file",
            "format_whitelist": _FULL_NAMES.get(container, container),
            "max_pixels": str(MAX_PIXELS),
        },
        metadata_errors="replace",
    )
    if container == "avi":
        # AVI has no presentation times, and the guesses that PyAV switches on are wrong for B-frames.
        opened.flags &= ~int(cast(int, Flags.gen_pts.value))
    return opened


def pick_stream(container: InputContainer) -> VideoStream | None:
    """The first moving picture of a file; cover art does not count. All other streams are switched off."""
    chosen = next(
        (
            s
            for s in container.streams.video
            if not s.disposition & (Disposition.attached_pic | Disposition.still_image)
        ),
        None,
    )
    for stream in container.streams:
        if chosen is not None and stream.index != chosen.index:
            stream.discard = Discard.all
    return chosen


def _looks_like_ts(head: bytes) -> bool:
    # 188 plain, 192 with a time code (Blu-ray, cameras), 204 with error correction.
    # A cut file may start inside a packet.
    for size in (188, 192, 204):
        marks = min(8, len(head) // size)
        # One mark alone is found in any text with a G in it.
        if marks >= 4 and any(all(head[start + k * size] == 0x47 for k in range(marks - 1)) for start in range(size)):
            return True
    return False
