"""What a run's rows depend on besides video and settings: models, library versions, our own code, threads, device.

Stored with the run; a resume under another identity would not give the rows of an uninterrupted run and is refused.
Two things are not compared but kept: a run uses as many CPU threads as when it was created (YOLO's scores differ in the
fourth digit between one thread and two), and one that began on the CPU stays there when a GPU turns up.
Imports no engine: versions come from the installed packages' metadata.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bbva_core.detect import WeightsFile
from bbva_core.errors import ResumeRefused
from bbva_core.machine.device import Device, torch_device
from bbva_core.machine.hashing import Stamp, model_sha256, stamp_of
from bbva_core.machine.threads import resolve_threads
from bbva_core.machine.versions import version_of
from bbva_core.ocr.easyocr_models import MODEL_FILES, models_folder
from bbva_core.ocr.lamp_marks import MODEL as LAMPS
from bbva_core.ocr.network import MODEL, WEIGHTS
from bbva_core.pipeline.stages import STAGES, stages_of
from bbva_core.settings import AppSettings, RunSettings
from bbva_core.store import RunSummary
from bbva_core.store.models import Video

_ALWAYS = ("av", "numpy", "opencv-python-headless")
_DETECTOR_PACKAGES = {
    "pt": ("ultralytics", "torch", "torchvision"),
    "onnx": ("ultralytics", "torch", "torchvision", "onnxruntime"),
    "openvino": ("ultralytics", "torch", "torchvision", "openvino"),
}
_READER_PACKAGES = {
    "rapidocr": ("rapidocr", "onnxruntime"),
    "easyocr": ("easyocr", "torch", "rapidocr", "onnxruntime"),
    "none": (),
}


def run_identity(app: AppSettings, settings: RunSettings, weights: WeightsFile | None) -> dict[str, str]:
    """Names and values that must be equal for rows to be equal."""
    packages = [*_ALWAYS, *_READER_PACKAGES[settings.ocr]]
    identity: dict[str, str] = {
        "detector": settings.detector,
        "reader": settings.ocr,
        "threads": str(resolve_threads(app.threads)),
        **{f"{name} revision": str(STAGES[name].revision) for name in stages_of(settings)},
    }
    if (weights is not None and weights.kind == "pt") or settings.ocr == "easyocr":  # nothing else uses a GPU
        identity["device"] = torch_device()
    if weights is not None:
        identity["weights sha256"] = weights.sha256
        packages += _DETECTOR_PACKAGES[weights.kind]
    if settings.ocr != "none":
        ours = WEIGHTS if settings.ocr == "easyocr" else MODEL
        identity[f"{ours.name} sha256"] = model_sha256(ours) if ours.is_file() else "absent"
        if settings.scoreboard_region is not None or settings.scoreboard_corners is not None:
            identity[f"{LAMPS.name} sha256"] = model_sha256(LAMPS) if LAMPS.is_file() else "absent"
    if settings.ocr == "easyocr":  # RapidOCR's models come in its wheel: its version names them
        folder = models_folder(app)
        identity |= {
            f"{name} sha256": model_sha256(folder / name) if (folder / name).is_file() else "absent"
            for name in MODEL_FILES
        }
    return identity | {f"{package} version": version_of(package) for package in packages}


def check_same_identity(run: RunSummary, now: dict[str, str]) -> None:
    """Compare a run's stored identity with what is here now.

    Raises:
        ResumeRefused: They differ; the message names every difference.
    """
    stored = dict(run.identity)
    differing = [
        f"{name} was {stored.get(name, 'absent')}, is {now.get(name, 'absent')}"
        for name in sorted(stored.keys() | now.keys())
        if stored.get(name) != now.get(name) and not _kept(name, stored.get(name))
    ]
    if differing:
        raise ResumeRefused(
            f"This run cannot be resumed, because what it was computed with has changed: {'; '.join(differing)}.",
            safe="Everything committed is safe and can be exported.",
            do="Restore what changed, or analyse the video again in a new run.",
        )


def as_created(app: AppSettings, identity: Mapping[str, str]) -> AppSettings:
    """The settings under which a run gives the rows it gave before: with the CPU threads it was created with."""
    return app.model_copy(update={"threads": int(identity["threads"])}) if "threads" in identity else app


def device_of(identity: Mapping[str, str]) -> Device:
    """Where the engines of a run compute that can use a GPU."""
    return "cuda" if identity.get("device") == "cuda" else "cpu"


def check_same_video(video: Video, path: Path) -> Stamp:
    """Check that a run's video is still the file that was analysed; reads it through when something has touched it.

    Returns:
        How the file looked when it was that.

    Raises:
        ResumeRefused: It is gone, or its content is another.
    """
    refusal = "Everything committed is safe and can be exported."
    try:
        found = stamp_of(path)
    except OSError:
        raise ResumeRefused(
            f"The video {path} is not there any more.", safe=refusal, do="Put the file back and press Resume again."
        ) from None
    if found != video.stamp and (found[0] != video.bytes or model_sha256(path) != video.sha256):
        raise ResumeRefused(
            f"The file {path} is not the video that was analysed (expected {video.bytes} bytes with sha256"
            f" {video.sha256[:12]}…, found {found[0]} bytes).",
            safe=refusal,
            do="Put the original file back and press Resume again, or analyse this one in a new run.",
        )
    return found


def _kept(name: str, stored: str | None) -> bool:
    """Whether a start of the run uses the stored value, so that the one found now does not matter."""
    return name == "threads" or (name, stored) == ("device", "cpu")
