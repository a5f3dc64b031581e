"""The store: one database; `Registry` writes requests, `Ledger` results, `Corrections` what people know better, and
`Queries` reads.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from bbva_core.settings import AppSettings
from bbva_core.store.corrections import Corrections
from bbva_core.store.engine import read_engine, write_engine
from bbva_core.store.ledger import Claim, Gap, Ledger
from bbva_core.store.migrate import check_integrity, prepare_database
from bbva_core.store.models import RunState, StageStatus
from bbva_core.store.queries import BatchRow, Queries
from bbva_core.store.registry import NewRun, NewVideo, Registry
from bbva_core.store.summaries import RunSummary, StageProgress

__all__ = [
    "BatchRow",
    "Claim",
    "Corrections",
    "Gap",
    "Ledger",
    "NewRun",
    "NewVideo",
    "Queries",
    "Registry",
    "RunState",
    "RunSummary",
    "StageProgress",
    "StageStatus",
    "Store",
    "check_integrity",
]


class Store:
    """The database of one data folder, migrated and open.

    Raises:
        StoreError: It cannot be opened; the message says why and what is safe.
    """

    def __init__(self, app: AppSettings) -> None:
        prepare_database(app)
        self._write = write_engine(app.url)
        self._read = read_engine(app.url)
        self.registry = Registry(self._write)
        self.ledger = Ledger(self._write)
        self.corrections = Corrections(self._write)
        self.queries = Queries(self._read)

    def close(self) -> None:
        """Close every connection."""
        self._read.dispose()
        self._write.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
