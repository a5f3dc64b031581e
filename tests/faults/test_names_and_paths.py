"""P5, P6, P7: whatever a file is called, wherever it lies: the name is text, and nothing outside is opened or written.

Hostile names come over HTTP and from a folder, and go through a real worker process, which opens the files by path.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bbva_core.errors import UnsupportedVideo
from bbva_core.pipeline.control import Control
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from bbva_core.ui import routes
from tests import videos
from tests.fakes import checksum, sql
from tests.faults.working import EVERY_FRAME, work

pytestmark = pytest.mark.slow

FRAMES = 6

UPLOADED = {
    "up": "../../x.mp4",
    "up, as on Windows": "..\\..\\x.mp4",
    "drive": "C:\\x.mp4",
    "absolute": "/etc/x.mp4",
    "image sequence": "a%03d.mp4",
    "option": "-i.mp4",
    "url": "http://127.0.0.1:9/x.mp4",
    "concat": "concat:a.mp4|b.mp4",
    "300 characters": "x" * 296 + ".mp4",
    "zero byte": "ga\0me.mp4",
    "line break": "ga\nme.mp4",
    "right to left": "كرة السلة\u202e.mp4",
    "emoji": "🏀👨‍👩‍👧.mp4",
    "html": "<img src=x onerror=alert(1)>.mp4",
    "sql": "'; DROP TABLE videos; --.mp4",
    "the same name": "game.mp4",
    "the same name again": "game.mp4",
}

NOT_UPLOADED = {
    "up": "../../x",
    "drive": "C:\\x",
    "zero byte": "x.mp4\0.exe",
    "no stem": ".mp4",
    "no name": "",
    "only dots": "..",
    "playlist": "http://127.0.0.1:9/live.m3u8",
}

IN_FOLDER = {
    "image sequence": "a%03d.mp4",
    "option": "-i.mp4",
    "pattern": "*.mp4",
    "url": "http:/127.0.0.1:9/x.mp4",
    "concat": "concat:a.mp4|b.mp4",
    "255 bytes": "x" * 251 + ".mp4",
    "line break": "ga\nme.mp4",
    "backslash": "..\\..\\x.mp4",
    "right to left": "كرة السلة\u202e.mp4",
    "emoji": "🏀👨‍👩‍👧.mp4",
    "html": "<b onclick=alert(1)>.mp4",
    "home": "~/x.mp4",
}


@dataclass(frozen=True)
class Place:
    """A data folder and everything around it."""

    root: Path
    app: AppSettings
    store: Store
    control: Control
    client: TestClient

    @property
    def games(self) -> Path:
        """The folder that a page may open."""
        return self.root / "games"

    def outside(self) -> dict[str, object]:
        """Everything outside the data folder: content of files, and when any of it changed."""
        found: dict[str, object] = {}
        for folder, folders, files in os.walk(self.root):
            if Path(folder) == self.root:
                folders.remove("data")
            for name in [*folders, *files]:
                path = Path(folder, name)
                status = path.lstat()
                found[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        return found

    def inside(self) -> list[str]:
        """Every file of the data folder."""
        files = (path.relative_to(self.app.data_dir) for path in self.app.data_dir.rglob("*") if not path.is_dir())
        return sorted(map(str, files))

    def everything(self) -> object:
        """What is outside, inside, and how many videos are in the database."""
        return self.outside(), self.inside(), sql(self.app, "SELECT count(*) FROM videos")

    def upload(self, name: str, content: bytes) -> tuple[int, dict[str, str]]:
        """PUT a file as the page does."""
        settings = json.dumps(EVERY_FRAME.model_dump(mode="json"))
        answer = self.client.put("/bbva/upload", params={"name": name, "settings": settings}, content=content)
        return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return videos.write(tmp_path_factory.mktemp("clip") / "clip.mp4", options=videos.X264_CLOSED, count=FRAMES)


@pytest.fixture(scope="module")
def numbered(clip: Path) -> Callable[[int], bytes]:
    """The clip with a number behind it: other content, the same pictures."""
    return lambda number: clip.read_bytes() + struct.pack(">I4sI", 12, b"free", number)


@contextmanager
def opened(root: Path, patch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A place of which `root` is all that processes know: home, working folder and folder for temporary files."""
    for name in ("home", "cwd", "tmp", "games"):
        (root / name).mkdir()
    patch.chdir(root / "cwd")
    patch.setenv("HOME", str(root / "home"))
    patch.setenv("TMPDIR", str(root / "tmp"))
    app = AppSettings(data_dir=root / "data", media_dirs=str(root / "games"))
    with Store(app) as store, closing(Control(app, store)) as control:
        patch.setattr(routes, "get_backend", lambda: SimpleNamespace(app=app, control=control, queries=store.queries))
        with TestClient(Starlette(routes=routes.ROUTES)) as client:
            yield Place(root, app, store, control, client)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patch, opened(tmp_path_factory.mktemp("names"), patch) as place:
        shutil.copyfile(clip, place.root / "secret.mp4")
        yield place


@dataclass(frozen=True)
class Worked:
    """What became of all hostile names that were accepted."""

    place: Place
    uploaded: dict[str, str]
    in_folder: dict[str, str]
    before: dict[str, object]
    after: dict[str, object]


