"""Videos are taken up without ever losing the only copy, and only from where the user may open them."""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bbva_core.errors import BBVAError, ComputeCrashed, ReaderError, UnsupportedVideo
from bbva_core.pipeline import control as module
from bbva_core.pipeline.control import Control
from bbva_core.pipeline.media import Media
from bbva_core.settings import AppSettings, make_run_settings
from bbva_core.store import NewVideo, Store
from tests import videos
from tests.fakes import sql

HOG = make_run_settings(detector="opencv-hog", ocr="none")


class _InThisProcess:
    """A child process that is none: it is quicker."""

    def __init__(self, _target: str, app: AppSettings, *, stall_seconds: float) -> None:
        self.media = Media(app)
        self.stall_seconds = stall_seconds

    def call(self, method: str, *arguments: Any, progress: Callable[[int, int], None] | None = None) -> Any:
        return getattr(self.media, method)(*arguments, progress=progress or (lambda _done, _total: None))

    def close(self) -> None:
        pass


@pytest.fixture
def app(tmp_path: Path) -> AppSettings:
    return AppSettings(data_dir=tmp_path / "data", executor="inline", media_dirs=str(tmp_path / "games"))


@pytest.fixture
def control(app: AppSettings, store: Store, monkeypatch: pytest.MonkeyPatch) -> Control:
    monkeypatch.setattr(module, "ChildProcess", _InThisProcess)
    return Control(app, store)


@pytest.fixture
def games(tmp_path: Path, clip: Path) -> Path:
    """A folder of the user's with one game."""
    folder = tmp_path / "games"
    folder.mkdir()
    shutil.copyfile(clip, folder / "game.mp4")
    return folder


@pytest.fixture
def upload(app: AppSettings, control: Control, clip: Path) -> Callable[[], int]:
    """Call it to upload the clip."""

    def send() -> int:
        app.incoming_dir.mkdir(exist_ok=True)
        received = app.incoming_dir / f"{uuid.uuid4()}.mp4"
        shutil.copyfile(clip, received)
        video_id = control.add_upload(received, name="game.mp4")
        assert not received.exists()
        return video_id

    return send


def path_of(app: AppSettings, store: Store, video_id: int) -> Path:
    return app.data_dir.resolve() / store.queries.video(video_id).path


def kept(app: AppSettings) -> list[Path]:
    return sorted(app.videos_dir.iterdir())


def later(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))


# -- the only copy -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("touched", [False, True], ids=["as it was", "with a new date"])
def test_opening_an_uploaded_video_where_it_lies_keeps_it(
    app: AppSettings, store: Store, control: Control, clip: Path, upload: Callable[[], int], touched: bool
) -> None:
    first = upload()
    (path,) = kept(app)
    if touched:
        later(path)
    assert control.add_video(path) == first
    assert path.read_bytes() == clip.read_bytes()
    assert path_of(app, store, first) == path


