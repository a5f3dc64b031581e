"""What only decoding tells about the frames of a file: which packets bring out a picture, and in which order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
from av.codec.context import ThreadType
from av.error import FFmpegError

from bbva_core.video.containers import MAX_PIXELS
from bbva_core.video.packets import PacketReader, Pulse

TRIAL_NAMES = 60
"""So many frames at the beginning of a file tell how it is made."""

_TRIAL_PACKETS = 4 * TRIAL_NAMES
_FEW = 0.75


@dataclass
class Decoded:
    """What came out of a file, or of the beginning of it."""

    shown: list[int] = field(default_factory=list)
    """The names of the pictures in the order they came out, each once."""

    unnamed: int = 0
    """Pictures without a name of their own."""

    spare: int = 0
    """Packets without a name of their own."""

    errors: int = 0

    fed: list[int] = field(default_factory=list)
    """The names of the packets in file order, each once."""

    @property
    def halved(self) -> bool:
        """Whether sound data brings out clearly fewer pictures than it has names: each field of a picture has one."""
        if self.errors or len(self.shown) < 2:
            return False
        # At the edges there are frames that cannot come out, since what they refer to lies outside.
        first, last = min(self.shown), max(self.shown)
        return len(self.shown) < _FEW * sum(first <= name <= last for name in self.fed)

    @property
    def spare_are_pictures(self) -> bool | None:
        """Whether packets without a name bring out pictures, or are parts of others (fields); None: unknown."""
        return None if self.errors or not self.spare else 2 * self.unnamed >= self.spare


def decode_names(path: Path, container: str, names: Collection[int], pulse: Pulse, *, trial: bool = False) -> Decoded:
    """Decode a file, or the beginning of it, and note which of the names come out.

    Args:
        names: What the index calls the frames: the PTS (labels) of their packets.
        trial: Only the beginning: about `TRIAL_NAMES` names.
    """
    known = set(names)
    fed: set[int] = set()
    shown: set[int] = set()
    found = Decoded()
    packets = 0
    begun = False
    reader = PacketReader(path, container, pulse)
    try:
        reader.stream.thread_type = ThreadType.AUTO
        context = reader.stream.codec_context
        context.options = {"max_pixels": str(MAX_PIXELS)}
        for packet in chain(reader.packets(), (None,)):
            enough = trial and (len(fed) >= TRIAL_NAMES or packets >= _TRIAL_PACKETS)
            if packet is not None and not enough:
                packets += 1
                begun = begun or packet.is_keyframe
                if packet.pts in known and packet.pts not in fed:
                    fed.add(packet.pts)
                    found.fed.append(packet.pts)
                elif begun and not packet.is_discard:
                    found.spare += packet.pts is None or packet.pts in fed
            try:
                pictures = context.decode(None if enough else packet)
            except FFmpegError:
                found.errors += 1
                pictures = []
            for picture in pictures:
                if picture.pts in known and picture.pts not in shown:
                    shown.add(picture.pts)
                    found.shown.append(picture.pts)
                elif picture.pts is None or picture.pts in shown:
                    found.unnamed += 1
            if enough:
                break
    finally:
        reader.close()
    return found


def labels_in_order(pts: npt.NDArray[np.int64], shown: list[int]) -> npt.NDArray[np.int64]:
    """The labels in the order in which the frames are shown; those that did not come out go where they stood."""
    order = np.array(shown, np.int64)
    lost = np.setdiff1d(pts, order)
    # Before the first label that is greater.
    return np.insert(order, np.searchsorted(np.maximum.accumulate(order), lost, side="right"), lost)


def without_second_fields(pts: npt.NDArray[np.int64], shown: list[int]) -> npt.NDArray[np.bool_]:
    """Which names to keep where each field has one and the first one names the picture.

    A lost name behind a kept one is that of a second field. Where damage has lost whole pictures, that leaves every
    second name, so that they are still counted.
    """
    keep = np.isin(pts, np.array(shown, np.int64))
    for i in range(len(keep)):
        keep[i] = keep[i] or i == 0 or not keep[i - 1]
    return keep
