"""P3, P4, P5: a bad file is refused with the true reason before anything is stored, or analysed with its gaps listed.

All files of the table go through one queue of one real worker process: one bad video does not stop the next.
"""

from __future__ import annotations

import shutil
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from bbva_core.errors import UnsupportedVideo
from bbva_core.pipeline.control import Control
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, RunSummary, Store
from tests import videos
from tests.cli.running import FAST
from tests.cli.running import run as command
from tests.fakes import checksum
from tests.faults.killing import assert_whole_batches_only, query
from tests.faults.working import EVERY_FRAME, work
from tests.figures import Figure

pytestmark = pytest.mark.slow

Make = Callable[[Path], Path]

FRAMES = 120
HUGE = 12_000
JPEG_SIZE = struct.pack(">HH", videos.HEIGHT, videos.WIDTH)
COUNT, RATE, LENGTH = 16, 20, 32  # where AVI's headers have them, behind the name and size of the header


def whole(path: Path) -> Path:
    """120 frames."""
    return videos.write(path, options=videos.X264_OPEN, count=FRAMES)


def movie(path: Path) -> Path:
    """20 pictures, each a JPEG of its own, with headers that are easy to change."""
    return videos.write(path, "mjpeg", pix_fmt="yuvj420p", count=20)


def of(data: bytes) -> Make:
    """A file with this content."""

    def made(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return made


def png(path: Path) -> Path:
    return of(bytes(cv2.imencode(".png", videos.picture(0))[1]))(path)


def bomb(path: Path) -> Path:
    """Less than a megabyte that becomes 432 MB of BGR."""
    with av.open(path, "w") as out:
        stream = out.add_stream("png", rate=25, options={"compression_level": "1"})
        stream.width, stream.height, stream.pix_fmt = HUGE, HUGE, "gray"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((HUGE, HUGE), np.uint8), format="gray")))
        out.mux(stream.encode(None))
    assert path.stat().st_size < 1_000_000
    return path


