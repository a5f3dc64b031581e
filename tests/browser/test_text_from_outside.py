"""P6, P7: text that a video brings along, in its name or in its pictures, is shown as text and never as HTML."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bbva_core.pipeline.executors import InlineExecutor
from bbva_core.pipeline.stages import STAGES
from bbva_core.pipeline.tasks import Row
from bbva_core.pipeline.worker import Worker
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from bbva_core.video import Frame
from tests.browser.conftest import Server, point_at, settled
from tests.fakes import FakeRead, use_fake_stages
from tests.faults.working import add

pytestmark = [pytest.mark.slow, pytest.mark.browser]

IMAGE = "<img src=x onerror=window.hacked=1>"
TEXT = f"{IMAGE}<script>window.hacked=2</script> <b>HOME</b> **81** [a](javascript:window.hacked=3) $\\alpha$"


class HostileRead(FakeRead):
    """A scoreboard that somebody has made for us."""

    def rows(self, frame: Frame) -> list[Row]:
        line = {"text": TEXT, "confidence": 0.9, "box": [10, 10, 60, 30], "shows": ["team_a"]}
        said = {"raw_text": TEXT, "lines": [line], "reason": TEXT, "team_a": TEXT, "team_b": "LIONS", "accepted": True}
        score = {"score_a": frame.index, "score_b": 0, "period": 1, "game_clock_seconds": 600.0}
        return [{**row, **said, **score} for row in super().rows(frame)]


@dataclass(frozen=True)
class Hostile:
    """Runs of videos whose names and pictures hold HTML: one complete, one failed with the name in its error."""

    complete: str
    failed: str


@pytest.fixture
def hostile(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    use_fake_stages(monkeypatch.setitem)
    monkeypatch.setitem(STAGES, "ocr", replace(STAGES["ocr"], processor=f"{__name__}:HostileRead"))
    app = AppSettings(data_dir=tmp_path / "data")
    video = Path(shutil.copyfile(clip, tmp_path / f"{IMAGE} **game**.mp4"))
    complete, failed = (add(app, video, ocr_interval=1.0, batch_frames=30) for _ in range(2))
    with Store(app) as store, closing(Worker(app, store, executor_factory=InlineExecutor)) as worker:
        worker.acquire()
        assert worker.run_next(complete) == RunState.COMPLETE
        video.unlink()
        assert worker.run_next(failed) == RunState.FAILED
        assert IMAGE in (store.queries.run(failed).error or "")
    return Hostile(complete, failed)


@pytest.fixture
def unharmed(page: Page) -> Iterator[Page]:
    """A page on which nothing of it has become an element or has run."""
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    yield page
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x], a[href^=javascript]").count() == 0
    assert page.locator("script", has_text="hacked").count() == 0
    assert dialogs == []


def test_a_reading_on_the_scoreboard_page_stays_text(hostile: Hostile, bare_server: Server, unharmed: Page) -> None:
    unharmed.goto(f"{bare_server.url}/scoreboard?run={hostile.complete}")
    said = unharmed.get_by_test_id("stMarkdownContainer").filter(has_text="window.hacked=2")
    expect(said).to_have_count(2)  # the name of a team, and the text that was read
    for text in said.all():
        expect(text).to_contain_text(TEXT)
        expect(text.locator("b, strong, a, .katex")).to_have_count(0)
    points = unharmed.locator(".js-plotly-plot .points path")
    expect(points).to_have_count(3 * 3)
    settled(unharmed)
    point_at(unharmed, points.nth(1))
    label = unharmed.locator(".hoverlayer .hovertext")
    expect(label).to_contain_text("<b>HOME</b>")


def test_readings_names_and_errors_on_the_runs_page_stay_text(
    hostile: Hostile, bare_server: Server, unharmed: Page
) -> None:
    unharmed.goto(f"{bare_server.url}/?run={hostile.failed}")
    expect(unharmed.get_by_text(re.compile("is not there any more"))).to_contain_text(f"{IMAGE} **game**.mp4")
    unharmed.goto(f"{bare_server.url}/?run={hostile.complete}")
    expect(unharmed.get_by_role("heading", name=f"{IMAGE} **game**.mp4")).to_be_visible()
    expect(unharmed.get_by_text(re.compile("window.hacked=2")).first).to_contain_text("<b>HOME</b> **81**")
