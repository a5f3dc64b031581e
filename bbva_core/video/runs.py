"""Two ways to decode a stretch of video: fast while the data is sound, careful where it is damaged."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from av.video.frame import PictureType, VideoFrame

from bbva_core.video.cursor import Cursor
from bbva_core.video.frame_index import FrameIndex

# No encoder in use puts more B-frames in a row.
_MAX_HELD = 16


class Damage(Exception):
    """The data is not sound here; what was not yet handed out must be decoded by a `CarefulRun`."""


@dataclass(frozen=True)
class Segment:
    """Frames from one key frame up to the next: the unit within which damage spreads."""

    warm_up: int
    """The key frame before, where careful decoding starts, so that damage to the first key frame can be concealed."""

    start: int
    stop: int


class FastRun:
    """Decodes soundly stored frames with all threads, and raises `Damage` instead of giving a doubtful one.

    B-frames are held back until the frame they may refer to has come out undamaged.
    """

    def __init__(self, cursor: Cursor, index: FrameIndex, key: int) -> None:
        self._cursor = cursor
        self._index = index
        self._held: list[tuple[int, VideoFrame]] = []
        self._ready: deque[tuple[int, VideoFrame]] = deque()
        self._last: int | None = None
        self.position = key
        """No frame before this one can be had from this run any more."""
        self.key = key
        cursor.start(key)

    def first(self) -> int:
        """The index of the first picture that comes out."""
        while self._last is None:
            self._pull()
        return (self._ready[0] if self._ready else self._held[0])[0]

    def fetch(self, i: int) -> VideoFrame:
        """The picture of frame `i`, which must not lie before `position`.

        Raises:
            Damage: It cannot be had, or not without doubt.
        """
        while True:
            while self._ready:
                position, picture = self._ready.popleft()
                self.position = position + 1
                if position == i:
                    return picture
                if position > i:
                    raise Damage
            self._pull()

    def _pull(self) -> None:
        pictures = self._cursor.read()
        if self._cursor.errors:
            raise Damage
        if pictures is None:
            if self._last != len(self._index) - 1 or not self._held:
                raise Damage
            self._release()
            return
        for position, picture in pictures:
            if self._last is not None and position != self._last + 1:
                if position == self._last or (position < self._last and not self._index.seekable):
                    continue  # a second picture with the same PTS; the first one counts
                raise Damage
            if picture.is_corrupt:
                raise Damage
            self._last = position
            self._held.append((position, picture))
            if picture.pict_type != PictureType.B:
                self._release()
            elif len(self._held) > _MAX_HELD:
                self._ready.append(self._held.pop(0))

    def _release(self) -> None:
        self._ready.extend(self._held)
        self._held.clear()


class CarefulRun:
    """Decodes one segment with one thread from a fixed place, so that damage looks the same at every reading."""

    def __init__(self, cursor: Cursor, segment: Segment) -> None:
        self._cursor = cursor
        self._segment = segment
        self._ready: deque[tuple[int, VideoFrame]] = deque()
        self._last = segment.start - 1
        self._beyond = 0
        self._ended = False
        self.position = segment.start
        # A damaged picture can let through what its buffer held before, so that must always be the same: nothing.
        cursor.start(segment.warm_up, fresh=True)

    def covers(self, i: int) -> bool:
        """Whether this run can still give frame `i`."""
        return self.position <= i < self._segment.stop

    def fetch(self, i: int) -> VideoFrame | None:
        """The picture of frame `i`, or None when the decoder gives none."""
        self.position = i + 1
        while True:
            while self._ready and self._ready[0][0] < i:
                self._ready.popleft()
            if self._ready:
                return self._ready.popleft()[1] if self._ready[0][0] == i else None
            if self._ended:
                return None
            self._pull()

    def _pull(self) -> None:
        pictures = self._cursor.read()
        if pictures is None:
            self._ended = True
            return
        for position, picture in pictures:
            if position >= self._segment.stop:
                # Where frames were lost, the order of output can be wrong, too; give late ones a chance.
                self._beyond += 1
                self._ended = self._beyond > _MAX_HELD
            elif position > self._last:
                self._last = position
                self._ready.append((position, picture))
