"""The command line: what it prints, its exit codes, and words instead of tracebacks."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bbva_core.cli import main
from bbva_core.errors import ActionRefused, StorageFull
from bbva_core.pipeline.worker import Worker
from bbva_core.settings import PROJECT_ROOT, AppSettings
from bbva_core.store import Ledger, RunState, Store
from bbva_core.store.models import Detection
from tests import fakes, videos
from tests.cli.running import FAST, environment, start
from tests.cli.running import run as run_process
from tests.fakes import add_run, sql

Run = Callable[..., tuple[int, Any, str]]

INLINE = ("--detector", "opencv-hog", "--executor", "inline")


@pytest.fixture
def bbva(app: AppSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call it with arguments: exit code, what `--json` printed, stderr. Engines are fakes, in this process."""
    fakes.use_fake_stages(monkeypatch.setitem)

    def call(*arguments: str | Path) -> tuple[int, Any, str]:
        code = main([*map(str, arguments), "--data-dir", str(app.data_dir), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return call


def test_analyze_prints_one_json_line(bbva: Run, clip: Path, app: AppSettings) -> None:
    code, line, err = bbva("analyze", clip, *INLINE, "--batch-frames", "25", "--ocr-interval", "0.8")
    assert code == 0 and "Traceback" not in err
    uuid = line.pop("run")
    assert line == {
        "state": "complete",
        "batches": {"done": 3, "total": 3},
        "frames": 60,
        "detections": sum(len(fakes.rows_of("detect", frame)) for frame in range(60)),
        "readings": 3,
    }
    code, lines, _ = bbva("runs")
    assert code == 0 and len(lines) == 1
    assert lines[0]["run"] == uuid and lines[0]["video"] == "clip.mp4" and lines[0].keys() > line.keys()
    code, again, err = bbva("resume", uuid[:6])
    assert code == 0 and again["run"] == uuid and "nothing left to do" in err


def test_samples_keep_true_indices_and_times(bbva: Run, tmp_path: Path, app: AppSettings) -> None:
    uneven = videos.make("h264-vfr.mp4", tmp_path)
    code, line, _ = bbva(
        "analyze", uneven, *INLINE, "--ocr", "none", "--sample-interval", "3",
        "--start-frame", "5", "--end-frame", "50", "--batch-frames", "7",
    )  # fmt: skip
    assert (code, line["frames"], line["batches"]["total"]) == (0, 15, 7)
    out = tmp_path / "out.jsonl"
    code, exported, _ = bbva("export", line["run"], "--table", "detections", "--format", "jsonl", "--out", out)
    assert code == 0 and exported["rows"] == line["detections"]
    rows = [json.loads(text) for text in out.read_text().splitlines()]
    decoded = videos.decode_all(uneven)
    sampled = [frame for frame in range(5, 50, 3) if fakes.rows_of("detect", frame)]
    assert sorted({row["frame_index"] for row in rows}) == sampled
    stored = dict(sql(app, "SELECT DISTINCT frame_index, pts FROM detections"))
    assert stored == {frame: decoded[frame][0] for frame in sampled}
    # The boxes say which picture was looked at.
    assert all(row["x1"] == fakes.checksum(decoded[row["frame_index"]][1]) % 1000 / 8 for row in rows)


def test_a_clip_with_holes_ends_with_code_3(bbva: Run, tmp_path: Path, app: AppSettings) -> None:
    whole = videos.write(tmp_path / "whole.mp4", options=videos.X264_CLOSED)
    damaged = videos.damage(whole, tmp_path / "damaged.mp4", size=6000)
    code, line, _ = bbva("analyze", damaged, *INLINE, "--ocr", "none", "--conf", "0.3")
    with Store(app) as store:
        run = store.queries.run(line["run"])
        assert run.gaps > 0 and run.stages["detect"].frames + run.gaps == run.frames_expected == 100
    assert (code, line["state"]) == (3, "complete with gaps")


def test_damaged_pictures_are_analysed_and_named(bbva: Run, tmp_path: Path, app: AppSettings) -> None:
    whole = videos.write(tmp_path / "whole.mp4", options=videos.X264_CLOSED)
    scratched = videos.damage_picture(whole, tmp_path / "scratched.mp4", number=50)
    code, line, err = bbva("analyze", scratched, *INLINE, "--ocr-interval", "0", "--batch-frames", "7")
    assert (code, line["state"], line["frames"], line["readings"]) == (0, "complete", 100, 100)
    with Store(app) as store:
        run = store.queries.run(line["run"])
        assert 0 < run.damaged < 20 and run.gaps == 0
        assert f"damaged frames in the file: {run.damaged}." in err
        named = store.queries.gaps(run.id, analysed=True)
        frames = [row["frame_index"] for row in named if row["stage"] == "detect"]
        assert len(frames) == run.damaged and frames == [row["frame_index"] for row in named if row["stage"] == "ocr"]
        assert all("guess" in row["reason"] for row in named)
        with pytest.raises(ActionRefused):  # there is nothing to retry: the file stays as it is
            store.registry.retry(run.uuid)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyze", "/nowhere/game.mp4"], "cannot be opened"),
        (["analyze", __file__], "extension"),
        (["analyze", "CLIP", "--start-frame", "60", "--detector", "opencv-hog"], "0 to 59"),
        (["analyze", "CLIP", "--start-frame", "9", "--end-frame", "3"], "greater than start_frame"),
        (["analyze", "CLIP", "--detector", "none", "--ocr", "none"], "nothing to do"),
        (["analyze", "CLIP", "--weights", "/nowhere/w.pt"], "w.pt"),
        (["analyze", "CLIP", "--detector", "opencv-hog", "--scoreboard-region", "0,0,9999,10"], "outside the picture"),
        (["analyze", "CLIP", "--ocr-interval", "1e-7"], "at least 0.001 seconds"),
        (["analyze", "/nowhere/a\udcffb.mp4"], "names no file"),
        (["synth", "--seconds", "1", "--out", "."], "names no file"),
        (["synth", "--seconds", "1", "--out", "/dev/null"], "no ordinary file"),
        (["synth", "--seconds", "1", "--out", "~nobody-at-all/x.mp4"], "cannot be used"),
        (["synth", "--seconds", "1", "--out", "no-such-folder/x.mp4"], "does not exist"),
        (["resume", "12345678"], "no run with '12345678'"),
        (["resume", "--last"], "no run yet"),
        (["resume"], "Name a run"),
        (["export", "1", "--table", "detections", "--format", "csv", "--out", "/nowhere/x"], "no run"),
    ],
    ids=lambda value: " ".join(value[:1] + value[2:])[:50] if isinstance(value, list) else "",
)
def test_refused_input_is_code_2_in_words(bbva: Run, clip: Path, arguments: list[str], words: str) -> None:
    code, line, err = bbva(*[str(clip) if text == "CLIP" else text for text in arguments])
    assert (code, line) == (2, None)
    assert err.startswith("bbva: ") and words in err and "Traceback" not in err
    assert bbva("runs")[1] == []
    assert not Path("~nobody-at-all").exists() and not Path("no-such-folder").exists()


