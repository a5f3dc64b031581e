"""Which frames are analysed depends on settings and video alone, never on where batches are cut."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbva_core.errors import InvalidSettings
from bbva_core.pipeline.plan import cut_batches, frame_range, reading_frames, sampled_frames
from bbva_core.settings import RunSettings, make_run_settings
from tests.fakes import TICKS, frame_index

counts = st.integers(1, 300)
sizes = st.integers(1, 50)


def settings_for(**values: object) -> RunSettings:
    return make_run_settings(**values)


@given(start=st.integers(0, 100), length=counts, size=sizes)
def test_batches_cover_every_frame_once(start: int, length: int, size: int) -> None:
    batches = cut_batches(start, start + length, size)
    assert [frame for batch in batches for frame in range(*batch)] == list(range(start, start + length))
    assert all(end - begin == size for begin, end in batches[:-1])


@given(start=st.integers(0, 100), length=counts, size=sizes, interval=st.integers(1, 70))
def test_sampling_is_independent_of_batch_size(start: int, length: int, size: int, interval: int) -> None:
    settings = settings_for(start_frame=start, sample_interval=interval, batch_frames=size)
    chosen = [f for batch in cut_batches(start, start + length, size) for f in sampled_frames(settings, *batch)]
    assert chosen == list(range(start, start + length, interval))


@given(
    gaps=st.lists(st.integers(1, 20 * TICKS), min_size=1, max_size=120),
    start=st.integers(0, 60),
    size=sizes,
    interval=st.integers(1, 7),
    seconds=st.sampled_from([0.0, 0.04, 0.1, 0.3, 1.0, 2.5]),
)
def test_reading_frames_are_independent_of_batch_size_at_any_frame_rate(
    gaps: list[int], start: int, size: int, interval: int, seconds: float
) -> None:
    index = frame_index(0, pts=list(accumulate(gaps, initial=1000)))
    start = min(start, len(index) - 1)
    settings = settings_for(start_frame=start, sample_interval=interval, ocr_interval=seconds)
    whole = list(reading_frames(settings, index, start, len(index)))
    parts = [f for batch in cut_batches(start, len(index), size) for f in reading_frames(settings, index, *batch)]
    assert parts == whole
    assert set(whole) <= set(sampled_frames(settings, start, len(index)))
    assert whole[0] == start


def test_reading_frames_at_a_constant_rate() -> None:
    settings = settings_for(ocr_interval=1.0)
    assert list(reading_frames(settings, frame_index(80), 0, 80)) == [0, 25, 50, 75]


def test_reading_frames_count_from_the_start_of_the_run() -> None:
    settings = settings_for(ocr_interval=1.0, start_frame=10, sample_interval=4)
    assert list(reading_frames(settings, frame_index(80), 10, 80)) == [10, 38, 62]


def test_reading_frames_at_a_variable_rate() -> None:
    second = 25 * TICKS
    pts = [0, second // 2, second, second + 1, 5 * second, 5 * second + 1, 6 * second - 1, 6 * second]
    assert list(reading_frames(settings_for(ocr_interval=1.0), frame_index(0, pts), 0, 8)) == [0, 2, 4, 7]


def test_interval_zero_reads_every_analysed_frame() -> None:
    settings = settings_for(ocr_interval=0, sample_interval=3)
    assert list(reading_frames(settings, frame_index(10), 0, 10)) == [0, 3, 6, 9]


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, None, (0, 60)), (10, 20, (10, 20)), (59, 400, (59, 60))], ids=str
)
def test_frame_range(start: int, end: int | None, expected: tuple[int, int]) -> None:
    assert frame_range(settings_for(start_frame=start, end_frame=end), 60) == expected


def test_range_after_the_last_frame_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="0 to 59"):
        frame_range(settings_for(start_frame=60), 60)
