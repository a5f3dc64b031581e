"""Uploads stream to disk and are checked; frames and exports are served; errors are words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bbva_core.pipeline.control import Control
from bbva_core.settings import AppSettings
from bbva_core.store import Store
from bbva_core.ui import routes
from tests.fakes import add_run

HOG = json.dumps({"detector": "opencv-hog", "ocr": "none"})


class _Behind:
    """What the routes need of a backend, without a worker."""

    def __init__(self, app: AppSettings, store: Store) -> None:
        self.app = app
        self.store = store
        self.queries = store.queries
        self.control = Control(app, store)


@pytest.fixture
def behind(app: AppSettings, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Behind]:
    made = _Behind(app, store)
    monkeypatch.setattr(routes, "get_backend", lambda: made)
    yield made
    made.control.close()


@pytest.fixture
def client(behind: _Behind) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.ROUTES)) as client:
        yield client


def _files(app: AppSettings) -> list[str]:
    folders = [app.data_dir / "videos", app.data_dir / "incoming"]
    return [path.name for folder in folders if folder.exists() for path in folder.iterdir()]


def test_an_uploaded_video_is_stored_under_our_own_name_and_queued(
    client: TestClient, behind: _Behind, clip: Path
) -> None:
    answer = client.put(
        "/bbva/upload", params={"name": "../../Final Game.mp4", "settings": HOG}, content=clip.read_bytes()
    )
    assert answer.status_code == 200, answer.text
    run = behind.queries.run(answer.json()["run"])
    assert run.state == "queued"
    assert run.video_name == "../../Final Game.mp4"
    stored = behind.queries.video(run.video_id)
    assert (behind.app.data_dir / stored.path).read_bytes() == clip.read_bytes()
    assert "Game" not in stored.path
    assert len(_files(behind.app)) == 1


def test_the_same_content_twice_is_stored_once(client: TestClient, behind: _Behind, clip: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        params = {"name": name, "settings": HOG}
        assert client.put("/bbva/upload", params=params, content=clip.read_bytes()).status_code == 200
    first, second = behind.queries.runs()
    assert first.video_id == second.video_id
    assert len(_files(behind.app)) == 1


@pytest.mark.parametrize(
    ("params", "content", "words"),
    [
        pytest.param({"name": "game.exe"}, b"x", "not a video file we know", id="extension"),
        pytest.param({"name": ""}, b"x", "not a video file we know", id="no name"),
        pytest.param({"name": "game.mp4"}, b"", "empty", id="zero bytes"),
        pytest.param({"name": "game.mp4"}, b"hello " * 99, "game.mp4", id="text"),
        pytest.param({"name": "game.mp4", "settings": "{"}, b"x", "not valid JSON", id="settings are not JSON"),
        pytest.param({"name": "game.mp4", "settings": "[" * 9999}, b"x", "not valid JSON", id="settings too deep"),
        pytest.param({"name": "game.mp4", "settings": "9" * 9999}, b"x", "not valid JSON", id="settings too long"),
        pytest.param({"name": "game.mp4", "settings": '{"conf": 7}'}, b"x", "conf", id="settings out of range"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words_and_leaves_nothing(
    client: TestClient, behind: _Behind, params: dict[str, str], content: bytes, words: str
) -> None:
    answer = client.put("/bbva/upload", params=params, content=content)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert _files(behind.app) == []
    assert behind.queries.runs() == []


def test_an_upload_over_the_limit_is_refused_and_leaves_nothing(
    app: AppSettings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = _Behind(app.model_copy(update={"max_upload_bytes": 1000}), store)
    monkeypatch.setattr(routes, "get_backend", lambda: small)
    with TestClient(Starlette(routes=routes.ROUTES)) as client:
        announced = client.put("/bbva/upload", params={"name": "a.mp4"}, content=b"x" * 2000)
        streamed = client.put("/bbva/upload", params={"name": "a.mp4"}, content=(b"x" * 500 for _ in range(4)))
    assert announced.status_code == streamed.status_code == 400
    assert "limit" in announced.json()["error"]
    assert _files(app) == []


def test_frames_and_exports_are_served(client: TestClient, behind: _Behind, clip: Path) -> None:
    params = {"name": "game.mp4", "settings": HOG}
    run_uuid = client.put("/bbva/upload", params=params, content=clip.read_bytes()).json()["run"]
    run = behind.queries.run(run_uuid)
    frame = client.get(f"/bbva/frame/{run.video_uuid}/7.jpg")
    assert frame.headers["content-type"] == "image/jpeg"
    assert frame.content.startswith(b"\xff\xd8")
    export = client.get(f"/bbva/export/{run_uuid}/detections.csv")
    assert export.text.startswith("frame_index,pts_seconds,class")
    assert "game_" in export.headers["content-disposition"]
    assert not list((behind.app.cache_dir / "exports").iterdir())


@pytest.mark.parametrize(
    ("address", "status"),
    [
        pytest.param("/bbva/frame/nobody/1.jpg", 404, id="no such video"),
        pytest.param("/bbva/frame/nobody/1.jpg?width=1", 400, id="absurd width"),
        pytest.param("/bbva/frame/nobody/1.jpg?region=1,2", 400, id="half a region"),
        pytest.param("/bbva/export/nobody/detections.csv", 404, id="no such run"),
        pytest.param("/bbva/export/nobody/secrets.csv", 404, id="no such table"),
        pytest.param("/bbva/export/nobody/detections.exe", 404, id="no such format"),
        pytest.param("/bbva/export/nobody/detections.%00", 404, id="a zero byte as format"),
        pytest.param("/bbva/export/nobody/%00.csv", 404, id="a zero byte as table"),
        pytest.param("/bbva/export/%00/detections.csv", 404, id="a zero byte as run"),
        pytest.param(f"/bbva/export/nobody/detections.{'x' * 300}", 404, id="a long format"),
        pytest.param("/bbva/frame/%00/1.jpg", 404, id="a zero byte as video"),
    ],
)
def test_errors_are_words(client: TestClient, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_a_wrong_table_or_format_leaves_no_file(client: TestClient, behind: _Behind) -> None:
    run = add_run(behind.store, behind.app)
    for name in ("secrets.csv", "detections.exe"):
        assert client.get(f"/bbva/export/{run.uuid}/{name}").status_code == 404
    assert not behind.app.exports_dir.exists()


def test_a_full_disk_is_said_in_words(
    client: TestClient, behind: _Behind, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_values: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    run = add_run(behind.store, behind.app)
    with monkeypatch.context() as patch:
        patch.setattr(routes, "_scratch", full)
        export = client.get(f"/bbva/export/{run.uuid}/detections.csv")
    monkeypatch.setattr(behind.control, "_move_into_videos", full)
    upload = client.put("/bbva/upload", params={"name": "a.mp4", "settings": HOG}, content=clip.read_bytes())
    for answer in (export, upload):
        assert answer.status_code == 503
        assert "No space left on device" in answer.json()["error"] and "Free some space" in answer.json()["error"]
    assert _files(behind.app) == []
