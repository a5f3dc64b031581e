"""What a disk holds after every transaction of a real run, as a loss of power may cut it off: database and WAL.

The worker is the only writer, and it begins its next transaction only when the last one, with the checkpoint that
SQLite may add to it, is done: at that moment the two files are copied. A WAL is begun anew, over its old bytes, after a
checkpoint; what lies between two such moments is a generation.

The format is that of sqlite.org/fileformat2.html#walformat.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, event

from bbva_core.pipeline.executors import ProcessExecutor
from bbva_core.pipeline.worker import Worker
from bbva_core.settings import AppSettings
from bbva_core.store import RunState, Store
from tests.faults.working import TARGET

HEADER = 32  # bytes of a WAL before its first frame
_FRAME_HEADER = 24
_SALTS = slice(16, 24)


def wal_of(database: Path) -> Path:
    """Where the WAL of a database is."""
    return database.with_name(database.name + "-wal")


@dataclass
class Generation:
    """What happened to the WAL from its first frame until it was begun anew."""

    database: bytes
    """Before any of it was copied into the database."""
    before: bytes
    """The WAL of the generation before, over which this one was written."""
    done_before: int
    """How many stages of batches were committed by then."""
    wal: bytes
    """Whole."""
    ends: list[tuple[int, int]] = field(default_factory=list)
    """Of every transaction: where its last frame ends, and how many stages of batches were committed then."""
    checkpointed: bytes | None = None
    """The database once all of it was copied there; None when that never happened."""

    @property
    def frame(self) -> int:
        """Bytes of a frame."""
        return _FRAME_HEADER + int(struct.unpack(">I", self.wal[8:12])[0])

    @property
    def boundaries(self) -> range:
        """Where frames end; the first is the end of the header."""
        return range(HEADER, self.ends[-1][0] + 1, self.frame)

    def committed_at(self, cut: int) -> int:
        """How many stages are committed by what lies wholly before this byte; all before this generation are."""
        return max((stages for end, stages in self.ends if end <= cut), default=self.done_before)


class _Recorder:
    def __init__(self, database: Path) -> None:
        self.generations: list[Generation] = []
        self.stages = 0
        self._database = database

    def look(self) -> None:
        """Note what lies on the disk now, if it is another transaction than the last time."""
        wal = wal_of(self._database).read_bytes()
        if len(wal) < HEADER:
            return  # nothing was written yet
        last = self.generations[-1] if self.generations else None
        database = self._database.read_bytes()
        if last is None or wal[:HEADER] != last.wal[:HEADER]:
            before, done = (last.wal, last.ends[-1][1]) if last else (b"", 0)
            last = Generation(database, before=before, done_before=done, wal=wal)
            self.generations.append(last)
        last.wal = wal
        end = _end(last)
        if not last.ends or end > last.ends[-1][0]:
            last.ends.append((end, self.stages))
        if database != last.database:
            last.checkpointed = database


def _end(generation: Generation) -> int:
    """Where the last frame of this generation ends: behind it are old bytes, with other salts."""
    wal, size = generation.wal, generation.frame
    end = generation.ends[-1][0] if generation.ends else HEADER
    while wal[end + 8 : end + 16] == wal[_SALTS]:
        end += size
    return end


def record(app: AppSettings) -> list[Generation]:
    """Work on what is queued, in this process, with the compute process of `working`; returns what was on the disk."""
    recorder = _Recorder(app.database_path)

    def committed(_run: str) -> None:
        recorder.stages += 1

    with Store(app) as store, _before_every_transaction(recorder):
        with closing(Worker(app, store, executor_factory=_executor, on_commit=committed)) as worker:
            worker.acquire()
            assert worker.run_next() == RunState.COMPLETE
        recorder.look()
    return recorder.generations


def _executor(app: AppSettings) -> ProcessExecutor:
    return ProcessExecutor(app, target=TARGET)


@contextmanager
def _before_every_transaction(recorder: _Recorder) -> Iterator[None]:
    def begins(_connection: object) -> None:
        recorder.look()

    event.listen(Engine, "begin", begins)
    try:
        yield
    finally:
        event.remove(Engine, "begin", begins)