@pytest.fixture(scope="module")
def worked(place: Place, numbered: Callable[[int], bytes]) -> Worked:
    """All of them taken up, and worked through by one real worker process."""
    for number, name in enumerate(IN_FOLDER.values()):
        path = place.games / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(numbered(number))
    before = place.outside()
    in_folder = {
        case: place.control.create_run(place.control.add_video_from_folder(place.games / name), EVERY_FRAME)
        for case, name in IN_FOLDER.items()
    }
    uploaded = {}
    for number, (case, name) in enumerate(UPLOADED.items(), start=len(IN_FOLDER)):
        status, answer = place.upload(name, numbered(number))
        assert status == 200, f"{case}: {answer}"
        uploaded[case] = answer["run"]
    assert work(place.app.data_dir) == (0, "")
    return Worked(place, uploaded, in_folder, before, place.outside())


def check_its_rows(worked: Worked, run_uuid: str, clip: Path) -> None:
    queries = worked.place.store.queries
    run = queries.run(run_uuid)
    assert run.state == RunState.COMPLETE
    expected = [f"{checksum(image):08x}" for _, image in videos.decode_all(clip)]
    assert [row["raw_text"] for row in queries.readings(run.id)] == expected


@pytest.mark.parametrize("case", UPLOADED)
def test_an_upload_keeps_its_name_as_text_and_lies_under_ours(worked: Worked, case: str, clip: Path) -> None:
    queries = worked.place.store.queries
    run = queries.run(worked.uploaded[case])
    assert run.video_name == UPLOADED[case].replace("\0", "")
    assert re.fullmatch(r"videos/[0-9a-f-]{36}\.mp4", queries.video(run.video_id).path)
    check_its_rows(worked, run.uuid, clip)


@pytest.mark.parametrize("case", UPLOADED)
def test_an_export_of_it_has_a_harmless_name(worked: Worked, case: str) -> None:
    answer = worked.place.client.get(f"/bbva/export/{worked.uploaded[case]}/scoreboard.csv")
    assert answer.status_code == 200
    header = answer.headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename(=\"[\w-]+\.csv\"|\*=utf-8''[\w%-]+\.csv)", header, re.ASCII), header
    assert not re.search("%(2e|2f|5c|00|0a|0d|3c)", header, re.IGNORECASE)


@pytest.mark.parametrize("case", IN_FOLDER)
def test_a_file_in_a_folder_is_opened_as_a_file_whatever_it_is_called(worked: Worked, case: str, clip: Path) -> None:
    queries = worked.place.store.queries
    run = queries.run(worked.in_folder[case])
    assert run.video_name == Path(IN_FOLDER[case]).name
    assert queries.video(run.video_id).path == str(worked.place.games / IN_FOLDER[case])
    check_its_rows(worked, run.uuid, clip)


def test_the_same_name_twice_are_two_videos(worked: Worked) -> None:
    queries = worked.place.store.queries
    one, two = (queries.run(worked.uploaded[case]) for case in ("the same name", "the same name again"))
    assert one.video_name == two.video_name
    assert one.video_id != two.video_id


def test_nothing_outside_the_data_folder_was_written_or_changed(worked: Worked) -> None:
    assert worked.after == worked.before
    stored = [path for path in worked.place.inside() if path.startswith("videos/")]
    assert len(stored) == len(UPLOADED)
    assert sql(worked.place.app, "SELECT count(*) FROM videos") == [(len(UPLOADED) + len(IN_FOLDER),)]


@pytest.mark.parametrize("case", NOT_UPLOADED)
def test_a_name_that_names_no_video_is_refused_and_leaves_nothing(place: Place, case: str, clip: Path) -> None:
    before = place.everything()
    status, answer = place.upload(NOT_UPLOADED[case], clip.read_bytes())
    assert status == 400
    assert "not a video file we know" in answer["error"] and "Nothing was stored" in answer["error"]
    assert place.everything() == before


def _link(to: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(to)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path))  # an absolute path may be too long for one


NO_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "a pipe, a socket or a device"),
    "socket": (_socket, "a pipe, a socket or a device"),
    "folder": (Path.mkdir, "is a folder"),
    "link to a device that never ends": (_link("/dev/zero"), "outside the folders"),
    "link to what the process writes": (_link("/proc/self/fd/1"), "outside the folders"),
    "link to a file outside": (_link("../../secret.mp4"), "outside the folders"),
    "link in a circle": (_link("game.mp4"), "names no file|cannot be opened"),
    "link to nothing": (_link("nothing.mp4"), "cannot be opened"),
}


@pytest.mark.parametrize("case", NO_FILES)
def test_what_is_no_file_in_the_folder_is_refused_unopened_and_leaves_nothing(place: Place, case: str) -> None:
    make, words = NO_FILES[case]
    path = place.games / case / "game.mp4"
    path.parent.mkdir()
    make(path)
    before = place.everything()
    with pytest.raises(UnsupportedVideo, match=words) as refused:
        place.control.add_video_from_folder(path)
    assert refused.value.safe and refused.value.do
    assert place.everything() == before


@pytest.mark.parametrize(
    "name", ["../secret.mp4", "/etc/hostname", "a\0.mp4", os.fsdecode(b"\xff.mp4"), "http://x/y.mp4"]
)
def test_a_path_that_leads_to_no_file_of_the_folder_is_refused(place: Place, name: str) -> None:
    before = place.everything()
    with pytest.raises(UnsupportedVideo) as refused:
        place.control.add_video_from_folder(place.games / name)
    assert refused.value.safe and refused.value.do
    assert place.everything() == before
