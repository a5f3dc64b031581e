"""Pseudo-labels: spectators become background, what is doubtful teaches nothing, what was interrupted goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from bbva_core.detect.types import Detections, Frame
from bbva_core.synth import SynthSettings, render_frames
from bbva_core.train.court import find_court, stands_on
from bbva_core.train.datasets import read_data_set
from bbva_core.train.pseudo import blur_out, judge, label_video
from tests import videos

COURT = np.full((360, 640, 3), (60, 60, 60), np.uint8)
COURT[:140] = np.random.default_rng(0).integers(0, 255, (140, 640, 3), np.uint8)
COURT[140:] = (120, 170, 210)

PLAYER = ("player", 0.9, 300, 150, 330, 230)
SPECTATOR = ("player", 0.9, 100, 20, 130, 90)
HEAD_IN_THE_FRONT_ROW = ("player", 0.8, 400, 330, 430, 360)
RIM = ("rim", 0.8, 500, 40, 520, 60)


def found(*rows: tuple[str, float, float, float, float, float]) -> Detections:
    boxes = [row[2:] for row in rows]
    return Detections.canonical(boxes, [row[1] for row in rows], [row[0] for row in rows], width=640, height=360)


def labels(detections: Detections, mask: Iterable[bool]) -> list[tuple[str, float]]:
    return [(detections.labels[k], float(detections.boxes[k, 0])) for k, chosen in enumerate(mask) if chosen]


def test_who_does_not_stand_on_the_court_is_background() -> None:
    detections = found(PLAYER, SPECTATOR, HEAD_IN_THE_FRONT_ROW, RIM)
    kept, doubtful = judge(COURT, detections, [detections])
    assert labels(detections, kept) == [("player", 300), ("rim", 500)]
    assert labels(detections, doubtful) == []


def test_what_the_neighbours_do_not_show_or_scores_low_is_doubtful() -> None:
    flicker = ("player", 0.9, 200, 150, 230, 230)
    faint = ("player", 0.3, 400, 150, 430, 230)
    detections = found(PLAYER, flicker, faint)
    kept, doubtful = judge(COURT, detections, [found(PLAYER, faint), found(PLAYER)])
    assert labels(detections, kept) == [("player", 300)]
    assert labels(detections, doubtful) == [("player", 200), ("player", 400)]


def test_a_ball_may_have_flown_between_frames_but_not_across_the_picture() -> None:
    detections = found(("ball", 0.9, 300, 100, 310, 110))
    near, far = found(("ball", 0.9, 325, 90, 335, 100)), found(("ball", 0.9, 500, 90, 510, 100))
    assert judge(COURT, detections, [near])[0].tolist() == [True]
    assert judge(COURT, detections, [far])[0].tolist() == [False]


def test_without_a_court_in_the_picture_nobody_is_called_a_spectator() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (360, 640, 3), np.uint8)
    assert find_court(noise) is None
    detections = found(SPECTATOR)
    assert judge(noise, detections, [detections])[0].tolist() == [True]


def test_doubtful_things_are_blurred_but_not_what_is_kept() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (60, 60, 3), np.uint8)
    # A doubtful player beside a kept one, and a kept ball within a doubtful player.
    out = blur_out(
        picture, np.array([[0, 0, 20, 20], [30, 0, 50, 60.0]]), np.array([[18, 0, 24, 20], [38, 30, 42, 34.0]])
    )
    assert out[:20, :18].std() < picture[:20, :18].std() / 4
    assert out[:28, 30:50].std() < picture[:28, 30:50].std() / 4
    assert (out[:20, 18:24] == picture[:20, 18:24]).all()
    assert (out[30:34, 38:42] == picture[30:34, 38:42]).all()


def test_nobody_is_a_player_and_a_referee() -> None:
    detections = found(PLAYER, ("referee", 0.5, 301, 150, 330, 230))
    kept, doubtful = judge(COURT, detections, [detections])
    assert labels(detections, kept) == [("player", 300)]
    assert not doubtful.any()


@pytest.mark.parametrize("seed", [1, 4, 6])
def test_players_of_varied_halls_stand_on_the_court_and_the_crowd_does_not(seed: int) -> None:
    settings = SynthSettings(seconds=1, fps=1, seed=seed, varied=True, supersample=1)
    picture, truth = next(render_frames(settings))
    hull = find_court(picture)
    assert hull is not None
    boxes = np.array([item.box for item in truth.objects if item.kind == "player"]) / (640, 360, 640, 360)
    # The feet of those at the edge of the picture are not in it.
    inside = boxes[:, 3] < 0.99
    assert stands_on(hull, boxes[inside]).mean() >= 0.8
    crowd = np.array([[x, 0.02, x + 0.02, 0.08] for x in np.linspace(0, 0.9, 10)])
    assert not stands_on(hull, crowd).any()


class Constant:
    """A detector that finds the same everywhere, and counts the pictures it was given."""

    name = "constant"
    labels = frozenset({"person", "ball"})

    def __init__(self) -> None:
        self.pictures = 0

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        self.pictures += len(frames)
        size = {"width": frames[0].shape[1], "height": frames[0].shape[0]}
        return [Detections.canonical([[40, 20, 60, 80]], [0.9], ["person"], **size) for _ in frames]

    def close(self) -> None:
        pass


def test_a_video_becomes_a_data_set_and_is_not_labelled_twice(tmp_path: Path) -> None:
    video = videos.write(tmp_path / "clip.mp4", options=videos.X264_CLOSED, count=60)  # 2.4 seconds
    detector = Constant()
    told: list[tuple[int, int]] = []
    assert label_video(video, tmp_path / "out", detector, every=1.0, progress=lambda *at: told.append(at)) == 3
    assert told == [(1, 3), (2, 3), (3, 3)]
    pictures = list(read_data_set(tmp_path / "out"))
    assert [picture.path.stem[-7:] for picture in pictures] == ["-000002", "-000027", "-000052"]
    assert all(picture.known == {0, 1} for picture in pictures)  # it cannot find rims: they may be there
    assert all(picture.classes.tolist() == [0] for picture in pictures)
    assert detector.pictures == 9
    (tmp_path / "out" / "train" / "labels" / f"{pictures[1].path.stem}.txt").unlink()
    assert label_video(video, tmp_path / "out", detector, every=1.0, progress=lambda *at: None) == 3
    assert detector.pictures == 12
