"""The files: video and truth say the same, whole or not at all; the sample that ships."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from bbva_core.settings import PROJECT_ROOT
from bbva_core.synth import SynthSettings, generate, render_frames

SAMPLE = PROJECT_ROOT / "data" / "sample" / "sample_game.mp4"
SETTINGS = SynthSettings(seconds=0.8, fps=Fraction(30000, 1001), width=192, height=108, crowd=0.05, supersample=1)


@lru_cache(maxsize=4)
def read(video: Path) -> tuple[dict[str, Any], list[Fraction], tuple[int, int]]:
    """Truth, times of all decoded frames, and size of a clip."""
    truth = json.loads(Path(f"{video}.truth.json").read_text())
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        size = (stream.width, stream.height)
        times = [Fraction(frame.pts * frame.time_base) for frame in container.decode(stream)]
    return truth, times, size


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short clip."""
    return generate(SETTINGS, tmp_path_factory.mktemp("synth") / "game.mp4")


def test_frames_and_times_of_the_file_equal_the_truth(made: Path) -> None:
    truth, times, size = read(made)
    assert size == (192, 108)
    assert len(times) == truth["frame_count"] == len(truth["frames"]) == SETTINGS.frame_count == 24
    rate = Fraction(*truth["fps"])
    assert times == [row["pts"] / rate for row in truth["frames"]]
    assert [row["index"] for row in truth["frames"]] == list(range(24))


def test_the_same_settings_draw_the_same_pictures_and_write_the_same_truth(made: Path, tmp_path: Path) -> None:
    # Not the same bytes of video: on a busy machine libx264, with one thread too, gives others once in some hundreds.
    again = generate(SETTINGS, tmp_path / "game.mp4")
    assert Path(f"{again}.truth.json").read_bytes() == Path(f"{made}.truth.json").read_bytes()
    assert read(again)[1:] == read(made)[1:]
    for (picture, _), (other, _) in zip(render_frames(SETTINGS), render_frames(SETTINGS), strict=True):
        assert (picture == other).all()


def test_progress_counts_every_frame(tmp_path: Path) -> None:
    settings = SynthSettings(seconds=0.3, fps=10, width=64, height=64, crowd=0, supersample=1)
    seen: list[tuple[int, int]] = []
    generate(settings, tmp_path / "game.mp4", lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_stopping_halfway_leaves_no_file(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    settings = SynthSettings(seconds=0.3, fps=10, width=64, height=64, crowd=0, supersample=1)
    with pytest.raises(KeyboardInterrupt):
        generate(settings, tmp_path / "game.mp4", stop)
    assert list(tmp_path.iterdir()) == []


def test_the_sample_is_small_and_as_described() -> None:
    truth, times, size = read(SAMPLE)
    assert SAMPLE.stat().st_size < 3_000_000
    assert Path(f"{SAMPLE}.truth.json").stat().st_size < 1_500_000
    assert size == (640, 360)
    assert len(times) == len(truth["frames"]) == 600
    assert 19.9 < times[-1] < 20.0


def test_the_sample_shows_a_whole_little_game() -> None:
    truth, _, _ = read(SAMPLE)
    frames, events = truth["frames"], truth["events"]
    made = [event for event in events if event["kind"] == "made"]
    assert len(made) >= 2
    assert frames[-1]["cut"] >= 1
    assert {item["class"] for row in frames for item in row["objects"]} == {"player", "ball", "rim", "referee"}
    assert len({item["id"] for row in frames for item in row["objects"] if item["class"] == "player"}) == 10
    points = {event["frame_index"]: event for event in made}
    for before, after in pairwise(frames):
        old, new = before["scoreboard"], after["scoreboard"]
        event = points.get(after["index"])
        for team in ("a", "b"):
            gained = event["points"] if event is not None and event["team"] == team else 0
            assert new[f"score_{team}"] == old[f"score_{team}"] + gained
        assert new["game_clock_seconds"] <= old["game_clock_seconds"]


def test_the_sample_explains_itself() -> None:
    text = (SAMPLE.parent / "README.md").read_text()
    assert "python -m bbva_core synth --seconds 20 --seed 7 --size 640x360 --out data/sample/sample_game.mp4" in text


def test_the_sample_is_what_the_generator_makes_today() -> None:
    command = (SAMPLE.parent / "README.md").read_text()
    found = re.search(r"synth --seconds (\d+) --seed (\d+) --size (\d+)x(\d+) --out", command)
    assert found is not None
    seconds, seed, width, height = (int(value) for value in found.groups())
    settings = SynthSettings(seconds=seconds, seed=seed, width=width, height=height)
    rows = json.loads(Path(f"{SAMPLE}.truth.json").read_text())["frames"]
    with av.open(str(SAMPLE)) as container:
        decoded = [frame.to_ndarray(format="bgr24") for frame in islice(container.decode(video=0), 3)]
    for shipped, row, (picture, truth) in zip(decoded, rows, render_frames(settings), strict=False):
        assert row == json.loads(json.dumps(truth.to_dict()))
        difference = np.abs(shipped.astype(int) - picture)
        assert difference.mean() < 8, "the pixels differ by more than the encoder loses"
