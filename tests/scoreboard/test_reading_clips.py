"""The whole reader with its real engines, on clips whose scoreboard is known."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bbva_core.scoreboard import Memory
from bbva_core.scoreboard.parse import parse_clock
from bbva_core.synth.bugs import LAYOUTS, BugClip, bug_clip
from tests.scoreboard.reading import FIELDS, Engines, believed_at, read_clip


@pytest.fixture(scope="module")
def engines() -> Engines:
    return Engines()


def test_a_score_bug_is_found_followed_and_read_and_resume_reads_the_same(engines: Engines) -> None:
    clip = BugClip(seed=7, layout="clock first", size=(854, 480), incident="basket")
    frames = list(bug_clip(clip, [None]))
    pictures = [(frame.seconds, frame.image) for frame in frames]
    readings, reader = read_clip(engines, pictures)
    for frame in frames:
        if frame.truth.legible:
            known, says = believed_at(readings, frame.seconds), frame.truth.says
            assert {name: known[name] for name in FIELDS} == {name: getattr(says, name) for name in FIELDS}, (
                frame.seconds
            )
    assert reader.reads < len(frames) * 2  # of four fields in every frame
    again, _ = read_clip(engines, pictures, between=lambda _n, memory: Memory.from_bytes(memory.to_bytes()))
    assert again == readings


def test_a_video_without_a_scoreboard_has_no_readings(engines: Engines) -> None:
    frames = [frame for frame in bug_clip(BugClip(3, "strip", (640, 360), "vanish"), [None]) if not frame.truth.box]
    assert len(frames) > 10
    readings, _ = read_clip(engines, [(frame.seconds, frame.image) for frame in frames])
    assert readings == []


def test_a_bug_that_vanishes_and_comes_back_is_noticed(engines: Engines) -> None:
    frames = list(bug_clip(BugClip(8, "columns", (1280, 720), "vanish"), [None]))
    readings, _ = read_clip(engines, [(frame.seconds, frame.image) for frame in frames])
    gone = [reading for reading in readings if reading.box is None]
    first = next(frame.seconds for frame in frames if frame.truth.box is None)
    back = next(frame.seconds for frame in frames if frame.truth.box and frame.seconds > first)
    assert [(reading.seconds, reading.accepted) for reading in gone] == [(first, False)]
    assert next(reading.seconds for reading in readings if reading.seconds > first) == back


# In turn: `bench scoreboard` measures more of them with each other.
SIZES, INCIDENTS = ((640, 360), (1280, 720), (854, 480)), ("tenths", "slide", "end")


@pytest.mark.slow
@pytest.mark.parametrize(("layout", "number"), list(zip(LAYOUTS, itertools.cycle(range(3)))))
def test_every_layout_is_read(engines: Engines, layout: str, number: int) -> None:
    size, incident = SIZES[number], INCIDENTS[number]
    frames = list(bug_clip(BugClip(100 + number, layout, size, incident), [None]))  # type: ignore[arg-type]
    readings, _ = read_clip(engines, [(frame.seconds, frame.image) for frame in frames])
    right = total = 0
    for frame in frames:
        if frame.truth.legible:
            known, says = believed_at(readings, frame.seconds), frame.truth.says
            for name in ("score_a", "score_b", "period", "clock"):
                right += known[name] == getattr(says, name)
                total += 1
    assert right / total >= 0.97


def frames_of(path: Path) -> list[tuple[float, np.ndarray[Any, Any]]]:
    capture = cv2.VideoCapture(str(path))
    rate, frames = capture.get(cv2.CAP_PROP_FPS), []
    while (found := capture.read())[0]:
        frames.append((len(frames) / rate, found[1]))
    capture.release()
    return frames


@pytest.mark.slow
@pytest.mark.parametrize("clip", ["spurs_thunder", "euroleague", "mavs_hawks"])
def test_broadcasts_read_by_eye_are_read_without_a_mistake(engines: Engines, shared_dir: Path, clip: str) -> None:
    frames = frames_of(shared_dir / "games" / f"{clip}.mp4")
    readings, _ = read_clip(engines, frames)
    for shown in json.loads((shared_dir / "games" / f"{clip}.truth.json").read_text())["readings"]:
        known = believed_at(readings, frames[shown["frame"]][0])
        clock = parse_clock(shown["clock"])
        assert known == {**{name: shown.get(name) for name in FIELDS}, "clock": clock}, shown["frame"]


@pytest.mark.slow
@pytest.mark.parametrize("clip", ["chonyy_three_score_two_miss", "chonyy_one_made_shot_3s", "gbikushev_2_throws_yarik"])
def test_practice_has_no_scoreboard(engines: Engines, shared_dir: Path, clip: str) -> None:
    readings, _ = read_clip(engines, frames_of(shared_dir / "practice" / f"{clip}.mp4"))
    assert readings == []
