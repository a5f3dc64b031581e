"""The Scoreboard page: look at what was read, correct it, ask for game time, and draw where the scoreboard is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bbva_core.settings import load_app_settings
from tests.browser.conftest import WAIT_MS, Server, choose_row, drag, open_page, served, settled, state_of_run
from tests.cli.running import run
from tests.faults.killing import query

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a run that has read the scoreboard of the sample game."""
    data = tmp_path_factory.mktemp("analysed") / "data"
    code, _, err = run("analyze", load_app_settings().sample_video, "--detector", "none", "--data-dir", data)
    assert code == 0, err
    return data


@pytest.fixture(scope="module")
def site(analysed: Path) -> Iterator[Server]:
    """The app with that folder."""
    yield from served(analysed.parent, {"BBVA_MODELS_DIR": ""})


@pytest.fixture
def scoreboard(site: Server, page: Page) -> Page:
    ((first,),) = query(site.data_dir, "SELECT uuid FROM runs ORDER BY id LIMIT 1")
    page.goto(f"{site.url}/scoreboard?run={first}")
    expect(page.get_by_text(re.compile(r"^Events \("))).to_be_visible()
    settled(page)
    return page


def row(page: Page, position: int) -> None:
    """Choose a row of the table that is shown; that of events has pictures."""
    events = "Events" in page.locator("[aria-checked=true]").first.inner_text()
    choose_row(page, position, height=52 if events else 35)


def show(page: Page, title: str) -> None:
    page.get_by_role("radio", name=re.compile(f"^{title}")).click()
    expect(page).to_have_url(re.compile(f"show={title.lower()}"))  # the page is being drawn anew
    settled(page)


def test_choosing_an_event_shows_its_moment(scoreboard: Page) -> None:
    row(scoreboard, 0)
    expect(scoreboard).to_have_url(re.compile("frame="))
    first = scoreboard.url
    row(scoreboard, 1)
    expect(scoreboard).not_to_have_url(first)
    frame = re.search(r"frame=(\d+)", scoreboard.url)
    assert frame is not None
    expect(scoreboard.get_by_text(re.compile(rf"at \d:\d\d, frame {frame[1]}$"))).to_be_visible()
    scoreboard.reload()  # the address holds it
    expect(scoreboard.get_by_text(re.compile(rf"at \d:\d\d, frame {frame[1]}$"))).to_be_visible()


def test_game_time_that_is_asked_for_is_found_and_shown(scoreboard: Page) -> None:
    show(scoreboard, "Find")
    box = scoreboard.get_by_role("textbox", name="Game time")
    box.fill("Q1 and the moon")
    box.press("Enter")
    expect(scoreboard.get_by_text("is not understood")).to_be_visible()
    box.fill("margin <= 100")
    box.press("Enter")
    expect(scoreboard.get_by_text(re.compile(r"^\d+ stretch(es)? of video"))).to_be_visible()
    expect(scoreboard).to_have_url(re.compile("find=margin"))
    row(scoreboard, 0)
    expect(scoreboard).to_have_url(re.compile(r"find=margin.*frame=\d+|frame=\d+.*find=margin"))


def test_a_correction_is_saved_shown_and_taken_back(scoreboard: Page) -> None:
    row(scoreboard, 0)
    expect(scoreboard).to_have_url(re.compile("frame="))
    settled(scoreboard)
    said = scoreboard.get_by_text(re.compile(r" : \d+ at \d:\d\d, frame \d+"))
    before = said.inner_text()
    scoreboard.get_by_text("Correct this reading").click()
    period = scoreboard.get_by_role("textbox", name="Period")
    period.fill("nine")
    scoreboard.get_by_role("button", name="Save").last.click()
    expect(scoreboard.get_by_text("The period takes a whole number")).to_be_visible()
    period.fill("4")
    scoreboard.get_by_role("button", name="Save").last.click()
    expect(scoreboard.get_by_text(re.compile(r"^4th .* frame \d+"))).to_be_visible()
    expect(scoreboard.locator(".stMarkdownBadge").last).to_have_text(re.compile("by hand$"))
    scoreboard.get_by_text("Corrected by hand (1)").click()
    scoreboard.get_by_role("button", name="Take back").click()
    expect(said).to_have_text(before)
    expect(period).not_to_have_value("4")
    expect(scoreboard.get_by_text("Corrected by hand")).to_be_hidden()


