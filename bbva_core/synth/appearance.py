"""What a game looks like: colours, light and where the main camera stands. The course of the game is not in here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from bbva_core.synth.camera import MAIN, Tripod
from bbva_core.synth.canvas import BGR
from bbva_core.synth.court import FloorPaint
from bbva_core.synth.players import KITS, REFEREE_KIT, Kit

_CLOTHES: tuple[BGR, ...] = (
    (60, 54, 50),
    (84, 70, 58),
    (120, 112, 104),
    (150, 148, 146),
    (190, 188, 184),
    (92, 62, 44),
    (120, 84, 56),
    (52, 50, 96),
    (46, 40, 130),
    (70, 88, 74),
    (40, 38, 40),
    (96, 108, 136),
    (140, 120, 90),
)


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """The look of a hall and of those in it. The default is the house look of the sample game."""

    kits: tuple[Kit, Kit] = KITS
    """Of team a and team b."""

    referee_kit: Kit = REFEREE_KIT

    floor: FloorPaint = field(default_factory=FloorPaint)

    clothes: tuple[BGR, ...] = _CLOTHES
    """What the crowd wears."""

    fans: float = 0.09
    """Share of the crowd in the colours of a team."""

    stands_light: float = 1.0
    """Light on the stands, 1 is as bright as the floor allows."""

    light: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Light and tint of the picture: factors for blue, green, red."""

    camera: Tripod = MAIN
    """The main camera."""

    bug_colours: tuple[BGR, BGR] = ((44, 34, 176), (128, 70, 30))
    """Of team a and team b in the score graphic."""


def varied(seed: int) -> Appearance:
    """Another hall, other kits, another place for the camera: a look chosen by the seed."""
    rng = np.random.default_rng([seed, 1405])
    home, away = _kit(rng, light=True), _kit(rng, light=False)
    kits = (home, away) if rng.random() < 0.5 else (away, home)
    warmth, gain = rng.uniform(-0.09, 0.09), rng.uniform(0.72, 1.18)
    return Appearance(
        kits=kits,
        referee_kit=_referee_kit(rng),
        floor=_floor(rng),
        clothes=_clothes(rng, kits),
        fans=float(rng.choice([0.02, 0.09, 0.2, 0.5])),
        stands_light=float(rng.uniform(0.25, 1.15)),
        light=(float(gain * (1 - warmth)), float(gain), float(gain * (1 + warmth))),
        camera=_camera(rng),
        bug_colours=(kits[0].shorts, kits[1].shorts),
    )


def _colour(rng: np.random.Generator, low: int, high: int) -> BGR:
    """A colour whose brightest channel lies between low and high; grey to strong."""
    value = rng.uniform(low, high)
    strength = rng.choice([0.08, 0.5, 0.85], p=[0.25, 0.25, 0.5])
    mix = rng.random(3)
    mix = mix - mix.min()
    mix = mix / max(float(mix.max()), 1e-6)
    b, g, r = (value * (1 - strength + strength * mix)).astype(int).tolist()
    return b, g, r


def _kit(rng: np.random.Generator, *, light: bool) -> Kit:
    jersey: BGR = (
        (240, 238, 236) if light and rng.random() < 0.6 else _colour(rng, *((190, 250) if light else (40, 200)))
    )
    ink = _colour(rng, 20, 120) if sum(jersey) > 380 else _colour(rng, 215, 255)
    shorts = jersey if rng.random() < 0.8 else _colour(rng, 30, 240)
    return Kit(jersey=jersey, trim=_colour(rng, 60, 250), number=ink, shorts=shorts)


def _referee_kit(rng: np.random.Generator) -> Kit:
    jersey: BGR = ((120, 116, 112), (66, 62, 60), (150, 146, 142), (30, 80, 210), (36, 34, 34))[int(rng.integers(5))]
    return replace(REFEREE_KIT, jersey=jersey)


def _floor(rng: np.random.Generator) -> FloorPaint:
    tone = rng.uniform(0.72, 1.12)
    wood = np.array((128, 178, 216)) * tone + rng.uniform(-18, 18, 3)
    if rng.random() < 0.12:  # a synthetic floor
        wood = np.array(_colour(rng, 90, 200), float)
    b, g, r = np.clip(wood, 20, 250).astype(int).tolist()
    paint: BGR = (b, g, r)
    key = paint if rng.random() < 0.2 else _colour(rng, 50, 210)
    return FloorPaint(
        wood=paint,
        apron=paint if rng.random() < 0.15 else _colour(rng, 30, 190),
        key=key,
        line=(245, 245, 245) if rng.random() < 0.7 else _colour(rng, 10, 70),
        logo=_colour(rng, 60, 220),
    )


def _clothes(rng: np.random.Generator, kits: tuple[Kit, Kit]) -> tuple[BGR, ...]:
    if rng.random() < 0.4:
        return _CLOTHES
    return tuple(_colour(rng, 30, 235) for _ in range(14)) + (kits[0].jersey,) * int(rng.integers(4))


def _camera(rng: np.random.Generator) -> Tripod:
    """Along the near side, low in a gym to high in an arena; the tilt follows from where it stands."""
    away, height = rng.uniform(17, 30), rng.uniform(3.5, 13)
    tilt = np.arctan2(height - 1, away)
    slack = np.radians(2.0)
    # The far side of the court is some 23 m nearer or farther: the angle that shows about half a court there.
    half_view = np.arctan2(rng.uniform(6.0, 10.0), away)
    return replace(
        MAIN,
        position=(float(rng.uniform(-4, 4)), float(-away), float(height)),
        half_view=float(half_view),
        pan_limits=(float(np.radians(-27)), float(np.radians(27))),
        tilt_limits=(float(tilt - slack), float(tilt + slack)),
        follow=float(rng.uniform(1.2, 2.2)),
        lead=float(rng.uniform(0.15, 0.55)),
    )
