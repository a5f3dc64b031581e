"""EasyOCR: its real loading code up to the missing models, and our reading of its answers."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbva_core.errors import ReaderError
from bbva_core.ocr import create_line_reader, create_reader, easyocr_models
from bbva_core.ocr.easyocr_engine import EasyOCRReader
from bbva_core.settings import AppSettings
from tests.ocr.fakes import draw_score_bug

pytestmark = [
    pytest.mark.slow,  # importing easyocr takes seconds
    # Deprecations raised while easyocr and torch are imported for the first time, by whichever test comes first.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning"),
]


@pytest.fixture
def app(tmp_path: Path) -> AppSettings:
    return AppSettings(data_dir=tmp_path / "data")


def test_the_file_names_are_those_of_the_installed_easyocr() -> None:
    from easyocr import config

    assert (
        config.detection_models["craft"]["filename"],
        config.recognition_models["gen2"]["english_g2"]["filename"],
    ) == easyocr_models.MODEL_FILES


def test_missing_models_are_named_with_their_place(app: AppSettings) -> None:
    folder = easyocr_models.models_folder(app)
    with pytest.raises(ReaderError, match=r"found missing craft_mlt_25k\.pth and english_g2\.pth") as caught:
        EasyOCRReader(folder, threads=1, device="cpu")
    assert str(folder) in caught.value.what
    assert str(folder) in caught.value.do


def test_without_its_models_rapidocr_finds_the_text(app: AppSettings) -> None:
    reader = create_reader("easyocr", app)
    assert reader.name == "rapidocr"
    reader.close()


def test_our_network_runs_inside_easyocr_without_a_download(app: AppSettings) -> None:
    picture = draw_score_bug()
    reader = create_line_reader("easyocr", app)
    assert reader.read_line(picture[612:660, 905:1020].copy()).text == "4:13"
    assert reader.read_line(picture[612:660, 425:490].copy()).text == "40"
    # EasyOCR keeps the height of its networks' input in one variable: its own readers must find theirs again.
    from easyocr import easyocr

    assert easyocr.imgH == 64
    reader.close()
    with pytest.raises(ReaderError, match="closed"):
        reader.read_line(picture)


def test_damaged_models_are_an_error(app: AppSettings) -> None:
    folder = easyocr_models.models_folder(app)
    folder.mkdir(parents=True)
    for name in easyocr_models.MODEL_FILES:
        (folder / name).write_bytes(b"damaged")
    with pytest.raises(ReaderError, match="MD5 mismatch"):
        create_reader("easyocr", app)


def test_download_offline_says_so_and_leaves_nothing(app: AppSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nothing listens there: offline wherever the test runs
    monkeypatch.setattr(urllib.request, "_opener", None)
    folder = easyocr_models.models_folder(app)
    with pytest.raises(ReaderError, match="could not be downloaded") as caught:
        easyocr_models.download(folder)
    assert isinstance(caught.value.__cause__, urllib.error.URLError)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_answers_become_lines(app: AppSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    import easyocr

    class Stub:
        def __init__(self, languages: list[str], **options: Any) -> None:
            assert not options["download_enabled"]
            assert Path(options["model_storage_directory"]).is_relative_to(app.data_dir)

        def readtext(self, image: Any, **options: Any) -> list[Any]:
            quad = [[np.int32(50), np.int32(1)], [np.int32(90), np.int32(2)], [90, 22], [50, 21]]
            return [(quad, "40", np.float64(0.98761)), ([[1, 1], [40, 1], [40, 21], [1, 21]], "HOME ", 0.5)]

    monkeypatch.setattr(easyocr, "Reader", Stub)
    reader = EasyOCRReader(easyocr_models.models_folder(app), threads=1, device="cpu")
    lines = reader.read(np.zeros((30, 100, 3), np.uint8))
    assert [(line.text, line.confidence, line.box) for line in lines] == [
        ("HOME", 0.5, (1.0, 1.0, 40.0, 21.0)),
        ("40", 0.9876, (50.0, 1.0, 90.0, 22.0)),
    ]
    reader.close()
    with pytest.raises(ReaderError, match="closed"):
        reader.read(np.zeros((30, 100, 3), np.uint8))
