"""Ground truth of a synthetic game, frame by frame, and how it is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from bbva_core.synth.settings import SynthSettings

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class ObjectTruth:
    """A thing in the picture."""

    kind: Literal["player", "ball", "rim", "referee"]
    ident: int
    """The same through the whole clip, and unique among all kinds."""
    team: Literal["a", "b"] | None
    number: int | None
    box: Box
    """x1, y1, x2, y2: pixels, origin top left, cut at the edges of the picture; hidden parts count."""
    visible: float
    """Share of the pixels inside the picture that nothing hides, 0 to 1."""

    def to_dict(self) -> dict[str, object]:
        """As in the file."""
        row: dict[str, object] = {"class": self.kind, "id": self.ident}
        if self.team is not None:
            row["team"] = self.team
        if self.number is not None:
            row["number"] = self.number
        row["box"] = [round(value, 1) for value in self.box]
        row["visible"] = round(self.visible, 2)
        return row


@dataclass(frozen=True, kw_only=True)
class ScoreTruth:
    """What the scoreboard says. Clocks as shown, seconds."""

    score_a: int
    score_b: int
    period: int
    game_clock_seconds: float
    shot_clock_seconds: int
    text: str
    """The graphic from left to right, fields separated by one space."""


@dataclass(frozen=True, kw_only=True)
class EventTruth:
    """Something that happened at a frame."""

    frame_index: int
    kind: Literal["shot", "made", "missed", "rebound"]
    team: Literal["a", "b"]
    number: int
    points: int


@dataclass(frozen=True, kw_only=True)
class FrameTruth:
    """Everything known about a frame."""

    index: int
    seconds: Fraction
    """Presentation time, exact."""
    cut: int
    """Counts up from 0 at every cut."""
    camera: str
    objects: tuple[ObjectTruth, ...]
    scoreboard: ScoreTruth
    events: tuple[EventTruth, ...]

    def to_dict(self) -> dict[str, object]:
        """As in the file; pts counts frames in the time base 1/fps."""
        score = self.scoreboard
        return {
            "index": self.index,
            "pts": self.index,
            "seconds": round(float(self.seconds), 6),
            "cut": self.cut,
            "camera": self.camera,
            "scoreboard": {
                "score_a": score.score_a,
                "score_b": score.score_b,
                "period": score.period,
                "game_clock_seconds": score.game_clock_seconds,
                "shot_clock_seconds": score.shot_clock_seconds,
                "text": score.text,
            },
            "objects": [item.to_dict() for item in self.objects],
        }


def truth_path(video: Path) -> Path:
    """Where the truth of a video file lies: FILE.truth.json."""
    return video.with_name(video.name + ".truth.json")


def dump_truth(
    settings: SynthSettings, bug_box: tuple[int, int, int, int] | None, frames: Iterable[FrameTruth]
) -> Iterator[str]:
    """The file piece by piece: a head, then one line a frame, then the events."""
    head = {
        "format": "bbva-synth-truth/1",
        "width": settings.width,
        "height": settings.height,
        "fps": [settings.rate.numerator, settings.rate.denominator],
        "frame_count": settings.frame_count,
        "seed": settings.seed,
        "court": settings.court,
        "team_a": settings.team_a,
        "team_b": settings.team_b,
        "score_bug_box": list(bug_box) if bug_box else None,
    }
    yield json.dumps(head, separators=(",", ":"))[:-1] + ',"frames":[\n'
    events: list[dict[str, object]] = []
    for frame in frames:
        yield (",\n" if frame.index else "") + json.dumps(frame.to_dict(), separators=(",", ":"))
        for event in frame.events:
            row = {"frame_index": event.frame_index, "kind": event.kind, "team": event.team}
            events.append({**row, "number": event.number, "points": event.points})
    yield '\n],"events":' + json.dumps(events, separators=(",", ":")) + "}\n"
