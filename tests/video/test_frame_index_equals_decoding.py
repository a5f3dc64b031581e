"""The frame index names exactly the frames that decoding gives, in their order."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bbva_core.video import FrameIndex, build_frame_index
from tests import videos

MOVED = {"h264-spliced.ts", "h264.avi"}


@pytest.mark.parametrize("kind", sorted(set(videos.KINDS) - MOVED))
def test_index_equals_decoded_pts(kind: str, make_video: Callable[[str], Path]) -> None:
    path = make_video(kind)
    reference = videos.decode_named if kind in videos.LEAVES_OUT else videos.decode_all
    index, left_out = build_frame_index(path)
    assert index.pts.tolist() == [pts for pts, _ in reference(path)]
    assert len(index) + left_out == len(videos.decode_all(path))


def test_a_clock_that_starts_anew_goes_on(make_video: Callable[[str], Path]) -> None:
    index = build_frame_index(make_video("h264-spliced.ts"))[0]
    assert len(index) == 120
    assert not index.seekable
    assert np.diff(index.pts).min() > 0


def test_avi_with_b_frames_is_labelled_in_the_order_shown(make_video: Callable[[str], Path]) -> None:
    index = build_frame_index(make_video("h264.avi"))[0]
    assert index.pts.tolist() == list(range(100))
    assert index.labels is not None
    assert index.labels.tolist() != index.pts.tolist()
    assert [index.find(index.label(i)) for i in range(100)] == list(range(100))


def test_key_frames_are_marked(make_video: Callable[[str], Path]) -> None:
    assert build_frame_index(make_video("h264-open-gop.mp4"))[0].key.nonzero()[0].tolist() == [0, 20, 40, 60, 80]


def test_progress_ends_at_the_whole_file(make_video: Callable[[str], Path]) -> None:
    path = make_video("h264-open-gop.mp4")
    calls: list[tuple[int, int]] = []
    build_frame_index(path, lambda done, total: calls.append((done, total)))
    assert calls[-1] == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize("kind", ["h264-vfr.mkv", "h264-spliced.ts", "h264.avi"])
def test_stored_form_loses_nothing(kind: str, make_video: Callable[[str], Path]) -> None:
    index = build_frame_index(make_video(kind))[0]
    again = FrameIndex.from_bytes(index.to_bytes())
    assert again == index
    assert again.time_base == index.time_base


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: b"BBVAFIX9" + data[8:], id="other version"),
        pytest.param(lambda data: data[:-3], id="cut short"),
        pytest.param(lambda data: data[:40] + b"xxxx" + data[44:], id="garbage"),
    ],
)
def test_damaged_stored_form_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    index = FrameIndex(np.arange(50) ** 2, np.arange(50) % 10 == 0, Fraction(1, 90000))
    with pytest.raises(ValueError, match="frame index"):
        FrameIndex.from_bytes(spoil(index.to_bytes()))


def test_times_are_exact() -> None:
    index = FrameIndex(np.array([1001, 2002, 3003]), np.array([True, False, False]), Fraction(1, 30000))
    assert index.seconds(2) == Fraction(1001, 10000)
    assert index.elapsed(2) == Fraction(1001, 15000)
    assert index.position(2002) == 1
    assert index.position(2001) is None


@pytest.mark.parametrize("pts", [[0, 0], [2, 1]], ids=["repeated", "backwards"])
def test_pts_that_do_not_rise_are_refused(pts: list[int]) -> None:
    with pytest.raises(ValueError, match="increasing"):
        FrameIndex(np.array(pts), np.array([True, True]), Fraction(1, 25))
