"""The doctor says in words what is missing and what to do, changes nothing, and survives what it examines."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bbva_core.machine import doctor
from bbva_core.machine.doctor import Finding, examine
from bbva_core.pipeline.worker import Worker
from bbva_core.settings import PROJECT_ROOT, AppSettings
from bbva_core.store import Store
from tests.limits import powerless


@pytest.fixture
def app(tmp_path: Path) -> AppSettings:
    """A data folder that does not exist yet."""
    return AppSettings(data_dir=tmp_path / "data", models_dir=None, database_url=None)


@pytest.fixture
def no_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the slow half, which does not depend on the data folder."""
    monkeypatch.setattr(doctor, "_LIBRARIES", {})


def _finding(app: AppSettings, subject: str) -> Finding:
    return next(finding for finding in examine(app) if finding.subject == subject)


def test_everything_needed_is_here_and_nothing_is_left_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "bbva_core", "doctor", "--json", "--data-dir", str(tmp_path / "data")],
        cwd=PROJECT_ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith(("BBVA_", "XDG_"))}
        | {"HOME": str(home)},
        capture_output=True,
        text=True,
    )
    findings = json.loads(done.stdout)
    assert [finding for finding in findings if finding["needed"] and not finding["ok"]] == []
    assert done.returncode == 0
    assert len(findings) == len({finding["subject"] for finding in findings}) == 16
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["home"]


def test_advice_comes_with_every_problem_and_only_then(app: AppSettings, no_engines: None) -> None:
    findings = examine(app)
    assert all(finding.found for finding in findings)
    assert [finding.subject for finding in findings if bool(finding.advice) == finding.ok] == []


@pytest.mark.usefixtures("no_engines")
def test_progress_reaches_the_end(app: AppSettings) -> None:
    seen: list[tuple[int, int]] = []
    findings = examine(app, lambda done, total: seen.append((done, total)))
    assert seen == [(number, len(findings)) for number in range(1, len(findings) + 1)]


@pytest.mark.usefixtures("no_engines")
class TestDatabase:
    def test_none_yet(self, app: AppSettings) -> None:
        finding = _finding(app, "Database")
        assert finding.ok
        assert "first start" in finding.found

    def test_sound(self, app: AppSettings) -> None:
        Store(app).close()
        finding = _finding(app, "Database")
        assert finding.ok
        assert "sound" in finding.found

    def test_not_a_database(self, app: AppSettings) -> None:
        app.data_dir.mkdir()
        app.database_path.write_bytes(b"holiday pictures" * 300)
        finding = _finding(app, "Database")
        assert not finding.ok
        assert "backups" in finding.advice
        assert app.database_path.read_bytes() == b"holiday pictures" * 300

    def test_damaged_in_the_middle(self, app: AppSettings) -> None:
        Store(app).close()
        whole = app.database_path.read_bytes()
        middle = len(whole) // 2
        app.database_path.write_bytes(whole[:middle] + b"\xa5" * 4096 + whole[middle + 4096 :])
        finding = _finding(app, "Database")
        assert not finding.ok
        assert "backups" in finding.advice

    def test_newer(self, app: AppSettings) -> None:
        Store(app).close()
        with sqlite3.connect(app.database_path) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        finding = _finding(app, "Database")
        assert not finding.ok
        assert "9999 is newer" in finding.found

    def test_password_is_not_shown(self, app: AppSettings) -> None:
        url = "postgresql://bbva:secret@127.0.0.1:1/bbva"
        finding = _finding(app.model_copy(update={"database_url": url}), "Database")
        assert not finding.ok
        assert "secret" not in finding.found + finding.advice


@pytest.mark.usefixtures("no_engines")
def test_worker_is_seen(app: AppSettings) -> None:
    assert "no BBVA is working" in _finding(app, "Worker").found
    with Store(app) as store:
        worker = Worker(app, store)
        worker.acquire()
        assert "a BBVA is working" in _finding(app, "Worker").found
        worker.close()


@pytest.mark.usefixtures("no_engines")
def test_data_folder_that_is_a_file(app: AppSettings) -> None:
    app.data_dir.write_text("not a folder")
    finding = _finding(app, "Data folder")
    assert not finding.ok
    assert "BBVA_DATA_DIR" in finding.advice


@pytest.mark.usefixtures("no_engines", "no_shipped_detector")
def test_weights_of_unknown_origin_are_named(app: AppSettings) -> None:
    app.downloaded_models_dir.mkdir(parents=True)
    (app.downloaded_models_dir / "mine.pt").write_bytes(b"a pickle")
    finding = _finding(app, "YOLO weights")
    assert not finding.ok
    assert "mine.pt" in finding.found
    assert "--download-weights" in finding.advice


def test_a_library_that_kills_its_process_is_a_finding(
    app: AppSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cv2.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    (tmp_path / "openvino.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(doctor, "PROJECT_ROOT", tmp_path / "none")  # so that the fakes come first
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(PROJECT_ROOT)]))
    monkeypatch.setattr(
        doctor, "_LIBRARIES", {name: doctor._LIBRARIES[name] for name in ("opencv", "openvino", "pyav")}
    )
    found = {finding.subject: finding for finding in examine(app)[-3:]}
    assert "SIGSEGV" in found["OpenCV"].found
    assert "libGL" in found["OpenVINO"].found
    assert found["OpenCV"].advice
    assert found["Video decoder (PyAV)"].ok


@pytest.mark.parametrize(("option", "code"), [("--download-weights", 2), ("--download-easyocr", 1)])
def test_downloads_fail_in_words_without_a_network(tmp_path: Path, option: str, code: int) -> None:
    nowhere = "http://127.0.0.1:1"
    done = subprocess.run(
        [sys.executable, "-m", "bbva_core", "doctor", option, "--data-dir", str(tmp_path)],
        cwd=PROJECT_ROOT,
        env=os.environ | dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere),
        capture_output=True,
        text=True,
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "no partial file was left" in done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("no_engines")
def test_a_folder_that_may_not_be_looked_into_is_a_finding(public_folder: Path) -> None:
    app = AppSettings(data_dir=public_folder / "hidden" / "data", models_dir=None, database_url=None)
    Store(app).close()
    app.data_dir.parent.chmod(0)
    with powerless(public_folder):
        findings = {finding.subject: finding for finding in examine(app)}
    for subject in ("Data folder", "Database", "Worker", "YOLO weights", "EasyOCR models"):
        assert not findings[subject].ok and findings[subject].advice
        assert "ermission denied" in findings[subject].found
    app.data_dir.parent.chmod(0o755)
