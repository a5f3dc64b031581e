"""Where people stand: a thinned view that still meets the analysed frames."""

from __future__ import annotations

import pytest

from bbva_core.pipeline.orchestrator import SequentialOrchestrator
from bbva_core.settings import AppSettings
from bbva_core.store import Store
from tests.fakes import FakeExecutor, add_run, rows_of


@pytest.mark.parametrize(("start", "interval"), [(0, 1), (1, 2), (5, 3)])
def test_thinning_meets_analysed_frames_wherever_the_run_starts(
    app: AppSettings, store: Store, start: int, interval: int
) -> None:
    from threading import Event

    run = add_run(store, app, frames=60, start_frame=start, sample_interval=interval)
    claim = store.ledger.claim_next(run.uuid)
    assert claim is not None
    SequentialOrchestrator(store, FakeExecutor(), stop=Event()).run(claim, run.spec)
    every = 2 * interval
    expected = sum(len(rows_of("detect", frame)) for frame in range(start, 60, every))
    assert len(store.queries.positions(run.id, start=start, every=every)) == expected > 0
