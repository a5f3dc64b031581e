"""A real server process and a real browser."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, TimeoutError, expect, sync_playwright

from bbva_core.settings import PROJECT_ROOT
from tests.browser.chromium import NoChromium, find_chromium

_START_SECONDS = 60
WAIT_MS = 240_000
"""How long a test waits for work to be done: two slow cores, and something else running."""


class Server:
    """The app as a user starts it: `streamlit run app.py`, in the checkout or a copy of it."""

    def __init__(
        self, data_dir: Path, log: Path, environment: dict[str, str], *, checkout: Path = PROJECT_ROOT
    ) -> None:
        self.data_dir = data_dir
        self._checkout = checkout
        self.log = log
        self.environment = environment
        self.through: list[str] = []  # a module that starts the server, in its own way
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def gate(self) -> Path:
        """The file that fake engines wait for, where they are told to."""
        return self.data_dir.parent / "gate"

    def fake_engines(self, poison: str = "") -> None:
        """Before it starts: real decoding, fake engines, and where they fail or wait (see `tests.fakes.Poison`)."""
        self.through = ["tests.browser.fake_engines"]
        self.environment |= {"POISON": poison, "GATE": str(self.gate), "BBVA_STALL_SECONDS": "600"}

    def launch(self) -> None:
        """Start it, without waiting for it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.through, "streamlit", "run", "app.py"],
                cwd=self._checkout,
                env={
                    **os.environ,
                    **self.environment,
                    "BBVA_DATA_DIR": str(self.data_dir),
                    "STREAMLIT_SERVER_PORT": str(self.port),
                    "STREAMLIT_SERVER_HEADLESS": "true",
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        assert self.process is not None
        waited = 0.0
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text()
            assert waited < _START_SECONDS, f"no answer after {waited} s\n{self.log.read_text()}"
            try:
                self.process.wait(0.1)
            except subprocess.TimeoutExpired:
                waited += 0.1

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ctrl-C as the user's terminal sends it; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture
def server(tmp_path: Path, shared_dir: Path) -> Iterator[Server]:
    """The app with an empty data folder and real YOLO weights."""
    yield from served(tmp_path, {"BBVA_MODELS_DIR": str(shared_dir / "models"), "BBVA_MEDIA_DIRS": str(tmp_path)})


@pytest.fixture
def bare_server(tmp_path: Path) -> Iterator[Server]:
    """The app as it is after the install: with the detector that comes with it and nothing else."""
    yield from served(tmp_path, {"BBVA_MODELS_DIR": "", "BBVA_MEDIA_DIRS": str(tmp_path)})


@pytest.fixture
def server_without_models(tmp_path: Path) -> Iterator[Server]:
    """A copy of the app from which somebody has removed the detector."""
    copy = tmp_path / "checkout"
    for name in ("app.py", "pages", "bbva_core", ".streamlit", "data/sample", "data/models/bbva_reader.onnx"):
        source, target = PROJECT_ROOT / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    yield from served(tmp_path, {"BBVA_MODELS_DIR": "", "BBVA_MEDIA_DIRS": str(tmp_path)}, checkout=copy)


@pytest.fixture
def quick_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """The app with fake engines, for what pages promise whatever the engines find; a parameter is their poison."""
    environment = {"BBVA_MODELS_DIR": "", "BBVA_MEDIA_DIRS": str(tmp_path)}
    server = Server(tmp_path / "data", tmp_path / "server.log", environment)
    server.fake_engines(getattr(request, "param", ""))
    yield from running(server)


def served(tmp_path: Path, environment: dict[str, str], *, checkout: Path = PROJECT_ROOT) -> Iterator[Server]:
    """Start the app with an empty data folder, and kill it when the test is over."""
    yield from running(Server(tmp_path / "data", tmp_path / "server.log", environment, checkout=checkout))


def running(server: Server) -> Iterator[Server]:
    """Start it, and kill it when the test is over."""
    server.start()
    yield server
    assert server.process is not None
    if server.process.poll() is None:
        server.kill()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    path = find_chromium()
    if path is None:
        raise NoChromium("The browser tests need Chromium: `make test` gets one.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of its own, which must not throw."""
    context = chromium.new_context(viewport={"width": 1366, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert thrown == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a page showed when a test failed is told with it: on another machine nobody can look at it again."""
    report = yield
    page = item.funcargs.get("page")
    if call.when == "call" and report.failed and isinstance(page, Page):
        with suppress(Error):
            report.sections.append((f"the page, {page.url}", page.locator("body").inner_text(timeout=5_000)))
    return report


expect.set_options(timeout=60_000)


def state_of_run(page: Page) -> Locator:
    """The badge with the state of the run that the Runs page shows."""
    return page.locator(".stMarkdownBadge").first


def settled(page: Page) -> None:
    """Wait until the page is drawn to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def drawn_again(page: Page, times: int) -> None:
    """Wait until the page, or a part of it, has been drawn so many times more."""
    page.evaluate(
        """() => {
            window.drawn = 0;
            new MutationObserver(([record]) => {
                if (record.target.dataset.testScriptState === 'notRunning') window.drawn += 1;
            }).observe(
                document.querySelector('[data-testid=stApp]'),
                { attributes: true, attributeFilter: ['data-test-script-state'] },
            );
        }"""
    )
    page.wait_for_function("times => window.drawn >= times", arg=times)


def point_at(page: Page, point: Locator) -> None:
    """Move the mouse onto a point of a chart; a chart that has just been drawn does not notice at once."""
    label = page.locator(".hovertext").first
    while not label.is_visible():
        page.mouse.move(0, 0)
        point.hover(force=True)  # the chart's drag layer covers it
        with suppress(TimeoutError):
            label.wait_for(timeout=1_000)


def pick_run(page: Page, position: int) -> None:
    """Choose a run in the picker; what is drawn meanwhile may close its list, which is opened again."""
    option = page.get_by_role("option").nth(position)
    while True:
        settled(page)
        if not option.is_visible():
            page.get_by_role("combobox", name="Run").click()
        with suppress(TimeoutError):
            option.click(timeout=5_000)
            return


def choose_row(page: Page, position: int, *, height: int = 35) -> None:
    """Choose a row of the table that is shown, by the check box in its first cell; the address tells that it was taken.

    A page whose charts are still being drawn moves away under the mouse: then it is clicked again.
    """
    before = page.url
    table = page.locator("[data-testid=stDataFrame] canvas").first
    while page.url == before:
        settled(page)
        table.click(position={"x": 16, "y": height + height * position + height // 2}, force=True)
        with suppress(TimeoutError):
            page.wait_for_url(lambda url: url != before, timeout=5_000)


def drag(page: Page, picture: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw on a picture with the mouse, from one point of it to another, in CSS pixels.

    A page whose charts are still being drawn moves away under the mouse: when the press came down somewhere else,
    it is begun again.
    """
    picture.evaluate(
        """picture => picture.addEventListener('pointerdown', (event) => {
            const box = picture.getBoundingClientRect();
            window.pressed = [event.clientX - box.left, event.clientY - box.top];
        })"""
    )
    while True:
        settled(page)
        page.evaluate("window.pressed = null")
        picture.hover(position={"x": start[0], "y": start[1]})
        page.mouse.down()
        pressed = page.evaluate("window.pressed")
        if pressed and all(abs(at - meant) < 2 for at, meant in zip(pressed, start, strict=True)):
            break
        if pressed is None:
            page.mouse.move(0, 0)  # a release where it came down would click on what is there
        page.mouse.up()
    picture.hover(position={"x": end[0], "y": end[1]})
    page.mouse.up()


def open_page(page: Page, title: str) -> None:
    """Click a page in the navigation on the left, when the page is drawn to its end."""
    settled(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()


def drop_file(page: Page, path: Path, *, name: str | None = None, settings: bool = True) -> None:
    """Drop a file on the drop zone, as a user does from the desktop, when the zone knows if there are settings."""
    settled(page)
    zone = page.locator(".zone")
    zone.wait_for()
    known = zone.element_handle()
    page.wait_for_function(
        "([zone, settings]) => zone.bbva?.data && (zone.bbva.data.settings !== null) === settings",
        arg=[known, settings],
    )
    transfer = page.evaluate_handle(
        """([name, data]) => {
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: 'video/mp4' }));
            return transfer;
        }""",
        [name or path.name, base64.b64encode(path.read_bytes()).decode()],
    )
    zone.dispatch_event("drop", {"dataTransfer": transfer})
