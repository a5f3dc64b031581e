"""What people correct by hand, stored beside the results and never mixed into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.engine import Connection

from bbva_core import game
from bbva_core.errors import NotFound
from bbva_core.store.changes import now
from bbva_core.store.models import Correction, Run, Video


class Corrections:
    """The corrections of videos. Every method is one transaction, and raises the change counter of the video's runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, video_id: int, corrections: Sequence[game.Correction]) -> None:
        """Store corrections, each instead of what was put for its field and frame before.

        Raises:
            InvalidSettings: A value is none of its field; nothing was stored.
            NotFound: The video was deleted meanwhile.
        """
        stored = [_parsed(correction) for correction in corrections]
        with self._engine.begin() as connection:
            video = select(Video.id).where(Video.id == video_id).with_for_update()  # one after the other, everywhere
            if connection.execute(video).first() is None:
                raise NotFound(
                    "This video is not there any more: it was deleted meanwhile.", safe="Nothing was stored."
                )
            for item in stored:
                same_place = Correction.frame_index.is_not_distinct_from(item.frame_index)
                connection.execute(
                    delete(Correction).where(
                        Correction.video_id == video_id, Correction.field == item.field, same_place
                    )
                )
                connection.execute(
                    insert(Correction).values(
                        video_id=video_id,
                        field=item.field,
                        frame_index=item.frame_index,
                        value=item.value,
                        instead_of=item.instead_of,
                        created_at=now(),
                    )
                )
            _tell(connection, video_id)

    def remove(self, video_id: int, correction_id: int) -> None:
        """Take a correction back. One that is gone already is no error."""
        with self._engine.begin() as connection:
            connection.execute(
                delete(Correction).where(Correction.id == correction_id, Correction.video_id == video_id)
            )
            _tell(connection, video_id)


def _parsed(item: game.Correction) -> game.Correction:
    if item.field == game.REVIEWED:
        return item
    return replace(item, value=str(game.parse_value(item.field, item.value)))


def _tell(connection: Connection, video_id: int) -> None:
    connection.execute(update(Run).where(Run.video_id == video_id).values(change_counter=Run.change_counter + 1))
