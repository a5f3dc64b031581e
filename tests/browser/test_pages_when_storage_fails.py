"""P6: with a database or disk that cannot be used every page says so in words, and works again when that is mended."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bbva_core.settings import AppSettings
from bbva_core.store import Store
from tests.browser.conftest import WAIT_MS, Server, drawn_again, drop_file, open_page, state_of_run
from tests.fakes import add_run, sql
from tests.faults.killing import committed, query
from tests.limits import limit_files_of

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PAGES = {"": "Runs", "detections": "Detections", "scoreboard": "Scoreboard", "system": "System"}


@pytest.fixture
def server(tmp_path: Path, empty_database: Path) -> Iterator[Server]:
    """Not started yet; its data folder holds a run whose video is gone."""
    server = Server(
        tmp_path / "data", tmp_path / "server.log", {"BBVA_MODELS_DIR": "", "BBVA_MEDIA_DIRS": str(tmp_path)}
    )
    server.data_dir.mkdir()
    app = AppSettings(data_dir=server.data_dir)
    shutil.copyfile(empty_database, app.database_path)
    with Store(app) as store:
        add_run(store, app)
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


def no_raw_text(page: Page) -> None:
    """Neither Streamlit's own box nor anything that only we understand, once the page is drawn."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text(re.compile(r"Traceback|sqlite3\.|sqlalche.me|could not be drawn"))).to_have_count(0)


@contextmanager
def _replaced(server: Server, harm: Callable[[AppSettings], object]) -> Iterator[None]:
    app = AppSettings(data_dir=server.data_dir)
    sound = app.database_path.read_bytes()
    harm(app)
    try:
        yield
    finally:
        app.database_path.write_bytes(sound)


def _garbage(server: Server) -> AbstractContextManager[None]:
    return _replaced(server, lambda app: app.database_path.write_bytes(b"this was a database once" * 500))


def _newer(server: Server) -> AbstractContextManager[None]:
    return _replaced(server, lambda app: sql(app, "UPDATE alembic_version SET version_num = '9999'"))


@contextmanager
def _read_only(server: Server) -> Iterator[None]:
    server.through = ["tests.limits"]
    paths = [server.data_dir, *server.data_dir.iterdir()]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)


@contextmanager
def _locked(server: Server) -> Iterator[None]:
    server.through = ["tests.faults.impatient"]
    with closing(sqlite3.connect(server.data_dir / "bbva.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        pytest.param(_garbage, "is not a sound SQLite database", id="garbage"),
        pytest.param(_newer, "which this version of BBVA does not know", id="newer"),
        pytest.param(_read_only, "cannot be written", id="read-only"),
        pytest.param(_locked, "kept the database locked", id="locked"),
    ],
)
def test_every_page_says_what_is_wrong_and_works_again_when_it_is_mended(
    server: Server, page: Page, trouble: Callable[[Server], AbstractContextManager[None]], words: str
) -> None:
    with trouble(server):
        server.start()
        for address in PAGES:
            page.goto(f"{server.url}/{address}")
            expect(page.get_by_text(re.compile(words))).to_be_visible()
            expect(page.get_by_role("button", name="Try again")).to_be_visible()
            expect(page.get_by_role("link", name="System")).to_be_visible()
            no_raw_text(page)
    for address, title in PAGES.items():
        page.goto(f"{server.url}/{address}")
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.get_by_role("combobox", name="Run")).to_be_visible()
        expect(page.get_by_text(re.compile(words))).to_have_count(0)
        no_raw_text(page)


def test_while_another_program_locks_the_database_pages_read_and_buttons_say_why_they_do_nothing(
    server: Server, page: Page
) -> None:
    server.through = ["tests.faults.impatient"]
    server.start()
    page.goto(server.url)
    expect(state_of_run(page)).to_have_text(re.compile("failed$"))  # its video is gone
    with closing(sqlite3.connect(server.data_dir / "bbva.db", isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        for title in reversed(PAGES.values()):
            open_page(page, title)
            expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
            expect(page.get_by_role("combobox", name="Run")).to_be_visible()
            no_raw_text(page)
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Delete this run").click()
        why = page.get_by_text(re.compile("kept the database locked"))
        expect(why).to_be_visible()
        drawn_again(page, 4)  # the card and the table, each twice
        expect(why).to_be_visible()
        no_raw_text(page)
    assert query(server.data_dir, "SELECT state FROM runs") == [("failed",)]
    page.reload()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete this run").click()
    expect(page.get_by_text(re.compile("Drop a game video, or try the sample game"))).to_be_visible()


def test_a_full_disk_stops_uploads_and_runs_in_words_and_both_go_on_when_there_is_room(
    server: Server, page: Page, clip: Path, tmp_path: Path
) -> None:
    server.fake_engines("detect:90:wait")
    server.start()
    assert server.process is not None
    page.goto(server.url)
    expect(state_of_run(page)).to_have_text(re.compile("failed$"))
    limit_files_of(server.process.pid, 4096)
    drop_file(page, clip)
    problem = page.locator(".row.problem")
    expect(problem).to_contain_text("could not be stored")
    expect(problem).to_contain_text("Free some space")
    assert not [*server.data_dir.glob("incoming/*"), *server.data_dir.glob("videos/*")]
    assert query(server.data_dir, "SELECT count(*) FROM videos") == [(1,)]
    limit_files_of(server.process.pid, -1)

    page.get_by_role("button", name="Try the sample game").click()
    expect(page.get_by_text(re.compile("^3 of 20 batches"))).to_be_visible(timeout=WAIT_MS)
    limit_files_of(server.process.pid, 4096)
    done = committed(server.data_dir)
    drop_file(page, clip)  # and while a run works
    expect(problem).to_contain_text("could not be stored")
    for title in reversed(PAGES.values()):
        open_page(page, title)
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        no_raw_text(page)
    expect(state_of_run(page)).to_have_text(re.compile("running$"))
    server.gate.touch()
    while "which could not be noted" not in (tmp_path / "server.log").read_text():
        page.wait_for_timeout(50)  # until the worker has met the limit
    limit_files_of(server.process.pid, -1)
    expect(state_of_run(page)).to_have_text(re.compile("failed$"), timeout=WAIT_MS)
    expect(page.get_by_text(re.compile("Free some space, then press Resume"))).to_be_visible()
    assert done == committed(server.data_dir) == 6, "nothing was lost"
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("20 of 20 batches")).to_be_visible(timeout=WAIT_MS)
