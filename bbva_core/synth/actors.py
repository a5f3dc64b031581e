"""People who move: steering, turning, gait, and what their hands do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from bbva_core.synth.pose import Pose, gait, phase_rate

Array = npt.NDArray[np.float64]
Stance = Literal["run", "stand", "defend", "dribble", "hold", "shoot", "contest", "receive"]
JUMP_SECONDS = 0.62


@dataclass(slots=True)
class Actor:
    """A player or referee. team is 0, 1, or 2 for referees."""

    ident: int
    team: int
    number: int
    height: float
    at: Array
    """(x, y), metres."""
    heading: float
    velocity: Array = field(default_factory=lambda: np.zeros(2))
    target: Array = field(default_factory=lambda: np.zeros(2))
    face: Array = field(default_factory=lambda: np.zeros(2))
    speed_limit: float = 4.0
    stance: Stance = "stand"
    raise_hands: float = 0.0
    """Progress of a shot, 0 to 1."""
    phase: float = 0.0
    crouch: float = 0.05
    lean: float = 0.05
    jump: float = -1.0
    """Seconds since take-off; negative on the floor."""
    leap: float = 0.5
    hands: Array = field(default_factory=lambda: np.array([[0.1, -0.28, 0.95], [0.1, 0.28, 0.95]]))

    @property
    def lift(self) -> float:
        """Height over the floor, metres."""
        if self.jump < 0:
            return 0.0
        share = self.jump / JUMP_SECONDS
        return max(0.0, 4 * self.leap * share * (1 - share))

    def take_off(self, leap: float) -> None:
        """Jump, unless in the air already."""
        if self.jump < 0:
            self.jump, self.leap = 0.0, leap

    def step(self, dt: float, everybody: Array, ball_z: float) -> None:
        """Move on by dt seconds.

        Args:
            everybody: (n, 2) where all people stand, this one too; metres.
            ball_z: Height of the ball, for the hand that dribbles.
        """
        self._steer(dt, everybody)
        speed = float(np.linalg.norm(self.velocity))
        course = float(np.arctan2(self.velocity[1], self.velocity[0]))
        look = self.face - self.at
        wanted = float(np.arctan2(look[1], look[0]))
        if speed > (3.6 if self.stance == "defend" else 1.7) and self.stance not in ("shoot", "contest", "hold"):
            wanted = course
        turn = (wanted - self.heading + np.pi) % (2 * np.pi) - np.pi
        self.heading += float(np.clip(turn, -7 * dt, 7 * dt))
        self.phase += phase_rate(speed) * dt if speed > 0.15 else 0.0
        if self.jump >= 0:
            self.jump += dt
            if self.jump > JUMP_SECONDS:
                self.jump = -1.0
        ease = 1 - float(np.exp(-dt * 9))
        low = {"defend": 0.17, "dribble": 0.10, "hold": 0.08, "receive": 0.08}.get(self.stance, 0.03)
        if self.stance == "shoot" and self.raise_hands < 0.5:
            low = 0.16
        self.crouch += ((0.0 if self.jump >= 0 else low) - self.crouch) * ease
        lean = {"defend": 0.26, "dribble": 0.22, "shoot": 0.0, "contest": 0.0}.get(self.stance, 0.06) + 0.035 * speed
        self.lean += (min(lean, 0.36) - self.lean) * ease
        quick = 1 - float(np.exp(-dt * 16))
        self.hands += (self._hands(speed, ball_z) - self.hands) * quick

    def _steer(self, dt: float, everybody: Array) -> None:
        if self.jump >= 0:  # nobody steers in the air
            self.at = self.at + self.velocity * dt
            return
        gap = self.target - self.at
        distance = float(np.linalg.norm(gap))
        wanted = gap * min(2.6, self.speed_limit / max(distance, 1e-6)) if distance > 0.12 else np.zeros(2)
        away = self.at - everybody  # zero from oneself, which pushes nowhere
        near = np.hypot(away[:, 0], away[:, 1])
        push = np.maximum(1.15 - near, 0) * 6.0 / np.maximum(near, 0.05)
        wanted = wanted + push @ away
        change = wanted - self.velocity
        size = float(np.linalg.norm(change))
        if size > 9.0 * dt:
            change *= 9.0 * dt / size
        self.velocity = self.velocity + change
        self.at = self.at + self.velocity * dt

    def _hands(self, speed: float, ball_z: float) -> Array:
        h = self.height
        shoulder, hip = 0.82 * h - self.crouch, 0.5 * h - self.crouch
        swing = min(0.30, 0.06 * speed)
        beat = np.cos(self.phase)
        pump = 0.08 + min(0.26, 0.055 * speed)
        run = np.array(
            [
                [0.10 + pump * 0.4 - swing * beat, -0.27, hip + pump - 0.3 * swing * beat],
                [0.10 + pump * 0.4 + swing * beat, 0.27, hip + pump + 0.3 * swing * beat],
            ]
        )
        match self.stance:
            case "defend":
                return np.array([[0.30, -0.62, shoulder - 0.28], [0.36, 0.58, shoulder - 0.12]])
            case "dribble":
                run[0] = [0.42, -0.30, float(np.clip(ball_z + 0.10, 0.72, 1.05))]
                run[1] = [0.30, 0.36, shoulder - 0.42]
                return run
            case "hold":
                return np.array([[0.34, -0.13, shoulder - 0.26], [0.34, 0.13, shoulder - 0.26]])
            case "receive":
                return np.array([[0.48, -0.16, shoulder - 0.12], [0.48, 0.16, shoulder - 0.12]])
            case "shoot":
                up = float(np.clip(self.raise_hands, 0, 1))
                z = shoulder - 0.30 + up * 0.86
                return np.array([[0.34 - 0.06 * up, -0.12, z], [0.32 - 0.06 * up, 0.13, z - 0.04]])
            case "contest":
                return np.array([[0.25, -0.10, shoulder + 0.60], [0.30, 0.40, shoulder + 0.15]])
            case _:
                return run

    def pose(self) -> Pose:
        """The body as it is now."""
        speed = float(np.linalg.norm(self.velocity))
        course = float(np.arctan2(self.velocity[1], self.velocity[0])) - self.heading if speed > 0.05 else 0.0
        wide = {"defend": 0.27, "dribble": 0.20, "hold": 0.19, "receive": 0.2}.get(self.stance, 0.15)
        feet = gait(self.phase, speed if self.jump < 0 else 0.3, course, wide if speed < 3 else 0.13)
        if self.jump >= 0:
            feet[:, 0] -= 0.10 * np.array([1.0, 0.3])
            feet[:, 2] -= 0.02
        return Pose(
            x=float(self.at[0]),
            y=float(self.at[1]),
            heading=self.heading,
            lift=self.lift,
            crouch=self.crouch,
            lean=self.lean,
            hands=self.hands,
            feet=feet,
        )

    def reach(self, forward: float, left: float, up: float) -> Array:
        """A point of the body's own axes in the world, metres."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        return np.array([self.at[0] + c * forward - s * left, self.at[1] + s * forward + c * left, up + self.lift])
