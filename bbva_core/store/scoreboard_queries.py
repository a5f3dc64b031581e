"""The read side of what the scoreboard says: readings and events, with the corrections by hand in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.engine import RowMapping

from bbva_core.game import Correction, corrected, events_in
from bbva_core.store import models
from bbva_core.store.models import GameEvent, ProcessingBatch, Run, ScoreboardReading


class ScoreboardQueries:
    """Readings and events; a part of `Queries`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def iterate_readings(self, run_id: int, chunk: int = 1_000) -> Iterator[Mapping[str, Any]]:
        """All scoreboard readings of a run in canonical order, corrected, without their lines, in constant memory."""
        yield from corrected(self._iterate(_readings(run_id), chunk), self._corrections_of(run_id))

    def iterate_events(self, run_id: int, chunk: int = 1_000) -> Iterator[Mapping[str, Any]]:
        """All events of a run in canonical order, as they follow from the corrected readings, in constant memory."""
        yield from events_in(self.iterate_readings(run_id, chunk))

    def _iterate(self, query: Any, chunk: int) -> Iterator[RowMapping]:
        with self._engine.connect().execution_options(yield_per=chunk) as connection:
            yield from connection.execute(query).mappings()

    def readings(self, run_id: int) -> list[Mapping[str, Any]]:
        """All scoreboard readings with their batch ordinal, in frame order, corrected, without their lines."""
        return list(self.iterate_readings(run_id))

    def lines(self, run_id: int, frame_index: int) -> list[dict[str, Any]]:
        """The fields that were read in a frame: text, confidence, box in pixels, what they show, what was decided."""
        at_frame = ScoreboardReading.run_id == run_id, ScoreboardReading.frame_index == frame_index
        with self._engine.connect() as connection:
            return connection.execute(select(ScoreboardReading.lines).where(*at_frame)).scalar() or []

    def crop(self, run_id: int, frame_index: int) -> list[int] | None:
        """x1, y1, x2, y2 of the scoreboard in a frame, in pixels; None when it was not there."""
        at_frame = ScoreboardReading.run_id == run_id, ScoreboardReading.frame_index == frame_index
        with self._engine.connect() as connection:
            return connection.execute(select(ScoreboardReading.crop).where(*at_frame)).scalar()

    def last_texts(self, run_id: int, count: int) -> list[RowMapping]:
        """`frame_index` and `raw_text` of the last readings, in frame order."""
        query = (
            select(ScoreboardReading.frame_index, ScoreboardReading.raw_text)
            .where(ScoreboardReading.run_id == run_id)
            .order_by(ScoreboardReading.frame_index.desc())
            .limit(count)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).mappings())[::-1]

    def corrections(self, video_id: int) -> list[Correction]:
        """What was corrected by hand in a video, and what was looked at, in frame order; names first."""
        stored = models.Correction
        query = (
            select(stored.field, stored.frame_index, stored.value, stored.instead_of, stored.id)
            .where(stored.video_id == video_id)
            .order_by(stored.frame_index.is_not(None), stored.frame_index, stored.id)
        )
        with self._engine.connect() as connection:
            return [Correction(*row) for row in connection.execute(query)]

    def _corrections_of(self, run_id: int) -> list[Correction]:
        with self._engine.connect() as connection:
            video_id = connection.execute(select(Run.video_id).where(Run.id == run_id)).scalar()
        return [] if video_id is None else self.corrections(video_id)

    def evidence(self, run_id: int, frame_index: int) -> bytes | None:
        """The scoreboard as it was at an event, as JPEG; None when there is none."""
        at_frame = GameEvent.run_id == run_id, GameEvent.frame_index == frame_index
        query = select(GameEvent.evidence).where(*at_frame).order_by(GameEvent.event_index).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()


def _readings(run_id: int) -> Any:
    hidden = ("run_id", "batch_id", "lines")
    columns = [column for column in ScoreboardReading.__table__.c if column.name not in hidden]
    return (
        select(*columns, ProcessingBatch.ordinal.label("batch"))
        .join(ProcessingBatch, ProcessingBatch.id == ScoreboardReading.batch_id)
        .where(ScoreboardReading.run_id == run_id)
        .order_by(ScoreboardReading.frame_index)
    )
