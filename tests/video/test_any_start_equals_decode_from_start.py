"""A frame has the same pixels wherever reading starts: those of a decode from the beginning of the file."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bbva_core.video import Frame, FrameSource, check_video
from tests import videos
from tests.video.reading import outcome, read

KINDS = sorted(videos.KINDS)
# Turned or scaled after decoding, so plain decoding is no reference for these.
CONVERTED = {"rotated.mp4", "h264-resized.ts"}


@pytest.mark.parametrize("kind", KINDS)
def test_reading_from_the_start_equals_plain_decoding(kind: str, make_video: Callable[[str], Path]) -> None:
    path = make_video(kind)
    info, index = check_video(path)
    found = read(path, info, index, 0, len(index))
    assert [i for i, _ in found] == list(range(len(index)))
    assert "missing" not in {shown for _, shown in found}
    if kind not in CONVERTED:
        reference = videos.decode_named if kind in videos.LEAVES_OUT else videos.decode_all
        assert [shown for _, shown in found] == [videos.digest(image) for _, image in reference(path)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_start_gives_the_same_pixels(kind: str, make_video: Callable[[str], Path]) -> None:
    path = make_video(kind)
    info, index = check_video(path)
    expected = read(path, info, index, 0, len(index))
    for start in range(0, len(index), 1 if kind == "h264-open-gop.mp4" else 3):
        stop = min(start + 2, len(index))
        assert read(path, info, index, start, stop) == expected[start:stop]


@pytest.mark.parametrize("kind", KINDS)
def test_jumping_about_in_one_source_gives_the_same_pixels(kind: str, make_video: Callable[[str], Path]) -> None:
    path = make_video(kind)
    info, index = check_video(path)
    expected = read(path, info, index, 0, len(index))
    rng = random.Random(7)
    with FrameSource(path, index, info) as source:
        for _ in range(25):
            start = rng.randrange(len(index))
            stop = min(len(index), start + rng.randrange(1, 12))
            assert [outcome(item) for item in source.frames(start, stop)] == expected[start:stop]


@pytest.mark.parametrize("step", [1, 3, 7, 45])
@pytest.mark.parametrize("kind", ["h264-open-gop.mp4", "h264-vfr.mkv", "h264-open-gop.ts", "hevc-open-gop.mp4"])
def test_sampling_keeps_true_indices(kind: str, step: int, make_video: Callable[[str], Path]) -> None:
    path = make_video(kind)
    info, index = check_video(path)
    expected = read(path, info, index, 0, len(index))
    for start in (0, 11, 41):
        assert read(path, info, index, start, len(index), step) == expected[start::step]


@pytest.mark.parametrize("kind", KINDS)
def test_batches_in_a_row_equal_one_reading(kind: str, make_video: Callable[[str], Path]) -> None:
    path = make_video(kind)
    info, index = check_video(path)
    expected = read(path, info, index, 0, len(index))
    with FrameSource(path, index, info) as source:
        found = [
            outcome(item)
            for start in range(0, len(index), 9)
            for item in source.frames(start, min(start + 9, len(index)))
        ]
    assert found == expected


def test_batches_in_a_row_do_not_seek(make_video: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from bbva_core.video.cursor import Cursor

    starts: list[int] = []
    original = Cursor.start

    def counting(self: Cursor, key: int, *, fresh: bool = False) -> None:
        starts.append(key)
        original(self, key, fresh=fresh)

    monkeypatch.setattr(Cursor, "start", counting)
    path = make_video("h264-open-gop.mp4")
    info, index = check_video(path)
    starts.clear()
    with FrameSource(path, index, info) as source:
        for start in range(0, 90, 10):
            list(source.frames(start, start + 10))
    assert starts == [0]


def test_images_are_contiguous_bgr_of_the_stated_size(make_video: Callable[[str], Path]) -> None:
    for kind in ("h264-open-gop.mp4", "rotated.mp4", "h264-resized.ts"):
        path = make_video(kind)
        info, index = check_video(path)
        with FrameSource(path, index, info) as source:
            for item in source.frames(0, len(index), 13):
                assert isinstance(item, Frame)
                assert item.image.shape == (info.height, info.width, 3)
                assert item.image.dtype == "uint8"
                assert item.image.flags.c_contiguous
                assert item.pts == index.pts[item.index]


@pytest.mark.parametrize(
    "asked", [(-1, 5, 1), (0, 101, 1), (5, 4, 1), (0, 5, 0)], ids=["before", "after", "backwards", "no step"]
)
def test_a_range_outside_of_the_video_is_an_error(
    asked: tuple[int, int, int], make_video: Callable[[str], Path]
) -> None:
    path = make_video("h264-open-gop.mp4")
    info, index = check_video(path)
    with FrameSource(path, index, info) as source, pytest.raises(ValueError, match="expected 0 <= start"):
        list(source.frames(*asked))


def test_closed_sources_leave_nothing_open(make_video: Callable[[str], Path]) -> None:
    path = make_video("h264-open-gop.mp4")
    info, index = check_video(path)
    process = psutil.Process()
    counts = []
    for _ in range(8):
        with FrameSource(path, index, info, threads=2) as source:
            list(source.frames(50, 60))
        gc.collect()
        counts.append((process.num_fds() if hasattr(process, "num_fds") else 0, process.num_threads()))
    assert all(last <= early for last, early in zip(counts[-1], counts[1], strict=True)), counts
