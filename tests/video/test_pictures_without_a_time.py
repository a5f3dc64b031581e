"""No picture vanishes silently: those without a PTS of their own are counted, and too many are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bbva_core.errors import UnsupportedVideo
from bbva_core.video import Frame, FrameSource, VideoInfo, check_video
from tests import interlaced, videos
from tests.video.reading import read

GROUP = 20  # frames from one key frame to the next


@pytest.fixture
def whole(make_video: Callable[[str], Path], tmp_path: Path) -> Path:
    return videos.write(tmp_path / "whole.mp4", options=videos.X264_CLOSED)


def test_all_pictures_are_named_or_counted(make_video: Callable[[str], Path]) -> None:
    for kind in videos.KINDS:
        info, index = check_video(make_video(kind))
        assert info.left_out == (1 if kind in videos.LEAVES_OUT else 0), kind
        assert info.frame_count == len(index)
        assert info.cut_off == 0


def test_a_first_key_frame_without_a_time_costs_itself_only(make_video: Callable[[str], Path]) -> None:
    info, index = check_video(make_video("h264-negative.mkv"))
    assert (len(index), info.left_out) == (99, 1)
    with FrameSource(make_video("h264-negative.mkv"), index, info) as source:
        assert all(isinstance(item, Frame) for item in source.frames(0, 99))


@pytest.mark.parametrize(
    ("changed", "seekable"),
    [
        pytest.param({34: 35}, True, id="within a group"),
        pytest.param({38: 37}, True, id="backwards"),
        pytest.param({34: 71}, True, id="groups ahead"),
        pytest.param({62: 45}, True, id="in the group before"),
        pytest.param({39: 40}, False, id="that of a key frame"),
        pytest.param({40: 43}, False, id="a key frame gets one"),
    ],
)
def test_every_start_is_the_same_where_a_time_is_given_twice(
    changed: dict[int, int], seekable: bool, whole: Path, tmp_path: Path
) -> None:
    path = videos.retime(whole, tmp_path / "repeated.mkv", changed)
    info, index = check_video(path)
    assert (len(index), info.left_out, index.seekable) == (99, 1, seekable)
    expected = read(path, info, index, 0, len(index))
    for start in range(len(index)):
        stop = min(start + 2, len(index))
        assert read(path, info, index, start, stop) == expected[start:stop]


def test_a_time_given_twice_does_not_slow_down_the_way_to_other_frames(whole: Path, tmp_path: Path) -> None:
    from bbva_core.video.cursor import Cursor

    path = videos.retime(whole, tmp_path / "repeated.mkv", {34: 35})
    info, index = check_video(path)
    read_packets: list[int] = []
    original = Cursor.read
    with pytest.MonkeyPatch.context() as patch, FrameSource(path, index, info, threads=1) as source:
        patch.setattr(Cursor, "read", lambda self: read_packets.append(1) or original(self))
        assert isinstance(next(source.frames(90, 91)), Frame)
    assert len(read_packets) < 2 * GROUP


@pytest.mark.parametrize("first", [10, 70], ids=["at the beginning", "later"])
def test_too_many_are_refused_in_words(first: int, whole: Path, tmp_path: Path) -> None:
    path = videos.retime(whole, tmp_path / "game.mkv", {first + 2 * i: first + 2 * i + 1 for i in range(12)})
    with pytest.raises(UnsupportedVideo, match=r"^game\.mkv gives 12 of its 100 pictures no time") as refused:
        check_video(path)
    assert "MP4" in refused.value.do


def test_some_are_no_reason_to_refuse_a_recording(whole: Path, tmp_path: Path) -> None:
    path = videos.retime(whole, tmp_path / "game.mkv", {10 + 2 * i: 11 + 2 * i for i in range(8)})
    info, index = check_video(path)
    assert (info.left_out, len(index)) == (8, 92)


@pytest.mark.parametrize("whole", [0, 80], ids=["fields alone", "fields later"])
def test_the_second_field_of_a_picture_is_no_picture(whole: int, tmp_path: Path) -> None:
    path = interlaced.write_ts(tmp_path / "game.ts", one_packet=True, whole=whole)
    info, index = check_video(path)
    assert (len(index), info.left_out) == (whole + 40, 0)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_pictures_whose_fields_have_a_time_each_have_one_name(threads: int, make_video: Callable[[str], Path]) -> None:
    path = make_video("h264-fields.ts")
    info, index = check_video(path)
    assert (len(index), info.left_out, float(info.duration)) == (40, 0, 1.6)
    with FrameSource(path, index, info, threads=threads) as source:
        items = list(source.frames(0, 40))
    assert [videos.digest(item.image) for item in items if isinstance(item, Frame)] == [
        videos.digest(image) for _, image in videos.decode_all(path)
    ]


def test_pictures_lost_from_fields_are_still_counted(make_video: Callable[[str], Path], tmp_path: Path) -> None:
    path = videos.damage(make_video("h264-fields.ts"), tmp_path / "game.ts", begin=0.6, size=40_000)
    info, index = check_video(path)
    assert 37 <= len(index) <= 43  # damage hides the times of some
    assert read(path, info, index, 0, len(index))[:20] == read(
        make_video("h264-fields.ts"), *check_video(make_video("h264-fields.ts")), 0, 20
    )


def test_facts_stored_before_this_was_counted_can_be_read(make_video: Callable[[str], Path]) -> None:
    info, _ = check_video(make_video("h264-open-gop.mp4"))
    stored = info.to_dict()
    del stored["left_out"]
    assert VideoInfo.from_dict(stored) == info
