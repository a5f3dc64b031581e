"""The detect stage: players and ball in every analysed frame."""

from __future__ import annotations

from itertools import islice

from bbva_core.detect import create_detector, resolve_weights
from bbva_core.errors import WeightsError
from bbva_core.pipeline.identity import device_of
from bbva_core.pipeline.stages import Made, Work
from bbva_core.pipeline.tasks import Progress, Row, RunSpec

_CHUNK = 8
"""Frames decoded before they are handed to the detector: a batch is a commit unit, not an inference unit."""


class DetectionBatchProcessor:
    """Frames to rows of `detections`.

    Raises:
        WeightsError: The weights are gone, or not the ones the run was created with.
        ResumeRefused: The run computes on a GPU, and there is none.
        DetectorError: The engine cannot be loaded.
    """

    def __init__(self, spec: RunSpec) -> None:
        settings = spec.settings
        weights = None
        if settings.detector == "ultralytics":
            weights = resolve_weights(spec.app, settings.weights, trust=True)
            if weights.sha256 != spec.identity["weights sha256"]:
                raise WeightsError(
                    f"The weights {weights.path} have changed (expected sha256"
                    f" {spec.identity['weights sha256'][:12]}…, found {weights.sha256[:12]}…).",
                    safe="Everything committed is safe.",
                    do="Put the original weights back and press Resume, or start a new run.",
                )
        self._detector = create_detector(
            settings.detector,
            weights,
            conf=settings.conf,
            imgsz=settings.imgsz,
            threads=spec.app.threads,
            device=device_of(spec.identity),
            cache_dir=spec.app.cache_dir,
        )

    def process(self, work: Work, progress: Progress) -> Made:
        """See `StageProcessor`."""
        rows: list[Row] = []
        done = 0
        while chunk := list(islice(work.frames, _CHUNK)):
            found = self._detector.detect([frame.image for frame in chunk])
            for frame, detections in zip(chunk, found, strict=True):
                rows += [
                    {
                        "frame_index": frame.index,
                        "det_index": number,
                        "pts": frame.pts,
                        "class": label,
                        "score": score,
                        "x1": x1,
                        "y1": y1,
                        "x2": x2,
                        "y2": y2,
                    }
                    for number, (label, score, x1, y1, x2, y2) in enumerate(detections.rows())
                ]
            done += len(chunk)
            progress(done, done)
        return Made(rows=rows)

    def close(self) -> None:
        """See `StageProcessor`."""
        self._detector.close()
