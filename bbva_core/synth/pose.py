"""Poses: where hands and feet are, and from that where the joints of a body are.

Local axes of a body: forward, left, up, in metres; origin on the floor below the hips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Pose:
    """A body at one moment."""

    x: float
    y: float
    heading: float
    """Radians from +x towards +y."""
    lift: float = 0.0
    """Height of a jump, metres."""
    crouch: float = 0.0
    """How far the hips are lowered, metres."""
    lean: float = 0.0
    """Forward lean of the trunk, radians."""
    hands: Array
    """(2, 3): right, left."""
    feet: Array
    """(2, 3): right, left."""


@dataclass(frozen=True, slots=True)
class Joints:
    """World positions in metres; pairs are right, left."""

    pelvis: Array
    chest: Array
    neck: Array
    head: Array
    hips: Array
    knees: Array
    ankles: Array
    toes: Array
    shoulders: Array
    elbows: Array
    hands: Array
    forward: Array
    left: Array
    up: Array


def gait(phase: float, speed: float, direction: float, width: float = 0.13) -> Array:
    """Feet (right, left) of a walking or running body.

    Args:
        phase: Radians; a step is pi.
        speed: Metres per second.
        direction: Of the movement against the heading, radians.
    """
    reach = min(0.06 + 0.085 * speed, 0.52) * min(1.0, speed / 0.6)
    lift = min(0.05 + 0.055 * speed, 0.36) * min(1.0, speed / 0.6)
    feet = np.zeros((2, 3))
    for i, (sign, shift) in enumerate(((-1.0, 0.0), (1.0, np.pi))):
        along = reach * np.cos(phase + shift)
        feet[i] = (
            along * np.cos(direction),
            sign * width + along * np.sin(direction) * 0.75,
            lift * max(0.0, -np.sin(phase + shift)),
        )
    return feet


def phase_rate(speed: float) -> float:
    """Radians per second at which `gait` steps so that the feet do not slide."""
    return float(np.pi * speed / (2 * min(0.12 + 0.11 * speed, 0.62)))


def _bend(a: Array, b: Array, first: float, second: float, pole: Array) -> tuple[Array, Array]:
    """The middle joint of a limb from a towards b, bent to the pole, and the end it can reach."""
    line = b - a
    distance = float(np.linalg.norm(line)) or 1e-6
    line = line / distance
    reach = min(distance, (first + second) * 0.999)
    end = a + line * reach
    along = (first**2 - second**2 + reach**2) / (2 * reach)
    out = pole - line * float(pole @ line)
    out = out / (float(np.linalg.norm(out)) or 1e-6)
    return a + line * along + out * np.sqrt(max(first**2 - along**2, 0.0)), end


def solve(pose: Pose, height: float) -> Joints:
    """Joints of a body of that height (metres) in that pose."""
    forward = np.array([np.cos(pose.heading), np.sin(pose.heading), 0.0])
    left = np.array([-forward[1], forward[0], 0.0])
    up = np.array([0.0, 0.0, 1.0])
    base = np.array([pose.x, pose.y, pose.lift])
    lowest = float(pose.feet[:, 2].min())
    spread = float(np.abs(pose.feet[:, :2]).max())
    pelvis = base + up * (0.515 * height - pose.crouch - 0.16 * spread**2 + 0.3 * lowest) - forward * pose.crouch * 0.35
    trunk = up * np.cos(pose.lean) + forward * np.sin(pose.lean)
    chest = pelvis + trunk * 0.25 * height
    neck = pelvis + trunk * 0.315 * height
    head = neck + (trunk * 0.75 + up * 0.25) * 0.095 * height + forward * 0.02
    frame = np.stack([forward, left, up])
    hips = np.stack([pelvis - left * 0.052 * height, pelvis + left * 0.052 * height])
    shoulders = np.stack([chest + trunk * 0.045 * height + s * left * 0.108 * height for s in (-1, 1)])
    knees, ankles, toes, elbows, hands = (np.zeros((2, 3)) for _ in range(5))
    for i, sign in enumerate((-1.0, 1.0)):
        foot = base + pose.feet[i] @ frame + up * 0.045 * height
        knees[i], ankles[i] = _bend(hips[i], foot, 0.245 * height, 0.235 * height, forward + sign * 0.25 * left)
        toes[i] = ankles[i] + forward * 0.105 * height + sign * left * 0.02
        toes[i][2] -= 0.022 * height
        target = base + pose.hands[i] @ frame
        pole = -forward * 0.7 + sign * left * 0.6 - up * 0.5
        elbows[i], hands[i] = _bend(shoulders[i], target, 0.165 * height, 0.165 * height, pole)
    return Joints(pelvis, chest, neck, head, hips, knees, ankles, toes, shoulders, elbows, hands, forward, left, trunk)
