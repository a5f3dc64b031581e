"""The read side of what the scoreboard says: readings, events, and corrections by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.engine import RowMapping

from bbva_core.store.models import GameEvent, ProcessingBatch, ScoreboardReading


class ScoreboardQueries:
    """Readings and events; a part of `Queries`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def iterate_readings(self, run_id: int, chunk: int = 1_000) -> Iterator[RowMapping]:
        """All scoreboard readings of a run in canonical order, in constant memory."""
        yield from self._iterate(_readings(run_id), chunk)

    def iterate_events(self, run_id: int, chunk: int = 1_000) -> Iterator[RowMapping]:
        """All events of a run in canonical order, without their evidence, in constant memory."""
        yield from self._iterate(_events(run_id), chunk)

    def _iterate(self, query: Any, chunk: int) -> Iterator[RowMapping]:
        with self._engine.connect().execution_options(yield_per=chunk) as connection:
            yield from connection.execute(query).mappings()

    def readings(self, run_id: int, *, last: int | None = None) -> list[RowMapping]:
        """Scoreboard readings with their batch ordinal, in frame order; only the last few when asked."""
        query = _readings(run_id)
        if last is not None:
            query = query.order_by(None).order_by(ScoreboardReading.frame_index.desc()).limit(last)
        with self._engine.connect() as connection:
            rows = list(connection.execute(query).mappings())
        return rows if last is None else rows[::-1]

    def events(self, run_id: int) -> list[RowMapping]:
        """Events with their batch ordinal, in canonical order (frame, then event), without their evidence."""
        with self._engine.connect() as connection:
            return list(connection.execute(_events(run_id)).mappings())

    def evidence(self, run_id: int, frame_index: int, event_index: int) -> bytes | None:
        """The scoreboard as it was at an event, as JPEG; None when there is none."""
        query = select(GameEvent.evidence).where(
            GameEvent.run_id == run_id, GameEvent.frame_index == frame_index, GameEvent.event_index == event_index
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()


def _readings(run_id: int) -> Any:
    columns = [column for column in ScoreboardReading.__table__.c if column.name not in ("run_id", "batch_id")]
    return (
        select(*columns, ProcessingBatch.ordinal.label("batch"))
        .join(ProcessingBatch, ProcessingBatch.id == ScoreboardReading.batch_id)
        .where(ScoreboardReading.run_id == run_id)
        .order_by(ScoreboardReading.frame_index)
    )


def _events(run_id: int) -> Any:
    hidden = ("run_id", "batch_id", "evidence")
    columns = [column for column in GameEvent.__table__.c if column.name not in hidden]
    return (
        select(*columns, ProcessingBatch.ordinal.label("batch"))
        .join(ProcessingBatch, ProcessingBatch.id == GameEvent.batch_id)
        .where(GameEvent.run_id == run_id)
        .order_by(GameEvent.frame_index, GameEvent.event_index)
    )