def cut(make: Make) -> Make:
    """The first 60 % of a file."""

    def made(path: Path) -> Path:
        data = make(path).read_bytes()
        path.write_bytes(data[: len(data) * 6 // 10])
        return path

    return made


def table_in_front(path: Path) -> Path:
    """A file as web sites have it: its table comes first, moov with all pictures or Matroska's cues with a few."""
    options = {"movflags": "faststart"} if path.suffix == ".mp4" else {"reserve_index_space": "20000"}
    with (
        av.open(whole(path.with_suffix(".whole.mp4"))) as source,
        av.open(path, "w", options=options) as out,
    ):
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return path


def garbage(path: Path) -> Path:
    return videos.damage(whole(path.with_suffix(f".whole{path.suffix}")), path, begin=0.27, size=3000)


def patched(make: Make, *changes: tuple[bytes, int, bytes]) -> Make:
    """With other bytes so far behind a mark."""

    def made(path: Path) -> Path:
        data = bytearray(make(path).read_bytes())
        for mark, behind, new in changes:
            at = data.index(mark) + len(mark) + behind
            data[at : at + len(new)] = new
        path.write_bytes(data)
        return path

    return made


def hidden_bomb(path: Path) -> Path:
    """One of the JPEGs says that it is 12000 x 12000."""
    data = bytearray(movie(path).read_bytes())
    at = -1
    for _ in range(8):
        at = data.index(JPEG_SIZE, at + 1)
    data[at : at + len(JPEG_SIZE)] = struct.pack(">HH", HUGE, HUGE)
    path.write_bytes(data)
    return path


MANY = struct.pack("<I", 4_000_000_000)

REFUSED: dict[str, tuple[str, Make, str]] = {
    "zero bytes": ("game.mp4", of(b""), "is empty: 0 bytes"),
    "text": ("game.mp4", of(b"The final score was 81 to 79.\n" * 40), "does not contain a video"),
    "png": ("game.mp4", png, "does not contain a video"),
    "audio only": ("game.mp4", videos.audio_only, "expected a video stream, found audio"),
    "cut at 60 %, so that moov is missing": ("game.mp4", cut(whole), "table of contents, moov, is missing"),
    "picture bomb": ("game.mov", bomb, "more than 67108864 pixels"),
    "picture bomb that names its size": (
        "game.avi",
        lambda path: videos.write(path, "mjpeg", pix_fmt="yuvj420p", count=1, size=(HUGE, HUGE)),
        "12000 x 12000|more than 67108864 pixels",
    ),
    "4 billion frames a second": (
        "game.avi",
        patched(movie, (b"strh", 4 + RATE, struct.pack("<I", 1) + MANY)),
        "frames a second; expected at most 1000",
    ),
    "time that stands still": (
        "game.mp4",
        lambda path: videos.write(path, count=20, time_base=Fraction(1, 90000), pts=range(20)),
        "90000 frames a second",
    ),
    "2 billion frames in moov": (
        "game.mp4",
        patched(whole, (b"stsz", 8, struct.pack(">I", 2_000_000_000))),
        "damaged or incomplete",
    ),
}

READ: dict[str, tuple[str, Make, bool]] = {  # whether frames are missing
    "whole": ("game.mp4", whole, False),
    "cut at 60 %, moov in front": ("game.mp4", cut(table_in_front), True),
    "cut at 60 %, mkv": ("game.mkv", cut(whole), False),
    "cut at 60 %, mkv with cues in front": ("game.mkv", cut(table_in_front), False),
    "cut at 60 %, transport stream": ("game.ts", cut(whole), False),
    "garbage in the middle": ("game.mp4", garbage, True),
    "garbage in the middle, mkv": ("game.mkv", garbage, True),
    "garbage in the middle, transport stream": ("game.ts", garbage, False),
    "picture bomb in the middle": ("game.avi", hidden_bomb, True),
    "4 billion frames": (
        "game.avi",
        patched(movie, (b"avih", 4 + COUNT, MANY), (b"strh", 4 + LENGTH, MANY)),
        False,
    ),
    "2 billion frames in the table of times": (
        "game.mp4",
        patched(whole, (b"stts", 8, struct.pack(">I", 2_000_000_000))),
        False,
    ),
    "variable frame rate": ("game.mp4", videos.KINDS["h264-vfr.mp4"], False),
    "times that jump back": ("game.ts", videos.KINDS["h264-spliced.ts"], False),
    "size that changes midway": ("game.ts", videos.KINDS["h264-resized.ts"], False),
    "last in the queue": ("game.webm", videos.KINDS["vp9.webm"], False),
}
MOVED_TIMES = {"times that jump back"}


@dataclass
class Seen:
    """What became of all files."""

    app: AppSettings
    files: dict[str, Path] = field(default_factory=dict)
    refusals: dict[str, UnsupportedVideo] = field(default_factory=dict)
    left_behind: dict[str, object] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)


def everything_stored(app: AppSettings) -> object:
    """Every file of the data folder, and how much is in the database."""
    files = {str(path.relative_to(app.data_dir)) for path in app.data_dir.rglob("*") if path.is_file()}
    return files, [
        query(app.data_dir, f"SELECT count(*) FROM {table}") for table in ("videos", "frame_indexes", "runs")
    ]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Every file uploaded, and everything that was accepted analysed."""
    folder = tmp_path_factory.mktemp("bad")
    seen = Seen(AppSettings(data_dir=folder / "data"))
    with Store(seen.app) as store, closing(Control(seen.app, store)) as control:
        seen.app.incoming_dir.mkdir()
        for number, (case, (name, make, _)) in enumerate([*REFUSED.items(), *READ.items()]):
            (folder / str(number)).mkdir()
            path = seen.files[case] = make(folder / str(number) / name)
            received = seen.app.incoming_dir / f"{number}{path.suffix}"
            before = everything_stored(seen.app)
            shutil.copyfile(path, received)
            try:
                video = control.add_upload(received, name=name)
                seen.runs[case] = control.create_run(video, EVERY_FRAME)
            except UnsupportedVideo as error:
                seen.refusals[case] = error
                if (after := everything_stored(seen.app)) != before:
                    seen.left_behind[case] = after
    assert work(seen.app.data_dir) == (0, "")
    yield seen


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_true_reason_and_nothing_stored(seen: Seen, case: str) -> None:
    name, _, words = REFUSED[case]
    assert case in seen.refusals, "it was accepted"
    refusal = seen.refusals[case]
    assert refusal.what.startswith(name)
    assert pytest.RaisesExc(UnsupportedVideo, match=words).matches(refusal), refusal.what
    assert refusal.safe and refusal.do
    assert case not in seen.left_behind


@dataclass(frozen=True)
class Shown:
    """A picture that a plain decoder shows."""

    pts: int | None
    text: str
    guessed: bool
    """The decoder says that parts of it are."""


def decode_plainly(path: Path, width: int, height: int, *, stop_at_damage: bool = False) -> list[Shown]:
    """What PyAV alone shows, packet by packet from the beginning; it goes on past damage unless told not to."""
    shown = []
    with av.open(path) as container:
        container.streams.video[0].thread_type = "NONE"
        for packet in container.demux(video=0):
            try:
                for picture in packet.decode():
                    image = picture.to_ndarray(format="bgr24", width=width, height=height)
                    shown.append(Shown(picture.pts, f"{checksum(image):08x}", picture.is_corrupt))
            except av.FFmpegError:
                if stop_at_damage:
                    break
    return shown


def check_the_equation(store: Store, run: RunSummary) -> None:
    """Decoded + missing = expected, in every stage, and every missing frame is listed with its reason."""
    gaps = store.queries.gaps(run.id)
    listed = Counter(gap["stage"] for gap in gaps)
    assert set(run.stages) == {"detect", "ocr"}
    for name, stage in run.stages.items():
        assert stage.completed == stage.total
        assert stage.frames + listed[name] == run.frames_expected
    assert all("decoded" in gap["reason"] for gap in gaps)
    assert run.state == (RunState.COMPLETE_WITH_GAPS if gaps else RunState.COMPLETE)


@pytest.mark.parametrize("case", READ)
def test_every_frame_is_what_a_plain_decoder_shows_or_a_listed_gap(seen: Seen, case: str, figure: Figure) -> None:
    assert case in seen.runs, seen.refusals.get(case)
    with Store(seen.app) as store:
        run = store.queries.run(seen.runs[case])
        check_the_equation(store, run)
        video = store.queries.video(run.video_id)
        assert run.frames_expected == video.frame_count
        missing = {gap["frame_index"] for gap in store.queries.gaps(run.id)}
        guessed = {gap["frame_index"] for gap in store.queries.gaps(run.id, analysed=True)}
        readings = store.queries.readings(run.id)
        assert run.detections == sum(f % 4 for f in range(run.frames_expected) if f not in missing)
    assert bool(missing) == READ[case][2]
    # What a table in front still names and the file has lost cannot be named exactly, but it is counted.
    announced = run.frames_expected + video.info["cut_off"]
    assert announced == FRAMES if case == "cut at 60 %, moov in front" else video.info["cut_off"] == 0
    plain = decode_plainly(seen.files[case], video.info["width"], video.info["height"])
    stopped = decode_plainly(seen.files[case], video.info["width"], video.info["height"], stop_at_damage=True)
    figure("frames named, analysed, of these guessed in parts", (run.frames_expected, len(readings), len(guessed)))
    figure("frames that a decoder gives which stops at damage, which goes on", (len(stopped), len(plain)))
    assert [row["frame_index"] for row in readings] == [f for f in range(run.frames_expected) if f not in missing]
    sound = [row for row in readings if row["frame_index"] not in guessed]
    expected = [picture for picture in plain if not picture.guessed]
    assert [row["raw_text"] for row in sound] == [picture.text for picture in expected]
    assert case in MOVED_TIMES or [row["pts"] for row in sound] == [picture.pts for picture in expected]


def test_the_command_line_says_how_much_of_a_cut_file_is_gone(seen: Seen, tmp_path: Path) -> None:
    arguments = (*FAST, "--end-frame", "4", "--data-dir", tmp_path / "data")
    code, _, err = command("analyze", seen.files["cut at 60 %, moov in front"], *arguments)
    assert code == 0
    with Store(AppSettings(data_dir=tmp_path / "data")) as store:
        [run] = store.queries.runs()
        cut_off = store.queries.video(run.video_id).info["cut_off"]
    assert cut_off > FRAMES / 3
    assert f"the file was cut: {cut_off} of its pictures are not in it" in err


def test_the_damage_is_such_that_stopping_at_it_would_lose_most_of_the_game(seen: Seen) -> None:
    path = seen.files["garbage in the middle"]
    stopped, plain = (decode_plainly(path, videos.WIDTH, videos.HEIGHT, stop_at_damage=stop) for stop in (True, False))
    assert len(stopped) < FRAMES / 3 and len(plain) > FRAMES * 0.8


def test_nothing_but_whole_batches_and_known_videos_is_left(seen: Seen) -> None:
    assert_whole_batches_only(seen.app.data_dir)
    assert len(list(seen.app.videos_dir.iterdir())) == len(seen.runs)
    assert list(seen.app.incoming_dir.iterdir()) == []
