"""Field-coded H.264 (PAFF), as broadcasters send it. No encoder at hand makes it, so the bits are put together here."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import av

_WIDE, _HIGH = 4, 8  # macroblocks: pictures of 64 x 128
_GROUP = 10  # pictures from one key frame to the next


class _Bits:
    """Writes the numbers of a bit stream: fixed length (`u`), Exp-Golomb (`golomb`)."""

    def __init__(self) -> None:
        self.bits = ""

    def u(self, width: int, *values: int) -> _Bits:
        self.bits += "".join(f"{value:0{width}b}" for value in values)
        return self

    def golomb(self, *values: int) -> _Bits:
        for value in values:
            self.u(2 * (value + 1).bit_length() - 1, value + 1)
        return self

    def align(self) -> _Bits:
        self.bits += "0" * (-len(self.bits) % 8)
        return self

    def unit(self, head: int) -> bytes:
        """The bits so far as one unit of the stream, with its header."""
        bits = self.u(1, 1).align().bits
        body = int(bits, 2).to_bytes(len(bits) // 8, "big")
        # Two zeros with a small number behind them would look like the start of a unit.
        body = re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", body)
        return bytes((0, 0, 0, 1, head)) + body


_SEQUENCE = _Bits().u(8, 77, 0, 30).golomb(0, 0, 0, 4, 1).u(1, 0).golomb(_WIDE - 1, _HIGH // 2 - 1).u(1, 0, 0, 1, 0, 0)
_PICTURE = _Bits().golomb(0, 0).u(1, 0, 0).golomb(0, 0, 0).u(1, 0, 0, 0).golomb(0, 0, 0).u(1, 1, 0, 0)
_HEADERS = _SEQUENCE.unit(0x67) + _PICTURE.unit(0x68)


def _part(number: int, bottom: bool | None) -> bytes:
    # A field (or, with None, a whole picture) of grey macroblocks, stored as they are.
    place = number % _GROUP
    key = place == 0 and not bottom
    bits = _Bits().golomb(0, 7, 0).u(4, place)
    bits = bits.u(1, 0) if bottom is None else bits.u(1, 1, bottom)
    if key:
        bits.golomb(number // _GROUP % 2)
    bits.u(8, 2 * place + bool(bottom)).u(1, *([0, 0] if key else [0])).golomb(0, 1)
    for block in range(_WIDE * _HIGH // (1 if bottom is None else 2)):
        grey = 40 + (number * 7 + block * 3 + 50 * bool(bottom)) % 180
        bits.golomb(25).align().u(8, *[grey] * 256, *[128] * 128)
    return bytes((0, 0, 0, 1, 9, 0xF0)) + (_HEADERS if key else b"") + bits.unit(0x25 if key else 0x21)


def write_ts(path: Path, *, one_packet: bool, count: int = 40, whole: int = 0) -> Path:
    """Write `count` pictures of two fields each, at 25 a second, as MPEG-TS.

    Args:
        one_packet: Both fields of a picture in one packet with one PTS; otherwise each has its own.
        whole: So many pictures more at the beginning are not divided into fields.
    """
    parts = [[_part(i, None)] if i < whole else [_part(i, False), _part(i, True)] for i in range(whole + count)]
    stream_only = path.with_suffix(".h264")
    stream_only.write_bytes(b"".join(part for picture in parts for part in picture))
    with av.open(stream_only) as inp, av.open(path, "w") as out:
        stream = out.add_stream_from_template(inp.streams.video[0])
        for i, picture in enumerate(parts):
            for k, data in enumerate([b"".join(picture)] if one_packet else picture):
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, Fraction(1, 90000)
                packet.pts = packet.dts = 90000 + i * 3600 + k * 1800
                packet.is_keyframe = i % _GROUP == 0 and k == 0
                out.mux(packet)
    return path
