"""People: what they look like, and their bodies as shaded capsules with a number on the jersey."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from bbva_core.synth.camera import Camera
from bbva_core.synth.canvas import BGR, Canvas, Capsule, Coverage
from bbva_core.synth.lettering import text_mask
from bbva_core.synth.pose import Array, Joints, Pose, solve

SKIN: tuple[BGR, ...] = (
    (58, 84, 128),
    (48, 68, 104),
    (40, 56, 86),
    (72, 104, 156),
    (112, 148, 202),
    (130, 166, 220),
    (92, 126, 182),
)
HAIR: tuple[BGR, ...] = ((22, 22, 26), (28, 30, 40), (34, 44, 64), (20, 20, 22), (60, 96, 132))
TORSO = 1


@dataclass(frozen=True, kw_only=True)
class Kit:
    """Colours of a team, BGR."""

    jersey: BGR
    trim: BGR
    number: BGR
    shorts: BGR


KITS = (
    Kit(jersey=(46, 34, 190), trim=(245, 245, 245), number=(250, 250, 250), shorts=(42, 30, 176)),
    Kit(jersey=(240, 238, 236), trim=(120, 58, 24), number=(110, 44, 16), shorts=(236, 234, 232)),
)
"""Of team a and team b."""

REFEREE_KIT = Kit(jersey=(120, 116, 112), trim=(40, 40, 40), number=(24, 24, 24), shorts=(30, 28, 28))


@dataclass(frozen=True, kw_only=True)
class Look:
    """A person's outside."""

    height: float
    """Metres."""
    skin: BGR
    hair: BGR
    hair_size: float
    """0 shaved to 1 big."""
    shoes: BGR
    sleeve: BGR | None
    kit: Kit
    number: int
    referee: bool = False


def make_look(rng: np.random.Generator, kit: Kit, number: int, height: float, referee: bool = False) -> Look:
    """A random person in a kit."""
    skin = SKIN[int(rng.integers(4 if rng.random() < 0.68 else len(SKIN)))]
    shoes = [(245, 245, 245), (30, 30, 32), (40, 30, 200), (200, 120, 30), (60, 220, 200)][int(rng.integers(5))]
    sleeve = kit.trim if rng.random() < 0.25 else None
    return Look(
        height=height,
        skin=skin,
        hair=HAIR[int(rng.integers(len(HAIR)))],
        hair_size=float(rng.choice([0.15, 0.35, 0.5, 0.95])),
        shoes=(20, 20, 20) if referee else shoes,
        sleeve=None if referee else sleeve,
        kit=kit,
        number=number,
        referee=referee,
    )


def _at(point: Array) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])


def body(look: Look, joints: Joints, eyes: bool) -> list[Capsule]:
    """The capsules of a person, metres; eyes are worth drawing only in close views."""
    h, kit = look.height / 2.0, look.kit
    parts: list[Capsule] = []

    def bar(a: Array, b: Array, ra: float, rb: float, colour: BGR, hem: BGR | None = None, part: int = 0) -> None:
        parts.append(Capsule(_at(a), _at(b), ra * h, rb * h, colour, hem, part))

    for i in (0, 1):
        hip, knee, ankle = joints.hips[i], joints.knees[i], joints.ankles[i]
        if look.referee:
            bar(hip, knee, 0.105, 0.085, kit.shorts)
            bar(knee, ankle, 0.085, 0.065, kit.shorts)
        else:
            hem = hip + (knee - hip) * 0.97
            bar(hip, hem, 0.112, 0.122, kit.shorts, kit.trim)
            bar(hip, knee, 0.088, 0.064, look.skin)
            calf = knee + (ankle - knee) * 0.35
            bar(knee, calf, 0.062, 0.068, look.skin)
            bar(calf, ankle, 0.068, 0.042, look.skin)
            bar(calf + (ankle - calf) * 0.55, ankle, 0.055, 0.048, (238, 238, 238))
        bar(ankle - joints.forward * 0.05 * h - np.array([0, 0, 0.03 * h]), joints.toes[i], 0.058, 0.044, look.shoes)
        shoulder, elbow, hand = joints.shoulders[i], joints.elbows[i], joints.hands[i]
        upper = kit.jersey if look.referee else look.skin
        bar(shoulder, elbow, 0.066, 0.050, upper)
        bar(elbow, hand, 0.050, 0.036, look.sleeve or look.skin)
        tip = hand + (hand - elbow) * 0.2
        bar(hand, tip, 0.042, 0.034, look.skin)
        # a trunk that is wider than deep: one bar on either side, one across the shoulders
        side = joints.left * (-1.0 if i == 0 else 1.0)
        low = joints.pelvis + side * 0.075 * h + joints.up * 0.03 * h
        high = joints.chest + side * 0.115 * h
        bar(low, high, 0.112, 0.118, kit.jersey, part=TORSO)
    across = joints.left * 0.155 * h
    top = joints.chest + joints.up * 0.05 * h
    bar(top - across, top + across, 0.085, 0.085, kit.jersey, part=TORSO)
    bar(joints.pelvis, joints.chest, 0.125, 0.13, kit.jersey, part=TORSO)
    bar(joints.pelvis - joints.left * 0.06, joints.pelvis + joints.left * 0.06, 0.125, 0.125, kit.shorts)
    bar(joints.neck - joints.up * 0.05 * h, joints.head, 0.062, 0.058, look.skin)
    brow, chin = joints.head + joints.up * 0.045 * h, joints.head - joints.up * 0.035 * h + joints.forward * 0.02 * h
    bar(brow, chin, 0.100, 0.082, look.skin)
    bar(joints.head + joints.forward * 0.085 * h, joints.head + joints.forward * 0.10 * h, 0.03, 0.02, look.skin)
    for out in (-1.0, 1.0) if eyes else ():
        eye = joints.head + joints.forward * 0.086 * h + joints.left * out * 0.036 * h + joints.up * 0.022 * h
        bar(eye, eye + joints.forward * 0.012 * h, 0.017, 0.012, (24, 24, 30))
    grow = 0.045 * look.hair_size
    cap = joints.head + joints.up * (0.062 + grow * 0.6) * h - joints.forward * 0.022 * h
    nape = joints.head - joints.forward * 0.045 * h - joints.up * 0.01 * h
    bar(cap, nape, 0.094 + grow, 0.082 + grow * 0.8, look.hair)
    return parts