def test_wrong_environment_is_code_2_in_words(
    bbva: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BBVA_THREADS", "-1")
    code, _, err = bbva("runs")
    assert code == 2 and "BBVA_THREADS" in err


@pytest.mark.parametrize("arguments", [[], ["analyse"], ["analyze"], ["analyze", "x.mp4", "--imgsz", "big"]], ids=str)
def test_wrong_usage_is_code_2(bbva: Run, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bbva(*arguments)
    assert ended.value.code == 2


def test_a_real_process_refuses_without_a_traceback(tmp_path: Path) -> None:
    code, out, err = run_process("analyze", tmp_path / "none.mp4", "--data-dir", tmp_path / "data", "--json")
    assert (code, out) == (2, "") and "Traceback" not in err and "none.mp4" in err


def test_a_failed_run_is_code_1_and_says_how_to_go_on(bbva: Run, clip: Path, app: AppSettings, tmp_path: Path) -> None:
    video = shutil.copyfile(clip, tmp_path / "own.mp4")
    code, line, _ = bbva("analyze", video, *INLINE, "--ocr", "none")
    assert code == 0
    sql(app, "UPDATE runs SET state = 'queued'")
    sql(app, "UPDATE batch_stages SET status = 'pending'")
    with Store(app) as store:
        store.registry.request(line["run"], "pause")
    sql(app, "UPDATE runs SET state = 'queued'")
    video.unlink()
    with Store(app) as store:
        worker = Worker(app, store)
        worker.acquire()
        assert worker.run_next() == RunState.FAILED
        worker.close()
    code, _, err = bbva("resume", "--last")
    assert code == 2 and "not there any more" in err and "Put the file back" in err


def test_a_broken_engine_is_code_1(bbva: Run, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("no engine")

    monkeypatch.setattr(fakes.FakeDetect, "rows", broken)
    code, line, err = bbva("analyze", clip, *INLINE, "--ocr", "none", "--batch-frames", "2")
    assert (code, line["state"]) == (1, "failed")
    assert "no engine" in err and f"resume {line['run']}" in err and "Traceback" not in err


def test_export_of_an_unfinished_run_says_so(bbva: Run, app: AppSettings, tmp_path: Path) -> None:
    with Store(app) as store:
        run = add_run(store, app)
    out = tmp_path / "out.csv"
    code, line, err = bbva("export", run.uuid[:8], "--table", "detections", "--format", "csv", "--out", out)
    assert (code, line["rows"]) == (0, 0) and "0 of 3 batches" in err
    assert out.read_text().count("\n") == 1
    code, line, err = bbva("export", run.uuid[:8], "--table", "scoreboard", "--format", "csv", "--out", out)
    assert (code, line["rows"]) == (0, 0) and "started without what fills scoreboard" in err


def test_export_counts_the_batches_of_the_table_that_it_writes(bbva: Run, app: AppSettings, tmp_path: Path) -> None:
    with Store(app) as store:
        run = add_run(store, app, ocr="rapidocr")
        claim = store.ledger.claim_next(run.uuid)
        assert claim is not None
        batch = store.queries.batches(run.id)[0]
        rows = [row for frame in range(10) for row in fakes.rows_of("detect", frame)]
        store.ledger.start_stage(claim, batch.id, "detect")
        store.ledger.commit_stage(claim, batch.id, "detect", {Detection: rows}, (), frames=10, seconds=0.1)
    out = tmp_path / "out.csv"
    code, line, err = bbva("export", run.uuid, "--table", "detections", "--format", "csv", "--out", out)
    assert (code, line["rows"]) == (0, len(rows)) and "1 of 3 batches" in err and "interrupted" in err
    code, line, err = bbva("export", run.uuid, "--table", "scoreboard", "--format", "csv", "--out", out)
    assert (code, line["rows"]) == (0, 0) and "0 of 3 batches" in err


def test_what_a_dead_process_left_running_is_listed_as_interrupted(bbva: Run, app: AppSettings) -> None:
    with Store(app) as store:
        add_run(store, app)
        assert store.ledger.claim_next() is not None
    assert bbva("runs")[1][0]["state"] == "interrupted"


def test_what_a_living_process_works_on_is_listed_as_running(bbva: Run, app: AppSettings) -> None:
    with Store(app) as store:
        add_run(store, app)
        worker = Worker(app, store)
        worker.acquire()
        assert store.ledger.claim_next() is not None
        assert bbva("runs")[1][0]["state"] == "running"
        worker.close()


def test_a_full_disk_ends_the_run_in_words_and_resumable(
    bbva: Run, clip: Path, app: AppSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    commit, finish = Ledger.commit_stage, Ledger.finish
    full = StorageFull("The database could not be written: disk is full.", safe="Safe.", do="Free some space.")

    def fails(*_arguments: Any, **_named: Any) -> None:
        raise full

    def fails_later(ledger: Ledger, *arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(Ledger, "commit_stage", fails)
        commit(ledger, *arguments, **named)

    monkeypatch.setattr(Ledger, "commit_stage", fails_later)
    monkeypatch.setattr(Ledger, "finish", fails)
    code, line, err = bbva("analyze", clip, *INLINE, "--ocr", "none", "--batch-frames", "20")
    assert (code, line["state"], line["batches"]["done"]) == (1, "interrupted", 1)
    assert "disk is full" in err and f"resume {line['run']}" in err
    assert caplog.records and "Traceback" not in err  # what is logged for the app's terminal stays out of this one
    monkeypatch.setattr(Ledger, "commit_stage", commit)
    monkeypatch.setattr(Ledger, "finish", finish)
    assert bbva("resume", "--last", "--executor", "inline")[:2] == (
        0,
        {**line, "state": "complete", **bbva_totals(60, 3)},
    )


def bbva_totals(frames: int, batches: int) -> dict[str, Any]:
    """What a finished run of the fakes adds up to."""
    detections = sum(len(fakes.rows_of("detect", frame)) for frame in range(frames))
    return {"batches": {"done": batches, "total": batches}, "frames": frames, "detections": detections}


@pytest.mark.parametrize("arguments", [("runs",), ("doctor", "--help")], ids=" ".join)
def test_an_answer_that_nobody_reads_leaves_no_traceback(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "bbva_core", *arguments, "--data-dir", str(tmp_path / "data"), "--json"],
        cwd=PROJECT_ROOT, env=environment(), stdout=writer, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(writer)
    assert "Traceback" not in process.stderr and "Exception ignored" not in process.stderr


def test_ctrl_c_while_the_libraries_are_loaded_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "sqlalchemy.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    code, out, err = run_process("runs", "--data-dir", tmp_path / "data", PYTHONPATH=str(tmp_path))
    assert (code, out) == (130, "") and "nothing was started" in err and "Traceback" not in err


def test_a_second_command_line_waits_and_then_does_its_own_run(
    bbva: Run, clip: Path, app: AppSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bbva_core import cli

    with Store(app) as store:
        other = Worker(app, store)  # as another command line: it will not take up our run
        other.acquire()
        say = cli.say

        def free_when_told(text: str) -> None:
            say(text)
            if "another BBVA" in text:
                other.close()

        monkeypatch.setattr(cli, "say", free_when_told)
        code, line, err = bbva("analyze", clip, *INLINE, "--ocr", "none")
    assert (code, line["state"]) == (0, "complete") and "waits for it" in err


def test_who_stops_waiting_is_told_how_to_go_on(
    bbva: Run, clip: Path, app: AppSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bbva_core import cli

    with Store(app) as store:
        other = Worker(app, store)
        other.acquire()
        say = cli.say

        def ctrl_c_when_told(text: str) -> None:
            say(text)
            if "another BBVA" in text:
                os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr(cli, "say", ctrl_c_when_told)
        code, line, err = bbva("analyze", clip, *INLINE, "--ocr", "none")
        other.close()
    assert (code, line["state"]) == (130, "interrupted")
    assert "is queued: the app takes it up" in err and f"resume {line['run']}" in err


def test_the_command_to_go_on_can_be_pasted(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fakes.use_fake_stages(monkeypatch.setitem)
    monkeypatch.setattr(fakes.FakeDetect, "rows", lambda *_arguments: 1 / 0)
    folder = tmp_path / "my games"
    assert main(["analyze", str(clip), *INLINE, "--ocr", "none", "--data-dir", str(folder)]) == 1
    command = capsys.readouterr().err.rpartition("to go on: ")[2].strip()
    assert shlex.split(command)[-2:] == ["--data-dir", str(folder)]


def test_a_terminal_that_is_gone_does_not_end_the_run(clip: Path, tmp_path: Path) -> None:
    process = start("analyze", clip, *FAST, "--data-dir", tmp_path / "data", "--json")
    assert process.stderr is not None and process.stdout is not None
    process.stderr.close()  # as `2>&1 | head -1` does
    line = process.stdout.read()
    process.stdout.close()
    assert process.wait(280) == 0
    assert json.loads(line)["state"] == "complete"
