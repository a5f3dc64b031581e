"""Fixtures that all tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from bbva_core import failpoints
from bbva_core.detect import weights
from bbva_core.settings import AppSettings
from bbva_core.store import Store
from tests import videos
from tests.figures import figure, pytest_terminal_summary  # noqa: F401
from tests.no_silent_skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401

# How long an example takes says nothing on a machine that also does other things.
hypothesis.settings.register_profile("bbva", deadline=None)
hypothesis.settings.load_profile("bbva")


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of models and clips that tests may use; `BBVA_SHARED` names another place."""
    folder = Path(os.environ.get("BBVA_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not folder.is_dir():
        pytest.fail(f"the shared folder is missing: expected {folder}; set BBVA_SHARED to where it is")
    return folder


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 frames of 160 x 96 at 25 frames a second."""
    return videos.write(tmp_path_factory.mktemp("clip") / "clip.mp4", options=videos.X264_CLOSED, count=60)


@pytest.fixture
def app(tmp_path: Path) -> AppSettings:
    """Settings with a data folder of their own that does not exist yet."""
    return AppSettings(data_dir=tmp_path / "data", executor="inline")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows: copying it is ten times as fast as migrating anew."""
    app = AppSettings(data_dir=tmp_path_factory.mktemp("empty"))
    Store(app).close()
    return app.database_path


@pytest.fixture
def store(app: AppSettings, empty_database: Path) -> Iterator[Store]:
    """An empty store."""
    app.data_dir.mkdir()
    shutil.copyfile(empty_database, app.database_path)
    with Store(app) as opened:
        yield opened


@pytest.fixture
def no_shipped_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: somebody has removed the detector that comes with BBVA."""
    monkeypatch.setattr(weights, "SHIPPED_FOLDER", tmp_path / "no models")


@pytest.fixture
def arm() -> Iterator[Callable[[str], None]]:
    """Arms a failpoint of this process; disarmed after the test."""
    yield failpoints.arm
    failpoints.arm("")


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user may look into (those of pytest are for one user only); see `powerless`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
