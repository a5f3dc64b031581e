"""What we know about an accepted video. No codec library is needed to read or write it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from bbva_core.machine.hashing import Stamp

EXTENSIONS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg")
"""File names we accept. What is inside decides how the file is read."""


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """The facts of one accepted video file.

    `width` and `height` are as displayed: after rotation, so a phone video held upright is taller than wide.
    """

    container: str
    """The demuxer that reads it: mov, matroska, avi, mpegts or mpeg."""

    codec: str
    width: int
    height: int

    rotation: int
    """Degrees clockwise (0, 90, 180, 270) from the stored picture to the displayed one."""

    mirrored: bool
    """Whether the picture is also flipped left to right, after rotating."""

    time_base: Fraction
    """Seconds in one unit of PTS."""

    frame_count: int
    """From the frame index, never from the container."""

    duration: Fraction
    """Seconds from the first frame to the end of the last one."""

    bytes: int

    sha256: str | None = None
    """Of the whole file, in hex; None until it was computed."""

    stamp: Stamp | None = None
    """How the file looked when its content was last known to be this; None: not known."""

    left_out: int = 0
    """Pictures in the file that have no PTS of their own, so that no frame index names them."""

    cut_off: int = 0
    """Pictures that the file's own table names and that lie behind its end: it was cut. No frame index names them.
    0 for containers whose table, if any, names some pictures only (Matroska)."""

    @property
    def stored_size(self) -> tuple[int, int]:
        """Width and height of the decoded picture, before rotation."""
        return (self.height, self.width) if self.rotation in (90, 270) else (self.width, self.height)

    def to_dict(self) -> dict[str, Any]:
        """A form that JSON can hold without losing anything; fractions become "numerator/denominator"."""
        values = asdict(self)
        values["time_base"] = str(self.time_base)
        values["duration"] = str(self.duration)
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> VideoInfo:
        """The inverse of `to_dict`."""
        exact: dict[str, Any] = {name: Fraction(values[name]) for name in ("time_base", "duration")}
        if values.get("stamp") is not None:
            exact["stamp"] = tuple(values["stamp"])  # JSON knows lists only
        return cls(**{**values, **exact})
