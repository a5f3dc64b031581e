"""Files in the data folder that nobody needs any more: what a kill, a crash or a lost connection has left behind.

A file in `videos/` goes only when the database has just forgotten its video. That no row names it is no reason: after
a lost or restored database that is true of every video, and they are the only copies.
"""

from __future__ import annotations

import stat
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bbva_core.settings import AppSettings
from bbva_core.store import Store

KEPT_SECONDS = 7 * 24 * 3600.0
"""Younger files may be in use by another process: an upload, an export. Far longer than any of them takes, because the
ages of files are told by a clock, and clocks are set."""


def sweep(app: AppSettings, store: Store, *, now: float) -> list[Path]:
    """Finish deletions that were cut short, and delete left-over files; returns the files that went.

    Args:
        app: Where the data folder is.
        store: Its store.
        now: Seconds since 1970, as the times of the files.
    """
    gone = [
        path
        for folder in (app.incoming_dir, app.exports_dir)
        for path in _files(folder)
        if _is_older(path, now - KEPT_SECONDS) and _delete(path)
    ]
    forgotten = store.registry.finish_deletions()
    forgotten += store.registry.forget_unused_videos(datetime.fromtimestamp(now - KEPT_SECONDS, UTC))
    return gone + [app.data_dir.resolve() / stored for stored in forgotten if delete_if_ours(app, stored)]


def delete_if_ours(app: AppSettings, stored: str) -> bool:
    """Delete the file of a video that the database has forgotten, unless it is the user's own.

    Args:
        app: Where the data folder is.
        stored: The path that the video had in the database.
    """
    path = app.data_dir.resolve() / stored
    return path.parent == app.videos_dir and _is_uuid(path.stem) and _delete(path)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_older(path: Path, moment: float) -> bool:
    with suppress(OSError):
        found = path.lstat()
        return stat.S_ISREG(found.st_mode) and found.st_mtime < moment
    return False


def _delete(path: Path) -> bool:
    with suppress(OSError):  # open in another program, on Windows; or the folder has become read-only
        path.unlink()
        return True
    return False


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
