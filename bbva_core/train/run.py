"""One training, from recipe to model list. Interrupted, it goes on from its last whole epoch."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from bbva_core.detect.engines import detector_for
from bbva_core.detect.ultralytics_setup import import_yolo
from bbva_core.detect.weights import SHIPPED, SHIPPED_FOLDER, WeightsFile, resolve_weights, shipped_weights
from bbva_core.errors import InvalidSettings, WeightsMissing
from bbva_core.failpoints import arm
from bbva_core.machine.device import torch_device
from bbva_core.machine.threads import resolve_threads
from bbva_core.machine.versions import version_of
from bbva_core.settings import AppSettings, RunSettings
from bbva_core.train.datasets import Labelled, has_split, read_data_set, read_picture
from bbva_core.train.recipe import Given, Recipe, Source
from bbva_core.train.training_set import TrainingSet, write_training_set

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

_EVERY_SECONDS = 0.5


def train(app: AppSettings, recipe: Recipe, name: str, *, fresh: bool, progress: Progress) -> WeightsFile:
    """Train a detector and put it into the model list.

    Args:
        app: Everything is written below its data folder: `training/NAME` while it goes on, `models` at the end.
        recipe: What to train on.
        name: What to call the detector.
        fresh: Begin anew, though a training of that name was interrupted, and replace a detector of that name.
        progress: Told how it goes.

    Returns:
        The weights, in the form for this machine's CPU.

    Raises:
        InvalidSettings: The name cannot be used, the recipe has nothing to train on, a detector has that name,
            or a training of that name with another recipe was interrupted.
        DataSetError: A data set cannot be read.
        WeightsError: The weights to start from cannot be used.
    """
    if not name.replace("-", "").replace("_", "").isalnum():
        raise InvalidSettings(f"A detector cannot be called {name!r}.", do="Use letters, digits, - and _ only.")
    if not (recipe.data or recipe.videos or recipe.synthetic):
        raise InvalidSettings("There is nothing to train on.", do="Name a data set with --data, or a --recipe.")
    arm(app.failpoint)
    folder = app.data_dir.resolve() / "training" / name
    if not (fresh or folder.exists()) and (app.downloaded_models_dir / f"{name}.pt").exists():
        raise InvalidSettings(
            f"There is a detector called {name} already.",
            safe="It was left as it is.",
            do="Choose another name, or say --fresh to replace it.",
        )
    if app.downloaded_models_dir == SHIPPED_FOLDER and f"{name}.pt" in SHIPPED:
        raise InvalidSettings(f"{name} is the detector that comes with BBVA.", do="Choose another name.")
    start = _start(app, recipe)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f"{name}.lock"), timeout=0):
            return _train(app, recipe, start, name, folder, fresh=fresh, progress=progress)
    except Timeout:
        raise InvalidSettings(
            f"{name} is being trained already, by another BBVA.",
            safe="It goes on.",
            do="Wait for it, or choose another name.",
        ) from None


def _train(
    app: AppSettings,
    recipe: Recipe,
    start: WeightsFile,
    name: str,
    folder: Path,
    *,
    fresh: bool,
    progress: Progress,
) -> WeightsFile:
    last = folder / "run" / "weights" / "last.pt"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    _claim(folder, recipe, start, begun=last.exists())
    import_yolo(app.cache_dir, resolve_threads(app.threads))
    _check_head(start)
    if last.exists():
        training_set = TrainingSet(folder / "set")
    else:
        training_set = write_training_set(folder / "set", _pictures(app, recipe, start, folder, progress))
    _learn(app, recipe, start, training_set, folder, last, progress)
    about = {
        "name": name,
        "licence": "AGPL-3.0",
        "start": {"name": start.name, "sha256": start.sha256},
        "recipe": _without_folders(recipe.model_dump(mode="json", exclude={"start"})),
        "pictures": len(training_set.known()),
        "date": date.today().isoformat(),
        "versions": {package: version_of(package) for package in ("torch", "ultralytics", "openvino")},
        "figures": _measure(app, recipe, last, folder, progress),
    }
    from bbva_core.train.publish import publish

    weights, export = publish(app, last, app.downloaded_models_dir, name, about)
    shutil.rmtree(folder)
    return resolve_weights(app, str(weights if torch_device() == "cuda" else export), trust=True)


def _start(app: AppSettings, recipe: Recipe) -> WeightsFile:
    if recipe.start is not None:
        start = resolve_weights(app, recipe.start, trust=True)
    else:
        ours = [file for file in shipped_weights(app) if file.kind == "pt"]
        if not ours:
            raise WeightsMissing("The detector that ships with BBVA is not there.", do="Name weights with --start.")
        start = ours[0]
    if start.kind != "pt":
        raise InvalidSettings(f"{start.name} cannot be trained further: only .pt files can.", do="Name a .pt file.")
    return start


def _check_head(start: WeightsFile) -> None:
    from bbva_core.train.learning import can_learn

    if not can_learn(start.path):
        raise InvalidSettings(
            f"{start.name} cannot be trained further: BBVA trains detectors of the kind of YOLOv8 and YOLO11 only.",
            safe="Nothing was started.",
            do="Start from such weights, or from BBVA's own.",
        )


def _without_folders(value: Any) -> Any:
    """A recipe to publish: files and folders by their names; where they lie is nobody's business."""
    if isinstance(value, dict):
        return {name: _without_folders(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_folders(part) for part in value]
    return Path(value).name if isinstance(value, str) else value


def _claim(folder: Path, recipe: Recipe, start: WeightsFile, *, begun: bool) -> None:
    """Note what is trained here, or check that what has begun is the same."""
    note = folder / "recipe.json"
    wanted = {"recipe": recipe.model_dump(mode="json"), "start": start.sha256}
    if begun:
        if json.loads(note.read_text(encoding="utf-8")) == wanted:
            return
        raise InvalidSettings(
            f"A training of this name with other settings was interrupted; it is in {folder}.",
            safe="It was left as it is.",
            do="Give the same settings to go on with it, choose another name, or say --fresh to begin anew.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(wanted, indent=1), encoding="utf-8")


def _pictures(
    app: AppSettings, recipe: Recipe, start: WeightsFile, folder: Path, progress: Progress
) -> Iterator[tuple[Labelled, int]]:
    """Everything to train on, each with how often it is shown."""
    from bbva_core.train.lookalikes import without_lookalikes
    from bbva_core.train.synthetic import write_synthetic

    progress("reading", 0, 1)
    held_out = list(chain.from_iterable(source.pictures(folder / "check") for source in _checks(recipe)))
    progress("reading", 1, 1)
    for source in recipe.data:
        pictures = without_lookalikes(source.pictures(folder / "frames"), held_out)
        if isinstance(source, Source) and source.fill:
            pictures = _filled(app, recipe, start, pictures, partial(progress, f"filling in {source.folder.name}"))
        for labelled in pictures:
            yield labelled, source.times
    if recipe.synthetic:
        drawn = folder / "synthetic"
        write_synthetic(drawn, recipe.synthetic, seed=recipe.seed, progress=partial(progress, "drawing"))
        for labelled in read_data_set(drawn):
            yield labelled, 1
    if recipe.videos:
        from_videos = read_data_set(_label_videos(app, recipe, start, folder / "videos", progress))
        for labelled in without_lookalikes(from_videos, held_out):
            yield labelled, 1


def _filled(
    app: AppSettings,
    recipe: Recipe,
    start: WeightsFile,
    pictures: Iterator[Labelled],
    progress: Callable[[int, int], None],
) -> Iterator[Labelled]:
    from bbva_core.train.filling import LEAST_SCORE, fill_in

    detector = detector_for(app, start, imgsz=recipe.imgsz, conf=LEAST_SCORE)
    try:
        yield from fill_in(pictures, detector, progress)
    finally:
        detector.close()


def _label_videos(app: AppSettings, recipe: Recipe, start: WeightsFile, folder: Path, progress: Progress) -> Path:
    from bbva_core.train.pseudo import LEAST_SCORE, LOOK_SIZE, label_video

    detector = detector_for(app, start, imgsz=LOOK_SIZE, conf=LEAST_SCORE)
    try:
        for video in recipe.videos:
            what = f"labelling {video.name}"
            label_video(video, folder, detector, every=_EVERY_SECONDS, progress=partial(progress, what))
    finally:
        detector.close()
    return folder


def _learn(
    app: AppSettings,
    recipe: Recipe,
    start: WeightsFile,
    training_set: TrainingSet,
    folder: Path,
    last: Path,
    progress: Progress,
) -> None:
    from bbva_core.train.learning import DetectorTrainer, is_finished, speed_options

    if last.exists() and is_finished(last):
        return
    overrides: dict[str, Any] = {
        "model": str(start.path),
        "data": str(training_set.data_yaml),
        "epochs": recipe.epochs,
        "imgsz": recipe.imgsz,
        "batch": recipe.batch,
        "seed": recipe.seed,
        "lr0": recipe.lr,
        "freeze": recipe.freeze,
        "project": str(folder),
        "name": "run",
        **speed_options(torch_device(), os.cpu_count() or 1),
    }
    if last.exists():
        overrides |= {"resume": str(last), "save_dir": str(folder / "run")}
    told = partial(progress, "training")
    DetectorTrainer(training_set, overrides, threads=resolve_threads(app.threads), on_batch=told).train()


def _checks(recipe: Recipe) -> tuple[Source | Given, ...]:
    """What to measure on: what the recipe says, else the parts that the data sets keep for that."""
    if recipe.check:
        return recipe.check
    return tuple(
        source.model_copy(update={"splits": (split,)})
        for source in recipe.data
        if isinstance(source, Source)
        for split in ("val", "test")
        if split not in source.splits and has_split(source.folder, split)
    )


def _measure(app: AppSettings, recipe: Recipe, last: Path, folder: Path, progress: Progress) -> dict[str, Any]:
    """The figures of the trained detector on what it was not trained on, all of it together."""
    from bbva_core.train.scoring import LEAST_SCORE, Scorer

    pictures = [labelled for source in _checks(recipe) for labelled in source.pictures(folder / "check")]
    if not pictures:
        return {}
    trained = resolve_weights(app, str(last), trust=True)
    scorer = Scorer(RunSettings.model_fields["conf"].default)
    detector = detector_for(app, trained, imgsz=recipe.imgsz, conf=LEAST_SCORE)
    try:
        for done, labelled in enumerate(pictures):
            picture = read_picture(labelled)
            height, width = picture.shape[:2]
            scorer.add(detector.detect([picture])[0], labelled, width=width, height=height)
            progress("measuring", done + 1, len(pictures))
    finally:
        detector.close()
    return {name: value for name, value in scorer.result().items() if value is not None}
