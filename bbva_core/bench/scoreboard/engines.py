"""The text readers that are compared, each on one CPU thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bbva_core.errors import ReaderError
from bbva_core.ocr import LineReader, TextReader, create_line_reader, create_reader
from bbva_core.ocr.easyocr_models import missing_models, models_folder
from bbva_core.settings import AppSettings

OURS = "our network"
RAPIDOCR = "RapidOCR"
EASYOCR_OURS = "EasyOCR, our network"
EASYOCR = "EasyOCR, its models"


@dataclass(frozen=True)
class Engines:
    """Loaded text readers.

    Args:
        finder: Finds text, for all of them: RapidOCR.
        lines: Readers of fields by name, ours first.
        missing: Those that there are not, and why.
    """

    finder: TextReader
    lines: dict[str, LineReader]
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def ours(self) -> LineReader:
        """Our own network, as a run uses it."""
        return self.lines[OURS]

    def close(self) -> None:
        """Free the models."""
        self.finder.close()
        for lines in self.lines.values():
            lines.close()


def default_engines(app: AppSettings) -> Engines:
    """Those of a run with default settings.

    Raises:
        ReaderError: One cannot be loaded.
    """
    single = app.model_copy(update={"threads": 1})
    return Engines(create_reader("rapidocr", single), {OURS: create_line_reader("rapidocr", single)})


@contextmanager
def all_engines(app: AppSettings) -> Iterator[Engines]:
    """Those of a run, and the readers of fields to compare with; EasyOCR as far as it is there.

    Raises:
        ReaderError: RapidOCR, or our network on onnxruntime, cannot be loaded.
    """
    engines = default_engines(app)
    try:
        engines.lines[RAPIDOCR] = engines.finder
        single = app.model_copy(update={"threads": 1})
        try:
            engines.lines[EASYOCR_OURS] = create_line_reader("easyocr", single)
        except ReaderError as error:
            engines.missing[EASYOCR_OURS] = error.what
        folder = models_folder(app)
        if names := missing_models(folder):
            engines.missing[EASYOCR] = f"{' and '.join(names)} missing from {folder}; doctor says how to get them"
        else:
            try:
                engines.lines[EASYOCR] = create_reader("easyocr", single)
            except ReaderError as error:
                engines.missing[EASYOCR] = error.what
        yield engines
    finally:
        engines.close()
