"""The commands about our own models: train them, label for them, measure them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bbva_core.detect.weights import WeightsFile, resolve_weights
from bbva_core.errors import InvalidSettings
from bbva_core.settings import AppSettings, RunSettings
from bbva_core.terminal import answer, bar, say


def add_commands(add: Callable[..., Any]) -> None:
    """Add them to the parser.

    Args:
        add: Called with name, function and help; returns the command's parser.
    """
    train = add("train", _train, "train a detector on your own pictures, or from a recipe; interrupted, it goes on")
    train.add_argument("--name", required=True, help="what to call the detector in the model list")
    train.add_argument("--recipe", type=Path, help="a YAML file that says it all (docs/training.md)")
    train.add_argument(
        "--data", type=Path, action="append", default=[], metavar="FOLDER", help="a data set in YOLO format; repeatable"
    )
    train.add_argument(
        "--video", type=Path, action="append", default=[], help="an unlabelled video to make pseudo-labels of"
    )
    train.add_argument("--synthetic", type=int, metavar="N", help="draw N pictures with the synthetic generator")
    train.add_argument("--start", metavar="WEIGHTS", help="a .pt file to begin with (default: BBVA's own detector)")
    train.add_argument("--epochs", type=int, metavar="N", help="how often everything is shown")
    train.add_argument("--imgsz", type=int, metavar="PIXELS", help="width of the pictures while training")
    train.add_argument("--freeze", type=int, metavar="N", help="keep the first N layers: faster")
    train.add_argument("--fresh", action="store_true", help="begin anew, and replace a detector of that name")

    reader = add("train-reader", _train_reader, "train our own reader of scoreboard fields, on drawn pictures")
    reader.add_argument(
        "--fonts", type=Path, action="append", required=True, metavar="FOLDER", help="fonts to draw with; repeatable"
    )
    reader.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where to write bbva_reader.*")
    reader.add_argument("--steps", type=int, default=12_000, metavar="N", help="of 96 fields each")
    reader.add_argument("--start", type=Path, metavar="FILE", help="a bbva_reader.pth to begin with")

    lamps = add("train-lamps", _train_lamps, "train our own reader of filmed boards, on drawn pictures")
    lamps.add_argument(
        "--fonts", type=Path, action="append", required=True, metavar="FOLDER", help="fonts to draw with; repeatable"
    )
    lamps.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where to write bbva_lamps.*")
    lamps.add_argument("--steps", type=int, default=2_000, metavar="N", help="of one batch each")
    lamps.add_argument("--batch", type=int, default=16, metavar="N", help="pictures a step; 64 on a GPU")
    lamps.add_argument("--start", type=Path, metavar="FILE", help="a bbva_lamps.pth to begin with")
    lamps.add_argument("--first-seed", type=int, default=0, metavar="N", help="of the pictures; other than before")

    label = add("label", _label, "write pictures of a video and pseudo-labels, to be looked over and trained on")
    label.add_argument("video", type=Path)
    label.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a data set in YOLO format")
    label.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="of video between two pictures")
    label.add_argument("--weights", help="the detector that labels (default: as for a run)")


def add_bench_options(bench: argparse.ArgumentParser) -> None:
    """The options of `bench detector`."""
    bench.add_argument(
        "--data",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="detector: a labelled data set, a recipe, or a synthetic video; repeatable (default: the sample game)",
    )
    bench.add_argument("--weights", help="detector: weights to measure besides those that ship")
    bench.add_argument("--imgsz", type=int, metavar="PIXELS", default=RunSettings.model_fields["imgsz"].default)


def bench_detector(app: AppSettings, arguments: argparse.Namespace) -> int:
    """The command `bench detector`."""
    from bbva_core.bench.detector import as_table, bench_detector

    result = bench_detector(
        app, bar("measuring"), data=arguments.data, weights=arguments.weights, imgsz=arguments.imgsz
    )
    answer(json.dumps(result) if arguments.json else as_table(result))
    return 0


def _train(app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.train.recipe import make_recipe, read_recipe
    from bbva_core.train.run import train

    given = {
        "data": [{"folder": folder.resolve()} for folder in arguments.data],
        "videos": [video.resolve() for video in arguments.video],
        **{
            name: value
            for name in ("synthetic", "start", "epochs", "imgsz", "freeze")
            if (value := getattr(arguments, name)) is not None
        },
    }
    if arguments.recipe is not None and any(given.values()):
        raise InvalidSettings(
            "A recipe says everything itself.", do="Write it into the recipe, or leave the recipe out."
        )
    recipe = read_recipe(arguments.recipe) if arguments.recipe is not None else make_recipe(**given)
    bars: dict[str, Callable[[int, int], None]] = {}

    def progress(what: str, done: int, of: int) -> None:
        if what not in bars:
            bars[what] = bar(what)
        bars[what](done, of)

    try:
        weights = train(app, recipe, arguments.name, fresh=arguments.fresh, progress=progress)
    except KeyboardInterrupt:
        say("\nbbva: stopped. Every whole epoch is safe: the same command goes on from there, --fresh begins anew.")
        return 130
    return _trained(weights, as_json=arguments.json)


def _trained(weights: WeightsFile, *, as_json: bool) -> int:
    if as_json:
        answer(json.dumps({"weights": str(weights.path), "sha256": weights.sha256, "figures": dict(weights.figures)}))
        return 0
    answer(str(weights.path))
    for name, value in weights.figures.items():
        answer(f"  {name}: {value:g}")
    if not weights.figures:
        say("bbva: the data set keeps no pictures to measure on (splits val and test), so there are no figures.")
    say(f"bbva: it is in the model list: Settings on the Runs page, or analyze VIDEO --weights {weights.name}")
    return 0


def _train_reader(app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.train.reader.run import train_reader

    _refuse_below_one(arguments, "steps")
    said = train_reader(
        arguments.fonts, arguments.out, steps=arguments.steps, start=arguments.start, progress=bar("training")
    )
    answer(json.dumps(said) if arguments.json else f"{arguments.out}: {said['exact on drawn fields']:.1%} exact")
    return 0


def _train_lamps(app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.train.lamps.run import train_lamps

    _refuse_below_one(arguments, "steps", "batch")
    said = train_lamps(
        arguments.fonts,
        arguments.out,
        steps=arguments.steps,
        batch=arguments.batch,
        start=arguments.start,
        first_seed=arguments.first_seed,
        progress=bar("training"),
    )
    if arguments.json:
        answer(json.dumps(said))
    else:
        answer(f"{arguments.out}: {said['exact on drawn boards']:.1%} of the numbers on drawn boards are exact")
    return 0


def _refuse_below_one(arguments: argparse.Namespace, *names: str) -> None:
    for name in names:
        if getattr(arguments, name) < 1:
            raise InvalidSettings(f"--{name} must be at least 1; found {getattr(arguments, name)}.")


def _label(app: AppSettings, arguments: argparse.Namespace) -> int:
    from bbva_core.detect.engines import detector_for
    from bbva_core.train.pseudo import LEAST_SCORE, LOOK_SIZE, label_video

    if not 0 < arguments.every < 3600:
        raise InvalidSettings(f"--every takes seconds, more than 0 and less than 3600; found {arguments.every}.")
    weights = resolve_weights(app, arguments.weights, trust=arguments.weights is not None)
    detector = detector_for(app, weights, conf=LEAST_SCORE, imgsz=LOOK_SIZE)
    try:
        written = label_video(
            arguments.video, arguments.out, detector, every=arguments.every, progress=bar("labelling")
        )
    finally:
        detector.close()
    answer(json.dumps({"out": str(arguments.out), "pictures": written}) if arguments.json else f"{arguments.out}")
    say(f"bbva: {written} pictures of this video. Look the labels over, then: train --data {arguments.out} --name NAME")
    return 0