def test_a_failing_database_does_not_cost_a_stored_video(
    app: AppSettings, store: Store, control: Control, upload: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = upload()
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(store.registry, "add_video", lambda *_values, **_named: 1 // 0)
        later(path_of(app, store, first))
        control.add_video(path_of(app, store, first))
    assert path_of(app, store, first).is_file()


def test_two_uploads_of_the_same_content_at_once_keep_one_file(
    app: AppSettings, store: Store, control: Control, upload: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = store.queries.video_by_sha256

    def meanwhile(sha256: str) -> None:
        monkeypatch.setattr(store.queries, "video_by_sha256", seen)
        upload()

    monkeypatch.setattr(store.queries, "video_by_sha256", meanwhile)
    video_id = upload()
    assert kept(app) == [path_of(app, store, video_id)]


# -- our own good copy -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("touched", [False, True], ids=["as it was", "with a new date"])
def test_the_same_content_from_a_folder_leaves_the_video_where_it_was(
    app: AppSettings, store: Store, control: Control, games: Path, upload: Callable[[], int], touched: bool
) -> None:
    first = upload()
    (path,) = kept(app)
    if touched:
        later(path)
    assert control.add_video(games / "game.mp4") == first
    assert path_of(app, store, first) == path


@pytest.mark.parametrize("again", ["upload", "folder"])
@pytest.mark.parametrize("harm", ["gone", "cut", "other bytes of the same size"])
def test_a_file_that_is_gone_or_changed_is_replaced(
    app: AppSettings, store: Store, control: Control, games: Path, upload: Callable[[], int], harm: str, again: str
) -> None:
    first = upload()
    (path,) = kept(app)
    size = path.stat().st_size
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(b"x" * (size if harm.startswith("other") else 10))
        later(path)
    assert (upload() if again == "upload" else control.add_video(games / "game.mp4")) == first
    now = path_of(app, store, first)
    assert now != path and now.read_bytes() == (games / "game.mp4").read_bytes()


def test_a_video_opened_from_a_folder_and_uploaded_again_is_not_stored_twice(
    app: AppSettings, store: Store, control: Control, games: Path, upload: Callable[[], int]
) -> None:
    first = control.add_video(games / "game.mp4")
    assert upload() == first
    assert path_of(app, store, first) == games / "game.mp4"
    assert not app.videos_dir.exists() or kept(app) == []


# -- power loss --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="folders are synced on POSIX only")
def test_an_upload_is_on_disk_before_its_row_is(
    app: AppSettings, store: Store, upload: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, int]] = []
    add = store.registry.add_video
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        sync(descriptor)
        events.append(("sync", os.fstat(descriptor).st_ino))

    def add_video(video: NewVideo, **named: Any) -> int:
        events.append(("row", 0))
        return add(video, **named)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(store.registry, "add_video", add_video)
    upload()
    (path,) = kept(app)
    before = events[: events.index(("row", 0))]
    file, folder = ("sync", path.stat().st_ino), ("sync", app.videos_dir.stat().st_ino)
    assert file in before and folder in before
    assert before.index(file) < before.index(folder)


# -- deleting ----------------------------------------------------------------------------------------------------------


def test_an_uploaded_video_goes_with_its_last_run(
    app: AppSettings, store: Store, control: Control, upload: Callable[[], int]
) -> None:
    runs = [control.create_run(upload(), HOG) for _ in range(2)]
    control.delete(runs[0])
    assert len(kept(app)) == 1
    control.delete(runs[1])
    assert kept(app) == []


def test_a_users_own_file_stays(app: AppSettings, control: Control, games: Path) -> None:
    own = app.videos_dir / "final.mp4"  # put into our folder by hand
    own.parent.mkdir()
    shutil.copyfile(games / "game.mp4", own)
    for path in (games / "game.mp4", own):
        control.delete(control.create_run(control.add_video(path), HOG))
        assert path.is_file()


def test_deleting_the_last_run_while_the_video_is_taken_up_again_keeps_the_file(
    app: AppSettings, store: Store, control: Control, upload: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = control.create_run(upload(), HOG)
    delete = store.registry.delete_run
    new: list[str] = []

    def slow(run_uuid: str) -> str | None:
        new.append(control.create_run(upload(), HOG))
        return delete(run_uuid)

    monkeypatch.setattr(store.registry, "delete_run", slow)
    control.delete(run)
    assert kept(app) == [path_of(app, store, store.queries.run(new[0]).video_id)]
    assert sql(app, "SELECT count(*) FROM runs") == [(1,)]


# -- folders -----------------------------------------------------------------------------------------------------------


def test_a_listing_holds_videos_below_the_roots(control: Control, games: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").write_bytes(b"x")
    (games / "escape.mp4").symlink_to(tmp_path / "secret.mp4")
    (games / "loop.mp4").symlink_to(games / "loop.mp4")
    (games / "dangling.mp4").symlink_to(games / "nothing.mp4")
    (games / "inside.mp4").symlink_to(games / "game.mp4")
    (games / "folder.mp4").mkdir()
    (games / "notes.txt").write_text("x")
    os.mkfifo(games / "pipe.mp4")
    assert [path.name for path in control.folder_listing(games)] == ["game.mp4", "inside.mp4"]


def test_subfolders_lie_below_the_roots(control: Control, games: Path, tmp_path: Path) -> None:
    for name in ("season", ".hidden", "cup"):
        (games / name).mkdir()
    (games / "elsewhere").symlink_to(tmp_path)
    (games / "back").symlink_to(games / "cup")
    assert [path.name for path in control.subfolders(games)] == ["back", "cup", "season"]
    with pytest.raises(UnsupportedVideo, match="outside"):
        control.subfolders(tmp_path)


def test_one_entry_that_cannot_be_looked_at_does_not_hide_the_others(
    control: Control, games: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (games / "bad.mp4").write_bytes(b"x")
    is_file = Path.is_file

    def looked_at(path: Path) -> bool:
        if path.name == "bad.mp4":
            raise PermissionError(13, "Permission denied")
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", looked_at)
    assert [path.name for path in control.folder_listing(games)] == ["game.mp4"]


@pytest.mark.parametrize("path", ["~nobody-at-all/x", "\0", "/nowhere", "..", "/"])
def test_a_folder_that_cannot_be_opened_is_refused_in_words(control: Control, games: Path, path: str) -> None:
    with pytest.raises(UnsupportedVideo) as refused:
        control.folder_listing(Path(path))
    assert refused.value.safe and refused.value.do


@pytest.mark.parametrize("path", ["~nobody-at-all/game.mp4", "\0.mp4"])
def test_a_path_that_cannot_be_is_refused_in_words(control: Control, path: str) -> None:
    for add in (control.add_video, control.add_video_from_folder):
        with pytest.raises(UnsupportedVideo, match="names no file"):
            add(Path(path))


def test_a_page_opens_files_below_the_roots_only(
    app: AppSettings, store: Store, control: Control, games: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.mp4"
    shutil.copyfile(games / "game.mp4", outside)
    (games / "link.mp4").symlink_to(outside)
    for path in (outside, games / "link.mp4", games / ".." / "outside.mp4"):
        with pytest.raises(UnsupportedVideo, match="outside the folders"):
            control.add_video_from_folder(path)
    assert sql(app, "SELECT count(*) FROM videos") == [(0,)]
    assert path_of(app, store, control.add_video_from_folder(games / "game.mp4")) == games / "game.mp4"
    assert control.add_video(outside)  # whoever types a command may open anything


def test_what_is_no_file_is_never_opened(control: Control, games: Path) -> None:
    os.mkfifo(games / "pipe.mp4")  # opening it would wait for ever
    (games / "folder.mp4").mkdir()
    for name in ("pipe.mp4", "folder.mp4", "nothing.mp4"):
        with pytest.raises(UnsupportedVideo):
            control.add_video_from_folder(games / name)


# -- two processes -----------------------------------------------------------------------------------------------------


@pytest.fixture
def real(app: AppSettings, store: Store) -> Iterator[Control]:
    control = Control(app, store)
    yield control
    control.close()


def test_stills_are_served_while_a_video_is_checked(store: Store, real: Control, games: Path, tmp_path: Path) -> None:
    video = store.queries.video(real.add_video(games / "game.mp4"))
    longer = videos.write(games / "longer.mp4", options=videos.X264_CLOSED, count=70)
    checking, served = threading.Event(), threading.Event()
    waited: list[bool] = []

    def progress(_done: int, _total: int) -> None:
        checking.set()
        waited.append(served.wait(60))  # the check goes on only when the still is there

    def check() -> None:
        real.add_video(longer, progress=progress)

    thread = threading.Thread(target=check)
    thread.start()
    assert checking.wait(60)
    assert real.frame_jpeg(video.uuid, 3).startswith(b"\xff\xd8")
    served.set()
    thread.join()
    assert all(waited)


def test_a_still_that_hangs_is_given_up_soon(app: AppSettings, control: Control) -> None:
    assert (control._stills.stall_seconds, control._inspector.stall_seconds) == (30.0, 120.0)  # type: ignore[attr-defined]


def test_a_check_that_crashes_leaves_no_upload(
    app: AppSettings, control: Control, upload: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_values: object, **_named: object) -> None:
        raise ComputeCrashed("died")

    monkeypatch.setattr(control._inspector, "call", crash)
    with pytest.raises(BBVAError):
        upload()
    assert list(app.incoming_dir.iterdir()) == []
    assert not app.videos_dir.exists()


def test_a_run_with_easyocr_needs_no_download_and_says_which_models_it_has(
    control: Control, store: Store, games: Path
) -> None:
    video = control.add_video_from_folder(games / "game.mp4")
    run = control.create_run(video, make_run_settings(detector="opencv-hog", ocr="easyocr"))
    identity = store.queries.run(run).identity
    assert identity["craft_mlt_25k.pth sha256"] == identity["english_g2.pth sha256"] == "absent"
    assert len(identity["bbva_reader.pth sha256"]) == 64
    assert identity["rapidocr version"]


def test_a_run_whose_scoreboard_was_drawn_says_which_finder_of_lamps_it_has(
    control: Control, store: Store, games: Path
) -> None:
    video = control.add_video_from_folder(games / "game.mp4")
    place: dict[str, Any]
    for place, named in (({}, False), ({"scoreboard_region": (0, 0, 60, 40)}, True)):
        run = control.create_run(video, make_run_settings(detector="opencv-hog", **place))
        assert (len(store.queries.run(run).identity.get("bbva_lamps.onnx sha256", "")) == 64) is named


@pytest.mark.slow
def test_easyocrs_models_are_fetched_in_a_child_process_and_fail_in_words(
    app: AppSettings, real: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with pytest.raises(ReaderError, match="could not be downloaded") as failed:
        real.download_easyocr()
    assert "no partial file" in failed.value.safe
    assert [path for path in app.downloaded_models_dir.rglob("*") if path.is_file()] == []
