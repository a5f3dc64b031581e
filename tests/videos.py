"""Small videos for tests, made with PyAV alone; every frame differs from every other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from tests import interlaced

WIDTH, HEIGHT, FRAMES = 160, 96, 100

Pixels = npt.NDArray[np.uint8]


def picture(i: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """The RGB content of frame `i`: a soft background that changes, a moving bar, a bright top left corner."""
    rng = np.random.default_rng(i // 7)
    coarse = rng.integers(0, 160, (height // 16 + 1, width // 16 + 1, 3), dtype=np.uint8)
    image = coarse.repeat(16, axis=0).repeat(16, axis=1)[:height, :width].copy()
    x = (i * 5) % (width - 12)
    image[height // 3 : height // 2, x : x + 12] = (i * 37 % 256, i * 91 % 256, i * 53 % 256)
    image[: height // 4, : width // 4] = 255
    return image


def write(
    path: Path,
    codec: str = "libx264",
    *,
    options: dict[str, str] | None = None,
    pts: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 25),
    count: int = FRAMES,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    pix_fmt: str = "yuv420p",
    format: str | None = None,
    rotation_ccw: float | None = None,
    mirrored: bool = False,
) -> Path:
    """Encode `count` frames; `pts` are in units of `time_base`, by default 0, 1, 2, …"""
    with av.open(path, "w", format=format) as out:
        stream = out.add_stream(codec, rate=25, options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = time_base
        stream.codec_context.thread_count = 1
        if rotation_ccw is not None:
            stream.set_display_rotation(rotation_ccw, hflip=mirrored)
        for i, when in enumerate(pts or range(count)):
            frame = av.VideoFrame.from_ndarray(picture(i, *size), format="rgb24")
            frame.pts, frame.time_base = when, time_base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def remux(source: Path, path: Path, *, skip: int = 0, shift: int = 0) -> Path:
    """Copy the packets without encoding, from packet number `skip` on, `shift` units of time earlier."""
    with av.open(source) as inp, av.open(path, "w", options={"avoid_negative_ts": "disabled"}) as out:
        stream = out.add_stream_from_template(inp.streams.video[0])
        for number, packet in enumerate(inp.demux(video=0)):
            if number >= skip and packet.size and packet.pts is not None and packet.dts is not None:
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = stream
                out.mux(packet)
    return path


def retime(source: Path, path: Path, pts: dict[int, int]) -> Path:
    """Copy the packets without encoding; the frames with the given places in presentation order get the PTS of others.

    Args:
        pts: The place of a frame, and the place of the one whose PTS it gets instead of its own.
    """
    with av.open(source) as inp, av.open(path, "w", options={"avoid_negative_ts": "disabled"}) as out:
        stream = out.add_stream_from_template(inp.streams.video[0])
        packets = [packet for packet in inp.demux(video=0) if packet.size]
        times = sorted(packet.pts for packet in packets if packet.pts is not None)
        new = {times[place]: times[other] for place, other in pts.items()}
        for packet in packets:
            assert packet.pts is not None and packet.dts is not None
            packet.pts = new.get(packet.pts, packet.pts)
            packet.dts -= times[-1]  # Matroska does not store it, but wants none after its PTS
            packet.stream = stream
            out.mux(packet)
    return path


X264_OPEN = {"x264-params": "keyint=20:min-keyint=20:scenecut=0:bframes=3:open-gop=1:b-adapt=0:threads=1"}
X264_CLOSED = {"x264-params": "keyint=20:min-keyint=20:scenecut=0:bframes=3:open-gop=0:threads=1"}
X264_REFRESH = {"x264-params": "keyint=20:intra-refresh=1:bframes=0:scenecut=0:threads=1"}
X265_OPEN = {"x265-params": "keyint=20:min-keyint=20:bframes=3:open-gop=1:pools=none:frame-threads=1:log-level=none"}
MILLI = Fraction(1, 1000)


def _uneven(count: int = FRAMES) -> list[int]:
    gaps = np.random.default_rng(5).choice([7, 17, 33, 50, 120], count)
    return [int(value) for value in np.cumsum(gaps)]


def _cut_ts(path: Path) -> Path:
    # From the middle of a packet in the middle of a group of pictures, as a recorder would leave it.
    whole = write(path.with_suffix(".whole.ts"), options=X264_OPEN)
    data = whole.read_bytes()
    path.write_bytes(data[len(data) // 3 + 77 :])
    return path


def _cut_mp4(path: Path) -> Path:
    return remux(write(path.with_suffix(".whole.mp4"), options=X264_OPEN), path, skip=29)


def _edited_mp4(path: Path) -> Path:
    # Cut without encoding at frame 50: from the key frame 40 on, the first ten hidden by an edit list.
    whole = write(path.with_suffix(".whole.mp4"), options=X264_OPEN)
    with av.open(whole) as container:
        at = [packet.pts for packet in container.demux(video=0) if packet.size]
    shown = sorted(pts for pts in at if pts is not None)
    return remux(whole, path, skip=at.index(shown[40]), shift=shown[50])


def _spliced_ts(path: Path) -> Path:
    # Two recordings one after the other: the clock starts anew.
    one = write(path.with_suffix(".one.ts"), options=X264_CLOSED, count=60)
    path.write_bytes(one.read_bytes() * 2)
    return path


def _resized_ts(path: Path) -> Path:
    one = write(path.with_suffix(".one.ts"), options=X264_CLOSED, count=50)
    two = write(
        path.with_suffix(".two.ts"), options=X264_CLOSED, count=50, pts=[60 + i for i in range(50)], size=(96, 64)
    )
    path.write_bytes(one.read_bytes() + two.read_bytes())
    return path


def _negative_mkv(path: Path) -> Path:
    # Matroska cannot say when a frame before 0 is shown.
    return remux(write(path.with_suffix(".whole.mp4"), options=X264_OPEN), path, shift=7)


def _repeated_mkv(path: Path) -> Path:
    # As writers do that round times: a frame gets the PTS of the one behind it.
    return retime(write(path.with_suffix(".whole.mp4"), options=X264_OPEN), path, {34: 35})


KINDS: dict[str, Callable[[Path], Path]] = {
    "h264-open-gop.mp4": lambda p: write(p, options=X264_OPEN),
    "h264-closed-gop.mp4": lambda p: write(p, options=X264_CLOSED),
    "h264-refresh.mp4": lambda p: write(p, options=X264_REFRESH),
    "h264-vfr.mp4": lambda p: write(p, options=X264_OPEN, pts=_uneven(), time_base=MILLI),
    "h264-vfr.mkv": lambda p: write(p, options=X264_OPEN, pts=_uneven(), time_base=MILLI),
    "h264-cut.mp4": _cut_mp4,
    "h264-edited.mp4": _edited_mp4,
    "h264-open-gop.mov": lambda p: write(p, options=X264_OPEN),
    "h264-open-gop.ts": lambda p: write(p, options=X264_OPEN),
    "h264-cut.ts": _cut_ts,
    "h264-spliced.ts": _spliced_ts,
    "h264-resized.ts": _resized_ts,
    "hevc-open-gop.mp4": lambda p: write(p, "libx265", options=X265_OPEN),
    "mjpeg.avi": lambda p: write(p, "mjpeg", pix_fmt="yuvj420p"),
    "mpeg4.avi": lambda p: write(p, "mpeg4", options={"g": "15"}),
    "h264.avi": lambda p: write(p, options=X264_CLOSED),
    "mpeg2.mpg": lambda p: write(p, "mpeg2video", options={"g": "12", "bf": "2"}, format="vob"),
    "mpeg2.ts": lambda p: write(p, "mpeg2video", options={"g": "12", "bf": "2"}),
    "vp9.webm": lambda p: write(p, "libvpx-vp9", options={"g": "20", "cpu-used": "8", "deadline": "realtime"}),
    "h264-negative.mkv": _negative_mkv,
    "h264-repeated.mkv": _repeated_mkv,
    "h264-fields.ts": lambda p: interlaced.write_ts(p, one_packet=False),
    "h264-field-pairs.ts": lambda p: interlaced.write_ts(p, one_packet=True),
    "rotated.mp4": lambda p: write(p, options=X264_OPEN, rotation_ccw=-90),
}

LEAVES_OUT = {"h264-negative.mkv", "h264-repeated.mkv"}
"""Those with pictures that have no PTS of their own."""


def make(kind: str, folder: Path) -> Path:
    """Make one of `KINDS` in a folder, once."""
    path = folder / kind
    return path if path.exists() else KINDS[kind](path)


def audio_only(path: Path) -> Path:
    """A song: no picture in it."""
    with av.open(path, "w") as out:
        stream = out.add_stream("aac", rate=44100)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def damage(source: Path, path: Path, *, begin: float = 0.45, size: int = 3000, seed: int = 1) -> Path:
    """A copy with random bytes from the given part of the file on."""
    data = bytearray(source.read_bytes())
    start = int(len(data) * begin)
    data[start : start + size] = np.random.default_rng(seed).bytes(len(data[start : start + size]))
    path.write_bytes(data)
    return path


def damage_picture(source: Path, path: Path, *, number: int) -> Path:
    """A copy with random bytes in the second half of one picture's packet, so that it can be decoded in part."""
    with av.open(source) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][number]
    assert packet.pos is not None and not packet.is_keyframe and packet.size > 100
    data = bytearray(source.read_bytes())
    start, end = packet.pos + packet.size // 2, packet.pos + packet.size
    data[start:end] = np.random.default_rng(1).bytes(end - start)
    path.write_bytes(data)
    return path


def decode_all(path: Path) -> list[tuple[int | None, Pixels]]:
    """PTS and BGR pixels of every frame, decoded plainly from the beginning: what everything else is compared with."""
    with av.open(path) as container:
        return [(frame.pts, frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]


def decode_named(path: Path) -> list[tuple[int, Pixels]]:
    """As `decode_all`, without pictures that have no PTS of their own: none, or that of an earlier one."""
    found: dict[int, Pixels] = {}
    for pts, image in decode_all(path):
        if pts is not None:
            found.setdefault(pts, image)
    return list(found.items())


def digest(image: Pixels) -> str:
    """A short name for the pixels and shape of a picture."""
    return hashlib.sha256(repr(image.shape).encode() + np.ascontiguousarray(image).tobytes()).hexdigest()[:16]
