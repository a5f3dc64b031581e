"""A reader sees a batch with all its rows and its status, or nothing of it."""

from __future__ import annotations

import threading
from contextlib import closing
from itertools import accumulate

from bbva_core.settings import AppSettings
from bbva_core.store import Store
from bbva_core.store.models import Detection
from tests.fakes import add_run, rows_of

BATCHES, BATCH_FRAMES = 40, 25


def test_row_counts_only_at_batch_boundaries(app: AppSettings, store: Store) -> None:
    run = add_run(store, app, frames=BATCHES * BATCH_FRAMES, batch_frames=BATCH_FRAMES)
    claim = store.ledger.claim_next()
    assert claim is not None
    seen: list[tuple[int, int, int]] = []
    looked, done = threading.Condition(), threading.Event()

    def read() -> None:
        with Store(app) as other:
            while not done.is_set():
                with closing(other.queries.iterate_detections(run.id)) as rows:
                    counted = sum(1 for _ in rows)
                summary = other.queries.run(run.uuid)
                with looked:
                    seen.append((counted, summary.detections, summary.batches_done))
                    looked.notify()

    def wait_for_a_whole_look() -> None:
        with looked:
            before = len(seen)
            assert looked.wait_for(lambda: len(seen) >= before + 2, timeout=60)

    thread = threading.Thread(target=read)
    thread.start()
    sizes = []
    for batch in store.queries.batches(run.id):
        if batch.ordinal % 10 == 0:
            wait_for_a_whole_look()  # most commits come in the middle of one, these between two
        rows = [row for frame in range(batch.frame_start, batch.frame_end) for row in rows_of("detect", frame)]
        sizes.append(len(rows))
        store.ledger.start_stage(claim, batch.id, "detect")
        store.ledger.commit_stage(claim, batch.id, "detect", {Detection: rows}, (), frames=BATCH_FRAMES, seconds=0.1)
    done.set()
    thread.join()
    boundaries = list(accumulate(sizes, initial=0))
    assert {counted for counted, _, _ in seen} <= set(boundaries)
    # A summary is one look at the database: its rows and its batches belong together.
    assert all(detections == boundaries[batches] for _, detections, batches in seen)
    assert len({counted for counted, _, _ in seen}) >= 4
