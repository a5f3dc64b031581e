"""What is not a video we can read safely is refused in words, before anything is stored."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from bbva_core.errors import UnsupportedVideo
from bbva_core.machine.hashing import sha256_file
from bbva_core.video import check_video
from tests import videos

Make = Callable[[Path], Path]


def _file(name: str, data: bytes) -> Make:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data)
        return path

    return make


def _png() -> bytes:
    return bytes(cv2.imencode(".png", np.zeros((20, 20, 3), np.uint8))[1])


def _folder(folder: Path) -> Path:
    (folder / "game.mp4").mkdir()
    return folder / "game.mp4"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "game.mp4")
    return folder / "game.mp4"


def _device(folder: Path) -> Path:
    (folder / "game.mp4").symlink_to("/dev/zero")
    return folder / "game.mp4"


def _without_moov(folder: Path) -> Path:
    path = videos.write(folder / "cut.mp4", count=10)
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"moov") - 4])
    return path


def _header_only(folder: Path) -> Path:
    path = videos.write(folder / "nothing.mkv", count=10)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"\x1f\x43\xb6\x75")])
    return path


def _huge(folder: Path) -> Path:
    # A true H.264 file whose header claims 16000 x 16000 pixels is hard to make; MJPEG in AVI says its size plainly.
    path = videos.write(folder / "huge.avi", "mjpeg", pix_fmt="yuvj420p", count=2)
    data = path.read_bytes()
    size = struct.pack("<ii", videos.WIDTH, videos.HEIGHT)
    frame_header = struct.pack(">HH", videos.HEIGHT, videos.WIDTH)
    claimed = data.replace(size, struct.pack("<ii", 16000, 16000)).replace(
        frame_header, struct.pack(">HH", 16000, 16000)
    )
    path.write_bytes(claimed)
    return path


def _too_fast(folder: Path) -> Path:
    return videos.write(folder / "fast.mp4", count=20, time_base=Fraction(1, 90000), pts=range(20))


REFUSED = [
    pytest.param(_folder, "is a folder", id="folder"),
    pytest.param(_pipe, "a pipe, a socket or a device", id="pipe"),
    pytest.param(_device, "a pipe, a socket or a device", id="link to a device"),
    pytest.param(lambda folder: folder / "no.mp4", "cannot be opened", id="not there"),
    pytest.param(_file("game.mp4", b""), "0 bytes", id="empty"),
    pytest.param(_file("game.exe", b"MZ" + bytes(999)), r"extension \.exe", id="unknown extension"),
    pytest.param(_file("game", bytes(999)), r"\(none\)", id="no extension"),
    pytest.param(_file("game.m3u8", b"#EXTM3U\n"), r"extension \.m3u8", id="playlist extension"),
    pytest.param(_file("game.mp4", _png()), "does not contain a video", id="png"),
    pytest.param(_file("game.mp4", b"\xff\xd8\xff\xe0" + bytes(99)), "does not contain a video", id="jpeg"),
    pytest.param(_file("game.mkv", b"The final score was 81 to 79.\n" * 40), "does not contain a video", id="text"),
    pytest.param(_file("game.mp4", b"Game over. " * 40), "does not contain a video", id="a short text with a G"),
    pytest.param(_file("game.ts", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"), "does not contain", id="m3u8 inside"),
    pytest.param(_file("game.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"), "does not contain", id="ffconcat"),
    pytest.param(
        _file("game.mp4", b"v=0\no=- 0 0 IN IP4 1.2.3.4\nm=video 9 RTP/AVP 96\n"), "does not contain", id="sdp"
    ),
    pytest.param(_file("game.mp4", b"<?xml version='1.0'?><MPD></MPD>"), "does not contain", id="dash"),
    pytest.param(_file("game.avi", b"RIFF\x00\x00\x00\x00WAVEfmt "), "does not contain a video", id="wav"),
    pytest.param(_file("game.mp4", bytes(5000)), "does not contain a video", id="zeros"),
    pytest.param(_file("game.ts", b"\x47" * 5000), "no video|cannot be read|no frames", id="false transport stream"),
    pytest.param(_file("game.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(500)), "cannot be read", id="ftyp and zeros"),
    pytest.param(_file("game.mkv", b"\x1a\x45\xdf\xa3" + b"\x42" * 500), "cannot be read|no video", id="broken mkv"),
    pytest.param(
        lambda folder: videos.audio_only(folder / "song.mp4"), "expected a video stream, found audio", id="audio only"
    ),
    pytest.param(_without_moov, "moov", id="moov missing"),
    pytest.param(_header_only, "no frames|cannot be read", id="no frames"),
    pytest.param(_huge, "more than 67108864 pixels", id="too many pixels"),
    pytest.param(_too_fast, "frames a second; expected at most 1000", id="absurd rate"),
]


@pytest.mark.parametrize(("make", "words"), REFUSED)
def test_refused_in_words(make: Make, words: str, tmp_path: Path) -> None:
    path = make(tmp_path)
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(UnsupportedVideo, match=words) as refused:
        check_video(path)
    assert refused.value.what
    assert refused.value.safe == "Nothing was stored or changed."
    assert refused.value.do
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "name",
    ["a%03d.mp4", "-i.mp4", "http:x.mp4", "concat:a|b.mp4", "*.mp4", "file:x.mp4", "sp ace 'q'.mp4", "spiel-ü.mp4"],
)
def test_odd_names_are_only_names(
    name: str, make_video: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.write_bytes(make_video("h264-open-gop.mp4").read_bytes())
    info, index = check_video(path)
    assert info.frame_count == len(index) == 100


def test_contents_decide_not_the_extension(make_video: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "really-matroska.mp4"
    path.write_bytes(make_video("h264-vfr.mkv").read_bytes())
    assert check_video(path)[0].container == "matroska"


def test_the_users_name_is_checked_and_shown(make_video: Callable[[str], Path]) -> None:
    with pytest.raises(UnsupportedVideo, match=r"^evil\.sh has the extension \.sh"):
        check_video(make_video("h264-open-gop.mp4"), name="evil.sh")


def test_a_link_to_a_video_is_accepted(make_video: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "link.mp4").symlink_to(make_video("h264-open-gop.mp4"))
    assert check_video(tmp_path / "link.mp4")[0].frame_count == 100


def test_sha256_is_that_of_the_file(make_video: Callable[[str], Path]) -> None:
    path = make_video("h264-open-gop.mp4")
    calls: list[tuple[int, int]] = []
    found = sha256_file(path, lambda done, total: calls.append((done, total)))
    assert found == hashlib.sha256(path.read_bytes()).hexdigest()
    assert calls[-1] == (path.stat().st_size, path.stat().st_size)
