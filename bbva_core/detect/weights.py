"""Weights: where they are looked for, where they come from, and whether they may be loaded.

Light: imports no engine, because the server process lists weights too. Downloading is in `download.py`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bbva_core.errors import WeightsMissing, WeightsUntrusted
from bbva_core.machine.device import torch_device
from bbva_core.machine.hashing import model_bytes, model_sha256
from bbva_core.settings import PROJECT_ROOT, AppSettings

_READERS = ("bbva_reader.onnx", "bbva_lamps.onnx")  # lie beside the detectors, and read scoreboards

Kind = Literal["pt", "onnx", "openvino"]
Origin = Literal["official", "shipped", "models_dir", "unknown"]

DEFAULT_NAME = "yolo11n.pt"
OPENVINO_SUFFIX = "_openvino_model"


@dataclass(frozen=True)
class Official:
    """Weights published by Ultralytics, known byte for byte."""

    url: str
    sha256: str
    bytes: int


OFFICIAL: dict[str, Official] = {
    DEFAULT_NAME: Official(
        # The very URL that ultralytics' own downloader uses (a test compares them).
        url="https://github.com/ultralytics/assets/releases/download/v8.4.0/yolo11n.pt",
        sha256="0ebbc80d4a7680d14987a577cd21342b65ecfd94632bd9a8da63ae6417644ee1",
        bytes=5_613_764,
    ),
}
"""What can be downloaded, by file name."""

SHIPPED: dict[str, str] = {
    "bbva11n_openvino_model": "69144d92ab6ee5958d31f4a027ab11690de75878791463448f2637cd0c1d55e7",
    "bbva11n.pt": "2f54d9b095d1ae41f819fc3e3dff06c9aaafbdbef5003a44cbebcfad0d677aef",
}
"""The detector that comes with BBVA, in the forms for CPU and GPU: file or folder name, and SHA-256."""

SHIPPED_FOLDER = PROJECT_ROOT / "data" / "models"


@dataclass(frozen=True, kw_only=True)
class WeightsFile:
    """Weights on this machine.

    Args:
        name: File or folder name.
        path: Absolute path.
        kind: `pt`, `onnx`, or `openvino` (a folder).
        bytes: Size on disk.
        sha256: Of the file; of a folder: over its sorted files.
        origin: `official` and `shipped` are known by sha256, whatever they are called and wherever they lie.
        trusted: May be loaded without asking the user.
        figures: What was measured when BBVA trained it, such as `player_ap50`; empty for others.
    """

    name: str
    path: Path
    kind: Kind
    bytes: int
    sha256: str
    origin: Origin
    trusted: bool
    figures: Mapping[str, float] = field(default_factory=dict, hash=False)


def search_folders(app: AppSettings) -> list[Path]:
    """Folders that are searched for weights, first match wins."""
    folders = [app.downloaded_models_dir, SHIPPED_FOLDER]
    if app.models_dir is not None:
        folders.insert(0, app.models_dir)
    return list(dict.fromkeys(folder.expanduser().resolve() for folder in folders))


def list_weights(app: AppSettings) -> list[WeightsFile]:
    """All weights found, in the order in which they are searched; untrusted ones too, marked so."""
    return [_describe(app, path, kind, trust=False) for path, kind in _candidates(app)]


def shipped_weights(app: AppSettings) -> list[WeightsFile]:
    """The detector that comes with BBVA, the form that is fastest here first; empty if somebody removed it."""
    paths = [SHIPPED_FOLDER / name for name in SHIPPED]
    found = [_describe(app, path.resolve(), kind, trust=False) for path in paths if (kind := _kind(path)) is not None]
    # The OpenVINO form computes on the CPU only, and there faster than torch (`bench detector` shows by how much).
    fastest = "pt" if _has_gpu() else "openvino"
    return sorted((file for file in found if file.origin == "shipped"), key=lambda file: file.kind != fastest)


def default_weights(app: AppSettings) -> WeightsFile | None:
    """The weights a run gets when none are named: ours, else yolo11n.pt, else any that may be loaded."""
    if ours := shipped_weights(app):
        return ours[0]
    trusted = [weights for weights in list_weights(app) if weights.trusted]
    named = [weights for weights in trusted if weights.name == DEFAULT_NAME]
    return next(iter(named + trusted), None)


@functools.cache
def _has_gpu() -> bool:
    # Remembered: the driver is asked in a process of its own, and the pages ask often.
    return torch_device() == "cuda"


def resolve_weights(app: AppSettings, weights: str | None, *, trust: bool = False) -> WeightsFile:
    """Find the weights to load. Never downloads.

    Args:
        app: Where to look.
        weights: A path, or a bare name that is looked for in the folders and then in the working folder; None takes
            the default.
        trust: The user has said yes to this very file: named it on the command line, or ticked the box.

    Raises:
        WeightsMissing: Not found, or not a model that can be loaded.
        WeightsUntrusted: A `.pt` file of unknown origin, and `trust` is false.
    """
    if weights is None:
        default = default_weights(app)
        if default is None:
            raise _missing(app, "No weights for the detector were found on this machine")
        return default
    path = _find(app, weights)
    kind = _kind(path)
    if kind is None:
        raise WeightsMissing(
            f"{path} is not a model BBVA can load: expected a .pt or .onnx file, or an OpenVINO folder whose name ends "
            f"in {OPENVINO_SUFFIX} and that holds an .xml and a .bin file.",
            safe="Nothing was started.",
            do="Choose another file, or export the model with `yolo export`.",
        )
    found = _describe(app, path.resolve(), kind, trust=trust)
    require_trusted(found)
    return found


def require_trusted(weights: WeightsFile) -> None:
    """Refuse weights that the user has not agreed to.

    Raises:
        WeightsUntrusted: They are a `.pt` file of unknown origin.
    """
    if not weights.trusted:
        raise WeightsUntrusted(
            f"{weights.path} is a .pt file that BBVA does not know (sha256 {weights.sha256[:16]}…). A .pt file is a "
            "pickle: loading it can run any program it contains.",
            safe="It was not opened.",
            do="If you trust where it comes from: confirm it, name it with --weights, or put it in a folder of your "
            "own and set BBVA_MODELS_DIR to that. Or use a .onnx or OpenVINO export, which cannot run programs.",
        )


def _find(app: AppSettings, weights: str) -> Path:
    given = Path(weights).expanduser()
    # A bare name means "that model"; anything with a folder in it means exactly that path.
    places = [given] if given.parent != Path() else [*(folder / given for folder in search_folders(app)), given]
    for place in places:
        if place.exists():
            return place
    raise _missing(app, f"The weights {weights} were not found")


def _missing(app: AppSettings, what: str) -> WeightsMissing:
    looked = ", ".join(str(folder) for folder in search_folders(app))
    return WeightsMissing(
        f"{what}; looked in {looked}.",
        safe="Nothing was started.",
        do=f"Download {DEFAULT_NAME} (System page, or `python -m bbva_core doctor --download-weights`; needs a"
        " network), or copy a model into one of these folders, or set BBVA_MODELS_DIR to the folder that has it."
        " Without weights the basic detector opencv-hog still works.",
    )


def _candidates(app: AppSettings) -> Iterator[tuple[Path, Kind]]:
    for folder in search_folders(app):
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            kind = None if path.name.startswith(".") else _kind(path)
            if kind is not None:
                yield path.resolve(), kind


def _kind(path: Path) -> Kind | None:
    if path.is_dir():
        is_openvino = path.name.endswith(OPENVINO_SUFFIX) and any(
            xml.with_suffix(".bin").is_file() for xml in path.glob("*.xml")
        )
        return "openvino" if is_openvino else None
    if not path.is_file() or path.name in _READERS:
        return None
    suffixes: dict[str, Kind] = {".pt": "pt", ".onnx": "onnx"}
    return suffixes.get(path.suffix.lower())


def _describe(app: AppSettings, path: Path, kind: Kind, *, trust: bool) -> WeightsFile:
    sha256 = model_sha256(path)
    origin = _origin(app, path, sha256)
    return WeightsFile(
        name=path.name,
        path=path,
        kind=kind,
        bytes=model_bytes(path),
        sha256=sha256,
        origin=origin,
        # Only .pt files are pickles; ONNX and OpenVINO files hold a graph and numbers.
        trusted=trust or kind != "pt" or origin != "unknown",
        figures=_figures(path, sha256),
    )


def card_path(weights: Path) -> Path:
    """Where what is known of trained weights is written, for both of their forms: `NAME.json` beside them."""
    name = weights.name.removesuffix(OPENVINO_SUFFIX) if weights.name.endswith(OPENVINO_SUFFIX) else weights.stem
    return weights.with_name(f"{name}.json")


def _figures(weights: Path, sha256: str) -> dict[str, float]:
    try:
        card = json.loads(card_path(weights).read_text(encoding="utf-8"))
        figures = card["figures"] if card["sha256"][weights.name] == sha256 else {}
        return {str(name): float(value) for name, value in figures.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # no card, or one that is not ours
        return {}


def _origin(app: AppSettings, path: Path, sha256: str) -> Origin:
    if any(sha256 == official.sha256 for official in OFFICIAL.values()):
        return "official"
    if sha256 in SHIPPED.values():
        return "shipped"
    if app.models_dir is not None and path.is_relative_to(app.models_dir.expanduser().resolve()):
        return "models_dir"
    return "unknown"
