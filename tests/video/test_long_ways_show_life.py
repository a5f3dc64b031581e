"""However long the way to a picture is, signs of life come on it every few packets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pytest

from bbva_core.errors import UnsupportedVideo
from bbva_core.video import FrameSource, MissingFrame, check_video, frame_jpeg
from bbva_core.video.cursor import Cursor
from bbva_core.video.decoded_names import decode_names, labels_in_order
from bbva_core.video.indexing import build_frame_index
from bbva_core.video.packets import PULSE_PACKETS
from tests import videos


class Pulse:
    """Counts signs of life."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def test_resuming_deep_in_a_file_that_is_decoded_from_its_beginning(make_video: Callable[[str], Path]) -> None:
    path = make_video("h264-spliced.ts")
    info, index = check_video(path)
    assert not index.seekable
    pulse = Pulse()
    with FrameSource(path, index, info, pulse=pulse) as source:
        next(source.frames(115, 116))
    assert pulse.count >= 115 // PULSE_PACKETS


def test_one_picture_for_a_page(make_video: Callable[[str], Path]) -> None:
    path = make_video("h264-spliced.ts")
    info, index = check_video(path)
    pulse = Pulse()
    frame_jpeg(path, index, info, 115, pulse=pulse)
    assert pulse.count >= 115 // PULSE_PACKETS


def test_careful_decoding_of_damage(make_video: Callable[[str], Path], tmp_path: Path) -> None:
    # One group of pictures, all of it before the frame that is wanted.
    whole = videos.write(
        tmp_path / "whole.mp4", options={"x264-params": "keyint=200:min-keyint=200:scenecut=0:bframes=0:threads=1"}
    )
    path = videos.damage(whole, tmp_path / "video.mp4", begin=0.2, size=300)
    info, index = check_video(path)
    pulse = Pulse()
    with FrameSource(path, index, info, threads=1, pulse=pulse) as source:
        next(source.frames(99, 100))
        assert source._careful is not None
    assert pulse.count >= 1 + 99 // PULSE_PACKETS  # fast up to the damage, then careful from the beginning


def test_a_file_of_damaged_key_frames_alone(make_video: Callable[[str], Path], tmp_path: Path) -> None:
    # Every group of pictures is shorter than the distance between two signs of life.
    whole = make_video("mjpeg.avi")
    path = tmp_path / "mjpeg.avi"
    data = bytearray(whole.read_bytes())
    with av.open(whole) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    for place, size in places[10:60]:
        assert place is not None
        data[place + 8 : place + size] = bytes(size - 8)  # behind the chunk's header: 8 bytes, or more, of the picture
    path.write_bytes(data)
    info, index = check_video(path)
    counts = []
    pulse = Pulse()
    with FrameSource(path, index, info, pulse=pulse) as source:
        for item in source.frames(10, 60):
            assert isinstance(item, MissingFrame) or item.damaged
            counts.append(pulse.count)
    assert min(after - before for before, after in zip(counts, counts[PULSE_PACKETS:], strict=False)) >= 1


def test_seeking_far_back(make_video: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    # A seek that lands at the beginning reads all packets up to the key frame, without decoding one.
    from bbva_core.video.packets import PacketReader

    original = PacketReader.seek
    monkeypatch.setattr(PacketReader, "seek", lambda self, _pts: original(self, 0))
    path = make_video("h264-closed-gop.mp4")
    info, index = check_video(path)
    pulse = Pulse()
    with FrameSource(path, index, info, pulse=pulse) as source:
        next(source.frames(80, 81))
    assert pulse.count >= 80 // PULSE_PACKETS


def test_ordering_the_frames_of_an_avi(make_video: Callable[[str], Path]) -> None:
    path = make_video("h264.avi")
    calls: list[tuple[int, int]] = []
    build_frame_index(path, lambda done, total: calls.append((done, total)))
    size = path.stat().st_size
    assert calls.count((size, size)) >= 1 + 100 // PULSE_PACKETS


def test_looking_for_a_first_picture_that_does_not_exist(
    make_video: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Cursor.read
    monkeypatch.setattr(Cursor, "read", lambda self: None if original(self) is None else [])
    calls: list[tuple[int, int]] = []
    path = make_video("h264-open-gop.mp4")
    with pytest.raises(UnsupportedVideo, match="not one of them can be decoded"):
        check_video(path, progress=lambda done, total: calls.append((done, total)))
    size = path.stat().st_size
    assert calls.count((size, size)) >= 1 + 100 // PULSE_PACKETS


def test_frames_of_an_avi_that_cannot_be_decoded_go_where_they_stood(
    make_video: Callable[[str], Path], tmp_path: Path
) -> None:
    path = videos.damage(make_video("h264.avi"), tmp_path / "h264.avi", size=3000)
    index, _ = build_frame_index(path)
    pulse = Pulse()
    labels = labels_in_order(index.pts, decode_names(path, "avi", index.pts.tolist(), pulse).shown)
    assert sorted(labels.tolist()) == index.pts.tolist()
    assert pulse.count >= len(index) // PULSE_PACKETS
