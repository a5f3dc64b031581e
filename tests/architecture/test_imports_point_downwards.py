"""Who may import whom: the server process draws and reads, and never loads an engine or a decoder."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbva_core.settings import PROJECT_ROOT

CORE = PROJECT_ROOT / "bbva_core"
HEAVY = ("torch", "cv2", "av", "ultralytics", "easyocr", "rapidocr", "onnxruntime", "openvino")
SERVER_SIDE = (
    "bbva_core.pipeline.control",
    "bbva_core.pipeline.worker",
    "bbva_core.pipeline.orchestrator",
    "bbva_core.store",
    "bbva_core.export",
    "bbva_core.detect",
    "bbva_core.ocr",
    "bbva_core.video",
    "bbva_core.cli",
)


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports anywhere, by its full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def offenders(paths: list[Path], forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{path.relative_to(PROJECT_ROOT)} imports {name}"
        for path in paths
        for name in imported(path)
        if name.split(".")[0] in forbidden
    ]


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT_ROOT))


def test_only_ui_imports_streamlit() -> None:
    outside = [path for path in files(CORE) if not path.is_relative_to(CORE / "ui")]
    assert len(outside) > 40
    assert offenders(outside, ("streamlit",)) == []


def test_pages_and_ui_import_no_engine() -> None:
    drawing = [*files(PROJECT_ROOT / "pages"), *files(CORE / "ui"), *PROJECT_ROOT.glob("app.py")]
    assert offenders(drawing, HEAVY) == []


@pytest.mark.parametrize("path", [*files(PROJECT_ROOT / "pages"), *files(CORE / "ui")], ids=name_of)
def test_pages_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_importing_the_server_side_loads_no_engine() -> None:
    code = "\n".join(
        [
            "import importlib, sys",
            f"for name in {SERVER_SIDE!r}:",
            "    importlib.import_module(name)",
            f"    loaded = [heavy for heavy in {(*HEAVY, 'streamlit')!r} if heavy in sys.modules]",
            "    assert not loaded, f'{name} brings {loaded}'",
        ]
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_settings_reads_our_environment() -> None:
    reading = re.compile(r"""(environ\s*(\.get\(|\[)|getenv\()\s*["']BBVA_""")
    assert [name_of(path) for path in files(CORE) if reading.search(path.read_text(encoding="utf-8"))] == []
