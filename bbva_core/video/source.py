"""Frames of a video by index: exact, from any place, whatever the state of the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from bbva_core.errors import VideoReadError
from bbva_core.machine.hashing import sha256_file, stamp_of
from bbva_core.video.cursor import Cursor, back_off
from bbva_core.video.frame_index import FrameIndex
from bbva_core.video.frames import Frame, Image, MissingFrame
from bbva_core.video.info import VideoInfo
from bbva_core.video.orientation import upright
from bbva_core.video.packets import Pulse, no_pulse
from bbva_core.video.runs import CarefulRun, Damage, FastRun, Segment

# Decoding this many frames more is cheaper than seeking and filling the decoder's threads again.
_SEEK_WORTH = 16

_NO_PICTURE = "No picture could be decoded: the data is damaged here, or what it refers to is missing."


class FrameSource:
    """Reads frames by index. Not thread-safe: one source for each thread.

    Where the data is sound, a frame is pixel for pixel the one that decoding from the beginning of the file gives,
    wherever reading starts. Where it is damaged, the whole group of pictures (from one key frame to the next) is
    decoded again with one thread, starting one key frame earlier: the result depends on the file and the index
    only, though it may differ from a decode from the beginning when the key frame before is damaged, too.

    Args:
        path: The video.
        index: Its frame index, as built when it was accepted.
        info: Its facts, as found when it was accepted. With its sha256, a change of the file is told from a touch.
        threads: Decoder threads; 0 lets the library choose.
        pulse: Called every few packets, also while nothing comes out: on the way to a frame far from the last one,
            through a file that must be decoded from its beginning, or through damage.

    Raises:
        VideoReadError: The file is gone, or is not the one that was accepted.
    """

    def __init__(
        self, path: Path, index: FrameIndex, info: VideoInfo, *, threads: int = 0, pulse: Pulse = no_pulse
    ) -> None:
        self._path = path
        self._index = index
        self._info = info
        self._reformatter = VideoReformatter()
        # A seek needs a key frame to land on; the first frame is where the file begins.
        self._keys = np.union1d(np.zeros(1, np.int64), np.flatnonzero(index.key) if index.seekable else [])
        self._fast_cursor = Cursor(path, info.container, index, threads=threads, strict=True, pulse=pulse)
        self._careful_cursor = Cursor(path, info.container, index, threads=1, strict=False, pulse=pulse)
        self._fast: FastRun | None = None
        self._careful: CarefulRun | None = None
        self._damaged: set[int] = set()
        self._pulse = pulse
        self._stamp = info.stamp
        self.check_file()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Reading again opens it anew."""
        self._fast = self._careful = None
        self._fast_cursor.close()
        self._careful_cursor.close()

    def frames(self, start: int, stop: int, step: int = 1) -> Iterator[Frame | MissingFrame]:
        """One item for each of the frames start, start + step, … below stop, in this order.

        A call that goes on where the last one ended does not seek.

        Raises:
            VideoReadError: The file is gone, or is no longer the one that was accepted.
        """
        if not 0 <= start <= stop <= len(self._index) or step < 1:
            raise ValueError(
                f"expected 0 <= start <= stop <= {len(self._index)} and step >= 1, found {start}, {stop}, {step}"
            )
        for i in range(start, stop, step):
            pts = int(self._index.pts[i])
            picture = self._fetch(i)
            image = None if picture is None else self._convert(picture)
            if picture is None or image is None:
                self.check_file()
                yield MissingFrame(i, pts, _NO_PICTURE)
            else:
                yield Frame(i, pts, image, damaged=picture.is_corrupt)

    def _fetch(self, i: int) -> VideoFrame | None:
        segment = self._segment(i)
        while segment.start not in self._damaged:
            fresh = self._fast is None or not self._within_reach(self._fast, i)
            try:
                if self._fast is None or fresh:
                    self._fast = self._start_fast(i)
                return self._fast.fetch(i)
            except Damage:
                # Damage met on the way from an earlier segment says nothing about this one: try its own key frame.
                if fresh or (self._fast is not None and self._fast.key == segment.start):
                    self._damaged.add(segment.start)
                self._fast = None
                # A file that was cut or removed meanwhile looks like a damaged one.
                self.check_file()
        if self._careful is None or not self._careful.covers(i):
            self._careful = CarefulRun(self._careful_cursor, segment)
        return self._careful.fetch(i)

    def _start_fast(self, i: int) -> FastRun:
        # A key frame that does not come out itself (a gradual refresh) is no place to start from.
        keys = [int(key) for key in self._keys[: int(np.searchsorted(self._keys, i, side="right"))]]
        for key in [*(keys[-1 - step] for step in back_off(len(keys))), 0]:
            run = FastRun(self._fast_cursor, self._index, key)
            first = run.first()
            if first == key or (key == 0 and first <= i):
                return run
        raise Damage

    def _within_reach(self, run: FastRun, i: int) -> bool:
        return run.position <= i and self._segment(i).start <= run.position + _SEEK_WORTH

    def _segment(self, i: int) -> Segment:
        k = int(np.searchsorted(self._keys, i, side="right")) - 1
        stop = int(self._keys[k + 1]) if k + 1 < len(self._keys) else len(self._index)
        return Segment(int(self._keys[max(0, k - 1)]), int(self._keys[k]), stop)

    def _convert(self, picture: VideoFrame) -> Image | None:
        width, height = self._info.stored_size
        # Giving the size brings a stream that changes it midway back to the size of the video.
        try:
            bgr = self._reformatter.reformat(picture, width=width, height=height, format="bgr24")
        except FFmpegError:
            return None  # a damaged header can announce a size or pixel format that nothing can convert
        return upright(bgr.to_ndarray(), self._info.rotation, self._info.mirrored)  # type: ignore[arg-type]

    def check_file(self) -> None:
        """Check that the file is the one that was accepted. It is read through only when something has touched it.

        What came out before a check is of that file: a change would show here.

        Raises:
            VideoReadError: It is gone, or has changed.
        """
        try:
            found = stamp_of(self._path)
            if found == self._stamp:
                return
            if found[0] != self._info.bytes:
                raise self._changed(f"it had {self._info.bytes} bytes when it was accepted and has {found[0]} now")
            expected = self._info.sha256  # not read through for somebody who does not know it, such as a still
            if expected is not None and sha256_file(self._path, lambda _done, _total: self._pulse()) != expected:
                raise self._changed("its size is the same, its content is not")
        except OSError as error:
            raise self._changed(f"it is gone ({error.strerror})") from error
        self._stamp = found

    def _changed(self, how: str) -> VideoReadError:
        return VideoReadError(
            f"The video {self._path.name} is not the file that was accepted: {how}.",
            safe="All results so far are kept.",
            do="Put the file back as it was, then resume.",
        )
