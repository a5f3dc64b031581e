"""Corrections by hand belong to the video: they hold in every run of it, in readings, events and exports."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bbva_core.errors import InvalidSettings, NotFound
from bbva_core.export import export_run
from bbva_core.game import Correction
from bbva_core.pipeline.orchestrator import SequentialOrchestrator
from bbva_core.settings import AppSettings
from bbva_core.store import RunSummary, Store
from tests.fakes import FakeExecutor, add_run, sql

FRAMES = 9


def analysed(store: Store, app: AppSettings) -> RunSummary:
    """A run whose reader believes the scores 10, 10, 10, 18, 18, 18, 14, 14, 14: the 18 is a 13."""
    from threading import Event

    run = add_run(store, app, frames=FRAMES, batch_frames=4, ocr="rapidocr", detector="none")
    claim = store.ledger.claim_next(run.uuid)
    assert claim is not None
    SequentialOrchestrator(store, FakeExecutor(), stop=Event()).run(claim, run.spec)
    for first, score in ((0, 10), (3, 18), (6, 14)):
        sql(
            app,
            "UPDATE scoreboard_readings SET accepted = 1, score_a = ? WHERE run_id = ? AND frame_index >= ?",
            score, run.id, first,
        )  # fmt: skip
    return store.queries.run(run.uuid)


def scores(store: Store, run: RunSummary) -> list[int]:
    return [row["score_a"] for row in store.queries.readings(run.id)]


def points(store: Store, run: RunSummary) -> list[tuple[int, int]]:
    return [(event["frame_index"], event["points"]) for event in store.queries.iterate_events(run.id)]


WRONG = Correction("score_a", 3, "13", "18")


@pytest.fixture
def run(app: AppSettings, store: Store) -> RunSummary:
    return analysed(store, app)


def test_a_correction_is_in_readings_and_events_and_can_be_taken_back(store: Store, run: RunSummary) -> None:
    read = scores(store, run), points(store, run)
    assert read == ([10] * 3 + [18] * 3 + [14] * 3, [(3, 8), (6, -4)])
    store.corrections.put(run.video_id, [WRONG])
    assert scores(store, run) == [10] * 3 + [13] * 3 + [14] * 3
    assert points(store, run) == [(3, 3), (6, 1)]
    (made,) = store.queries.corrections(run.video_id)
    store.corrections.remove(run.video_id, made.id)
    assert (scores(store, run), points(store, run)) == read


def test_a_correction_holds_in_the_next_run_of_the_video(app: AppSettings, store: Store, run: RunSummary) -> None:
    store.corrections.put(run.video_id, [WRONG])
    store.corrections.put(
        run.video_id, [Correction("team_a", None, "  The\n Lions "), Correction("team_b", None, "Hawks")]
    )
    again = analysed(store, app)
    assert again.video_id == run.video_id
    assert scores(store, again) == [10] * 3 + [13] * 3 + [14] * 3
    assert {(row["team_a"], row["team_b"]) for row in store.queries.readings(again.id)} == {("The Lions", "Hawks")}


def test_a_correction_is_in_the_exports_and_named_there(store: Store, run: RunSummary, tmp_path: Path) -> None:
    store.corrections.put(run.video_id, [WRONG])
    for table in ("scoreboard", "events"):
        export_run(store.queries, run, table=table, format="csv", out=tmp_path / table)
    with (tmp_path / "scoreboard").open(encoding="utf-8", newline="") as file:
        rows = [(row["score_a"], row["corrected"]) for row in csv.DictReader(file)]
    assert rows == [("10", "")] * 3 + [("13", "score_a")] * 3 + [("14", "")] * 3
    with (tmp_path / "events").open(encoding="utf-8", newline="") as file:
        assert [row["points"] for row in csv.DictReader(file)] == ["3", "1"]


def test_every_run_of_the_video_is_drawn_anew(app: AppSettings, store: Store, run: RunSummary) -> None:
    other = analysed(store, app)
    before = [store.queries.run(each.uuid).change_counter for each in (run, other)]
    store.corrections.put(run.video_id, [Correction("period", 0, "2")])
    assert [store.queries.run(each.uuid).change_counter for each in (run, other)] == [count + 1 for count in before]


def test_the_newest_correction_of_a_place_replaces_the_older_one(store: Store, run: RunSummary) -> None:
    for value in ("12", "13"):
        store.corrections.put(run.video_id, [Correction("score_a", 3, value)])
    assert [item.value for item in store.queries.corrections(run.video_id)] == ["13"]


def test_of_two_values_one_of_which_is_wrong_none_is_stored(store: Store, run: RunSummary) -> None:
    with pytest.raises(InvalidSettings, match="Nothing was changed"):
        store.corrections.put(run.video_id, [WRONG, Correction("game_clock_seconds", 3, "noon")])
    assert store.queries.corrections(run.video_id) == []


def test_corrections_go_with_their_video(app: AppSettings, store: Store, run: RunSummary) -> None:
    store.corrections.put(run.video_id, [WRONG])
    store.registry.delete_run(run.uuid)
    assert sql(app, "SELECT count(*) FROM corrections") == [(0,)]
    with pytest.raises(NotFound, match="Nothing was stored"):
        store.corrections.put(run.video_id, [WRONG])
