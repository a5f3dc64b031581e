"""What was read against what is shown: exact, late, wrong, or not read."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any, Literal

from bbva_core.bench.scoreboard.truth import Values
from bbva_core.scoreboard import Reading

Outcome = Literal["exact", "late", "wrong", "not_read"]
OUTCOMES: tuple[Outcome, ...] = ("exact", "late", "wrong", "not_read")

FIELDS = {
    "score": ("score_a", "score_b"),
    "period": ("period",),
    "clock": ("clock",),
    "shot_clock": ("shot_clock",),
    "names": ("team_a", "team_b"),
}
"""The values that count as one field."""

LATE_SECONDS = 1.0
"""What was shown so long ago, and no longer is, counts as late, not as wrong."""

_SLACK = 1e-6


def known_from(reading: Reading) -> Values:
    """What a reading says the state of the game is; names in capitals."""
    state = reading.state
    return {
        "score_a": state.score_a,
        "score_b": state.score_b,
        "period": state.period,
        "clock": state.clock,
        "shot_clock": state.shot_clock,
        "team_a": reading.team_a and reading.team_a.upper(),
        "team_b": reading.team_b and reading.team_b.upper(),
    }


class Tally:
    """Outcomes of the frames of one clip or of many."""

    def __init__(self) -> None:
        self.frames = 0
        self.wrong_score_frames = 0
        """Frames in which a score is believed that is not, and in the last second was not, the score shown."""
        self._outcomes: dict[str, Counter[Outcome]] = {name: Counter() for name in FIELDS}

    def add(self, outcomes: dict[str, Outcome]) -> None:
        """Count a frame.

        Args:
            outcomes: By name of the value, such as `score_a`.
        """
        self.frames += 1
        self.wrong_score_frames += "wrong" in (outcomes.get(name) for name in FIELDS["score"])
        for field, names in FIELDS.items():
            self._outcomes[field].update(outcomes[name] for name in names if name in outcomes)

    def merge(self, other: Tally) -> None:
        """Count what another one has counted, too."""
        self.frames += other.frames
        self.wrong_score_frames += other.wrong_score_frames
        for field, outcomes in other._outcomes.items():
            self._outcomes[field].update(outcomes)

    def result(self) -> dict[str, Any]:
        """Shares by field, 0 to 1, `values` being how many were compared; and the frames with a wrong score."""
        fields: dict[str, dict[str, float]] = {}
        for field, outcomes in self._outcomes.items():
            if count := outcomes.total():
                shares: dict[str, float] = {name: round(outcomes[name] / count, 4) for name in OUTCOMES}
                fields[field] = {"values": count, **shares}
        return {"frames": self.frames, "wrong_score_frames": self.wrong_score_frames, "fields": fields}


class Judge:
    """Compares frame after frame of one clip, remembering what was shown a moment ago."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._before: deque[tuple[float, Values]] = deque()

    def add(self, seconds: float, shown: Values, known: Values | None) -> dict[str, Outcome]:
        """Compare a frame.

        Args:
            seconds: Its time.
            shown: What the scoreboard shows.
            known: What the last accepted reading says; None when there is none. A name that is absent is not asked for.

        Returns:
            The outcome of each value.
        """
        while self._before and self._before[0][0] < seconds - LATE_SECONDS - _SLACK:
            self._before.popleft()
        outcomes = {
            name: self._outcome(name, value, known) for name, value in shown.items() if known is None or name in known
        }
        self._before.append((seconds, shown))
        self.tally.add(outcomes)
        return outcomes

    def _outcome(self, name: str, shown: Any, known: Values | None) -> Outcome:
        if known is None:
            return "not_read"
        value = known[name]
        if value == shown:
            return "exact"
        if value is None:
            return "not_read"
        return "late" if any(before.get(name) == value for _, before in self._before) else "wrong"
