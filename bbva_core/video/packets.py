"""Reading packets: the one place that decides which PTS a packet has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from av.error import FFmpegError
from av.error import OSError as AvOSError
from av.packet import Packet
from av.video.stream import VideoStream

from bbva_core.errors import VideoReadError
from bbva_core.video.containers import open_container, pick_stream

Pulse = Callable[[], None]
"""Called again and again during long work: a sign of life. It must be quick."""

PULSE_PACKETS = 25
"""Packets between two signs of life. Even one thread decodes so many 4K pictures in a few seconds."""

_MAX_ERRORS = 1000


def no_pulse() -> None:
    """Nobody listens."""


class PacketReader:
    """The packets of the video stream in file order, each with the PTS that names its frame.

    - A packet without a PTS (AVI) takes its DTS. One without either keeps none: it is decoded, but names no frame.
    - When the clock of the file starts anew (DTS falls by more than a second: a spliced recording), the packets after
      that are moved so that they follow the latest PTS so far. That needs all packets before, so it works only when
      reading from the beginning; such a file is marked as not seekable in its index.

    Args:
        path: The video.
        container: The demuxer to use.
        pulse: Called at the first packet and every `PULSE_PACKETS` after it.
    """

    def __init__(self, path: Path, container: str, pulse: Pulse = no_pulse) -> None:
        try:
            self._container = open_container(path, container)
        except FFmpegError as error:
            raise _unreadable(path, error) from error
        stream = pick_stream(self._container)
        if stream is None or stream.time_base is None:
            self._container.close()
            raise _unreadable(path, "it has no video stream")
        self.path = path
        self.stream: VideoStream = stream
        self.time_base: Fraction = stream.time_base
        self.restarts = 0
        """How often the clock started anew so far."""
        self.untimed = 0
        """How many packets had no PTS but a DTS so far."""
        self._pulse = pulse
        self._count = 0
        self._linear = True
        self._offset = 0
        self._last_dts: int | None = None
        self._top = 0

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def seek(self, pts: int) -> bool:
        """Go to a key packet at or before `pts`, as far as the container knows; it may well be wrong."""
        self._linear = False
        try:
            self._container.seek(pts, stream=self.stream)
        except FFmpegError:
            return False
        return True

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """All packets with data from here to the end of the file. Damaged places are passed over.

        Raises:
            VideoReadError: The operating system reports an error.
        """
        errors = 0
        while errors < _MAX_ERRORS:
            try:
                for packet in self._container.demux(self.stream):
                    if self._count % PULSE_PACKETS == 0:
                        self._pulse()
                    self._count += 1
                    # An empty packet would tell the decoder that the stream has ended.
                    if packet.size:
                        self._name(packet)
                        yield packet
                return
            except AvOSError as error:
                raise _unreadable(self.path, error) from error
            except FFmpegError:
                errors += 1

    def _name(self, packet: Packet[VideoStream]) -> None:
        if packet.pts is None and packet.dts is not None:
            packet.pts = packet.dts
            self.untimed += 1
        if not self._linear or packet.pts is None:
            return
        if packet.dts is not None:
            if self._last_dts is not None and (self._last_dts - packet.dts) * self.time_base > 1:
                self._offset = self._top + (packet.duration or 1) - packet.dts
                self.restarts += 1
            self._last_dts = packet.dts
        packet.pts += self._offset
        self._top = max(self._top, packet.pts)


def _unreadable(path: Path, why: object) -> VideoReadError:
    return VideoReadError(
        f"The video {path.name} can no longer be read: {why}.",
        safe="All results so far are kept.",
        do="Put the file back as it was, then resume.",
    )
