"""The boxes of the truth are where the pixels are: a thing is found by drawing the same frame without it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bbva_core.synth import SynthSettings, render
from bbva_core.synth.truth import FrameTruth, ObjectTruth

Image = npt.NDArray[np.uint8]
Changed = npt.NDArray[np.bool_]
SETTINGS = SynthSettings(seconds=1, fps=2, width=480, height=270, seed=3, crowd=0.05, score_bug=False, cuts=(0.4,))
"""One frame from afar and one from close by."""

BASKETS = -1
EVERYTHING = frozenset(range(BASKETS, render.BALL_OWNER + 1))


@dataclass
class Shot:
    """A frame, and what changes in it when a thing is left out."""

    picture: Image
    truth: FrameTruth
    seen: dict[int, Changed]
    """The pixels of a thing where nothing hides it."""
    whole: dict[int, Changed]
    """The pixels of a thing when nothing else is there."""

    def things(self, *kinds: str) -> list[ObjectTruth]:
        return [item for item in self.truth.objects if item.kind in kinds]


class Layers(render.Renderer):
    """Draws every frame again and again, each time without some of its things."""

    def __init__(self, settings: SynthSettings) -> None:
        super().__init__(settings)
        self._noise[:] = 0  # it would differ from one drawing to the next
        self.shots: list[Shot] = []

    def _frame(self, *args: Any) -> tuple[Image, FrameTruth]:
        def without(hidden: Collection[int]) -> Image:
            with pytest.MonkeyPatch.context() as patch:
                for name, ident in (("draw_person", None), ("draw_ball", render.BALL_OWNER), ("draw_basket", BASKETS)):
                    patch.setattr(render, name, _unless_hidden(getattr(render, name), hidden, ident))
                return super(Layers, self)._frame(*args)[0]

        picture, truth = super()._frame(*args)
        idents = [*(item.ident for item in truth.objects if item.kind != "rim"), BASKETS]
        empty = without(EVERYTHING)
        seen = {ident: differ(picture, without({ident})) for ident in idents}
        whole = {ident: differ(without(EVERYTHING - {ident}), empty) for ident in idents}
        self.shots.append(Shot(picture, truth, seen, whole))
        return picture, truth


def _unless_hidden(draw: Callable[..., Any], hidden: Collection[int], ident: int | None) -> Callable[..., Any]:
    # The last argument of draw_person is who it is.
    return lambda *args: None if (args[-1] if ident is None else ident) in hidden else draw(*args)


def differ(one: Image, other: Image) -> Changed:
    return np.asarray(np.abs(one.astype(int) - other).max(axis=2) > 10)


def bounds(pixels: Changed) -> list[int]:
    columns, rows = np.flatnonzero(pixels.any(axis=0)), np.flatnonzero(pixels.any(axis=1))
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


@pytest.fixture(scope="module")
def shots() -> list[Shot]:
    renderer = Layers(SETTINGS)
    list(renderer.frames())
    return renderer.shots


def test_boxes_are_those_of_the_pixels(shots: list[Shot]) -> None:
    for shot in shots:
        things = shot.things("player", "referee", "ball")
        assert len(things) > 8
        for item in things:
            assert bounds(shot.whole[item.ident]) == pytest.approx(item.box, abs=1.01), item


def test_visible_is_the_share_of_pixels_that_show(shots: list[Shot]) -> None:
    shares = []
    for shot in shots:
        for item in shot.things("player", "referee", "ball"):
            share = shot.seen[item.ident].sum() / shot.whole[item.ident].sum()
            assert share == pytest.approx(item.visible, abs=0.06), item
            shares.append(share)
    assert min(shares) < 0.75
    assert max(shares) > 0.98


def test_the_ball_is_orange_in_the_middle_of_its_box(shots: list[Shot]) -> None:
    for shot in shots:
        (ball,) = shot.things("ball")
        x1, y1, x2, y2 = ball.box
        x, y, rx, ry = (x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 4, (y2 - y1) / 4
        middle = shot.picture[round(y - ry) : round(y + ry), round(x - rx) : round(x + rx)].astype(int)
        blue, green, red = np.median(middle.reshape(-1, 3), axis=0)
        assert red - blue > 75
        assert red - green > 35


def test_the_box_of_a_rim_holds_its_red_ring_and_the_net(shots: list[Shot]) -> None:
    shot = shots[0]
    (rim,) = shot.things("rim")
    blue, green, red = np.moveaxis(shot.picture.astype(int), 2, 0)
    red = red - np.maximum(blue, green) > 60
    x1, y1, x2, y2 = (round(value) for value in rim.box)
    # Behind it, on the right, the plate that holds it is red, too; further down there is red padding.
    near = np.zeros_like(red)
    near[y1 - 4 : y2 + 4, x1 - 8 : x2] = True
    ring = bounds(shot.seen[BASKETS] & red & near)
    assert ring[:3] == pytest.approx([*rim.box[:2], x2], abs=1.5)
    assert ring[3] < (y1 + y2) / 2
    net = bounds(shot.seen[BASKETS] & ~red & near & (np.arange(red.shape[0]) > ring[3])[:, None])
    assert net[3] == pytest.approx(rim.box[3], abs=1.5)
