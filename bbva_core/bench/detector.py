"""Our detector beside COCO's YOLO11n on labelled pictures: how much each finds, and how fast, in one run."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import numpy as np

from bbva_core.bench.machine import machine_info
from bbva_core.detect import Detector, WeightsFile, list_weights, resolve_weights
from bbva_core.detect.engines import detector_for
from bbva_core.detect.types import Frame
from bbva_core.detect.weights import shipped_weights
from bbva_core.errors import DataSetError, NotFound
from bbva_core.settings import AppSettings, RunSettings
from bbva_core.synth.truth import truth_path
from bbva_core.train.datasets import CLASSES, Labelled, read_picture
from bbva_core.train.recipe import sources_at
from bbva_core.train.scoring import LEAST_SCORE, Scorer
from bbva_core.train.synthetic import LEAST_VISIBLE

Progress = Callable[[int, int], None]
_Set = tuple[int, Iterator[tuple[Frame, Labelled]]]

_COCO = "yolo11n"
"""How the names of the official weights begin."""

_CHUNK = 8


def bench_detector(
    app: AppSettings,
    progress: Progress,
    *,
    data: Sequence[Path] = (),
    weights: str | None = None,
    imgsz: int = RunSettings.model_fields["imgsz"].default,
    conf: float = RunSettings.model_fields["conf"].default,
) -> dict[str, Any]:
    """Measure; returns the figures of each detector on each set, and its speed.

    Eight pictures are given to one detector after the other, so that all run beside the same load.

    Args:
        app: Where to look for weights, and the threads to use.
        progress: Called with (pictures done, pictures in all).
        data: Data sets, recipes, or videos of the synthetic generator. Default: the sample game.
        weights: Detector to measure besides those that ship; default none.
        imgsz: Longer side of the picture that the networks see.
        conf: Score from which a detection counts, except for average precision.

    Raises:
        DataSetError: A data set cannot be read.
        WeightsError: The weights cannot be used.
    """
    asked = [resolve_weights(app, weights, trust=True)] if weights else []
    coco = [file for file in list_weights(app) if file.name.startswith(_COCO) and file.trusted][:1]
    files = _by_name([*asked, *shipped_weights(app), *coco])
    if not files:
        raise NotFound("There are no weights to measure.", do="`python -m bbva_core doctor` says how to get some.")
    app.cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bbva-bench-", dir=app.cache_dir) as scratch:
        sets = dict(chain.from_iterable(_read_sets(path, Path(scratch)) for path in data or [app.sample_video]))
        result = _compare(app, progress, files, sets, imgsz, conf)
    note = "" if coco else "no COCO yolo11n on this machine to compare with"
    return {**result, "note": note, "machine": machine_info(app)}


def _by_name(files: list[WeightsFile]) -> dict[str, WeightsFile]:
    """Each file once, by its name, or by where it is when another of that name is measured too."""
    once = {file.sha256: file for file in files}.values()
    names = Counter(file.name for file in once)
    return {file.name if names[file.name] == 1 else str(file.path): file for file in once}


def _compare(
    app: AppSettings, progress: Progress, files: dict[str, WeightsFile], sets: dict[str, _Set], imgsz: int, conf: float
) -> dict[str, Any]:
    total = sum(count for count, _ in sets.values())
    detectors = {name: detector_for(app, file, conf=LEAST_SCORE, imgsz=imgsz) for name, file in files.items()}
    figures: dict[str, dict[str, Any]] = {}
    seconds: dict[str, list[float]] = {name: [] for name in detectors}
    done = 0
    try:
        for name, (_, pictures) in sets.items():
            scorers = {detector: Scorer(conf) for detector in detectors}
            for chunk in _chunks(pictures):
                _measure(chunk, detectors, scorers, seconds)
                done += len(chunk)
                progress(done, total)
            figures[name] = {detector: scorer.result() for detector, scorer in scorers.items()}
    finally:
        for detector in detectors.values():
            detector.close()
    return {
        "imgsz": imgsz,
        "conf": conf,
        "sets": figures,
        "frames_per_second": {
            name: round(1 / statistics.median(times), 1) if times else None for name, times in seconds.items()
        },
        "sha256": {name: file.sha256 for name, file in files.items()},
    }


def as_table(result: dict[str, Any]) -> str:
    """The figures for people, a line a detector."""
    lines = [f"image size {result['imgsz']}, counted from score {result['conf']}"]
    for name, by_detector in result["sets"].items():
        pictures = next(iter(by_detector.values()))["pictures"]
        lines.append(f"\n{name}: {pictures} pictures; AP50 / AP50-95 of each class")
        for detector, figures in by_detector.items():
            parts = [
                f"{label} {_shown(figures[f'{label}_ap50'])} / {_shown(figures[f'{label}_ap50_95'])}"
                for label in CLASSES
                if f"{label}_ap50" in figures
            ]
            parts.append(f"recall: {', '.join(_recalls(figures))}")
            if figures["small_balls"]:
                parts.append(f"small balls {_shown(figures['small_ball_recall'])} of {figures['small_balls']}")
            if figures["others_as_players_a_picture"] is not None:
                parts.append(f"others taken for players {figures['others_as_players_a_picture']:.2f} a picture")
            rate = result["frames_per_second"][detector] or "too few for"
            lines.append(f"  {detector:32} {'; '.join(parts)}; {rate} pictures/s")
    if result["note"]:
        lines.append(result["note"])
    return "\n".join(lines)


def _recalls(figures: dict[str, Any]) -> Iterator[str]:
    for label in CLASSES:
        if f"{label}_recall" in figures:
            yield f"{label} {_shown(figures[f'{label}_recall'])}"


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _chunks(pictures: Iterator[tuple[Frame, Labelled]]) -> Iterator[list[tuple[Frame, Labelled]]]:
    """Neighbours of one size, as many at a time as every engine takes in whole lists: a run gives it 30."""
    for _, same in groupby(pictures, key=lambda item: item[0].shape):
        while chunk := list(islice(same, _CHUNK)):
            yield chunk


def _measure(
    chunk: list[tuple[Frame, Labelled]],
    detectors: dict[str, Detector],
    scorers: dict[str, Scorer],
    seconds: dict[str, list[float]],
) -> None:
    for name, detector in detectors.items():
        began = time.perf_counter()
        found = detector.detect([picture for picture, _ in chunk])
        seconds[name] += [(time.perf_counter() - began) / len(chunk)] * (len(chunk) == _CHUNK)
        for detections, (picture, labelled) in zip(found, chunk, strict=True):
            scorers[name].add(detections, labelled, width=picture.shape[1], height=picture.shape[0])


def _read_sets(path: Path, scratch: Path) -> Iterator[tuple[str, _Set]]:
    """The sets at a path by name: how many pictures there are, and the pictures with their labels."""
    if truth_path(path).is_file():
        truth = json.loads(truth_path(path).read_text(encoding="utf-8"))
        yield str(path), (len(truth["frames"]), _synthetic(path, truth))
        return
    for source in sources_at(path):
        labelled = list(source.pictures(scratch))
        if not labelled:
            raise DataSetError(f"There are no pictures in {source.place}.", do="Name another data set.")
        yield source.place, (len(labelled), ((read_picture(item), item) for item in labelled))


def _synthetic(video: Path, truth: dict[str, Any]) -> Iterator[tuple[Frame, Labelled]]:
    import av

    size = np.array([truth["width"], truth["height"]] * 2, float)
    with av.open(str(video)) as container:
        for row, frame in zip(truth["frames"], container.decode(video=0), strict=True):
            seen = [item for item in row["objects"] if item["visible"] >= LEAST_VISIBLE]
            classes = np.array([CLASSES.index(item["class"]) for item in seen], np.int64)
            boxes = np.array([item["box"] for item in seen], float).reshape(-1, 4) / size
            labelled = Labelled(video, classes, boxes, frozenset(range(len(CLASSES))))
            yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8), labelled
