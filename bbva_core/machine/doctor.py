"""What works on this machine, what is missing, and what to do about it.

Imports no engine: the server process calls this too. Each library is tried in a child process (`doctor_probe`), so
that one that crashes on import is a finding and not the end.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

import bbva_core.store
from bbva_core.detect.weights import DEFAULT_NAME, default_weights, list_weights, search_folders
from bbva_core.errors import DatabaseDamaged, StoreError
from bbva_core.ocr.easyocr_models import how_to_get, missing_models, models_folder
from bbva_core.pipeline.worker import worker_is_alive
from bbva_core.settings import PROJECT_ROOT, AppSettings
from bbva_core.store import check_integrity
from bbva_core.store.engine import is_sqlite, read_engine

MIN_FREE_BYTES = 10**9
_PROBE_TIMEOUT_SECONDS = 300.0
_REINSTALL = "Run `make run` again, or `pip install -r requirements.txt` in the environment of BBVA."


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was examined.

    Args:
        subject: What was looked at.
        ok: Whether it works.
        needed: Whether BBVA cannot do its main job without it.
        found: What was found, in words.
        advice: What to do; empty when there is nothing to do.
    """

    subject: str
    ok: bool
    needed: bool
    found: str
    advice: str = ""


def examine(app: AppSettings, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Look at everything BBVA depends on. Changes nothing; takes some seconds, because every engine is tried.

    Args:
        app: Which data folder and models.
        progress: Called with (things done, things in all).
    """
    total = len(_STEPS) + len(_LIBRARIES)
    findings: list[Finding] = []

    def add(finding: Finding) -> None:
        findings.append(finding)
        if progress is not None:
            progress(len(findings), total)

    for subject, step in _STEPS.items():
        try:
            add(step(app))
        except OSError as error:  # a folder that we may not look into
            found = f"cannot be examined ({error})"
            add(Finding(subject=subject, ok=False, needed=True, found=found, advice="Mend the permissions."))
    for finding in _libraries():
        add(finding)
    return findings


# -- what this process can see itself ----------------------------------------------------------------------------------


def _python(_app: AppSettings) -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        subject="Python",
        ok=sys.version_info >= (3, 11),
        needed=True,
        found=f"{found} ({sys.executable})",
        advice="" if sys.version_info >= (3, 11) else "Install Python 3.11 or newer and run `make run` again.",
    )


def _data_folder(app: AppSettings) -> Finding:
    folder = app.data_dir.resolve()
    there = _existing(folder)
    problem = None
    if not there.is_dir():
        problem = f"{there} is a file, not a folder"
    else:
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            problem = f"{there} cannot be written ({error.strerror or error})"
    if problem:
        advice = "Make it writable, or choose another folder with BBVA_DATA_DIR."
        return Finding(subject="Data folder", ok=False, needed=True, found=problem, advice=advice)
    found = f"{folder}, writable" if there == folder else f"{folder}, made at the first start"
    return Finding(subject="Data folder", ok=True, needed=True, found=found)


def _disk(app: AppSettings) -> Finding:
    free = shutil.disk_usage(_existing(app.data_dir.resolve())).free
    ok = free >= MIN_FREE_BYTES
    return Finding(
        subject="Free disk space",
        ok=ok,
        needed=True,
        found=f"{free / 1e9:.1f} GB where the data folder is",
        advice="" if ok else "Free at least 1 GB, or choose a folder on another disk with BBVA_DATA_DIR.",
    )


def _database(app: AppSettings) -> Finding:
    name = make_url(app.url).render_as_string(hide_password=True)
    own_file = is_sqlite(app.url) and not app.database_url
    if own_file and (not app.database_path.exists() or app.database_path.stat().st_size == 0):
        return Finding(subject="Database", ok=True, needed=True, found="none yet; made at the first start")
    restore = (
        f"Stop BBVA. Restore a copy from {app.data_dir.resolve() / 'backups'}, or move the file away to start with an"
        " empty database. Videos and exports are not affected."
    )

    def bad(found: str, advice: str) -> Finding:
        return Finding(subject="Database", ok=False, needed=True, found=f"{name}: {found}", advice=advice)

    try:
        revision = _revision(app)
        problems = check_integrity(app) if own_file else []
    except StoreError as error:
        advice = restore if isinstance(error, DatabaseDamaged) else error.do
        return bad(f"cannot be read ({error.what.rstrip('.')})", advice)
    except SQLAlchemyError as error:
        server = "Check BBVA_DATABASE_URL, and that its server runs."
        return bad(f"cannot be read ({getattr(error, 'orig', None) or error})", restore if own_file else server)
    if problems:
        return bad(f"damaged ({len(problems)} problems, the first: {problems[0]})", restore)
    script = ScriptDirectory(str(Path(bbva_core.store.__file__).parent / "migrations"))
    if revision not in {None, *(known.revision for known in script.walk_revisions())}:
        newer = "Start the newer BBVA that wrote it, or choose another data folder with BBVA_DATA_DIR."
        return bad(f"schema {revision} is newer than this BBVA ({script.get_current_head()})", newer)
    brought = "" if revision == script.get_current_head() else f", brought to {script.get_current_head()} at next start"
    sound = ", sound" if own_file else ""
    return Finding(subject="Database", ok=True, needed=True, found=f"{name}{sound}, schema {revision}{brought}")


def _revision(app: AppSettings) -> str | None:
    engine = read_engine(app.url)
    try:
        with engine.connect() as connection:
            if not engine.dialect.has_table(connection, "alembic_version"):
                return None
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return None if version is None else str(version)
    finally:
        engine.dispose()


def _worker(app: AppSettings) -> Finding:
    try:
        works = worker_is_alive(app)
    except StoreError as error:
        return Finding(subject="Worker", ok=False, needed=True, found=error.what, advice=error.do)
    found = "a BBVA is working in this data folder" if works else "no BBVA is working in this data folder now"
    return Finding(subject="Worker", ok=True, needed=False, found=found)


def _weights(app: AppSettings) -> Finding:
    default = default_weights(app)
    if default is not None:
        found = f"{default.name} ({default.origin}, {default.bytes / 1e6:.1f} MB) in {default.path.parent}"
        others = len(list_weights(app)) - 1
        return Finding(
            subject="YOLO weights", ok=True, needed=False, found=found + (f"; {others} more" if others else "")
        )
    untrusted = [weights.name for weights in list_weights(app)]
    looked = ", ".join(str(folder) for folder in search_folders(app))
    found = f"none that may be loaded without asking (unknown: {', '.join(untrusted)})" if untrusted else "none"
    return Finding(
        subject="YOLO weights",
        ok=False,
        needed=False,
        found=f"{found}; looked in {looked}",
        advice=f"`python -m bbva_core doctor --download-weights` fetches {DEFAULT_NAME} (5.6 MB); or copy a model into"
        " one of these folders; or set BBVA_MODELS_DIR to the folder that has it. Until then OpenCV's basic people"
        " detector stands in: some of the players, no ball.",
    )


def _easyocr_models(app: AppSettings) -> Finding:
    folder = models_folder(app)
    missing = missing_models(folder)
    return Finding(
        subject="EasyOCR models",
        ok=not missing,
        needed=False,
        found=f"missing in {folder}: {', '.join(missing)}" if missing else f"in {folder}",
        advice=how_to_get(folder) if missing else "",
    )


def _sample(app: AppSettings) -> Finding:
    path = app.sample_video
    there = path.is_file()
    return Finding(
        subject="Sample game",
        ok=there,
        needed=False,
        found=str(path) if there else f"missing: {path}",
        advice="" if there else f"Make one: `python -m bbva_core synth --out {path}`.",
    )


_STEPS: dict[str, Callable[[AppSettings], Finding]] = {
    "Python": _python,
    "Data folder": _data_folder,
    "Free disk space": _disk,
    "Database": _database,
    "Worker": _worker,
    "YOLO weights": _weights,
    "EasyOCR models": _easyocr_models,
    "Sample game": _sample,
}
"""By the subject of their findings."""


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that this process can see."""
    while path != path.parent:
        with suppress(OSError):  # below a folder that we may not look into
            if path.exists():
                break
        path = path.parent
    return path


# -- what a child process tries ----------------------------------------------------------------------------------------

_LIBRARIES: dict[str, tuple[str, bool, str]] = {
    "pyav": ("Video decoder (PyAV)", True, _REINSTALL),
    "opencv": (
        "OpenCV",
        True,
        "If it says libGL is missing: `pip install --force-reinstall --no-deps opencv-python-headless` with the version"
        " in requirements.txt (`make run` does this), or install libgl1. Otherwise: " + _REINSTALL,
    ),
    "torch": ("PyTorch and torchvision", True, "They must be the pair that requirements.txt names. " + _REINSTALL),
    "ultralytics": ("Detector ultralytics", True, _REINSTALL),
    "openvino": ("OpenVINO", False, _REINSTALL),
    "rapidocr": ("Text reader rapidocr", True, "Its models come inside its wheel. " + _REINSTALL),
    "easyocr": ("Text reader easyocr", False, _REINSTALL),
    "gpu": ("GPU", False, ""),
}
"""Subject, whether it is needed, and the advice when it fails, by name of the probe."""


def _libraries() -> Iterator[Finding]:
    left = list(_LIBRARIES)
    while left:
        answered = 0
        for name, ok, found in _probe(left):
            subject, needed, advice = _LIBRARIES[name]
            yield Finding(subject=subject, ok=ok, needed=needed, found=found, advice="" if ok else advice)
            answered += 1
        left = left[answered:]


def _probe(names: list[str]) -> Iterator[tuple[str, bool, str]]:
    """Answers for the names in order; at least one. When the child dies, the name it was at gets the blame."""
    with tempfile.TemporaryDirectory(prefix="bbva-doctor-") as scratch:
        path = os.pathsep.join([str(PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])])
        try:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "bbva_core.machine.doctor_probe", scratch, *names],
                capture_output=True,
                text=True,
                timeout=_PROBE_TIMEOUT_SECONDS,
                env=os.environ | {"PYTHONPATH": path},
            )
            output, problem = done.stdout, _how_it_ended(done.returncode, done.stderr)
        except subprocess.TimeoutExpired as late:
            output = late.stdout.decode() if isinstance(late.stdout, bytes) else late.stdout or ""
            problem = f"no answer within {_PROBE_TIMEOUT_SECONDS:.0f} seconds"
    answered = 0
    for line in output.splitlines():
        if line.startswith("{"):
            answer = json.loads(line)
            yield answer["name"], answer["ok"], answer["found"]
            answered += 1
    if answered < len(names):
        yield names[answered], False, problem


def _how_it_ended(code: int, stderr: str) -> str:
    last = (stderr.strip().splitlines() or [""])[-1]
    if code < 0:
        return f"the process that tried it was killed by {signal.Signals(-code).name}"
    return f"the process that tried it ended with exit code {code}" + (f" ({last})" if last else "")
