"""Every error BBVA raises on purpose, on one page.

An error says three things: what happened, what is safe, and what to do next. The page and the command line show
exactly that text, so it is written for the analyst, not for us.

    BBVAError
    ├── RefusedInput            the request cannot be served as asked; nothing was changed
    │   ├── UnsupportedVideo        not a video we can read, or one that is unsafe to open
    │   ├── InvalidSettings         a setting is out of range or the combination makes no sense
    │   ├── ResumeRefused           resuming would not give the same rows as an uninterrupted run
    │   ├── ActionRefused           the run is not in a state that allows this action
    │   ├── NotFound                no such run, video or table
    │   └── DataSetError            not a data set in YOLO format, or a damaged one
    ├── WeightsError            the detector's weights
    │   ├── WeightsMissing          not on this machine
    │   ├── WeightsUntrusted        a pickle of unknown origin, not confirmed by the user
    │   └── WeightsDownloadFailed   offline, or the download does not match its known checksum
    ├── EngineError             an engine could not be loaded or failed on an image
    │   ├── DetectorError
    │   └── ReaderError
    ├── VideoReadError          an accepted file can no longer be read (moved, truncated, changed)
    ├── ComputeError            the compute process
    │   ├── ComputeCrashed          it died (signal, out of memory); the batch in flight is retried
    │   │   └── ComputeGaveUp           it dies whatever it is given
    │   ├── ComputeHung             it made no progress for too long and was stopped
    │   └── ComputeFailed           an exception that is not one of ours
    ├── StoreError              the database
    │   ├── DatabaseNewer           written by a newer BBVA
    │   ├── DatabaseDamaged         not a database, or fails its integrity check
    │   ├── DatabaseBusy            locked by another program for too long
    │   ├── StorageFull             the disk, or a limit on file sizes, is reached
    │   ├── MigrationFailed         left as it was before
    │   └── LostClaim               another worker has taken the run, or it was deleted
    └── WorkerBusy              another process holds the right to work in this data folder
"""

from __future__ import annotations

from typing import Any


class BBVAError(Exception):
    """Base of all errors raised on purpose.

    Args:
        what: What happened, with the value expected and the value found.
        safe: What is safe: which data is untouched.
        do: What the user can do next.
    """

    def __init__(self, what: str, *, safe: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.safe = safe
        self.do = do

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.safe, self.do) if part)

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross the process boundary by pickle; keyword-only arguments need saying.
        return _rebuild, (type(self), self.what, self.safe, self.do)


def _rebuild(kind: type[BBVAError], what: str, safe: str, do: str) -> BBVAError:
    return kind(what, safe=safe, do=do)


def foreign(error: BaseException) -> str:
    """An error that is not ours, as type and words; of some libraries' errors the type is all there is."""
    return f"{type(error).__name__}: {error}".removesuffix(": ")


class RefusedInput(BBVAError):
    """The request cannot be served as asked; nothing was changed."""


class UnsupportedVideo(RefusedInput):
    """Not a video we can read, or one that is unsafe to open."""


class InvalidSettings(RefusedInput):
    """A setting is out of range, or the combination makes no sense."""


class ResumeRefused(RefusedInput):
    """Resuming would not give the same rows as an uninterrupted run."""


class ActionRefused(RefusedInput):
    """The run is not in a state that allows this action."""


class NotFound(RefusedInput):
    """No such run, video or table."""


class DataSetError(RefusedInput):
    """A data set for training or measuring is not in YOLO format, or damaged."""


class WeightsError(BBVAError):
    """Something about the detector's weights."""


class WeightsMissing(WeightsError):
    """The weights are not on this machine."""


class WeightsUntrusted(WeightsError):
    """The weights are a pickle of unknown origin that the user has not confirmed."""


class WeightsDownloadFailed(WeightsError):
    """The download did not finish, or does not match its known checksum."""


class EngineError(BBVAError):
    """An engine could not be loaded, or failed on an image."""


class DetectorError(EngineError):
    """A detection engine failed."""


class ReaderError(EngineError):
    """A text reading engine failed. Never the same as "no text there"."""


class VideoReadError(BBVAError):
    """A video that was accepted can no longer be read."""


class ComputeError(BBVAError):
    """Something about the compute process."""


class ComputeCrashed(ComputeError):
    """The compute process died; the batch in flight is retried."""


class ComputeHung(ComputeError):
    """The compute process made no progress for too long and was stopped."""


class ComputeGaveUp(ComputeCrashed):
    """The compute process dies whatever it is given."""


class ComputeFailed(ComputeError):
    """An exception in the compute process that is not one of ours, with its type in words."""


class StoreError(BBVAError):
    """Something about the database."""


class DatabaseNewer(StoreError):
    """The database was written by a newer BBVA."""


class DatabaseDamaged(StoreError):
    """The file is not a database, or fails its integrity check."""


class DatabaseBusy(StoreError):
    """Another program keeps the database locked."""


class StorageFull(StoreError):
    """No more can be written: the disk, or a limit on file sizes, is reached."""


class MigrationFailed(StoreError):
    """A migration failed; the database was left as it was."""


class LostClaim(StoreError):
    """Another worker has taken this run, or it was deleted; nothing was committed."""


class WorkerBusy(BBVAError):
    """Another process holds the right to work in this data folder."""
