"""P1, P3, P8: two servers, two tabs, code that changes meanwhile: one worker, no batch twice, the same rows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from bbva_core.settings import PROJECT_ROOT, AppSettings
from bbva_core.store import RunState, Store
from tests import videos
from tests.browser.conftest import WAIT_MS, Server, settled, state_of_run
from tests.cli.running import run as bbva
from tests.faults.killing import committed, exports, query
from tests.faults.working import add

pytestmark = [pytest.mark.slow, pytest.mark.browser]

BATCHES = 16
SETTINGS = {"ocr": "none", "conf": 0.05, "batch_frames": 1}


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return videos.write(tmp_path_factory.mktemp("game") / "game.mp4", options=videos.X264_CLOSED, count=BATCHES)


@pytest.fixture(scope="module")
def uninterrupted(game: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    app = AppSettings(data_dir=folder / "data")
    uuid = add(app, game, **SETTINGS)
    code, _, err = bbva("resume", uuid, "--data-dir", app.data_dir)
    assert code == 0, err
    return exports(app.data_dir, folder / "out")


@pytest.fixture
def app(tmp_path: Path, game: Path) -> AppSettings:
    """A data folder with one run that waits."""
    app = AppSettings(data_dir=tmp_path / "data")
    add(app, game, **SETTINGS)
    return app


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[Server]]:
    """Those that a test puts here are killed when it ends."""
    with ExitStack() as stack:
        started: list[Server] = []
        stack.callback(
            lambda: [server.kill() for server in started if server.process and server.process.poll() is None]
        )
        yield started


def begin(app: AppSettings, servers: list[Server], name: str, **more: str) -> Server:
    checkout = Path(more.pop("checkout", str(PROJECT_ROOT)))
    environment = {"BBVA_MODELS_DIR": "", **more}
    servers.append(Server(app.data_dir, app.data_dir.parent / f"{name}.log", environment, checkout=checkout))
    servers[-1].start()
    return servers[-1]


def hanging(server: Server, page: Page) -> psutil.Process:
    """Wait until the compute process of a server hangs, as its failpoint says, in the middle of a batch."""
    while not (found := re.search(r"process (\d+) hangs", server.log.read_text())):
        page.wait_for_timeout(50)
    return psutil.Process(int(found[1]))


def test_two_servers_and_two_tabs_that_press_resume_at_once(
    app: AppSettings, servers: list[Server], chromium: Browser, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    first = begin(app, servers, "first", BBVA_FAILPOINT="mid_decode:hang:4", BBVA_STALL_SECONDS="600")
    tabs = [chromium.new_context().new_page() for _ in range(2)]
    hanging(first, tabs[0])
    second = begin(app, servers, "second")
    assert first.process is not None and second.process is not None
    [(works,)] = query(app.data_dir, "SELECT pid FROM worker")
    assert works == first.process.pid, "the second server waits"
    first.kill()
    for tab in tabs:
        tab.goto(second.url)
        expect(state_of_run(tab)).to_have_text(re.compile("interrupted$"), timeout=WAIT_MS)
    assert committed(app.data_dir) == 3
    for tab in tabs:
        # From the clock of the machine, so that both tabs press at the same moment.
        tab.get_by_role("button", name="Resume").evaluate(
            "button => { const now = Date.now(); setTimeout(() => button.click(), 2000 - now % 1000) }"
        )
    for tab in tabs:
        expect(state_of_run(tab)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)
        expect(tab.get_by_text(f"{BATCHES} of {BATCHES} batches")).to_be_visible()
        assert tab.get_by_text(re.compile("could not be drawn|encountered an error")).count() == 0
        tab.context.close()
    [(works,)] = query(app.data_dir, "SELECT pid FROM worker")
    assert works == second.process.pid
    redone = "only the batch in flight is computed again"
    assert query(app.data_dir, "SELECT sum(attempts) FROM batch_stages") == [(BATCHES + 1,)], redone
    assert exports(app.data_dir, tmp_path / "out") == uninterrupted


def test_code_that_is_changed_while_a_run_works(
    app: AppSettings, servers: list[Server], page: Page, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    for name in ("bbva_core", "pages", ".streamlit"):
        shutil.copytree(PROJECT_ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT_ROOT / "app.py", checkout)
    (checkout / "data" / "models").mkdir(parents=True)
    shutil.copy(PROJECT_ROOT / "data" / "models" / "bbva_reader.onnx", checkout / "data" / "models")
    server = begin(
        app,
        servers,
        "server",
        checkout=str(checkout),
        STREAMLIT_SERVER_FILE_WATCHER_TYPE="auto",
        STREAMLIT_SERVER_RUN_ON_SAVE="true",
        BBVA_FAILPOINT="mid_decode:hang:10",  # a new process counts anew, and ends before its tenth
        BBVA_STALL_SECONDS="600",
    )
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    settled(page)  # from then on Streamlit watches the files that the page was drawn with
    compute = hanging(server, page)
    for changed in ("ui/backend.py", "pipeline/tasks.py", "errors.py"):
        path = checkout / "bbva_core" / changed
        path.write_text(path.read_text() + "\n# changed\n")
    path = checkout / "pages" / "runs.py"
    path.write_text(path.read_text().replace('st.title("Runs")', 'st.title("Runs, changed")'))
    # Without a reload: the server has noticed, and has thrown away the modules that it watches.
    expect(page.get_by_role("heading", name="Runs, changed")).to_be_visible(timeout=WAIT_MS)
    page.reload()  # which imports them anew
    expect(page.get_by_role("heading", name="Runs, changed")).to_be_visible(timeout=WAIT_MS)
    assert committed(app.data_dir) == 9
    compute.kill()  # the batch goes to a new one
    expect(state_of_run(page)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)
    assert query(app.data_dir, "SELECT sum(attempts) FROM batch_stages") == [(BATCHES,)]
    assert exports(app.data_dir, tmp_path / "out") == uninterrupted
    with Store(app) as store:
        [run] = store.queries.runs()
        assert (run.state, run.gaps) == (RunState.COMPLETE, 0)
    assert server.stop() == 0, "nothing of the old code is left that would not end"
