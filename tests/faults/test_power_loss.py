"""P1, P2, P3, P8: whatever a loss of power leaves of the WAL, every commit before the cut is there, and nothing else.

On an honest disk everything that was synced is there, and of what was written since each sector may be new or old; a
file that was growing may end anywhere, or in zeros. SQLite syncs the WAL at every commit (synchronous=FULL), so only
the transaction in flight is at risk; these tests cut everywhere all the same.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bbva_core.pipeline.leftovers import KEPT_SECONDS
from bbva_core.settings import AppSettings
from bbva_core.store import Store
from tests import videos
from tests.faults.killing import assert_whole_batches_only, exports, query
from tests.faults.recording import HEADER, record, wal_of
from tests.faults.working import add, resume, work
from tests.figures import Figure

pytestmark = pytest.mark.slow

FRAMES, BATCH_FRAMES = 150, 2  # long enough for SQLite to begin its WAL anew on the way
SECTOR = 512
TORN = 300

DETECTIONS = """
    SELECT p.ordinal, d.frame_index, d.det_index, d.pts, d.class, d.score, d.x1, d.y1, d.x2, d.y2
    FROM detections d JOIN processing_batches p ON p.id = d.batch_id ORDER BY d.frame_index, d.det_index"""
READINGS = """
    SELECT p.ordinal, r.frame_index, r.pts, r.raw_text, r.confidence, r.lines, r.crop
    FROM scoreboard_readings r JOIN processing_batches p ON p.id = r.batch_id ORDER BY r.frame_index"""
STAGES = """
    SELECT p.ordinal, s.stage FROM batch_stages s JOIN processing_batches p ON p.id = s.batch_id
    WHERE s.status = 'completed' ORDER BY p.ordinal, s.stage"""  # detect, then ocr: the order of the work


class Recorded:
    """A whole run: what was on the disk on the way, and what came of it."""

    def __init__(self, folder: Path) -> None:
        video = videos.write(folder / "game.mp4", options=videos.X264_OPEN, count=FRAMES)
        self.app = AppSettings(data_dir=folder / "data")
        add(self.app, video, batch_frames=BATCH_FRAMES)
        self.generations = record(self.app)
        self.rows = exports(self.app.data_dir, folder / "exports")
        self.detections, self.readings, self.stages = (
            query(self.app.data_dir, statement) for statement in (DETECTIONS, READINGS, STAGES)
        )
        assert len(self.stages) == 2 * FRAMES // BATCH_FRAMES
        assert len(self.detections) == sum(frame % 4 for frame in range(FRAMES)) and len(self.readings) == FRAMES


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(tmp_path_factory.mktemp("recorded"))


Found = Callable[[bytes, bytes], Path]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """Call it with what is left of a database and of its WAL: the data folder that the next start finds."""
    folder = tmp_path / "found"

    def lay_out(database: bytes, wal: bytes) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "bbva.db").write_bytes(database)
        wal_of(folder / "bbva.db").write_bytes(wal)
        return folder

    return lay_out


@pytest.fixture
def chance() -> random.Random:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    return random.Random(seed)


def check(data_dir: Path, recorded: Recorded, *, done: int) -> None:
    """The database is sound, and holds the first so many stages of batches: all their rows, and no others."""
    with closing(sqlite3.connect(data_dir / "bbva.db")) as connection:  # while it is open, the WAL is recovered once
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert query(data_dir, "PRAGMA foreign_key_check") == []
        assert query(data_dir, STAGES) == recorded.stages[:done]
        assert_whole_batches_only(data_dir)
        detections = [row for row in recorded.detections if int(str(row[0])) < (done + 1) // 2]
        assert query(data_dir, DETECTIONS) == detections
        assert query(data_dir, READINGS) == [row for row in recorded.readings if int(str(row[0])) < done // 2]


def common_length(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    length = min(len(one), len(other))
    a, b = (np.frombuffer(data, np.uint8, length) for data in (one, other))
    different = np.flatnonzero(a != b)
    return int(different[0]) if different.size else length


def torn(new: bytes, old: bytes, chance: random.Random) -> bytes:
    """Of every sector what was written last, or what lay there before; behind the end of the old file zeros."""
    old = old.ljust(len(new), b"\0")
    starts = range(0, len(new), SECTOR)
    return b"".join(chance.choice((new, old))[start : start + SECTOR] for start in starts)


def test_the_run_is_long_enough_for_the_wal_to_be_begun_anew(recorded: Recorded) -> None:
    first, *others = recorded.generations
    assert others and first.checkpointed and others[-1].done_before > 0
    assert first.done_before == 0 and recorded.generations[-1].ends[-1][1] == len(recorded.stages)


def test_cut_after_any_frame(recorded: Recorded, found: Found, figure: Figure) -> None:
    cuts = 0
    for generation in recorded.generations:
        for cut in (0, *generation.boundaries):
            # What is not written yet is not there; or the bytes of an earlier time are, where the WAL was begun anew.
            wal = generation.wal[:cut] + generation.before[cut:]
            check(found(generation.database, wal), recorded, done=generation.committed_at(cut))
            cuts += 1
    figure("cuts", cuts)


@pytest.mark.parametrize("behind", ["nothing", "zeros", "noise", "old bytes", "the rest, one bit flipped"])
def test_torn_at_any_byte(recorded: Recorded, found: Found, chance: random.Random, figure: Figure, behind: str) -> None:
    for _ in range(TORN // 5):
        generation = chance.choice(recorded.generations)
        cut = chance.randrange(generation.ends[-1][0])
        rest = len(generation.wal) - cut
        tail = {
            "nothing": b"",
            "zeros": bytes(rest),
            "noise": chance.randbytes(rest),
            "old bytes": generation.before[cut:] or generation.wal[:rest],
            "the rest, one bit flipped": bytes([generation.wal[cut] ^ 1 << chance.randrange(8)])
            + generation.wal[cut + 1 :],
        }[behind]
        data = found(generation.database, generation.wal[:cut] + tail)
        # Pages end in zeros, and often in what they ended in before: such a tail may be what was to be written.
        written = cut + common_length(tail, generation.wal[cut:])
        check(data, recorded, done=generation.committed_at(written))
    figure("tears", TORN // 5)


def test_the_sectors_of_a_transaction_in_flight_land_in_any_order(
    recorded: Recorded, found: Found, chance: random.Random
) -> None:
    seen = set()
    for _ in range(100):
        generation = chance.choice(recorded.generations)
        number = chance.randrange(1, len(generation.ends))
        (start, done), (end, done_then) = generation.ends[number - 1 : number + 1]
        before = generation.before[start:end]
        wal = generation.wal[:start] + torn(generation.wal[start:end], before, chance) + generation.before[end:]
        complete = wal[start:end] == generation.wal[start:end]
        check(found(generation.database, wal), recorded, done=done_then if complete else done)
        seen.add(done_then - done)
    assert seen == {0, 1}, "transactions with rows, and without"


def test_power_goes_while_the_wal_is_copied_into_the_database(
    recorded: Recorded, found: Found, chance: random.Random
) -> None:
    """Then any page of the database may be old, new or half of each; the WAL has them all, synced before."""
    copied = [generation for generation in recorded.generations if generation.checkpointed is not None]
    for _ in range(30):
        generation = chance.choice(copied)
        assert generation.checkpointed is not None
        database = torn(generation.checkpointed, generation.database, chance)
        assert database not in (generation.checkpointed, generation.database)
        check(found(database, generation.wal), recorded, done=generation.ends[-1][1])


def test_what_was_cut_is_computed_again_and_the_rows_are_those_of_the_whole_run(
    recorded: Recorded, found: Found, tmp_path: Path, chance: random.Random
) -> None:
    for number, generation in enumerate([*recorded.generations, *recorded.generations]):
        cut = chance.randrange(HEADER, generation.ends[-1][0] * 9 // 10)
        data = found(generation.database, generation.wal[:cut] + chance.randbytes(1000) + generation.before[cut:])
        app = AppSettings(data_dir=data)
        with Store(app):  # with our own code
            check(data, recorded, done=generation.committed_at(cut))
        resume(app)
        assert work(data) == (0, "")
        check(data, recorded, done=len(recorded.stages))
        assert exports(data, tmp_path / f"exports {number}") == recorded.rows
        [(attempts,)] = query(data, "SELECT sum(attempts) FROM batch_stages")
        assert int(str(attempts)) <= len(recorded.stages) + 1, "more than the batch in flight was computed again"


def test_a_video_torn_on_its_way_in_never_becomes_one_and_goes_a_week_later(
    recorded: Recorded, found: Found, chance: random.Random
) -> None:
    last = recorded.generations[-1]
    data = found(last.database, last.wal)
    half = data / "incoming" / "0b3c0a4e-6f0b-4a51-8f5c-0d3a8a4f1c55.mp4"
    half.parent.mkdir()
    whole = (recorded.app.data_dir.parent / "game.mp4").read_bytes()
    half.write_bytes(torn(whole, b"", chance)[: chance.randrange(len(whole))])
    assert work(data) == (0, "")
    assert half.exists(), "it may be an upload that is under way"
    long_ago = half.stat().st_mtime - KEPT_SECONDS - 60
    os.utime(half, (long_ago, long_ago))
    assert work(data) == (0, "")
    assert not half.exists() and query(data, "SELECT count(*) FROM videos") == [(1,)]
    check(data, recorded, done=len(recorded.stages))