def test_teams_are_named_for_every_run_of_the_video(scoreboard: Page) -> None:
    scoreboard.get_by_role("button", name="Name the teams").click()
    scoreboard.get_by_role("textbox", name="Left or upper team").fill("Real <b>Lions</b>")
    scoreboard.get_by_test_id("stPopoverBody").get_by_role("button", name="Save").click()
    named = scoreboard.get_by_test_id("stMetricLabel").get_by_text("Real <b>Lions</b>", exact=True)
    expect(named).to_be_visible()
    scoreboard.keyboard.press("Escape")
    scoreboard.get_by_text("Corrected by hand (1)").click()
    scoreboard.get_by_role("button", name="Take back").click()
    expect(named).to_be_hidden()


def test_what_was_looked_at_leaves_the_review_and_the_next_one_is_shown(scoreboard: Page) -> None:
    show(scoreboard, "Review")
    count = scoreboard.get_by_text(re.compile(r"^Review \("))
    before = int(re.sub(r"\D", "", count.inner_text()))
    assert before > 0
    row(scoreboard, 0)
    expect(scoreboard).to_have_url(re.compile("frame="))
    shown = scoreboard.url
    scoreboard.get_by_role("button", name="It is right").click()
    expect(count).to_have_text(f"Review ({before - 1})")
    if before > 1:
        expect(scoreboard).not_to_have_url(shown)


def test_a_place_that_is_drawn_is_read_in_a_run_of_its_own(site: Server, scoreboard: Page) -> None:
    run = re.search(r"run=([0-9a-f-]+)", scoreboard.url)
    assert run is not None
    scoreboard.get_by_text("Draw where the scoreboard is").click()
    read = scoreboard.get_by_role("button", name="Read the scoreboard there")
    expect(read).to_be_disabled()
    ((crop,),) = query(site.data_dir, "SELECT crop FROM scoreboard_readings ORDER BY frame_index LIMIT 1")
    x1, y1, x2, y2 = json.loads(crop)
    picture = scoreboard.locator(".stage svg").last
    box = picture.bounding_box()
    assert box is not None
    scale = box["width"] / 640
    drag(scoreboard, picture, ((x1 - 4) * scale, (y1 - 4) * scale), ((x2 + 4) * scale, (y2 + 4) * scale))
    expect(scoreboard.get_by_text(re.compile(r"^Drawn: \d+, \d+, \d+, \d+$"))).to_be_visible()
    expect(read).to_be_enabled()
    read.click()
    expect(scoreboard).to_have_url(re.compile(rf"run=(?!{run[1]})"))
    open_page(scoreboard, "Runs")
    expect(state_of_run(scoreboard)).to_have_text(re.compile("complete$"), timeout=WAIT_MS)
    link = scoreboard.get_by_role("link", name="See scoreboard")
    expect(link).to_have_count(1, timeout=WAIT_MS)  # for a moment the page as it was is there beside it as it is
    expect(link).to_be_visible()  # something was read


def test_corners_that_cross_are_told_and_nothing_is_read(scoreboard: Page) -> None:
    address = scoreboard.url
    scoreboard.get_by_text("Draw where the scoreboard is").click()
    scoreboard.get_by_text("Four corners, for a filmed board").click()
    typed = scoreboard.get_by_role("textbox", name="Or type where")
    typed.fill("10, 10, 100, 50, 100, 10, 10, 50")
    typed.press("Enter")
    expect(scoreboard.get_by_text("Drawn: 10, 10, 100, 50, 100, 10, 10, 50")).to_be_visible()
    scoreboard.get_by_role("button", name="Read the scoreboard there").click()
    expect(scoreboard.get_by_text("cross, or fall together")).to_be_visible()
    expect(scoreboard).to_have_url(address)


def test_a_reload_shows_the_same_table(scoreboard: Page) -> None:
    show(scoreboard, "Readings")
    expect(scoreboard).to_have_url(re.compile("show=readings"))
    scoreboard.reload()
    expect(scoreboard.get_by_role("radio", name=re.compile("^Readings"))).to_be_checked()
