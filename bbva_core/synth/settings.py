"""What to generate: frozen, checked when built."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bbva_core.errors import InvalidSettings

CourtName = Literal["fiba", "nba"]


@dataclass(frozen=True, kw_only=True)
class SynthSettings:
    """A synthetic game. Equal settings give equal frames and equal truth, byte for byte.

    Raises:
        InvalidSettings: A value is out of range.
    """

    seconds: float = 20.0
    """Length of the clip."""

    fps: Fraction | float | int = 30
    """Frames per second; a `Fraction` such as 30000/1001 stays exact."""

    width: int = 640
    """Width of the picture in pixels, even."""

    height: int = 360
    """Height of the picture in pixels, even."""

    seed: int = 0
    """Chooses the course of the game, the people and the crowd."""

    cuts: tuple[float, ...] | None = None
    """Seconds at which the picture cuts between the main and the close camera; None cuts after made baskets."""

    score_bug: bool = True
    """Draw the score graphic. The truth has the scores either way."""

    court: CourtName = "fiba"
    """`fiba` (28 x 15 m) or `nba` (94 x 50 ft)."""

    team_a: str = "HAWKS"
    """Name of the team on the left of the score graphic."""

    team_b: str = "LIONS"
    """Name of the team on the right of the score graphic."""

    referees: int = 2
    """Referees on the court, 0 to 2."""

    crowd: float = 0.9
    """Share of the seats that are taken, 0 to 1."""

    supersample: int = 2
    """Pictures are drawn this many times larger and averaged down: 1 to 3."""

    varied: bool = False
    """Choose kits, floor, crowd, light and the place of the main camera by the seed; otherwise the house look."""

    crf: int = 26
    """Quality of the H.264 stream: smaller is better and larger."""

    def __post_init__(self) -> None:
        checks: list[tuple[str, bool, str]] = [
            ("seconds", 0 < self.seconds <= 6 * 3600, "more than 0 and at most 21600"),
            ("fps", 1 <= self.fps <= 240, "1 to 240"),
            ("width", 64 <= self.width <= 3840 and self.width % 2 == 0, "even, 64 to 3840"),
            ("height", 64 <= self.height <= 2160 and self.height % 2 == 0, "even, 64 to 2160"),
            ("seed", self.seed >= 0, "0 or more"),
            ("court", self.court in ("fiba", "nba"), "fiba or nba"),
            ("team_a", 0 < len(self.team_a) <= 12, "1 to 12 characters"),
            ("team_b", 0 < len(self.team_b) <= 12, "1 to 12 characters"),
            ("referees", 0 <= self.referees <= 2, "0 to 2"),
            ("crowd", 0 <= self.crowd <= 1, "0 to 1"),
            ("supersample", 1 <= self.supersample <= 3, "1 to 3"),
            ("crf", 0 <= self.crf <= 51, "0 to 51"),
        ]
        for name, good, wanted in checks:
            if not good:
                raise InvalidSettings(
                    f"Synthetic game: {name} must be {wanted}; found {getattr(self, name)!r}.",
                    safe="Nothing was written.",
                    do="Correct it and try again.",
                )

    @property
    def rate(self) -> Fraction:
        """Frames per second, exact."""
        return Fraction(self.fps).limit_denominator(100_000)

    @property
    def frame_count(self) -> int:
        """Number of frames, at least one."""
        return max(1, round(Fraction(self.seconds).limit_denominator(100_000) * self.rate))
