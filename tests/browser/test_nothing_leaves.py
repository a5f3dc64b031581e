"""P7: nothing leaves the machine, nothing outside the data folder is written, only 127.0.0.1 listens."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from bbva_core.settings import PROJECT_ROOT
from tests.browser.conftest import WAIT_MS, Server, open_page
from tests.cli.running import run
from tests.faults.killing import query

pytestmark = pytest.mark.slow

AUDIT = Path(__file__).parent / "audit"
OURS = ("127.0.0.1", "::1", "localhost")


@pytest.fixture
def environment(tmp_path: Path, shared_dir: Path) -> dict[str, str]:
    """A home and a folder for temporary files of their own, real weights, and a log of addresses."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    return {
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "XDG_CACHE_HOME": "",
        "XDG_CONFIG_HOME": "",
        "PYTHONPATH": str(AUDIT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AUDIT_LOG": str(tmp_path / "audit.log"),
        "BBVA_MODELS_DIR": str(shared_dir / "models"),
    }


def foreign_addresses(log: Path) -> list[str]:
    """What was bound, connected to or looked up, besides this machine and its own sockets."""
    found = []
    for line in log.read_text().splitlines():
        value = ast.literal_eval(line.split(" ", 1)[1])
        host = value[0] if isinstance(value, tuple) else value
        if not (host in OURS or (isinstance(value, str) and value.startswith("/"))):
            found.append(line)
    return found


def files_of_the_checkout() -> set[str]:
    left_out = ("__pycache__", ".venv", ".git", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
    return {
        str(path)
        for folder in PROJECT_ROOT.iterdir()
        if folder.name not in left_out
        for path in (folder, *folder.rglob("*"))
        if not path.match("**/__pycache__/*") and path.name != "__pycache__"
    }


def test_the_log_sees_a_stranger(environment: dict[str, str], tmp_path: Path) -> None:
    program = "import socket\ntry: socket.create_connection(('192.0.2.1', 9), 0.01)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert "192.0.2.1" in "".join(foreign_addresses(tmp_path / "audit.log"))


def check(tmp_path: Path, before: set[str]) -> None:
    assert foreign_addresses(tmp_path / "audit.log") == []
    assert [path for name in ("home", "tmp") for path in (tmp_path / name).rglob("*")] == []
    assert files_of_the_checkout() == before


def test_an_analysis_with_the_real_engines(environment: dict[str, str], tmp_path: Path, shared_dir: Path) -> None:
    before = files_of_the_checkout()
    (tmp_path / "audit.log").touch()
    game = shared_dir / "games" / "spurs_thunder.mp4"
    code, _, err = run("analyze", game, "--end-frame", "4", "--data-dir", tmp_path / "data", **environment)
    assert code == 0, err
    assert query(tmp_path / "data", "SELECT count(*) > 0 FROM detections") == [(1,)]
    assert query(tmp_path / "data", "SELECT count(*) FROM scoreboard_readings") == [(1,)]
    check(tmp_path, before)


def test_the_app_while_the_sample_game_is_analysed(environment: dict[str, str], tmp_path: Path, page: Page) -> None:
    before = files_of_the_checkout()
    server = Server(tmp_path / "data", tmp_path / "server.log", environment)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    server.start()
    page.goto(server.url)
    page.get_by_role("button", name="Try the sample game").click()
    expect(page.get_by_text(re.compile(r"^[1-9]\d? of 20 batches"))).to_be_visible(timeout=WAIT_MS)
    for title in ("Detections", "Scoreboard", "System"):
        open_page(page, title)
        expect(page.get_by_role("heading", name=title, exact=True).first).to_be_visible()
    assert server.stop() == 0
    assert f"socket.bind ('127.0.0.1', {server.port})" in (tmp_path / "audit.log").read_text()
    assert len(asked) > 10
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}
    check(tmp_path, before)
