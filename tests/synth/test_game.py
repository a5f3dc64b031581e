"""The game itself: same seed same game, ten players, rules of the scoreboard."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from bbva_core.errors import InvalidSettings
from bbva_core.synth import SynthSettings, render_frames
from bbva_core.synth.play import Game
from bbva_core.synth.players import KITS
from bbva_core.synth.truth import FrameTruth

Frames = list[tuple[npt.NDArray[np.uint8], FrameTruth]]
TINY = {"width": 192, "height": 108, "fps": 10, "crowd": 0.05, "supersample": 1}


def tiny(**changes: object) -> Frames:
    return list(render_frames(SynthSettings(**{**TINY, "seconds": 0.5, **changes})))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def clip() -> Frames:
    """A second at a size where jerseys have pixels."""
    return tiny(width=480, height=270, seconds=1.0, seed=3)


def test_same_seed_gives_the_same_frames_and_truth() -> None:
    first, second = tiny(seed=5), tiny(seed=5)
    assert [truth for _, truth in first] == [truth for _, truth in second]
    assert all(np.array_equal(a, b) for (a, _), (b, _) in zip(first, second, strict=True))


def test_another_seed_gives_another_game() -> None:
    (picture_a, truth_a), (picture_b, truth_b) = tiny(seed=5)[0], tiny(seed=6)[0]
    assert truth_a != truth_b
    assert not np.array_equal(picture_a, picture_b)


def test_frames_have_the_size_and_times_asked_for() -> None:
    frames = tiny(fps=Fraction(30000, 1001), seconds=0.2)
    assert len(frames) == 6
    assert {picture.shape for picture, _ in frames} == {(108, 192, 3)}
    assert [truth.seconds for _, truth in frames] == [Fraction(1001 * k, 30000) for k in range(6)]


def test_a_picture_is_the_callers_to_keep() -> None:
    frames = tiny(seconds=0.3)
    assert not np.shares_memory(frames[0][0], frames[1][0])


def test_boxes_lie_inside_the_picture(clip: Frames) -> None:
    for picture, truth in clip:
        height, width = picture.shape[:2]
        for item in truth.objects:
            x1, y1, x2, y2 = item.box
            assert 0 <= x1 < x2 <= width, item
            assert 0 <= y1 < y2 <= height, item
            assert 0 <= item.visible <= 1


def test_boxes_hold_their_jersey(clip: Frames) -> None:
    picture, truth = clip[0]
    seen = [item for item in truth.objects if item.kind == "player" and item.visible > 0.7]
    assert len(seen) >= 5
    for item in seen:
        x1, y1, x2, y2 = (int(value) for value in item.box)
        pixels = picture[y1:y2, x1:x2].reshape(-1, 3).astype(float)
        pixels /= np.maximum(np.linalg.norm(pixels, axis=1, keepdims=True), 1)
        jersey = np.array(KITS[item.team == "b"].jersey, float)
        alike = (pixels @ (jersey / np.linalg.norm(jersey)) > 0.97).mean()
        assert alike > 0.08, item


def test_ids_are_unique_and_keep_their_meaning(clip: Frames) -> None:
    meaning: dict[int, tuple[object, ...]] = {}
    for _, truth in clip:
        idents = [item.ident for item in truth.objects]
        assert len(set(idents)) == len(idents)
        for item in truth.objects:
            who = (item.kind, item.team, item.number)
            assert meaning.setdefault(item.ident, who) == who


def test_the_picture_cuts_when_asked_to() -> None:
    frames = tiny(seconds=0.6, cuts=(0.25,))
    assert [truth.cut for _, truth in frames] == [0, 0, 0, 1, 1, 1]
    assert frames[0][1].camera == "main"
    assert frames[-1][1].camera.startswith("close")


def test_the_score_graphic_can_be_left_out() -> None:
    with_bug, without = tiny(seconds=0.1)[0][0], tiny(seconds=0.1, score_bug=False)[0][0]
    changed = np.argwhere((with_bug != without).any(axis=2))
    assert len(changed) > 200
    assert changed[:, 0].min() > 108 * 0.8


@pytest.mark.parametrize(("seed", "court"), [(0, "fiba"), (1, "fiba"), (2, "nba")], ids=str)
def test_ninety_seconds_of_play(seed: int, court: str) -> None:
    """Without drawing: points come from made shots only, clocks fall, people and ball stay in the hall."""
    game = Game(SynthSettings(seed=seed, court=court, seconds=90), np.random.default_rng(seed))  # type: ignore[arg-type]
    start, scored, made = list(game.board.scores), [0, 0], 0
    states = []
    assert [len(game.team(team)) for team in (0, 1, 2)] == [5, 5, 2]
    for _ in range(90 * 30):
        before = list(game.board.scores)
        for item in game.step(1 / 30):
            scored[item.team] += item.points
            made += item.kind == "made"
            assert (item.points in (2, 3)) == (item.kind == "made")
            before[item.team] += item.points
        assert game.board.scores == before
        states.append((game.board.period, game.board.clock))
        assert game.board.shot_clock > 0
        where = np.array([actor.at for actor in game.actors])
        assert np.abs(where[:, 0]).max() < 17.5
        assert np.abs(where[:, 1]).max() < 9.0
        assert np.abs(game.ball[:2]).max() < 17
        assert 0.1 < game.ball[2] < 9
    assert [s + p for s, p in zip(start, scored, strict=True)] == game.board.scores
    assert made >= 2
    for (period, clock), (next_period, next_clock) in pairwise(states):
        assert next_period > period or next_clock < clock


@pytest.mark.parametrize(
    "changes",
    [{"seconds": 0}, {"fps": 0}, {"width": 641}, {"height": 10}, {"court": "street"}, {"crowd": 2.0}, {"team_a": ""}],
    ids=lambda changes: next(iter(changes)),
)
def test_settings_out_of_range_are_refused_in_words(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidSettings, match=next(iter(changes))):
        SynthSettings(**changes)  # type: ignore[arg-type]


def test_importing_the_package_is_light() -> None:
    code = "import sys, bbva_core.synth; print([m for m in ('cv2', 'av', 'numpy', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
