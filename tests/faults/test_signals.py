"""P1, P3, P8: Ctrl-C, SIGTERM and SIGKILL of the server and of the command line, at any moment of a run."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbva_core.pipeline.control import Control
from bbva_core.pipeline.orchestrator import _GRACE_SECONDS
from bbva_core.settings import AppSettings, make_run_settings
from bbva_core.store import RunState, Store
from bbva_core.ui.backend import _STOP_SECONDS
from tests.browser.conftest import Server
from tests.cli.running import FAST, run
from tests.faults.killing import (
    Watched,
    assert_whole_batches_only,
    committed,
    exports,
    query,
    rows_of_an_uninterrupted_analysis,
)
from tests.faults.working import only_run
from tests.figures import Figure

pytestmark = pytest.mark.slow

SETTINGS = {"detector": "opencv-hog", "ocr": "none", "batch_frames": 4, "conf": 0.05, "end_frame": 12}
ANALYZE = (*FAST, "--end-frame", "12")
HANGS = "mid_decode:hang:6"  # in the second of three batches
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])


@pytest.fixture(scope="module")
def uninterrupted(game: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return rows_of_an_uninterrupted_analysis(game, tmp_path_factory.mktemp("uninterrupted"), *ANALYZE)


@pytest.fixture
def app(tmp_path: Path, game: Path) -> AppSettings:
    """A data folder with a run in the queue."""
    app = AppSettings(data_dir=tmp_path / "data")
    with Store(app) as store:
        control = Control(app, store)
        control.create_run(control.add_video(game), make_run_settings(**SETTINGS))
        control.close()
    return app


@pytest.fixture
def server(app: AppSettings, tmp_path: Path) -> Iterator[Server]:
    """Not started; its log is `server.log`."""
    server = Server(app.data_dir, tmp_path / "server.log", {})
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


def wait_for_log(server: Server, log: Path, text: str) -> None:
    pause = threading.Event()
    while text not in log.read_text():
        assert server.process is not None and server.process.poll() is None, log.read_text()
        pause.wait(0.02)


def check_resume(data: Path, expected: dict[str, bytes], folder: Path) -> None:
    assert_whole_batches_only(data)
    code, out, err = run("resume", "--last", "--data-dir", data, "--json")
    assert code == 0, err
    assert json.loads(out)["state"] == "complete"
    assert exports(data, folder) == expected


def test_five_seconds_are_enough_to_end() -> None:
    # What the tests below need on a busy machine says little: these are the limits that decide.
    assert _GRACE_SECONDS[RunState.INTERRUPTED] <= 2.5 < _STOP_SECONDS <= 5


@SIGNALS
def test_the_server_is_stopped_while_its_compute_process_hangs(
    server: Server,
    app: AppSettings,
    uninterrupted: dict[str, bytes],
    tmp_path: Path,
    number: signal.Signals,
    figure: Figure,
) -> None:
    server.environment["BBVA_FAILPOINT"] = HANGS
    server.start()
    wait_for_log(server, tmp_path / "server.log", "hangs")
    assert server.process is not None
    began = time.monotonic()
    server.process.send_signal(number)
    assert server.process.wait(60) == 0
    figure("seconds until the server had ended", f"{time.monotonic() - began:.1f}")
    assert "Traceback" not in (tmp_path / "server.log").read_text()
    with Store(app) as store:
        stopped = only_run(store)
        assert stopped.state == RunState.INTERRUPTED, "noted by the server that was stopped, not by the next one"
        assert stopped.batches_done == 1
    check_resume(app.data_dir, uninterrupted, tmp_path / "out")


@SIGNALS
def test_the_command_line_is_stopped_while_its_compute_process_hangs(
    game: Path,
    uninterrupted: dict[str, bytes],
    tmp_path: Path,
    number: signal.Signals,
    figure: Figure,
) -> None:
    data = tmp_path / "data"
    watched = Watched("analyze", game, *ANALYZE, "--data-dir", data, "--json", BBVA_FAILPOINT=HANGS)
    watched.wait_for("hangs")
    began = time.monotonic()
    watched.process.send_signal(number)
    assert watched.end() == 130, "interrupted, and resumable"
    figure("seconds until the command line had ended", f"{time.monotonic() - began:.1f}")
    line = json.loads(watched.out)
    assert line["state"] == "interrupted" and line["batches"] == {"done": 1, "total": 3}
    assert f"python -m bbva_core resume {line['run']} --data-dir {data}" in watched.said
    assert "Traceback" not in watched.said
    assert query(data, "SELECT count(*) FROM batch_stages WHERE status = 'processing'") == [(0,)]
    check_resume(data, uninterrupted, tmp_path / "out")


@pytest.mark.parametrize(
    ("point", "done"),
    [("after_claim", 1), ("before_commit", 1), ("inside_commit", 1), ("after_commit", 2)],
)
def test_the_server_dies(
    server: Server, app: AppSettings, uninterrupted: dict[str, bytes], tmp_path: Path, point: str, done: int
) -> None:
    server.environment["BBVA_FAILPOINT"] = f"{point}:kill:2"
    server.launch()
    assert server.process is not None
    assert server.process.wait(120) == -signal.SIGKILL, (tmp_path / "server.log").read_text()
    assert committed(app.data_dir) == done
    check_resume(app.data_dir, uninterrupted, tmp_path / "out")


def test_the_server_dies_while_its_compute_process_is_busy(
    server: Server, app: AppSettings, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    server.environment["BBVA_FAILPOINT"] = HANGS
    server.start()
    wait_for_log(server, tmp_path / "server.log", "hangs")
    server.kill()
    check_resume(app.data_dir, uninterrupted, tmp_path / "out")
