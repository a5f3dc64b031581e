"""RapidOCR reads a drawn score bug, with the models of its wheel and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from bbva_core.errors import InvalidSettings, ReaderError
from bbva_core.ocr import create_reader, rapidocr_engine
from bbva_core.ocr.types import TextReader
from bbva_core.settings import AppSettings
from tests.ocr.fakes import draw_score_bug


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> TextReader:
    return create_reader("rapidocr", AppSettings(data_dir=tmp_path_factory.mktemp("data")))


def test_reads_a_drawn_score_bug(reader: TextReader) -> None:
    lines = reader.read(draw_score_bug())
    assert " ".join(line.text for line in lines).split() == ["HOME", "40", "AWAY", "38", "2ND", "4:13"]
    for line in lines:
        x1, y1, x2, y2 = line.box
        assert line.confidence > 0.9
        assert 240 < (x1 + x2) / 2 < 1060
        assert 612 < (y1 + y2) / 2 < 660
        assert len(line.marks) == len(line.text.replace(" ", ""))
        assert all(x1 - 8 <= left < right <= x2 + 8 for left, right in line.marks)


def test_same_picture_same_reading(reader: TextReader) -> None:
    picture = draw_score_bug(clock="11.3")
    first = reader.read(picture)
    reader.read(draw_score_bug(640, 360))
    reader.read_line(picture[612:660, 900:1020])
    assert reader.read(picture) == first


def test_reads_a_line_that_is_pointed_out(reader: TextReader) -> None:
    picture = draw_score_bug()
    assert reader.read_line(picture[612:660, 900:1020].copy()).text == "4:13"
    assert reader.read_line(np.full((20, 60, 3), 90, np.uint8)).text == ""


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (2000, 30), (48, 64), (20, 2700)], ids=str)
def test_odd_sizes_without_text(reader: TextReader, size: tuple[int, int]) -> None:
    assert reader.read(np.full((*size, 3), 90, np.uint8)) == []


def test_text_in_a_tall_narrow_picture_is_found(reader: TextReader) -> None:
    picture = np.full((1400, 90, 3), 20, np.uint8)
    cv2.putText(picture, "4:13", (5, 700), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (255, 255, 255), 2, cv2.LINE_AA)
    assert [line.text for line in reader.read(picture)] == ["4:13"]


def test_text_in_a_flat_wide_picture_is_found(reader: TextReader) -> None:
    picture = np.full((40, 5600, 3), 20, np.uint8)
    cv2.putText(picture, "4:13", (2700, 35), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (255, 255, 255), 2, cv2.LINE_AA)
    assert [line.text for line in reader.read(picture)] == ["4:13"]


def test_an_error_without_words_is_named(reader: TextReader, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object, **_options: object) -> None:
        raise MemoryError

    monkeypatch.setattr(reader, "_engine", fail)
    for read in (reader.read, reader.read_line):
        with pytest.raises(ReaderError, match=r"failed: MemoryError\. "):
            read(np.zeros((48, 64, 3), np.uint8))


def test_missing_models_are_an_error_not_a_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(rapidocr_engine._MODELS, "Rec", "gone.onnx")
    with pytest.raises(ReaderError, match=r"gone\.onnx are missing") as caught:
        create_reader("rapidocr", AppSettings(data_dir=tmp_path))
    assert "requirements.txt" in caught.value.do


def test_bad_pictures_and_closed_readers_are_errors(tmp_path: Path) -> None:
    reader = create_reader("rapidocr", AppSettings(data_dir=tmp_path))
    with pytest.raises(ReaderError, match="expected uint8"):
        reader.read(np.zeros((5, 5), np.uint8))
    reader.close()
    reader.close()
    with pytest.raises(ReaderError, match="closed"):
        reader.read(np.zeros((5, 5, 3), np.uint8))


def test_unknown_engines_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="rapidocr, easyocr"):
        create_reader("none", AppSettings(data_dir=tmp_path))


_QUIET = """
import socket
import numpy as np
def refuse(*args, **kwargs): raise SystemExit("tried to reach the network")
socket.getaddrinfo = refuse
socket.socket.connect = refuse
from bbva_core.settings import AppSettings
from bbva_core.ocr import create_reader
create_reader("rapidocr", AppSettings()).read(np.zeros((60, 300, 3), np.uint8))
"""


def test_writes_nothing_and_stays_off_the_network(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "BBVA_DATA_DIR": str(tmp_path / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-c", _QUIET], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
