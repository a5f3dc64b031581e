"""Which run the pages show: the one that was chosen last, wherever that was."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests import videos
from tests.browser.conftest import WAIT_MS, Server, choose_row, drawn_again, drop_file, pick_run, settled
from tests.faults.killing import query

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def another_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With other frames than `clip`."""
    return videos.write(tmp_path_factory.mktemp("clip") / "clip.mp4", options=videos.X264_CLOSED, count=61)


class SlowReceiver:
    """Between the server and a browser: while it is held, what the server says waits, as for a browser that is busy."""

    def __init__(self, page: Page) -> None:
        self.held = False
        self.sent = 0  # by the browser
        self._waiting: list[str | bytes] = []
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def _connect(self, browser: WebSocketRoute) -> None:
        self._browser = browser
        server = browser.connect_to_server()

        def up(message: str | bytes) -> None:
            self.sent += 1
            server.send(message)

        def down(message: str | bytes) -> None:
            if self.held:
                self._waiting.append(message)
            else:
                browser.send(message)

        browser.on_message(up)
        server.on_message(down)

    def release(self) -> None:
        """Let it through, in its order."""
        self.held = False
        for message in self._waiting:
            self._browser.send(message)
        self._waiting.clear()


def analyse(page: Page, clip: Path, name: str, *, complete: int) -> None:
    """Drop a video, and wait until so many runs are complete."""
    before = page.url
    drop_file(page, clip, name=name)
    expect(page).not_to_have_url(before)
    cells = page.get_by_role("gridcell", name="complete", exact=True, include_hidden=True)
    expect(cells).to_have_count(complete, timeout=WAIT_MS)
    settled(page)


def test_the_last_choice_of_a_run_wins_wherever_it_is_made(quick_server: Server, page: Page, clip: Path) -> None:
    page.goto(quick_server.url)
    analyse(page, clip, "first.mp4", complete=1)
    analyse(page, clip, "second.mp4", complete=2)
    shown = page.locator("h4").first
    newest = page.url

    # A row of the table: the older run. Its first cell is the check box that selects it.
    choose_row(page, 1)
    older = page.url
    # Then the picker, twice: the row that is still selected must not win.
    for position, address in ((0, newest), (1, older), (0, newest)):
        pick_run(page, position)
        expect(page).to_have_url(address)
        expect(shown).to_be_visible()
    # Then a new analysis.
    drop_file(page, clip, name="third.mp4")
    expect(page).not_to_have_url(newest)


def test_what_the_browser_sent_before_it_knew_of_a_choice_does_not_take_it_back(
    quick_server: Server, page: Page, clip: Path, another_clip: Path
) -> None:
    receiver = SlowReceiver(page)
    page.goto(quick_server.url)
    analyse(page, clip, "first.mp4", complete=1)
    first = page.url
    receiver.held = True
    drop_file(page, another_clip, name="second.mp4")
    while query(quick_server.data_dir, "SELECT state FROM runs ORDER BY id") != [("complete",)] * 2:
        page.wait_for_timeout(100)
    sent = receiver.sent
    while receiver.sent < sent + 2:  # parts of the page are drawn anew by a timer, with the address of the first run
        page.wait_for_timeout(100)
    receiver.release()
    expect(page).not_to_have_url(first)
    drawn_again(page, 2)
    expect(page.get_by_role("heading", name="second.mp4")).to_be_visible()
    expect(page.get_by_text("does not exist any more")).to_be_hidden()
    expect(page).not_to_have_url(first)


def test_back_and_forward_show_the_run_that_was_shown_there(
    quick_server: Server, page: Page, clip: Path, another_clip: Path
) -> None:
    page.goto(quick_server.url)
    analyse(page, clip, "first.mp4", complete=1)
    analyse(page, another_clip, "second.mp4", complete=2)
    newest = page.url
    pick_run(page, 1)
    expect(page.get_by_role("heading", name="first.mp4")).to_be_visible()
    older = page.url
    picked = page.get_by_role("combobox", name="Run")
    for go, name, address in ((page.go_back, "second", newest), (page.go_forward, "first", older)):
        go()
        expect(page.get_by_role("heading", name=f"{name}.mp4")).to_be_visible()
        expect(picked).to_have_count(1)  # the one from before leaves
        expect(picked).to_have_value(re.compile(name))
        expect(page).to_have_url(address)
