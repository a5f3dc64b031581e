"""Pictures drawn for a training are of other games than those that are measured on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bbva_core.settings import AppSettings
from bbva_core.synth.truth import truth_path
from bbva_core.train import synthetic
from bbva_core.train.datasets import read_data_set


def test_the_sample_game_is_not_trained_on(tmp_path: Path, app: AppSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    drawn = synthetic.render_frames
    monkeypatch.setattr(synthetic, "render_frames", lambda settings: seeds.append(settings.seed) or drawn(settings))
    told: list[tuple[int, int]] = []
    synthetic.write_synthetic(tmp_path, 2, progress=lambda done, of: told.append((done, of)))
    assert told == [(2, 2)]
    assert len(list(read_data_set(tmp_path))) == 2
    sample = json.loads(truth_path(app.sample_video).read_text(encoding="utf-8"))
    assert min(seeds) > sample["seed"]
    synthetic.write_synthetic(tmp_path, 2, progress=lambda done, of: None)
    assert len(seeds) == 1  # what is there is not drawn again
