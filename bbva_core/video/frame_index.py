"""The frame index: the PTS and key flag of every frame, in presentation order."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

_MAGIC = b"BBVAFIX1"
_HEADER = struct.Struct("<8sqqQB")
_SEEKABLE, _LABELLED = 1, 2


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """Names every frame of a video by its place in presentation order and its PTS.

    Args:
        pts: int64, strictly increasing.
        key: bool, same length: decoding can start here.
        time_base: Seconds in one unit of PTS.
        seekable: False when the PTS of key frames repeat, or timestamps start anew in the file, so that a PTS alone
            does not tell the place; such a file is always decoded from its beginning.
        labels: What the file writes on the packet of each frame, when that is not the PTS but only the order of
            decoding (AVI with B-frames); None when it is the PTS.
    """

    pts: npt.NDArray[np.int64]
    key: npt.NDArray[np.bool_]
    time_base: Fraction
    seekable: bool = True
    labels: npt.NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if self.pts.dtype != np.int64 or self.key.dtype != np.bool_:
            raise TypeError(f"expected int64 pts and bool key, found {self.pts.dtype} and {self.key.dtype}")
        if self.pts.ndim != 1 or self.pts.shape != self.key.shape:
            raise ValueError(f"expected one key flag for each of {self.pts.shape} pts, found {self.key.shape}")
        if self.pts.size and not bool(np.all(self.pts[1:] > self.pts[:-1])):
            raise ValueError("pts must be strictly increasing")
        if self.time_base <= 0:
            raise ValueError(f"expected a positive time base, found {self.time_base}")
        if self.labels is not None and not np.array_equal(np.sort(self.labels), self.pts):
            raise ValueError("labels must be the pts in another order")
        self.pts.setflags(write=False)
        self.key.setflags(write=False)

    def __len__(self) -> int:
        return int(self.pts.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrameIndex):
            return NotImplemented
        return (
            self.time_base == other.time_base
            and self.seekable == other.seekable
            and np.array_equal(self.pts, other.pts)
            and np.array_equal(self.key, other.key)
            and np.array_equal(self.label_order, other.label_order)
        )

    __hash__ = None  # type: ignore[assignment]

    def seconds(self, i: int) -> Fraction:
        """The exact time of frame `i`: PTS times time base. The first frame of a file need not be at 0."""
        return int(self.pts[i]) * self.time_base

    def elapsed(self, i: int) -> Fraction:
        """The exact time of frame `i` since the first frame."""
        return (int(self.pts[i]) - int(self.pts[0])) * self.time_base

    def position(self, pts: int) -> int | None:
        """The index of the frame with exactly this PTS, or None."""
        i = int(np.searchsorted(self.pts, pts))
        return i if i < len(self) and int(self.pts[i]) == pts else None

    @cached_property
    def label_order(self) -> npt.NDArray[np.int64]:
        """The frame indices in rising order of label."""
        return np.arange(len(self)) if self.labels is None else np.argsort(self.labels)

    def label(self, i: int) -> int:
        """What the file writes on the packet of frame `i`."""
        return int((self.pts if self.labels is None else self.labels)[i])

    def find(self, label: int) -> int | None:
        """The index of the frame whose packet carries this label, or None."""
        place = self.position(label)
        return None if place is None else int(self.label_order[place])

    def to_bytes(self) -> bytes:
        """A compact, versioned form: about 1 byte a frame at a constant rate."""
        header = _HEADER.pack(
            _MAGIC,
            self.time_base.numerator,
            self.time_base.denominator,
            len(self),
            (_SEEKABLE if self.seekable else 0) | (0 if self.labels is None else _LABELLED),
        )
        body = _deltas(self.pts) + np.packbits(self.key).tobytes()
        return header + zlib.compress(body if self.labels is None else body + _deltas(self.labels), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> FrameIndex:
        """The inverse of `to_bytes`.

        Raises:
            ValueError: These bytes are not a frame index of a version we know, or are damaged.
        """
        if len(data) < _HEADER.size or data[:8] != _MAGIC:
            raise ValueError(f"not a frame index: expected it to start with {_MAGIC!r}, found {data[:8]!r}")
        _, numerator, denominator, count, flags = _HEADER.unpack_from(data)
        try:
            body = zlib.decompress(data[_HEADER.size :])
        except zlib.error as error:
            raise ValueError(f"the frame index is damaged: {error}") from error
        after_key = count * 8 + (count + 7) // 8
        expected = after_key + (count * 8 if flags & _LABELLED else 0)
        if len(body) != expected:
            raise ValueError(f"the frame index is damaged: expected {expected} bytes, found {len(body)}")
        key = np.unpackbits(np.frombuffer(body, np.uint8, (count + 7) // 8, count * 8), count=count).astype(np.bool_)
        labels = _undo_deltas(body, count, after_key) if flags & _LABELLED else None
        time_base = Fraction(numerator, denominator)
        return cls(_undo_deltas(body, count, 0), key, time_base, bool(flags & _SEEKABLE), labels)


def _deltas(values: npt.NDArray[np.int64]) -> bytes:
    return np.diff(values, prepend=np.int64(0)).astype("<i8").tobytes()


def _undo_deltas(body: bytes, count: int, offset: int) -> npt.NDArray[np.int64]:
    return np.cumsum(np.frombuffer(body, "<i8", count, offset), dtype=np.int64)
