"""Decoding from a given key frame on: the one place that seeks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from av.codec.context import ThreadType
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bbva_core.video.containers import MAX_PIXELS
from bbva_core.video.frame_index import FrameIndex
from bbva_core.video.packets import PacketReader, Pulse, no_pulse

# These conceal damage, or leave parts of a picture empty, without saying so; told to, they report an error instead.
_SILENT = {"hevc", "mjpeg", "mpeg1video", "mpeg2video", "mpeg4", "h263", "flv1", "msmpeg4v3", "vc1", "wmv3"}


def back_off(count: int) -> Iterator[int]:
    """How many key frames to step back at each try: 0, 1, 3, 7, … below `count`."""
    step = 0
    while step < count:
        yield step
        step = 2 * step + 1


class Cursor:
    """A decoder that can be put on a key frame and then gives pictures in the order the decoder puts them out.

    Args:
        threads: Decoder threads; 0 lets the library choose.
        strict: Report damage rather than conceal it, where the decoder would conceal it silently.
        pulse: See `PacketReader`.
    """

    def __init__(
        self,
        path: Path,
        container: str,
        index: FrameIndex,
        *,
        threads: int,
        strict: bool,
        pulse: Pulse = no_pulse,
    ) -> None:
        self._path = path
        self._container = container
        self._index = index
        self._threads = threads
        self._strict = strict
        self._pulse = pulse
        self._reader: PacketReader | None = None
        self._packets: Iterator[Packet[VideoStream]] = iter(())
        self._floor = 0
        self._drained = False
        self.errors = 0
        """Damage seen since the start: decoder errors, packets marked as corrupt, pictures with an unknown PTS."""

    def start(self, key: int, *, fresh: bool = False) -> None:
        """Go to the key frame with this index and decode from exactly its packet; 0 means the beginning of the file.

        A seek may land anywhere, so the packet with the PTS of the key frame is looked for; when what is found lies
        after it, the seek goes further back, at last to the beginning of the file.

        Args:
            key: The frame index of a key frame.
            fresh: With a new decoder, whose buffers hold nothing of what was decoded before.
        """
        if fresh:
            self.close()
        self.errors = 0
        self._drained = False
        if key > 0 and self._index.seekable:
            keys = [int(i) for i in self._index.key[: key + 1].nonzero()[0]]
            for step in back_off(len(keys)):
                if self._start_near(key, keys[-1 - step]):
                    return
        self._packets = self._open(fresh=True).packets()
        self._floor = 0

    def read(self) -> list[tuple[int, VideoFrame]] | None:
        """The pictures that the next packet brings out, each with its frame index; None at the end of the file."""
        if self._drained:
            return None
        packet = next(self._packets, None)
        if packet is None:
            self._drained = True
        elif packet.is_corrupt:
            self.errors += 1
        try:
            pictures = self._open().stream.codec_context.decode(packet)
        except FFmpegError:
            # One bad packet; the decoder goes on with the next.
            self.errors += 1
            return []
        named = []
        for picture in pictures:
            if picture.pts is None:
                continue
            position = self._index.find(picture.pts)
            # Pictures before the key frame belong to the group before it, and lack what they refer to.
            if position is not None and position >= self._floor:
                named.append((position, picture))
            elif position is None and len(self._index) and picture.pts > int(self._index.pts[self._floor]):
                self.errors += 1
        return named

    def close(self) -> None:
        """Close the file."""
        if self._reader is not None:
            self._packets = iter(())
            self._reader.close()
            self._reader = None

    def _start_near(self, key: int, target: int) -> bool:
        reader = self._open()
        wanted = self._index.label(key)
        if not reader.seek(self._index.label(target)):
            return False
        packets = reader.packets()
        for packet in packets:
            if packet.pts is None or not packet.is_keyframe:
                continue
            if packet.pts == wanted:
                self._packets = _chain(packet, packets)
                self._floor = key
                return True
            if packet.pts > wanted:
                return False
        return False

    def _open(self, *, fresh: bool = False) -> PacketReader:
        if self._reader is not None and fresh:
            self.close()
        if self._reader is None:
            self._reader = PacketReader(self._path, self._container, self._pulse)
            context = self._reader.stream.codec_context
            options = {"max_pixels": str(MAX_PIXELS)}
            if self._strict and context.name in _SILENT:
                options["err_detect"] = "explode"
            context.options = options
            context.thread_count = self._threads
            self._reader.stream.thread_type = ThreadType.AUTO
        return self._reader


def _chain(first: Packet[VideoStream], rest: Iterator[Packet[VideoStream]]) -> Iterator[Packet[VideoStream]]:
    yield first
    yield from rest
