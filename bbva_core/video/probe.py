"""Accepting or refusing a file, before anything is stored. Files come from anywhere; names and contents may lie."""

from __future__ import annotations

import stat
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.error import FFmpegError, InvalidDataError
from av.video.frame import VideoFrame

from bbva_core.errors import UnsupportedVideo, VideoReadError
from bbva_core.machine.hashing import Stamp, stamp_of
from bbva_core.video.containers import HEAD_BYTES, MAX_PIXELS, open_container, pick_stream, sniff
from bbva_core.video.cursor import Cursor
from bbva_core.video.frame_index import FrameIndex
from bbva_core.video.indexing import Progress, build_frame_index, pulse_of, too_many_left_out
from bbva_core.video.info import EXTENSIONS, VideoInfo
from bbva_core.video.orientation import read_orientation
from bbva_core.video.packets import Pulse

MAX_RATE = 1000
"""Frames a second. High-speed cameras stay below; a file that claims more has broken timestamps."""

_SAFE = "Nothing was stored or changed."
_EXPORT_AGAIN = "Export it again as MP4 (H.264), for example with HandBrake, and try that file."


def check_video(
    path: Path, *, name: str | None = None, progress: Progress | None = None
) -> tuple[VideoInfo, FrameIndex]:
    """Check that a file is a video we can read safely, and index its frames.

    Args:
        path: Where the file is.
        name: What the user calls it, when it is stored under another name.
        progress: Called now and then with bytes read and bytes in all; with all of them again and again while
            decoding must tell what reading cannot.

    Raises:
        UnsupportedVideo: It is refused, in words; nothing was changed.
    """
    name = name or path.name
    stamp, container = _check_outside(path, name)
    size = stamp[0]
    try:
        codec, cut_off = _check_streams(path, name, container, size)
        index, left_out = build_frame_index(path, progress)
        _check_index(name, index, left_out)
        picture = _first_picture(path, container, index, pulse_of(progress, size))
    except (FFmpegError, VideoReadError) as error:
        raise _refuse(f"{name} cannot be read as a video: {_words(error)}.", _EXPORT_AGAIN) from error
    if picture is None:
        raise _refuse(
            f"{name} names {len(index)} frames, but not one of them can be decoded (codec {codec}; frames of more than "
            f"{MAX_PIXELS} pixels, 8192 x 8192, are not read).",
            _EXPORT_AGAIN,
        )
    rotation, mirrored = read_orientation(picture)
    turned = rotation in (90, 270)
    info = VideoInfo(
        container=container,
        codec=codec,
        width=picture.height if turned else picture.width,
        height=picture.width if turned else picture.height,
        rotation=rotation,
        mirrored=mirrored,
        time_base=index.time_base,
        frame_count=len(index),
        duration=_duration(index),
        bytes=size,
        stamp=stamp,
        left_out=left_out,
        cut_off=cut_off,
    )
    return info, index


def _check_outside(path: Path, name: str) -> tuple[Stamp, str]:
    # Everything that can be told without a demuxer, so that none sees a pipe, a device or a picture.
    try:
        stamp, mode = stamp_of(path), path.stat().st_mode
    except OSError as error:
        raise _refuse(f"{name} cannot be opened: {error.strerror}.", "Check the name and the permissions.") from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe, a socket or a device"
        raise _refuse(f"{name} is {kind}; expected a video file.", "Choose a video file.")
    extension = Path(name).suffix.lower()
    if extension not in EXTENSIONS:
        raise _refuse(
            f"{name} has the extension {extension or '(none)'}; expected one of {' '.join(EXTENSIONS)}.",
            "Rename it if it is a video of such a kind; otherwise export it as MP4.",
        )
    if stamp[0] == 0:
        raise _refuse(f"{name} is empty: 0 bytes.", "Copy or download it again.")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise _refuse(f"{name} cannot be opened: {error.strerror}.", "Check the permissions.") from error
    container = sniff(head)
    if container is None:
        raise _refuse(
            f"{name} does not contain a video: expected the first bytes of MP4, MOV, MKV, WebM, AVI, MPEG-TS or MPEG, "
            f"found {head[:12]!r}.",
            "Choose the video itself, not a picture, a playlist or a link to it.",
        )
    return stamp, container


def _check_streams(path: Path, name: str, container: str, size: int) -> tuple[str, int]:
    with open_container(path, container) as opened:
        stream = pick_stream(opened)
        if stream is None:
            kinds = ", ".join(sorted({s.type for s in opened.streams})) or "none"
            raise _refuse(f"{name} has no video in it: expected a video stream, found {kinds}.", "Choose a video file.")
        context = stream.codec_context
        if context is None:
            raise _refuse(f"{name} uses a video codec for which there is no decoder here.", _EXPORT_AGAIN)
        if context.width * context.height > MAX_PIXELS:
            raise _refuse(
                f"{name} has frames of {context.width} x {context.height} = {context.width * context.height} pixels; "
                f"expected at most {MAX_PIXELS} (8192 x 8192).",
                "Scale it down and try that file.",
            )
        named = stream.index_entries if container in ("mov", "avi") else ()  # Matroska's cues name some pictures only
        return context.codec.canonical_name, sum(entry.pos >= size for entry in named)


def _check_index(name: str, index: FrameIndex, left_out: int) -> None:
    if not len(index):
        raise _refuse(f"{name} has no frames: expected at least 1, found 0.", "Copy or download it again.")
    # The median, since a few close frames in a variable frame rate are no harm.
    gap = Fraction(int(np.median(np.diff(index.pts)))) * index.time_base if len(index) > 1 else Fraction(1)
    if gap * MAX_RATE < 1:
        found = float("inf") if gap == 0 else float(1 / gap)
        raise _refuse(f"{name} claims {found:.0f} frames a second; expected at most {MAX_RATE}.", _EXPORT_AGAIN)
    if too_many_left_out(left_out, len(index)):
        raise _refuse(
            f"{name} gives {left_out} of its {left_out + len(index)} pictures no time of their own, so that they would "
            "be missing from all results; expected at most 1 in 10.",
            _EXPORT_AGAIN,
        )


def _first_picture(path: Path, container: str, index: FrameIndex, pulse: Pulse) -> VideoFrame | None:
    cursor = Cursor(path, container, index, threads=1, strict=False, pulse=pulse)
    try:
        cursor.start(0)
        while (pictures := cursor.read()) is not None:
            if pictures:
                return pictures[0][1]
        return None
    finally:
        cursor.close()


def _duration(index: FrameIndex) -> Fraction:
    # The last frame stays for as long as frames usually do.
    usual = Fraction(float(np.median(np.diff(index.pts)))) if len(index) > 1 else 1 / (25 * index.time_base)
    return index.elapsed(len(index) - 1) + usual * index.time_base


def _words(error: Exception) -> str:
    if isinstance(error, InvalidDataError):
        return (
            "its contents are damaged or incomplete (in an MP4 or MOV file often because the recording or the copy was "
            "interrupted, so that its table of contents, moov, is missing)"
        )
    return (error.strerror if isinstance(error, FFmpegError) else None) or str(error)


def _refuse(what: str, do: str) -> UnsupportedVideo:
    return UnsupportedVideo(what, safe=_SAFE, do=do)
