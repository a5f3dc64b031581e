"""Long videos made quickly, and how much memory processes take at most."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
import psutil

MB = 1024**2


def long_video(path: Path, *, minutes: int, rate: int, size: tuple[int, int] = (1280, 720)) -> Path:
    """A minute of a box that moves over grey, again and again: its packets are copied with later times."""
    width, height = size
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"g": "50", "preset": "ultrafast", "crf": "35"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, rate)
        stream.codec_context.max_b_frames = 0
        one = [
            (bytes(packet), packet.pts or 0, packet.is_keyframe)
            for picture in chain(_pictures(60 * rate, width, height), [None])
            for packet in stream.encode(picture)
        ]
        for minute in range(minutes):
            for data, pts, is_keyframe in one:
                packet = av.Packet(data)
                packet.pts = packet.dts = pts + minute * 60 * rate
                packet.duration, packet.time_base = 1, Fraction(1, rate)
                packet.is_keyframe, packet.stream = is_keyframe, stream
                out.mux(packet)
    return path


def _pictures(count: int, width: int, height: int) -> Iterator[av.VideoFrame]:
    for i in range(count):
        image = np.full((height, width, 3), 90, np.uint8)
        x = i * 8 % (width - 60)
        image[height // 3 : height // 2, x : x + 60] = (i * 37 % 256, i * 91 % 256, i * 53 % 256)
        yield av.VideoFrame.from_ndarray(image, format="rgb24")


def limit(process: subprocess.Popen[str], size: int) -> None:
    """Allow a process that has just begun, and its children to come, to write to at most so many bytes of memory."""
    psutil.Process(process.pid).rlimit(psutil.RLIMIT_DATA, (size, size))


def peaks(process: subprocess.Popen[str]) -> tuple[int, int, int]:
    """Wait for the end of a process.

    Returns:
        The most bytes that it held, that a child of it held, and how many children it had, one after the other.
    """
    own, child, seen = 0, 0, set()
    while process.poll() is None:
        own = max(own, _peak(process.pid))
        for pid in _children(process.pid):
            seen.add(pid)
            child = max(child, _peak(pid))
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    return own, child, len(seen)


def _children(pid: int) -> list[int]:
    try:
        # One that has not yet become another program is its parent once more.
        return [child.pid for child in psutil.Process(pid).children() if "bbva_core.pipeline.child" in child.cmdline()]
    except psutil.Error:
        return []


def _peak(pid: int) -> int:
    """What the kernel has counted: no peak is missed between two looks."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
