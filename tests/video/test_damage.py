"""Damage costs the frames it hits: they are named, all others come, and every reading sees the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bbva_core.errors import VideoReadError
from bbva_core.machine.hashing import sha256_file
from bbva_core.video import Frame, FrameSource, MissingFrame, check_video
from bbva_core.video import source as source_module
from tests import videos
from tests.video.reading import outcome, read

CASES = [
    (kind, begin, size)
    for kind in (
        "h264-open-gop.mp4", "h264-closed-gop.mp4", "h264-vfr.mkv", "h264-open-gop.ts", "h264-cut.ts", "h264.avi",
        "h264-refresh.mp4", "hevc-open-gop.mp4", "mjpeg.avi", "mpeg2.mpg", "mpeg4.avi", "vp9.webm",
    )
    for begin, size in ((0.45, 3000), (0.6, 300))
]  # fmt: skip


@pytest.mark.parametrize(("kind", "begin", "size"), CASES, ids=[f"{k}-{s}" for k, _, s in CASES])
def test_damage_looks_the_same_from_everywhere(
    kind: str, begin: float, size: int, make_video: Callable[[str], Path], tmp_path: Path
) -> None:
    path = videos.damage(make_video(kind), tmp_path / kind, begin=begin, size=size)
    info, index = check_video(path)
    expected = read(path, info, index, 0, len(index))
    assert [i for i, _ in expected] == list(range(len(index)))
    for start in range(0, len(index), 4):
        assert read(path, info, index, start, min(start + 2, len(index))) == expected[start : start + 2]
    with FrameSource(path, index, info) as source:
        for start in reversed(range(0, len(index), 5)):
            found = [outcome(item) for item in source.frames(start, len(index), 6)]
            assert found == expected[start::6]


@pytest.mark.parametrize("kind", ["h264-open-gop.mp4", "h264-closed-gop.mp4", "hevc-open-gop.mp4"])
def test_decoded_and_missing_make_up_all_frames(kind: str, make_video: Callable[[str], Path], tmp_path: Path) -> None:
    whole = make_video(kind)
    path = videos.damage(whole, tmp_path / "video.mp4", begin=0.35, size=2000)
    info, index = check_video(path)
    assert len(index) == 100
    with FrameSource(path, index, info) as source:
        items = list(source.frames(0, len(index)))
    decoded = [item for item in items if isinstance(item, Frame)]
    missing = [item for item in items if isinstance(item, MissingFrame)]
    assert len(decoded) + len(missing) == 100
    assert missing
    assert all(item.reason for item in missing)
    # Sound groups of pictures before and after the damage are untouched.
    sound = read(whole, *check_video(whole), 0, 100)
    assert [outcome(item) for item in items[:20]] == sound[:20]
    assert outcome(items[99]) == sound[99]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_do_not_change_what_damage_looks_like(
    threads: int, make_video: Callable[[str], Path], tmp_path: Path
) -> None:
    path = videos.damage(make_video("h264-open-gop.mp4"), tmp_path / "video.mp4", begin=0.6, size=300)
    info, index = check_video(path)
    expected = read(path, info, index, 0, len(index))
    with FrameSource(path, index, info, threads=threads) as source:
        assert [outcome(item) for item in source.frames(0, len(index))] == expected


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.unlink(), id="gone"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="cut short"),
    ],
)
def test_a_file_that_changed_is_an_error_in_words(
    change: Callable[[Path], object], make_video: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(make_video("h264-open-gop.mp4").read_bytes())
    info, index = check_video(path)
    with FrameSource(path, index, info):
        change(path)
    with pytest.raises(VideoReadError, match=r"not the file that was accepted.*results so far are kept.*resume"):
        FrameSource(path, index, info)


def test_a_file_cut_while_it_is_read_is_an_error_not_a_gap(make_video: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "video.ts"
    path.write_bytes(make_video("h264-open-gop.ts").read_bytes())
    info, index = check_video(path)
    with FrameSource(path, index, info) as source:
        list(source.frames(0, 5))
        with path.open("r+b") as file:
            file.truncate(info.bytes // 2)
        with pytest.raises(VideoReadError, match="bytes when it was accepted"):
            list(source.frames(90, 100))


def test_a_file_is_read_through_only_when_something_touched_it(
    make_video: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(make_video("h264-open-gop.mp4").read_bytes())
    info, index = check_video(path)
    hashed: list[Path] = []

    def note(path: Path, progress: Callable[[int, int], None]) -> str:
        hashed.append(path)
        return sha256_file(path, progress)

    monkeypatch.setattr(source_module, "sha256_file", note)
    with FrameSource(path, index, replace(info, sha256=sha256_file(path))) as source:
        source.check_file()
        assert hashed == []
        path.chmod(0o600)
        for _ in range(2):
            source.check_file()
        assert hashed == [path]
        path.write_bytes(bytes(info.bytes))
        with pytest.raises(VideoReadError, match="its content is not"):
            source.check_file()


def test_a_file_whose_content_nobody_knows_is_not_read_through(
    make_video: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_video("h264-open-gop.mp4")
    info, index = check_video(path)
    monkeypatch.setattr(source_module, "sha256_file", lambda *_: pytest.fail("a picture for a page costs a whole file"))
    with FrameSource(path, index, replace(info, stamp=None, sha256=None)) as source:
        source.check_file()
