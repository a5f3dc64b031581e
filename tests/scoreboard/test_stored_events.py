"""The events that a run stores are those that follow from its readings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbva_core.settings import AppSettings, load_app_settings
from bbva_core.store import Store
from tests.cli.running import run
from tests.fakes import sql


@pytest.mark.slow
def test_stored_events_follow_from_the_stored_readings(tmp_path: Path) -> None:
    app = AppSettings(data_dir=tmp_path / "data")
    code, _, err = run("analyze", load_app_settings().sample_video, "--detector", "none", "--data-dir", app.data_dir)
    assert code == 0, err
    columns = "frame_index, pts, kind, team, points, period, game_clock_seconds, score_a, score_b"
    stored = sql(app, f"SELECT {columns} FROM game_events ORDER BY frame_index, event_index")
    with Store(app) as store:
        last = store.queries.last_run()
        assert last is not None
        derived = list(store.queries.iterate_events(last.id))
        assert [tuple(event[name] for name in columns.split(", ")) for event in derived] == stored
        assert len(stored) == 2  # baskets of the sample game
        for event in derived:
            evidence = store.queries.evidence(last.id, event["frame_index"])
            assert evidence is not None
            assert evidence.startswith(b"\xff\xd8")
