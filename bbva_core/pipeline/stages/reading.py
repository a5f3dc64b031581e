"""The ocr stage: the text of the scoreboard, once an interval of video."""

from __future__ import annotations

from collections.abc import Iterator

from bbva_core.ocr import create_reader
from bbva_core.ocr.scoreboard import read_scoreboard
from bbva_core.pipeline.identity import device_of
from bbva_core.pipeline.tasks import Progress, Row, RunSpec
from bbva_core.video import Frame

NOT_PARSED = "text as read, not parsed into fields"


class OCRBatchProcessor:
    """Frames to rows of `scoreboard_readings`.

    Raises:
        ResumeRefused: The run computes on a GPU, and there is none.
        ReaderError: The engine or its models cannot be loaded.
    """

    def __init__(self, spec: RunSpec) -> None:
        self._reader = create_reader(spec.settings.ocr, spec.app, device=device_of(spec.identity))
        self._region = spec.settings.scoreboard_region

    def process(self, frames: Iterator[Frame], progress: Progress) -> list[Row]:
        """See `StageProcessor`."""
        rows: list[Row] = []
        for frame in frames:
            reading = read_scoreboard(self._reader, frame.image, self._region)
            rows.append(
                {
                    "frame_index": frame.index,
                    "pts": frame.pts,
                    "raw_text": reading.raw_text,
                    "confidence": reading.confidence if reading.lines else None,
                    "lines": [
                        {"text": line.text, "confidence": line.confidence, "box": list(line.box)}
                        for line in reading.lines
                    ],
                    "crop": list(reading.crop),
                    "accepted": False,
                    "reason": reading.reason or NOT_PARSED,
                }
            )
            progress(len(rows), len(rows))
        return rows

    def close(self) -> None:
        """See `StageProcessor`."""
        self._reader.close()
