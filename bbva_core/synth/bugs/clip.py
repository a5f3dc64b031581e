"""A clip of a few seconds with a score bug over a moving picture, as it comes out of a codec."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container
import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.synth.bugs.game import INCIDENTS, Course, Incident, Says, Writing, without
from bbva_core.synth.bugs.layouts import LAYOUTS
from bbva_core.synth.bugs.painting import Paint, paint_bug
from bbva_core.synth.bugs.pictures import moving_pictures

Image = npt.NDArray[np.uint8]

SIZES = ((426, 240), (640, 360), (854, 480), (1280, 720), (1920, 1080))
"""Width and height: 240p to 1080p."""
SECONDS, FPS = 10.0, 6
_LEAST_LETTERS = 8.0
"""Capitals of the period, the clock and the names are at least so many pixels high: below that nobody can read them."""


@dataclass(frozen=True)
class BugClip:
    """What a clip is made of.

    Args:
        seed: Decides everything that is not given.
        layout: One of `LAYOUTS`.
        size: Width and height of the picture.
        incident: What happens in it.
    """

    seed: int
    layout: str
    size: tuple[int, int]
    incident: Incident

    @classmethod
    def number(cls, number: int) -> BugClip:
        """One of an endless row: each 700 hold every combination of layout, size and incident once."""
        names = list(LAYOUTS)
        turn = number // len(names)
        return cls(
            seed=number,
            layout=names[number % len(names)],
            size=SIZES[(number + turn) % len(SIZES)],
            incident=INCIDENTS[(number + turn // len(SIZES)) % len(INCIDENTS)],
        )


@dataclass(frozen=True)
class BugTruth:
    """What is known of a frame.

    Args:
        says: What the scoreboard shows.
        box: Of the graphic, in pixels; None while it is not there.
        legible: Whether it can be read: it is there, and no animation is under way.
    """

    says: Says
    box: tuple[int, int, int, int] | None
    legible: bool


@dataclass(frozen=True)
class BugFrame:
    """One frame."""

    seconds: float
    image: Image
    truth: BugTruth


def bug_clip(clip: BugClip, fonts: Sequence[Path | None]) -> Iterator[BugFrame]:
    """The frames of a clip, compressed and decoded again.

    Args:
        clip: Which.
        fonts: To write with; None is the font inside Pillow.
    """
    rng = np.random.default_rng((clip.seed, 4711))
    course = Course(rng, clip.incident, SECONDS)
    layout = LAYOUTS[clip.layout](rng)
    shown = {str(cell.content) for cell in layout.cells}
    writing = Writing.random(rng)
    paint = Paint.random(rng, fonts, layout, clip.size, _LEAST_LETTERS)
    count = round(SECONDS * FPS)
    pictures: list[Image] = []
    truths: list[BugTruth] = []
    for number, ground in enumerate(moving_pictures(rng, clip.size, count, cut=clip.incident == "cut")):
        now = number / FPS
        says = course.says(now)
        since = now - course.at
        x, y, legible = float(paint.left), float(paint.top), True
        there = True
        if clip.incident == "vanish" and 0 <= since < 2.5:
            there = False
        elif clip.incident == "slide" and since >= 0:
            share = min(1.0, since / 0.5)
            x += (paint.elsewhere[0] - x) * share
            y += (paint.elsewhere[1] - y) * share
            legible = share >= 1.0
        flash = 0.0
        if clip.incident == "basket" and 0 <= since < 0.5:
            flash, legible = 1.0 - since * 2, False
        box = None
        if there:
            bug, alpha = paint_bug(layout, says, writing, paint, flash=flash, team=course.scoring)
            left, top = round(x), round(y)
            box = (left, top, left + bug.shape[1], top + bug.shape[0])
            part = ground[top : box[3], left : box[2]]
            seen = bug[: part.shape[0], : part.shape[1]].astype(np.float32)
            share_of = alpha[: part.shape[0], : part.shape[1], None]
            part[:] = (part * (1 - share_of) + seen * share_of + 0.5).astype(np.uint8)
        pictures.append(ground)
        truths.append(BugTruth(without(says, shown), box, legible and there))
    coded = _encoded(pictures, crf=int(rng.integers(20, 33)))
    pictures.clear()  # at 1080p they are 370 MB
    for number, image in enumerate(_decoded(coded)):
        yield BugFrame(number / FPS, image, truths[number])


_THE_SAME = "rc-lookahead=0:mbtree=0"
"""With its lookahead, x264 encodes the same pictures now so, now otherwise: by 2 of 255 levels, which decides whether
small text is found."""


def _encoded(pictures: Sequence[Image], crf: int) -> io.BytesIO:
    buffer = io.BytesIO()
    high, wide = pictures[0].shape[:2]
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast", "threads": "1", "g": "30", "x264-params": _THE_SAME}
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    buffer.seek(0)
    return buffer


def _decoded(buffer: io.BytesIO) -> Iterator[Image]:
    with av.open(buffer, "r") as coded:
        for frame in coded.decode(video=0):
            yield np.ascontiguousarray(cv2.cvtColor(frame.to_ndarray(format="rgb24"), cv2.COLOR_RGB2BGR), np.uint8)
