"""Find a Chromium for the browser tests; run as a script: get one when there is none.

`CHROMIUM=/path/to/it` names one. Standard library only, so that it runs before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_MAC_APPS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)


class NoChromium(RuntimeError):
    """There is none, and none could be installed."""


def find_chromium() -> str | None:
    """Path of a Chromium or Chrome that starts, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not _starts(named):
            raise NoChromium(f"CHROMIUM={named} does not start. Name another one, or unset it.")
        return named
    return next((path for path in _candidates() if _starts(path)), None)


def ensure_chromium() -> str:
    """Path of a Chromium, installed if need be.

    Raises:
        NoChromium: None could be had; the message says what to do.
    """
    tried = []
    for how, commands in _ways_to_install():
        if found := find_chromium():
            return found
        _say(f"No Chromium for the browser tests: {how} …")
        tried.append(how)
        for command in commands:
            if subprocess.run(command, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}).returncode != 0:
                break
    if found := find_chromium():
        return found
    raise NoChromium(
        "The browser tests need Chromium or Chrome; there is none, and it could not be installed"
        f" (tried: {'; '.join(tried) or 'nothing'}). Install one, or set CHROMIUM to the path of one."
    )


def _ways_to_install() -> Iterator[tuple[str, Sequence[Sequence[str]]]]:
    yield "Playwright downloads its own", [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if not root or (shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"]).returncode == 0):
            install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
            yield "apt-get installs one", [[*root, "apt-get", "update"], [*root, *install]]


def _candidates() -> Iterator[str]:
    for command in _COMMANDS:
        if path := shutil.which(command):
            yield path
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        for app in _MAC_APPS:
            if (folder / app).is_file():
                yield str(folder / app)
    if path := _playwrights_own():
        yield path


def _playwrights_own() -> str | None:
    code = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    path = done.stdout.strip()
    return path if done.returncode == 0 and Path(path).is_file() else None


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        _say(f"Browser tests use {ensure_chromium()}")
    except NoChromium as problem:
        sys.exit(str(problem))
