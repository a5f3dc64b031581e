"""What the pages promise, seen in a browser."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from bbva_core.settings import AppSettings
from bbva_core.store import Store
from tests.browser.conftest import (
    WAIT_MS,
    Server,
    drop_file,
    open_page,
    point_at,
    settled,
    state_of_run,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.mark.parametrize("address", ["detections", "scoreboard", "system"])
def test_every_address_works_as_the_first_one_of_a_new_server(bare_server: Server, page: Page, address: str) -> None:
    page.goto(f"{bare_server.url}/{address}")
    expect(page.get_by_role("heading", name=address.capitalize())).to_be_visible()
    expect(page.get_by_role("link", name="Runs")).to_be_visible()
    if address != "system":
        expect(page.get_by_text(re.compile("Nothing has been analysed yet"))).to_be_visible()


def test_without_weights_the_sample_game_is_still_analysed(server_without_models: Server, page: Page) -> None:
    page.goto(server_without_models.url)
    expect(page.get_by_text(re.compile("No YOLO weights are on this machine"))).to_be_visible()
    page.get_by_role("button", name="Try the sample game").click()
    expect(page.get_by_text(re.compile(r"^[1-9]\d? of 20 batches"))).to_be_visible(timeout=WAIT_MS)
    # Paused between two commits, and everything committed is shown on the other pages.
    page.get_by_role("button", name="Pause").click()
    expect(state_of_run(page)).to_have_text(re.compile("paused$"), timeout=WAIT_MS)
    open_page(page, "Detections")
    expect(page.get_by_text("Frame by frame")).to_be_visible()
    page.get_by_role("button", name="+1").click()
    expect(page).to_have_url(re.compile("frame=1$"))
    open_page(page, "Scoreboard")
    expect(page.get_by_role("button", name="Correct this reading")).to_be_visible()
    expect(page.locator("figure img").first).to_have_attribute("src", re.compile("/bbva/frame/"))
    # Deleting asks first.
    open_page(page, "Runs")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete this run").click()
    expect(page.get_by_text(re.compile("Drop a game video, or try the sample game"))).to_be_visible()


@pytest.mark.parametrize("quick_server", ["detect:450:wait,detect:480:hang"], indirect=True, ids=["batch 15, and 16"])
def test_the_whole_detections_page_follows_a_run_that_works(quick_server: Server, page: Page) -> None:
    page.goto(quick_server.url)
    page.get_by_role("button", name="Try the sample game").click()
    expect(page.get_by_text(re.compile("^15 of 20 batches"))).to_be_visible(timeout=WAIT_MS)
    page.goto(f"{page.url.replace('/?', '/detections?')}&frame=450")  # of batch 15
    waits = page.get_by_text("not analysed yet")
    expect(waits).to_be_visible()
    quick_server.gate.touch()
    expect(waits).to_be_hidden(timeout=WAIT_MS)  # drawn outside of the live part


def test_a_file_that_is_no_video_is_refused_in_words(bare_server: Server, page: Page, tmp_path: Path) -> None:
    fake = tmp_path / "holiday.mp4"
    fake.write_bytes(b"this is not a video at all, whatever its name says" * 100)
    page.goto(bare_server.url)
    drop_file(page, fake)
    problem = page.locator(".row.problem")
    expect(problem).to_be_visible()
    expect(problem).to_contain_text("holiday.mp4")
    expect(problem).to_contain_text("Nothing was stored")
    assert not list((bare_server.data_dir / "videos").glob("*"))
    assert not list((bare_server.data_dir / "incoming").glob("*"))


def test_settings_that_cannot_be_used_start_nothing(quick_server: Server, page: Page, clip: Path) -> None:
    page.goto(quick_server.url)
    page.get_by_text("Settings for new runs").click()
    sample = page.get_by_role("button", name="Try the sample game")
    expect(sample).to_be_enabled()
    most_at_once = page.evaluate_handle(
        """() => {
            const most = {buttons: 0};
            const count = () => [...document.querySelectorAll("button")].filter(
                (button) => button.textContent.includes("Try the sample game")).length;
            new MutationObserver(() => { most.buttons = Math.max(most.buttons, count()); })
                .observe(document.body, {childList: true, subtree: true});
            return most;
        }"""
    )
    region = page.get_by_role("textbox", name="Scoreboard region")
    region.fill("top left")
    region.press("Enter")
    expect(page.get_by_text(re.compile("Nothing is started until this is corrected"))).to_be_visible()
    expect(sample).to_be_disabled()
    drop_file(page, clip, settings=False)
    expect(page.locator(".row.problem")).to_contain_text("Nothing was stored")
    region.fill("")
    region.press("Enter")
    expect(sample).to_be_enabled()
    # A message that comes or goes above it must not leave a second one there for a moment.
    assert most_at_once.evaluate("most => most.buttons") == 1
    drop_file(page, clip)
    expect(state_of_run(page)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)


def test_a_video_in_a_subfolder_is_found_and_analysed(
    quick_server: Server, page: Page, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "season").mkdir()
    shutil.copyfile(clip, tmp_path / "season" / "final.mp4")
    page.goto(quick_server.url)
    page.get_by_text("Open from a folder").click()
    expect(page.get_by_text("There is no video in this folder.")).to_be_visible()
    # While the box opens, a list in it closes again.
    page.evaluate("() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished))")
    page.get_by_role("combobox", name="Go into").click()
    page.get_by_role("option", name="season").click()
    page.get_by_role("button", name="Analyse it").click()
    expect(page.get_by_role("heading", name="final.mp4")).to_be_visible(timeout=WAIT_MS)
    expect(state_of_run(page)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)


def test_html_in_a_file_name_is_shown_as_text(quick_server: Server, page: Page, clip: Path) -> None:
    name = "<img src=x onerror=alert(1)> **bold** [a](javascript:alert(2)).mp4"
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.goto(quick_server.url)
    drop_file(page, clip, name=name)
    expect(page.get_by_role("heading", name="<img src=x onerror=alert(1)>")).to_be_visible()
    expect(state_of_run(page)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)
    assert page.locator("img[src=x]").count() == 0


def test_the_page_says_when_bbva_is_gone_and_comes_back_by_itself(bare_server: Server, page: Page) -> None:
    page.goto(bare_server.url)
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    banner = page.locator("#bbva-connection")
    expect(banner).to_be_attached()  # the page watches the connection
    bare_server.kill()
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("Everything committed is safe")
    dialog = page.get_by_test_id("stDialog")  # Streamlit's, which asks about the internet
    expect(dialog).to_be_attached()
    expect(dialog).to_be_hidden()
    bare_server.start()
    expect(banner).to_be_hidden()
    expect(page.get_by_role("button", name="Try the sample game")).to_be_enabled()


def test_the_server_listens_on_this_machine_only_and_imports_no_engine(server: Server, page: Page) -> None:
    for address in ("", "detections", "scoreboard", "system"):
        page.goto(f"{server.url}/{address}")
        expect(page.get_by_role("heading").first).to_be_visible()
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    listening = [c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
    assert set(listening) == {"127.0.0.1"}
    if sys.platform == "linux":
        mapped = {Path(region.path).name for region in process.memory_maps()}
        engines = ("libtorch", "cv2.", "libopenvino", "onnxruntime", "libavcodec")
        assert not [name for name in mapped if name.startswith(engines)]


def test_ctrl_c_ends_the_server_in_order_and_the_run_is_resumable(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Try the sample game").click()
    expect(page.get_by_text(re.compile(r"^[1-9]\d? of 20 batches"))).to_be_visible(timeout=WAIT_MS)
    assert server.stop() == 0
    with Store(AppSettings(data_dir=server.data_dir)) as store:
        [run] = store.queries.runs()
    assert run.state == "interrupted", "noted by the server that was stopped, not found out by the next one"
    page.goto("about:blank")  # the page would load itself anew, and stop us from going there
    server.start()
    page.goto(server.url)
    expect(state_of_run(page)).to_have_text(re.compile("interrupted$"))
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_a_run_that_is_not_shown_is_followed_in_the_table(quick_server: Server, page: Page, clip: Path) -> None:
    page.goto(quick_server.url)
    drop_file(page, clip, name="short.mp4")
    expect(state_of_run(page)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)
    shown = page.url
    other = page.context.new_page()
    other.goto(shown)
    drop_file(other, clip, name="again.mp4")  # the same content in another run
    expect(state_of_run(other)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)
    # The canvas of a table has its text in cells that nobody sees.
    cells = page.get_by_role("gridcell", name="again.mp4", include_hidden=True)
    expect(cells).to_have_count(2)  # a video is called what it was called last
    assert page.url == shown


def test_a_point_of_the_chart_can_be_picked_twice(quick_server: Server, page: Page, clip: Path) -> None:
    page.goto(quick_server.url)
    drop_file(page, clip)
    expect(state_of_run(page)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)
    open_page(page, "Detections")
    expect(page.get_by_text("Click a point to see that moment.")).to_be_visible()  # the charts of Runs are gone
    for _ in range(2):
        settled(page)
        point_at(page, page.locator("[data-testid=stPlotlyChart] .point").nth(1))
        page.mouse.down()
        page.mouse.up()
        expect(page).to_have_url(re.compile("frame=30$"))
        settled(page)  # the buttons go on from the frame that the page shows
        page.get_by_role("button", name="+1").click()
        expect(page).to_have_url(re.compile("frame=31$"))


@pytest.mark.parametrize("quick_server", ["detect:30:wait"], indirect=True, ids=["batch 1"])
def test_a_watched_run_that_is_deleted_elsewhere_leaves_no_error(quick_server: Server, page: Page) -> None:
    page.goto(quick_server.url)
    page.get_by_role("button", name="Try the sample game").click()
    expect(page.get_by_text(re.compile("^1 of 20 batches"))).to_be_visible(timeout=WAIT_MS)
    other = page.context.new_page()
    other.goto(page.url)
    cancel = other.get_by_role("button", name="Cancel")
    cancel.click()
    expect(cancel).to_be_disabled()  # it was asked for, and comes after the batch
    quick_server.gate.touch()
    expect(state_of_run(other)).to_have_text(re.compile("cancelled$"), timeout=WAIT_MS)
    other.get_by_role("button", name="Delete").click()
    other.get_by_role("button", name="Delete this run").click()
    expect(other.get_by_text(re.compile("Drop a game video, or try the sample game"))).to_be_visible()
    open_page(page, "Detections")
    expect(page.get_by_text(re.compile("Nothing has been analysed yet"))).to_be_visible()
    expect(page.get_by_text(re.compile("could not be drawn|encountered an error"))).to_have_count(0)


def test_a_page_left_while_a_file_is_checked_does_not_mix_up_answers(
    server: Server, page: Page, shared_dir: Path, tmp_path: Path
) -> None:
    for number, game in enumerate(sorted((shared_dir / "games").glob("*.mp4"))):
        shutil.copyfile(game, tmp_path / f"{number}.mp4")
    page.goto(server.url)
    page.get_by_text("Open from a folder").click()
    for _ in range(3):
        page.get_by_role("button", name="Analyse it").click()
        page.reload()
        page.get_by_text("Open from a folder").click()
    # Whatever came of those clicks, what is stored belongs together: name, frames and size of one and the same file.
    drop_file(page, shared_dir / "games" / "spurs_thunder.mp4")
    expect(page.get_by_role("heading", name="spurs_thunder.mp4")).to_be_visible(timeout=WAIT_MS)
    with Store(AppSettings(data_dir=server.data_dir)) as store:
        for run in store.queries.runs():
            video = store.queries.video(run.video_id)
            path = server.data_dir / video.path
            assert video.bytes == path.stat().st_size
            assert video.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
