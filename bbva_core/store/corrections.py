"""What people correct by hand, stored beside the results and never mixed into them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.engine import Connection

from bbva_core.errors import NotFound
from bbva_core.game import REVIEWED, parse_value
from bbva_core.store.changes import now
from bbva_core.store.models import Correction, Run, Video


class Corrections:
    """The corrections of videos. Every method is one transaction, and raises the change counter of the video's runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, video_id: int, values: Mapping[str, str], *, frame_index: int | None) -> None:
        """Correct fields from a frame on, instead of what was put there before.

        Args:
            video_id: Of which video.
            values: By field, as typed; see `bbva_core.game.CORRECTABLE`.
            frame_index: From where on; None: throughout, as for names of teams.

        Raises:
            InvalidSettings: A value is none of its field; nothing was stored.
            NotFound: The video was deleted meanwhile.
        """
        for field, text in values.items():
            parse_value(field, text)
        self._store(video_id, values, frame_index)

    def review(self, video_id: int, frame_index: int) -> None:
        """Note that somebody has looked at the reading of a frame, and found it right.

        Raises:
            NotFound: The video was deleted meanwhile.
        """
        self._store(video_id, {REVIEWED: None}, frame_index)

    def remove(self, video_id: int, correction_id: int) -> None:
        """Take a correction back. One that is gone already is no error."""
        with self._engine.begin() as connection:
            connection.execute(
                delete(Correction).where(Correction.id == correction_id, Correction.video_id == video_id)
            )
            _tell(connection, video_id)

    def _store(self, video_id: int, values: Mapping[str, str | None], frame_index: int | None) -> None:
        with self._engine.begin() as connection:
            if connection.execute(select(Video.id).where(Video.id == video_id)).first() is None:
                raise NotFound(
                    "This video is not there any more: it was deleted meanwhile.", safe="Nothing was stored."
                )
            for field, value in values.items():
                here = Correction.frame_index.is_not_distinct_from(frame_index)
                connection.execute(
                    delete(Correction).where(Correction.video_id == video_id, Correction.field == field, here)
                )
                connection.execute(
                    insert(Correction).values(
                        video_id=video_id, field=field, frame_index=frame_index, value=value, created_at=now()
                    )
                )
            _tell(connection, video_id)


def _tell(connection: Connection, video_id: int) -> None:
    connection.execute(update(Run).where(Run.video_id == video_id).values(change_counter=Run.change_counter + 1))
