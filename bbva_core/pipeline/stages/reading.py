"""The ocr stage: what the scoreboard says, frame by frame, and what that tells of the game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from bbva_core.game import events_between
from bbva_core.machine.threads import one_opencv_thread
from bbva_core.ocr import create_line_reader, create_reader
from bbva_core.pipeline.identity import device_of
from bbva_core.pipeline.plan import frame_range
from bbva_core.pipeline.stages import Made, Work
from bbva_core.pipeline.tasks import Progress, Row, RunSpec
from bbva_core.scoreboard import Memory, Probe, Reading, ScoreboardReader, Window
from bbva_core.scoreboard.reader import PROBE_SECONDS
from bbva_core.store.models import GameEvent
from bbva_core.video import Frame, FrameIndex

_EVIDENCE_QUALITY = 88
_EVIDENCE_MARGIN = 0.6  # of the scoreboard's height, around it


class OCRBatchProcessor:
    """Frames to rows of `scoreboard_readings` and `game_events`.

    It remembers, between batches, what the scoreboard reader remembers.

    Raises:
        ResumeRefused: The run computes on a GPU, and there is none.
        ReaderError: An engine or its models cannot be loaded.
    """

    def __init__(self, spec: RunSpec) -> None:
        device = device_of(spec.identity)
        self._finder = create_reader(spec.settings.ocr, spec.app, device=device)
        self._lines = create_line_reader(spec.settings.ocr, spec.app, device=device)
        self._index = FrameIndex.from_bytes(spec.frame_index)
        self._seconds = np.array([float(self._index.seconds(number)) for number in range(len(self._index))])
        self._range = frame_range(spec.settings, len(self._index))
        self._window = Window(spec.settings.scoreboard_region, spec.settings.scoreboard_corners)

    @one_opencv_thread()
    def process(self, work: Work, progress: Progress) -> Made:
        """See `StageProcessor`."""
        reader = ScoreboardReader(
            self._finder,
            self._lines,
            look_ahead=lambda seconds: self._probes(work, seconds),
            window=self._window,
            memory=Memory.from_bytes(work.state) if work.state else None,
            pulse=lambda: progress(0, 0),
        )
        rows: list[Row] = []
        events: list[Row] = []
        done = 0
        for frame in work.frames:
            before = reader.memory.state.moment
            reading = reader.look(frame.image, float(self._seconds[frame.index]))
            done += 1
            progress(done, done)
            if reading is None:
                continue
            rows.append(self._row(frame, reading))
            for number, event in enumerate(events_between(before, reader.memory.state.moment)):
                events.append(
                    {
                        **_place(frame),
                        "event_index": number,
                        "kind": event.kind.value,
                        "team": event.team,
                        "points": event.points,
                        "period": reading.state.period,
                        "game_clock_seconds": reading.state.clock,
                        "score_a": reading.state.score_a,
                        "score_b": reading.state.score_b,
                        "evidence": self._evidence(frame, reading),
                    }
                )
        return Made(rows=rows, more={GameEvent.__tablename__: events}, state=reader.memory.to_bytes())

    def close(self) -> None:
        """See `StageProcessor`."""
        self._finder.close()
        self._lines.close()

    def _probes(self, work: Work, seconds: float) -> list[Probe]:
        first, last = self._range[0], self._range[1] - 1
        wanted = np.searchsorted(self._seconds, [seconds + ahead - 1e-6 for ahead in PROBE_SECONDS])
        numbers = sorted({int(min(max(number, first), last)) for number in wanted})
        return [Probe(float(self._seconds[frame.index]), frame.image) for frame in work.look_at(numbers)]

    def _row(self, frame: Frame, reading: Reading) -> Row:
        state = reading.state if reading.accepted else replace(reading.state, **reading.said)
        texts = [field for field in reading.fields if field.word.text]
        there = reading.box is not None
        return {
            **_place(frame),
            "raw_text": " | ".join(field.word.text for field in texts),
            "confidence": round(min(field.word.confidence for field in texts), 4) if texts else None,
            "lines": [
                {
                    "text": field.word.text,
                    "confidence": field.word.confidence,
                    "box": self._window.placed(field.box),
                    "shows": list(field.holds),
                    "decisions": {
                        name: {"accepted": decision.accepted, "reason": decision.reason}
                        for name, decision in field.decisions.items()
                    },
                }
                for field in reading.fields
            ],
            "crop": self._window.placed(reading.box) if reading.box is not None else None,
            "period": state.period if there else None,
            "game_clock_seconds": state.clock if there else None,
            "shot_clock_seconds": state.shot_clock if there else None,
            "team_a": reading.team_a if there else None,
            "score_a": state.score_a if there else None,
            "team_b": reading.team_b if there else None,
            "score_b": state.score_b if there else None,
            "phase": state.phase,
            "accepted": reading.accepted,
            "reason": reading.reason,
        }

    def _evidence(self, frame: Frame, reading: Reading) -> bytes | None:
        if reading.box is None:
            return None
        x1, y1, x2, y2 = self._window.placed(reading.box)
        margin = round((y2 - y1) * _EVIDENCE_MARGIN)
        part = frame.image[max(0, y1 - margin) : y2 + margin, max(0, x1 - margin) : x2 + margin]
        good, packed = cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, _EVIDENCE_QUALITY])
        return packed.tobytes() if good else None


def _place(frame: Frame) -> dict[str, Any]:
    return {"frame_index": frame.index, "pts": frame.pts}


__all__: Sequence[str] = ["OCRBatchProcessor"]
