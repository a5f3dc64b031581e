"""The command line: `python -m bbva_core …`. Answers go to stdout, progress and problems to stderr.

Exit codes: 0 complete, 1 failed, 2 wrong usage or refused input, 3 complete with gaps, 130 interrupted (resumable).
"""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from bbva_core import __version__, cli_detector, cli_scoreboard
from bbva_core.errors import ActionRefused, BBVAError, NotFound, RefusedInput, StoreError, WeightsError, WorkerBusy
from bbva_core.settings import AppSettings, RunSettings, load_app_settings, make_run_settings
from bbva_core.store import RunState, RunSummary, Store
from bbva_core.terminal import Reporter, answer, bar, printable, say, stopped_by_signals

EXIT_CODES = {
    RunState.COMPLETE: 0,
    RunState.FAILED: 1,
    RunState.COMPLETE_WITH_GAPS: 3,
    RunState.INTERRUPTED: 130,
    RunState.PAUSED: 130,
    RunState.CANCELLED: 130,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    # Problems are said in words here; what the library logs besides, with tracebacks, is for the app's terminal.
    logging.getLogger("bbva_core").addHandler(logging.NullHandler())
    given = {"data_dir": arguments.data_dir, "executor": getattr(arguments, "executor", None)}
    try:
        app = load_app_settings(**given)
        return int(arguments.command(app, arguments))
    except (RefusedInput, WeightsError, WorkerBusy) as error:
        say(f"bbva: {error}")
        return 2
    except BBVAError as error:
        say(f"bbva: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nbbva: stopped. Everything committed is safe.")
        return 130


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data-dir", type=Path, help="the folder BBVA writes to (default: BBVA_DATA_DIR, or data)")
    common.add_argument("--json", action="store_true", help="machine-readable output")
    parser = argparse.ArgumentParser(prog="python -m bbva_core", description="BBVA, the Basketball Video Analyzer.")
    parser.add_argument("--version", action="version", version=f"bbva {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, function: Callable[[AppSettings, argparse.Namespace], int], help: str) -> Any:
        command = commands.add_parser(name, parents=[common], help=help, description=help)
        command.set_defaults(command=function)
        return command

    fields = RunSettings.model_fields
    analyze = add("analyze", _analyze, "analyse a video, batch by batch")
    analyze.add_argument("video", type=Path)
    analyze.add_argument("--weights", help="path or name of the detector's weights (naming a .pt says you trust it)")
    analyze.add_argument("--detector", choices=["auto", "ultralytics", "opencv-hog", "none"], default="auto")
    analyze.add_argument("--ocr", choices=["rapidocr", "easyocr", "none"], default=fields["ocr"].default)
    analyze.add_argument("--ocr-interval", type=float, metavar="SECONDS", default=fields["ocr_interval"].default)
    analyze.add_argument("--scoreboard-region", type=_region, metavar="X1,Y1,X2,Y2", help="pixels of the frame")
    analyze.add_argument(
        "--scoreboard-corners",
        type=_corners,
        metavar="X1,Y1,…,X4,Y4",
        help="of a board seen askew: upper left, upper right, lower right, lower left",
    )
    analyze.add_argument("--batch-frames", type=int, metavar="N", default=fields["batch_frames"].default)
    analyze.add_argument("--sample-interval", type=int, metavar="N", default=fields["sample_interval"].default)
    analyze.add_argument("--start-frame", type=int, metavar="N", default=fields["start_frame"].default)
    analyze.add_argument("--end-frame", type=int, metavar="N", help="one past the last frame")
    analyze.add_argument("--conf", type=float, default=fields["conf"].default)
    analyze.add_argument("--imgsz", type=int, metavar="PIXELS", default=fields["imgsz"].default)
    analyze.add_argument("--executor", choices=["inline", "process"])

    resume = add("resume", _resume, "finish a run that was interrupted, paused, cancelled or failed")
    resume.add_argument("run", nargs="?", help="the run's id, or the beginning of it")
    resume.add_argument("--last", action="store_true", help="the run created last")
    resume.add_argument("--executor", choices=["inline", "process"])

    add("runs", _runs, "list the runs, newest first")

    export = add("export", _export, "write a run's rows to a file")
    export.add_argument("run", help="the run's id, or the beginning of it")
    export.add_argument("--table", choices=["detections", "scoreboard", "events"], required=True)
    export.add_argument("--format", choices=["csv", "parquet", "jsonl"], required=True)
    export.add_argument("--out", type=Path, required=True)

    doctor = add("doctor", _doctor, "what works here, what is missing, what to do")
    doctor.add_argument("--download-weights", action="store_true", help="first fetch the official YOLO weights")
    doctor.add_argument("--download-easyocr", action="store_true", help="first fetch EasyOCR's models")

    synth = add("synth", _synth, "make a synthetic game and its ground truth")
    synth.add_argument("--seconds", type=float, default=20.0)
    synth.add_argument("--seed", type=int, default=0)
    synth.add_argument("--size", type=_size, metavar="WxH", default=(640, 360))
    synth.add_argument("--out", type=Path, required=True)

    bench = add("bench", _bench, "measure this machine")
    bench.add_argument("what", nargs="?", choices=["pipeline", "detector", "scoreboard"], default="pipeline")
    bench.add_argument("--video", type=Path, help="default: the sample game")
    bench.add_argument("--frames", type=int, metavar="N", default=240, help="frames of it, at most (default: 240)")
    bench.add_argument("--runs", type=int, metavar="N", default=3, help="how often each side is measured (default: 3)")
    cli_detector.add_bench_options(bench)
    cli_scoreboard.add_bench_options(bench)
    cli_detector.add_commands(add)
    return parser


# -- commands ----------------------------------------------------------------------------------------------------------


def _analyze(app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.pipeline.control import Control

    names = RunSettings.model_fields.keys()
    values = {name: value for name, value in vars(arguments).items() if name in names and value is not None}
    settings = make_run_settings(**values)
    with Store(app) as store:
        control = Control(app, store)
        try:
            video_id = control.add_video(arguments.video, progress=bar("checking"))
            info = store.queries.video(video_id).info
            if left_out := info.get("left_out"):
                say(f"bbva: pictures without a time of their own in the file: {left_out}. They are not analysed.")
            if cut_off := info.get("cut_off"):
                say(f"bbva: the file was cut: {cut_off} of its pictures are not in it. Copy it again to have them all.")
            # Naming a file on the command line is the explicit yes to it.
            run_uuid = control.create_run(video_id, settings, trust_weights=arguments.weights is not None)
        finally:
            control.close()
        run = store.queries.run(run_uuid)
        if run.settings["detector"] == "opencv-hog" and settings.detector == "auto":
            say(
                "bbva: no YOLO weights were found, so OpenCV's basic people detector is used: it finds some of the"
                " players and no ball. `python -m bbva_core doctor` says how to get weights."
            )
        return _work(app, store, run_uuid, as_json=arguments.json)


def _resume(app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.pipeline.control import Control
    from bbva_core.pipeline.worker import recover_abandoned

    if (arguments.run is None) == (not arguments.last):
        raise ActionRefused("Name a run, or say --last.", do="`python -m bbva_core runs` lists them.")
    with Store(app) as store:
        run = store.queries.last_run() if arguments.last else store.queries.run(arguments.run)
        if run is None:
            raise NotFound("There is no run yet.", do="Start one with `python -m bbva_core analyze VIDEO`.")
        if run.state in (RunState.COMPLETE, RunState.COMPLETE_WITH_GAPS):
            say(f"bbva: run {run.uuid} is {run.state}; there is nothing left to do.")
            return _ended(run, as_json=arguments.json)
        recover_abandoned(app, store)
        control = Control(app, store)
        try:
            control.resume(run.uuid)
        finally:
            control.close()
        return _work(app, store, run.uuid, as_json=arguments.json)


def _work(app: AppSettings, store: Store, run_uuid: str, *, as_json: bool) -> int:
    """Work on one run in this process, or follow it when another process has the right to work."""
    from bbva_core.pipeline.worker import Worker

    report = Reporter(store, run_uuid)
    worker = Worker(app, store, on_commit=lambda _run: report())
    state: RunState | None = None
    problem: StoreError | None = None
    with stopped_by_signals(worker.stop):
        try:
            worker.acquire(timeout=2.0)
        except WorkerBusy:
            say("bbva: another BBVA is working in this data folder; this run waits for it. Ctrl-C stops watching.")
            state = report.follow(worker)
        if state is None:
            try:
                worker.run_next(run_uuid)
            except StoreError as error:
                problem = error
            finally:
                worker.close()
    run = store.queries.run(run_uuid)
    report.close()
    if problem is not None and run.state.is_active:
        state = RunState.INTERRUPTED  # it could not even be noted
    state = state or run.state
    if problem is not None or run.error:
        say(f"bbva: {problem or run.error}")
    if run.damaged:
        say(f"bbva: damaged frames in the file: {run.damaged}. What was found there may be wrong.")
    go_on = f"{_python()} -m bbva_core resume {run.uuid} --data-dir {shlex.quote(str(app.data_dir))}"
    if problem is None and state == RunState.INTERRUPTED and run.state == RunState.RUNNING:
        say(f"bbva: stopped watching. Run {run.uuid} is running in the other BBVA, and goes on there.")
    elif problem is None and state == RunState.INTERRUPTED and run.state == RunState.QUEUED:
        say(f"bbva: stopped watching. Run {run.uuid} is queued: the app takes it up by itself when it runs.")
        say(f"bbva: to work on it here: {go_on}")
    elif state in (RunState.INTERRUPTED, RunState.PAUSED, RunState.CANCELLED, RunState.FAILED):
        say(f"bbva: run {run.uuid} is {state}. {run.batches_done} of {run.batches_total} batches are safe.")
        say(f"bbva: to go on: {go_on}")
    code = _ended(replace(run, state=state), as_json=as_json)
    return code if problem is None else 1


def _ended(run: RunSummary, *, as_json: bool) -> int:
    """Answer with how a run ended; returns the exit code."""
    if as_json:
        answer(json.dumps(_run_line(run)))
    else:
        answer(
            f"{run.uuid}  {run.state}  {run.batches_done}/{run.batches_total} batches  {run.frames_done} frames  "
            f"{run.detections} detections  {run.readings} readings"
        )
    return EXIT_CODES.get(run.state, 1)


def _runs(app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.pipeline.worker import recover_abandoned

    with Store(app) as store:
        recover_abandoned(app, store)
        runs = store.queries.runs()
    if arguments.json:
        answer(
            json.dumps([{**_run_line(run), "video": run.video_name, "created": str(run.created_at)} for run in runs])
        )
    elif not runs:
        say("bbva: there is no run yet. Start one with `python -m bbva_core analyze VIDEO`.")
    else:
        for run in runs:
            done = f"{run.batches_done}/{run.batches_total}"
            answer(
                f"{run.uuid}  {run.state:<18}  {done:>9}  {run.created_at:%Y-%m-%d %H:%M}  {printable(run.video_name)}"
            )
    return 0


def _export(app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.export import TABLES, export_run
    from bbva_core.pipeline.worker import recover_abandoned

    with Store(app) as store:
        recover_abandoned(app, store)
        run = store.queries.run(arguments.run)
        rows = export_run(store.queries, run, table=arguments.table, format=arguments.format, out=arguments.out)
    stage = run.stages.get(TABLES[arguments.table].stage)
    if stage is None:
        say(f"bbva: this run was started without what fills {arguments.table}; the file has no rows.")
    elif stage.completed < stage.total:
        say(f"bbva: this run is {run.state}: {stage.completed} of {stage.total} batches of this table are committed.")
    if arguments.json:
        answer(json.dumps({"run": run.uuid, "table": arguments.table, "rows": rows, "out": str(arguments.out)}))
    else:
        answer(f"{rows} rows in {arguments.out}")
    return 0


def _doctor(app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.machine.doctor import examine

    if arguments.download_weights:
        from bbva_core.detect.download import download_weights

        say(f"bbva: the weights are at {download_weights(app, progress=bar('downloading')).path}")
    if arguments.download_easyocr:
        from bbva_core.ocr import easyocr_models

        folder = easyocr_models.models_folder(app)
        easyocr_models.download(folder)
        say(f"bbva: EasyOCR's models are in {folder}")
    findings = examine(app, progress=bar("examining"))
    if arguments.json:
        answer(json.dumps([vars(finding) for finding in findings]))
    else:
        for finding in findings:
            mark = "ok" if finding.ok else "MISSING" if finding.needed else "optional"
            answer(f"{mark:<9} {finding.subject}: {finding.found}")
            if finding.advice:
                answer(f"{'':9} {finding.advice}")
    return 0 if all(finding.ok or not finding.needed for finding in findings) else 1


def _synth(_app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.synth import SynthSettings, generate

    width, height = arguments.size
    settings = SynthSettings(seconds=arguments.seconds, seed=arguments.seed, width=width, height=height)
    out = generate(settings, arguments.out, progress=bar("drawing"))
    truth = out.with_name(out.name + ".truth.json")
    answer(json.dumps({"video": str(out), "truth": str(truth)}) if arguments.json else f"{out}\n{truth}")
    return 0


def _bench(app: AppSettings, arguments: argparse.Namespace) -> int:
    if arguments.what == "detector":
        return cli_detector.bench_detector(app, arguments)
    if arguments.what == "scoreboard":
        return cli_scoreboard.bench_scoreboard(app, arguments)
    from bbva_core.bench import bench_pipeline

    result = bench_pipeline(
        app, progress=bar("measuring"), video=arguments.video, frames=arguments.frames, runs=arguments.runs
    )
    answer(json.dumps(result) if arguments.json else "\n".join(f"{name}: {value}" for name, value in result.items()))
    return 0


# -- helpers -----------------------------------------------------------------------------------------------------------


def _run_line(run: RunSummary) -> dict[str, Any]:
    return {
        "run": run.uuid,
        "state": str(run.state),
        "batches": {"done": run.batches_done, "total": run.batches_total},
        "frames": run.frames_done,
        "detections": run.detections,
        "readings": run.readings,
    }


def _python() -> str:
    """This Python, as one would type it here."""
    path = Path(sys.executable)
    with suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return shlex.quote(str(path))


def _region(text: str) -> tuple[int, ...]:
    return _whole_numbers(text, ",", "X1,Y1,X2,Y2")


def _corners(text: str) -> tuple[tuple[int, int], ...]:
    numbers = _whole_numbers(text, ",", "X1,Y1,X2,Y2,X3,Y3,X4,Y4")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _size(text: str) -> tuple[int, ...]:
    return _whole_numbers(text.lower(), "x", "WxH")


def _whole_numbers(text: str, between: str, form: str) -> tuple[int, ...]:
    parts = text.split(between)
    if len(parts) != len(form.split(between)) or not all(map(str.isdecimal, parts)):
        raise argparse.ArgumentTypeError(f"expected {form} in whole numbers, found {text!r}")
    return tuple(map(int, parts))
