from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import videos


@pytest.fixture(scope="session")
def video_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="session")
def make_video(video_folder: Path) -> Callable[[str], Path]:
    """Give the path of one of `videos.KINDS`, made at most once a session."""
    return lambda kind: videos.make(kind, video_folder)
