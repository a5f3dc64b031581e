"""Moving pictures to lay a graphic over: a court with people and boards, panned, with texts that are no scoreboard."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.synth.lettering import text_mask

Image = npt.NDArray[np.uint8]

_TEXTS = [
    "NOVA AIR",
    "PIXEL COLA",
    "24",
    "7",
    "33",
    "COURT 28",
    "11",
    "GREEN BANK",
    "5:00",
    "23",
    "MEGA PHONE",
    "10",
    "OPEN LEAGUE",
    "42",
    "0",
]


def moving_pictures(rng: np.random.Generator, size: tuple[int, int], count: int, *, cut: bool) -> Iterator[Image]:
    """Pictures of a size.

    Args:
        rng: Decides everything.
        size: Width and height.
        count: How many.
        cut: Show another scene from the middle on.
    """
    wide, high = size
    scenes = [_scene(rng, wide * 3 // 2, high * 5 // 4) for _ in range(2 if cut else 1)]
    speed = rng.uniform(-0.5, 0.5, 2)
    for number in range(count):
        scene = scenes[-1] if number * 2 >= count else scenes[0]
        room = scene.shape[1] - wide, scene.shape[0] - high
        phase = number / count
        x = round(room[0] * (0.5 + 0.5 * np.sin(2 * np.pi * phase * (0.6 + speed[0]) + 1)))
        y = round(room[1] * (0.5 + 0.5 * np.sin(2 * np.pi * phase * (0.8 + speed[1]))))
        yield np.ascontiguousarray(scene[y : y + high, x : x + wide])


def _scene(rng: np.random.Generator, wide: int, high: int) -> Image:
    picture = np.empty((high, wide, 3), np.float32)
    picture[:] = rng.uniform([70, 110, 150], [150, 190, 230])
    stripes = 0.93 + 0.07 * np.sin(np.arange(wide) / rng.uniform(4, 12))[None, :, None]
    picture *= stripes
    stand = round(high * rng.uniform(0.25, 0.45))
    crowd = rng.uniform(20, 120, (max(2, stand // 6), max(2, wide // 6), 1)) + rng.uniform(-20, 20, (1, 1, 3))
    picture[:stand] = cv2.resize(crowd.astype(np.float32), (wide, stand), interpolation=cv2.INTER_NEAREST)
    shown = np.clip(picture, 0, 255).astype(np.uint8)
    for _ in range(10):  # lines of the court, people
        colour = [int(value) for value in rng.integers(0, 256, 3)]
        at = (int(rng.integers(wide)), int(rng.integers(stand, high)))
        if rng.random() < 0.4:
            cv2.ellipse(shown, at, (wide // 7, high // 9), 0, 0, 360, (240, 240, 240), max(1, high // 180), cv2.LINE_AA)
        else:
            tall = int(high * rng.uniform(0.12, 0.25))
            cv2.ellipse(shown, at, (max(2, tall // 5), tall // 2), 0, 0, 360, colour, -1, cv2.LINE_AA)
    for text in rng.choice(_TEXTS, size=9, replace=False):
        mask = text_mask(str(text), max(8, round(high * rng.uniform(0.04, 0.09))))
        y, x = int(rng.integers(stand // 2, max(stand // 2 + 1, high - mask.shape[0]))), int(rng.integers(0, wide // 2))
        x *= 2
        part = shown[y : y + mask.shape[0], x : x + mask.shape[1]]
        alpha = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
        ink = rng.uniform(0, 255, 3)
        part[:] = (part * (1 - alpha) + ink * alpha).astype(np.uint8)
    return cv2.GaussianBlur(shown, (0, 0), max(0.3, high / 900))  # type: ignore[no-any-return]
