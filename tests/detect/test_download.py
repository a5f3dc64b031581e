"""A download is whole or it never happened."""

from __future__ import annotations

import hashlib
import http.server
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bbva_core.detect import download, weights
from bbva_core.detect.download import download_weights
from bbva_core.errors import WeightsDownloadFailed
from bbva_core.settings import AppSettings

CONTENT = bytes(range(256)) * 1000


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body, announced = {
            "/whole.pt": (200, CONTENT, len(CONTENT)),
            "/cut.pt": (200, CONTENT[:100_000], len(CONTENT)),
            "/short.pt": (200, CONTENT[:100_000], 100_000),
            "/other.pt": (200, CONTENT[::-1], len(CONTENT)),
            "/long.pt": (200, CONTENT * 2, len(CONTENT) * 2),
        }.get(self.path, (404, b"", 0))
        self.send_response(status)
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        running.daemon_threads = False  # so that closing it waits for the answers under way, and their sockets
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


@pytest.fixture
def app(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> AppSettings:
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    for name in ("whole", "cut", "short", "other", "long", "gone"):
        official = weights.Official(url=f"{server}/{name}.pt", sha256=sha256, bytes=len(CONTENT))
        monkeypatch.setitem(weights.OFFICIAL, f"{name}.pt", official)
    return AppSettings(data_dir=tmp_path / "data", models_dir=None)


def files(app: AppSettings) -> list[str]:
    folder = app.downloaded_models_dir
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_progress_and_result(app: AppSettings) -> None:
    seen: list[tuple[int, int]] = []
    found = download_weights(app, "whole.pt", progress=lambda done, total: seen.append((done, total)))
    assert found.path.read_bytes() == CONTENT
    assert (found.origin, found.trusted) == ("official", True)
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert files(app) == ["whole.pt"]


def test_what_is_there_is_not_fetched_again(app: AppSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    download_weights(app, "whole.pt")
    monkeypatch.setattr(download, "_fetch", lambda *_: pytest.fail("fetched again"))
    download_weights(app, "whole.pt")


@pytest.mark.parametrize("name", ["cut.pt", "short.pt", "other.pt", "long.pt", "gone.pt"])
def test_a_bad_answer_leaves_nothing(app: AppSettings, name: str) -> None:
    with pytest.raises(WeightsDownloadFailed) as caught:
        download_weights(app, name)
    assert caught.value.safe == "Nothing was changed; no partial file was left."
    assert files(app) == []


def test_a_file_that_was_there_survives_a_failure(app: AppSettings) -> None:
    app.downloaded_models_dir.mkdir(parents=True)
    (app.downloaded_models_dir / "other.pt").write_bytes(b"older")
    with pytest.raises(WeightsDownloadFailed, match="expected 256000 bytes with sha256"):
        download_weights(app, "other.pt")
    assert (app.downloaded_models_dir / "other.pt").read_bytes() == b"older"


def test_stop(app: AppSettings) -> None:
    stop = threading.Event()
    with pytest.raises(WeightsDownloadFailed, match="stopped"):
        download_weights(app, "whole.pt", progress=lambda *_: stop.set(), stop=stop)
    assert files(app) == []


def test_offline_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A proxy that nothing listens on: the real code and the real URL, offline wherever the test runs.
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr(urllib.request, "_opener", None)  # it remembers the proxies it was made with
    app = AppSettings(data_dir=tmp_path / "data", models_dir=None)
    with pytest.raises(WeightsDownloadFailed, match=r"yolo11n\.pt did not work: .*refused") as caught:
        download_weights(app)
    assert "Check the network" in caught.value.do
    assert files(app) == []


def test_unknown_names_are_refused(app: AppSettings) -> None:
    with pytest.raises(WeightsDownloadFailed, match=r"yolo11n\.pt"):
        download_weights(app, "nonsense.pt")