def draw_person(canvas: Canvas, camera: Camera, look: Look, pose: Pose, owner: int) -> Coverage | None:
    """Draw a person and the number on the jersey; returns the pixels covered before anything hides them."""
    joints = solve(pose, look.height)
    eyes = camera.focal * look.height > 220 * float(camera.project([joints.head])[0, 2])
    cover = canvas.figure(camera, body(look, joints, eyes), owner)
    if cover is not None:
        _number(canvas, camera, look, joints, owner, cover)
    return cover


def _number(canvas: Canvas, camera: Camera, look: Look, joints: Joints, owner: int, cover: Coverage) -> None:
    """Print the number on the side of the jersey that shows."""
    middle = joints.pelvis + (joints.chest - joints.pelvis) * 0.66
    facing = float(joints.forward @ (np.array(camera.position) - middle))
    distance = float(np.linalg.norm(np.array(camera.position) - middle))
    sign = 1.0 if facing > 0 else -1.0
    if abs(facing) < 0.30 * distance:
        return
    normal = joints.forward * sign
    across = joints.left * -sign  # screen right of the reader is the wearer's left in front, right behind
    across = -across
    glyph = text_mask(str(look.number), 48, 2)
    high = 0.125 * look.height if not look.referee else 0.08 * look.height
    wide = high * glyph.shape[1] / glyph.shape[0]
    centre = middle + normal * 0.13
    corners = [
        centre - across * wide / 2 + joints.up * high / 2,
        centre + across * wide / 2 + joints.up * high / 2,
        centre + across * wide / 2 - joints.up * high / 2,
        centre - across * wide / 2 - joints.up * high / 2,
    ]
    target = camera.project(corners)[:, :2] - (cover.x, cover.y)
    rows, columns = cover.mask.shape
    source = np.array([[0, 0], [glyph.shape[1], 0], [glyph.shape[1], glyph.shape[0]], [0, glyph.shape[0]]], np.float32)
    shrink = max(1.0, glyph.shape[0] / max(2.0, float(np.ptp(target[:, 1])))) / 2
    blurred = cv2.GaussianBlur(glyph, (0, 0), shrink) if shrink > 0.6 else glyph
    warp = cv2.getPerspectiveTransform(source, target.astype(np.float32))
    ink = cv2.warpPerspective(blurred, warp, (columns, rows), flags=cv2.INTER_LINEAR).astype(np.float32) / 255
    box = np.s_[cover.y : cover.y + rows, cover.x : cover.x + columns]
    ink[(cover.mask != TORSO + 1) | (canvas.owner[box] != owner)] = 0
    part = canvas.colour[box]
    shade = part.max(axis=2, keepdims=True) / max(look.kit.jersey)
    wanted = np.minimum(np.array(look.kit.number, np.float32) * shade, 255)
    part[:] = (part + ink[..., None] * (wanted - part)).astype(np.uint8)
