"""The newcomer's walk: drop a video, watch it, kill the server, start it again, Resume, done."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bbva_core.settings import PROJECT_ROOT
from tests.browser.conftest import WAIT_MS, Server, drop_file, state_of_run

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_a_killed_server_loses_nothing_and_resume_gives_the_uninterrupted_result(
    server: Server, page: Page, shared_dir: Path, tmp_path: Path
) -> None:
    video = shared_dir / "games" / "mavs_hawks.mp4"
    page.goto(server.url)
    drop_file(page, video)

    expect(state_of_run(page)).to_have_text(re.compile("running$"))
    # Two batches on the page, with boxes over the newest frame and the text of the scoreboard.
    expect(page.get_by_text(re.compile(r"^([2-9]|1[01]) of 12 batches"))).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("Scoreboard, as read")).to_be_visible()
    expect(page.locator("figure svg rect").first).to_be_attached()
    shown = page.get_by_text(re.compile(r"of 12 batches")).inner_text()
    server.kill()

    page.goto("about:blank")  # the page would load itself anew, and stop us from going there
    server.start()
    page.goto(server.url)
    expect(state_of_run(page)).to_have_text(re.compile("interrupted$"))
    expect(page.get_by_text(re.compile("batches are committed and safe"))).to_be_visible()
    after = page.get_by_text(re.compile(r"of 12 batches,")).inner_text()
    assert _batches(after) >= _batches(shown), "what a page showed as done is done"

    page.get_by_role("button", name="Resume").click()
    expect(state_of_run(page)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)
    expect(page.get_by_text("12 of 12 batches, 356 of 356 frames")).to_be_visible()

    for table in ("detections", "scoreboard"):
        here = _export(server.data_dir, table, tmp_path / f"resumed-{table}.csv")
        there = _export(_uninterrupted(video, shared_dir, tmp_path), table, tmp_path / f"straight-{table}.csv")
        assert here == there, f"{table}: resumed and uninterrupted differ"


def _batches(text: str) -> int:
    return int(text.split(" ", 1)[0])


def _uninterrupted(video: Path, shared_dir: Path, tmp_path: Path) -> Path:
    data_dir = tmp_path / "straight"
    if not data_dir.exists():
        _bbva(["analyze", str(video), "--data-dir", str(data_dir)], {"BBVA_MODELS_DIR": str(shared_dir / "models")})
    return data_dir


def _export(data_dir: Path, table: str, out: Path) -> bytes:
    listing = _bbva(["runs", "--data-dir", str(data_dir)], {})
    run = listing.split()[0]
    _bbva(
        ["export", run, "--table", table, "--format", "csv", "--out", str(out), "--data-dir", str(data_dir)],
        {},
    )
    return out.read_bytes()


def _bbva(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bbva_core", *arguments],
        cwd=PROJECT_ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
