"""Exports: the promised columns, equal bytes for equal runs, whole files or none, any text."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from bbva_core.errors import InvalidSettings, StorageFull
from bbva_core.export import TABLES, WRITERS, export_run
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from bbva_core.store.models import Detection, ScoreboardReading
from tests import fakes
from tests.fakes import add_run, rows_of, sql
from tests.limits import files_limited_to, powerless

COLUMNS = {
    "detections": "frame_index, pts_seconds, class, score, x1, y1, x2, y2, batch, elapsed_seconds",
    "scoreboard": (
        "frame_index, pts_seconds, raw_text, confidence, period, game_clock_seconds, shot_clock_seconds, "
        "team_a, score_a, team_b, score_b, accepted, reason, batch, elapsed_seconds, phase, corrected"
    ),
}
AWKWARD = [
    'He said "go"',
    "one, two; three\tfour",
    "line\nbreak\r\nand more",
    "🏀 Žalgiris 12-7 ابطال",
    "",
    "  blanks  ",
    "=1+1",
    "'",
    "\\N",
]  # fmt: skip


def fill(
    store: Store, app: AppSettings, *, texts: list[str] | None = None, frames: int = 30, batch_frames: int = 10
) -> str:
    """A run with all its rows committed, batches in an order of no meaning."""
    run = add_run(store, app, frames=frames, batch_frames=batch_frames, ocr="rapidocr")
    claim = store.ledger.claim_next(run.uuid)
    assert claim is not None
    for batch in reversed(store.queries.batches(run.id)):
        numbers = range(batch.frame_start, batch.frame_end)
        rows = [row for frame in numbers for row in rows_of(batch.stage, frame)]
        if texts is not None and batch.stage == "ocr":
            for row in rows:
                row["raw_text"] = row["team_a"] = texts[row["frame_index"] % len(texts)]
        if batch.stage == "ocr":
            for row in rows:
                row |= {"period": 2, "game_clock_seconds": 61.5, "score_a": 7} if row["frame_index"] % 2 else {
                    "period": None, "game_clock_seconds": None, "score_a": None
                }  # fmt: skip
        table = {"detect": Detection, "ocr": ScoreboardReading}[batch.stage]
        store.ledger.start_stage(claim, batch.id, batch.stage)
        store.ledger.commit_stage(claim, batch.id, batch.stage, {table: rows}, (), frames=len(numbers), seconds=0.1)
    store.ledger.finish(claim, RunState.COMPLETE)
    return run.uuid


def export(store: Store, uuid: str, table: str, format: str, out: Path) -> int:
    return export_run(store.queries, store.queries.run(uuid), table=table, format=format, out=out)


def read(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns and rows of an exported file, by an independent reader of each format."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return list(rows[0]), rows
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
        return list(rows[0]), rows
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    return table.column_names, table.to_pylist()


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("table", COLUMNS)
def test_columns_and_order(app: AppSettings, store: Store, tmp_path: Path, table: str, format: str) -> None:
    uuid = fill(store, app)
    out = tmp_path / f"out.{format}"
    count = export(store, uuid, table, format, out)
    columns, rows = read(out)
    assert columns[: len(COLUMNS[table].split(", "))] == COLUMNS[table].split(", ")
    assert len(rows) == count > 0
    frames = [int(row["frame_index"]) for row in rows]
    assert frames == sorted(frames)
    assert all(float(row["pts_seconds"]) == int(row["frame_index"]) / 25 for row in rows)
    assert all(int(row["batch"]) == int(row["frame_index"]) // 10 for row in rows)


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("table", COLUMNS)
def test_equal_runs_give_equal_bytes(app: AppSettings, store: Store, tmp_path: Path, table: str, format: str) -> None:
    elsewhere = app.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    with Store(elsewhere) as other:
        for _ in range(3):  # other ids, other uuids
            uuid = fill(other, elsewhere)
        export(other, uuid, table, format, tmp_path / "a")
    export(store, fill(store, app), table, format, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("format", WRITERS)
def test_awkward_texts_come_back(app: AppSettings, store: Store, tmp_path: Path, format: str) -> None:
    uuid = fill(store, app, texts=AWKWARD)
    out = tmp_path / f"out.{format}"
    export(store, uuid, "scoreboard", format, out)
    _, rows = read(out)
    expected = [AWKWARD[int(row["frame_index"]) % len(AWKWARD)] for row in rows]
    assert set(expected) == set(AWKWARD)
    assert [row["raw_text"] for row in rows] == [row["team_a"] for row in rows] == expected


@pytest.mark.parametrize("format", WRITERS)
def test_empty_means_not_shown(app: AppSettings, store: Store, tmp_path: Path, format: str) -> None:
    out = tmp_path / f"out.{format}"
    export(store, fill(store, app), "scoreboard", format, out)
    _, rows = read(out)
    nothing, false = {"csv": ("", "false")}.get(format, (None, False))
    even = [row for row in rows if int(row["frame_index"]) % 2 == 0]
    assert even and all(row["period"] == row["score_b"] == row["shot_clock_seconds"] == nothing for row in even)
    assert all(row["accepted"] == false for row in rows)


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("old", [None, b"an older export"], ids=["new file", "over an older file"])
def test_full_disk_leaves_no_part_of_a_file(
    app: AppSettings, store: Store, tmp_path: Path, format: str, old: bytes | None
) -> None:
    uuid = fill(store, app, frames=600, batch_frames=600)
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / f"out.{format}"
    if old is not None:
        out.write_bytes(old)
    with files_limited_to(1000), pytest.raises(StorageFull, match="Nothing was left behind"):
        export(store, uuid, "detections", format, out)
    assert [(path, path.read_bytes()) for path in folder.iterdir()] == ([] if old is None else [(out, old)])
    assert export(store, uuid, "detections", format, out) > 500


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("folder", "is a folder"),
        ("nowhere/out", "does not exist"),
        ("pipe", "no ordinary file"),
        ("..", "names no file"),
    ],
    ids=str,
)
def test_a_place_for_no_file_is_refused_untouched(
    app: AppSettings, store: Store, tmp_path: Path, format: str, place: str, words: str
) -> None:
    uuid = fill(store, app)
    folder = tmp_path / "out"
    (folder / "folder").mkdir(parents=True)
    os.mkfifo(folder / "pipe")
    before = sorted(folder.rglob("*"))
    with pytest.raises(InvalidSettings, match=words):
        export(store, uuid, "detections", format, folder / place)
    assert sorted(folder.rglob("*")) == before and (folder / "pipe").is_fifo()


@pytest.mark.parametrize("format", WRITERS)
def test_a_folder_that_cannot_be_written_is_refused_in_words(public_folder: Path, format: str) -> None:
    app = AppSettings(data_dir=public_folder / "data")
    out = public_folder / "out"
    out.mkdir()
    with Store(app) as store:
        uuid = fill(store, app)
        store.queries.runs()  # its connections are open now: reading needs no more power
        with powerless(out), pytest.raises(InvalidSettings, match=r"could not be written .*Permission denied"):
            export(store, uuid, "detections", format, out / "file")
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(("table", "format"), [("nothing", "csv"), ("detections", "xls")])
def test_unknown_table_or_format(app: AppSettings, store: Store, tmp_path: Path, table: str, format: str) -> None:
    with pytest.raises(InvalidSettings, match="expected one of"):
        export(store, fill(store, app), table, format, tmp_path / "out")


def test_only_what_is_committed_is_exported(app: AppSettings, store: Store, tmp_path: Path) -> None:
    uuid = fill(store, app)
    last = sql(app, "SELECT max(id) FROM processing_batches")[0][0]
    sql(app, "DELETE FROM detections WHERE batch_id = ?", last)  # as if that batch were still to come
    export(store, uuid, "detections", "csv", tmp_path / "out.csv")
    assert {row["batch"] for row in read(tmp_path / "out.csv")[1]} == {"0", "1"}


def test_elapsed_seconds_count_from_the_first_frame(
    app: AppSettings, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = fakes.frame_index(30, pts=[fakes.TICKS * (75 + n) for n in range(30)])  # begins at 3 seconds
    monkeypatch.setattr(fakes, "frame_index", lambda _count: late)
    out = tmp_path / "out.csv"
    uuid = add_run(store, app).uuid
    claim = store.ledger.claim_next()
    assert claim is not None
    batch = store.queries.batches(claim.run_id)[0]
    rows = [{**row, "pts": int(late.pts[9])} for row in rows_of("detect", 9)]
    store.ledger.start_stage(claim, batch.id, "detect")
    store.ledger.commit_stage(claim, batch.id, "detect", {Detection: rows}, (), frames=10, seconds=0.1)
    export(store, uuid, "detections", "csv", out)
    assert {(row["pts_seconds"], row["elapsed_seconds"]) for row in read(out)[1]} == {("3.36", "0.36")}


def test_every_exported_column_has_a_known_type() -> None:
    assert {kind for table in TABLES.values() for _, kind in table.columns} <= {"int", "float", "text", "bool"}
