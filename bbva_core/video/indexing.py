"""Building the frame index by reading the packets of a file.

Only the beginning is decoded, to see whether packets and pictures agree; all of it where they do not, and where only
decoding tells the order of the frames (AVI with B-frames).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from bbva_core.video.containers import HEAD_BYTES, sniff
from bbva_core.video.decoded_names import decode_names, labels_in_order, without_second_fields
from bbva_core.video.frame_index import FrameIndex
from bbva_core.video.packets import PacketReader, Pulse, no_pulse

Progress = Callable[[int, int], None]


def build_frame_index(path: Path, progress: Progress | None = None) -> tuple[FrameIndex, int]:
    """Read all packets of the video stream and name its frames.

    Not in the index, since no decoder shows them: packets hidden by an edit list, empty packets, and frames before the
    first key frame (a recording that was cut in the middle of a group of pictures). Of several packets with one PTS the
    first counts. A PTS that jumps back is moved, see `PacketReader`. Where each field of a picture has a PTS, that of
    the first one names the picture.

    Args:
        path: The video.
        progress: Called now and then with bytes read and bytes in all; with all of them again and again while
            decoding must tell what reading cannot.

    Returns:
        The index, and how many pictures it leaves out because they have no PTS of their own.

    Raises:
        VideoReadError: The file cannot be read.
    """
    total = path.stat().st_size
    with path.open("rb") as file:
        container = sniff(file.read(HEAD_BYTES)) or "mov"
    reader = PacketReader(path, container)
    names: list[int] = []
    keys: list[bool] = []
    chunks: set[tuple[int, int]] = set()
    begin: int | None = None
    begun = False
    nameless = 0
    try:
        for count, packet in enumerate(reader.packets()):
            if progress is not None and count % 1000 == 0:
                progress(min(packet.pos or 0, total), total)
            if packet.is_keyframe and not begun:
                # None when this one has no PTS: then nothing tells which of the others cannot be decoded.
                begun, begin = True, packet.pts
            if packet.is_discard:
                continue
            if packet.pts is None:
                nameless += begun
                continue
            names.append(packet.pts)
            keys.append(packet.is_keyframe)
            if container == "avi":
                chunks.add((packet.pts, packet.size))
        restarts = reader.restarts
        # With B-frames the order of decoding, all that is left then, is not the order of presentation.
        shuffled = reader.untimed > 0 and reader.stream.codec_context.has_b_frames > 0
        time_base = reader.time_base
        # AVI counts chunks: where damage hides some, counting and its own table disagree about all that follow.
        miscounted = container == "avi" and not chunks <= {(e.timestamp, e.size) for e in reader.stream.index_entries}
    finally:
        reader.close()
    named, is_key = np.array(names, np.int64), np.array(keys, np.bool_)
    if begin is not None:
        is_key = is_key[named >= begin]
        named = named[named >= begin]
    pts, first, times = np.unique(named, return_index=True, return_counts=True)
    key = is_key[first]
    # A key frame is found again by its PTS.
    doubtful = bool(np.isin(named[is_key], pts[times > 1]).any())
    decode = partial(decode_names, path, container, pts.tolist(), pulse_of(progress, total))
    left_out = nameless + named.size - pts.size
    labels = None
    if shuffled:
        labels = labels_in_order(pts, decode().shown)
        key = key[np.searchsorted(pts, labels)]
    elif (trial := decode(trial=True)).halved:
        whole = decode()
        keep = without_second_fields(pts, whole.shown)
        pts, key, left_out = pts[keep], key[keep], whole.unnamed
    elif trial.spare_are_pictures is False:
        left_out = trial.unnamed
    elif trial.spare_are_pictures is None and too_many_left_out(left_out, len(pts)):
        left_out = decode().unnamed
    if progress is not None:
        progress(total, total)
    seekable = restarts == 0 and not doubtful and not miscounted
    return FrameIndex(pts.copy(), key.copy(), time_base, seekable, labels), left_out


def too_many_left_out(left_out: int, named: int) -> bool:
    """Whether so many pictures have no PTS of their own that results would be misleading.

    Fewer are no reason to refuse a recording, which may be damaged: their number is told.
    """
    return left_out > 2 and left_out * 10 > left_out + named


def pulse_of(progress: Progress | None, total: int) -> Pulse:
    """Signs of life as progress that stays at the whole."""
    return no_pulse if progress is None else lambda: progress(total, total)
