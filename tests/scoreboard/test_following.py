"""The bug is known again wherever it is, and its fields are read only when they have changed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bbva_core.bench.scoreboard.fonts import bug_fonts
from bbva_core.ocr.types import Image
from bbva_core.scoreboard.gate import Cell, cell_of, changed
from bbva_core.scoreboard.pictures import grey
from bbva_core.scoreboard.template import THERE, Template, take_template
from bbva_core.synth.bugs import BugClip, bug_clip
from tests.scoreboard.pictures import BOX, compressed, frame

CLOCK = (415, 252, 490, 278)


@pytest.fixture(scope="module")
def template() -> Template:
    pictures = [grey(compressed(frame(f"4:1{second}", seed=second))) for second in range(5)]
    return take_template(pictures, BOX, [CLOCK])


def test_the_bug_is_there_whatever_is_behind_it_and_whatever_it_says(template: Template) -> None:
    assert template.usable
    for seed in range(20, 40):
        assert template.likeness(compressed(frame(f"11:{seed}", seed=seed))) >= THERE + 0.2


def test_it_is_gone_when_it_is_gone(template: Template) -> None:
    for seed in range(20, 40):
        picture = compressed(frame(seed=seed, bug=False))
        assert template.likeness(picture) <= THERE - 0.1
        assert template.find(picture) is None


def test_a_fade_does_not_hide_it(template: Template) -> None:
    dark = (frame(seed=50) * 0.6 + 40).astype(np.uint8)
    assert template.likeness(dark) >= THERE


@pytest.mark.parametrize("at", [(100, 200), (40, 250), (230, 12), (101, 249)], ids=str)
def test_it_is_found_where_it_has_slid_to(template: Template, at: tuple[int, int]) -> None:
    found = template.find(compressed(frame(seed=60, at=at)))
    assert found is not None
    assert found == pytest.approx((at[0] - BOX[0], at[1] - BOX[1]), abs=1)


def test_it_is_found_though_the_picture_around_it_stood_still_when_the_template_was_taken() -> None:
    frames = list(bug_clip(BugClip(101, "wide", (1280, 720), "slide"), [None]))
    around = (124, 597, 1153, 710)
    changing = [(589, 619, 784, 687), (323, 617, 444, 690), (835, 618, 956, 690), (508, 619, 589, 687)]
    pictures = [grey(frames[number].image) for number in (0, 4, 9, 18)]
    before, after = frames[0].truth.box, frames[38].truth.box
    assert before is not None
    assert after is not None
    found = take_template(pictures, around, changing).find(frames[38].image)
    assert found == pytest.approx((after[0] - before[0], after[1] - before[1]), abs=1)


def test_a_bar_is_found_where_it_is_and_not_where_it_looks_like_itself_in_half_the_size() -> None:
    frames = list(bug_clip(BugClip(30068, "strip", (640, 360), "slide"), [None]))
    before, after = frames[0].truth.box, frames[-1].truth.box
    assert before is not None
    assert after is not None
    around = (round(after[0]) - 10, round(after[1]) - 9, round(after[2]) + 10, round(after[3]) + 9)
    found = take_template([grey(frames[number].image) for number in (36, 59)], around, []).find(frames[0].image)
    assert found == pytest.approx((before[0] - after[0], before[1] - after[1]), abs=1)


def test_a_bar_of_cells_is_found_where_it_is_though_a_part_of_it_looks_like_another() -> None:
    frames = list(bug_clip(BugClip.number(100360), bug_fonts()))
    around = (319, 618, 956, 689)
    changing = [(801, 633, 885, 674), (468, 632, 517, 675), (653, 631, 709, 676), (885, 634, 943, 674)]
    bug = take_template([grey(frames[number].image) for number in (0, 5, 9, 18)], around, changing)
    before = frames[0].truth.box
    assert before is not None
    slid = [shown for shown in frames[39:] if shown.truth.legible]
    assert len(slid) > 15
    for shown in slid[::4]:
        after, found = shown.truth.box, bug.find(shown.image)
        assert after is not None
        assert found is not None
        assert found == pytest.approx((after[0] - before[0], after[1] - before[1]), abs=1)


def test_what_moves_is_no_template() -> None:
    moving = take_template([grey(frame(seed=seed, bug=False)) for seed in range(6)], BOX, [])
    assert not moving.usable


@pytest.mark.parametrize(("before", "after"), [("4:13", "4:12"), ("4:18", "4:16"), ("9:59", "9:58"), ("11.3", "11.2")])
def test_a_digit_that_changes_is_noticed(before: str, after: str) -> None:
    x1, y1, x2, y2 = CLOCK
    parts = [compressed(frame(clock))[y1:y2, x1:x2] for clock in (before, after)]
    assert changed(*(cell_of(part, part) for part in parts))


def test_a_small_digit_in_a_wide_field_is_noticed_and_a_text_that_grows_beyond_its_place_as_well() -> None:
    def field(text: str, x: int = 30) -> Image:
        picture = np.full((19, 69, 3), 120, np.uint8)
        picture[:3] = 210  # the cell above
        cv2.putText(picture, text, (x, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.32, (190, 190, 190), 1, cv2.LINE_AA)
        return picture

    def cell(picture: Image) -> Cell:
        return cell_of(picture[:, 28:46], picture)

    assert changed(cell(field("19")), cell(field("18")))
    assert changed(cell(field("Q1")), cell(field("END Q1", 3)))
    noise = np.random.default_rng(0).integers(-3, 4, (19, 69, 3))
    assert not changed(cell(field("19")), cell(np.asarray(field("19") + noise, np.uint8)))


def test_what_a_codec_does_is_no_change() -> None:
    x1, y1, x2, y2 = CLOCK
    first = compressed(frame())[y1:y2, x1:x2]
    for quality in range(40, 95, 5):
        now = compressed(frame(seed=quality), quality)[y1:y2, x1:x2]
        assert not changed(cell_of(first, first), cell_of(now, now))


def test_a_field_that_was_never_read_has_changed() -> None:
    assert changed(None, cell_of(frame(), frame()))
