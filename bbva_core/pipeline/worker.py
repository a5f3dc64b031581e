"""The worker: owns the right to work in a data folder, takes run after run, and is the only one that commits results.

The right is an OS lock on a file, which dies with the process that holds it. A second process on the same folder, or a
second thread after a hot reload, waits for it.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from bbva_core.errors import BBVAError, LostClaim, StoreError, WorkerBusy, foreign
from bbva_core.failpoints import arm
from bbva_core.pipeline.executors import Executor, make_executor
from bbva_core.pipeline.leftovers import sweep
from bbva_core.pipeline.orchestrator import SequentialOrchestrator
from bbva_core.pipeline.spec import spec_for
from bbva_core.settings import AppSettings
from bbva_core.store import Claim, RunState, Store

_LOG = logging.getLogger(__name__)
_BEAT_SECONDS = 2.0
_IDLE_POLL_SECONDS = 1.0
_RELEASE_MODELS_AFTER_SECONDS = 120.0


class Worker:
    """Works through queued runs. Use it in a `with`, or call `close`.

    Args:
        app: Where the data folder is.
        store: Its store.
        executor_factory: Where stages are computed.
        on_commit: Called after every commit with the run's uuid.
    """

    def __init__(
        self,
        app: AppSettings,
        store: Store,
        *,
        executor_factory: Callable[[AppSettings], Executor] = make_executor,
        on_commit: Callable[[str], None] = lambda _run: None,
    ) -> None:
        arm(app.failpoint)
        self._app = app
        self._store = store
        self._executor_factory = executor_factory
        self._on_commit = on_commit
        self._executor: Executor | None = None
        self._lock = FileLock(app.lock_path, thread_local=False)
        self._started_at = datetime.now(UTC)
        self._last_beat = float("-inf")
        self._unnoted: tuple[Claim, str] | None = None
        self.stop = threading.Event()
        self.wake = threading.Event()

    def acquire(self, timeout: float = 0.0) -> None:
        """Take the right to work, and mark what a dead worker left behind as interrupted.

        Raises:
            WorkerBusy: Another process has it.
            StoreError: The file to lock cannot be opened, or the database not be written.
        """
        if not _take(self._lock, timeout):
            raise WorkerBusy(
                f"Another BBVA is working in {self._app.data_dir.resolve()}.",
                safe="Nothing was changed.",
                do="Close it, or let it do the work: what is queued there is taken up by itself.",
            )
        try:
            self._store.ledger.recover()
            sweep(self._app, self._store, now=time.time())
        except BaseException:
            self._lock.release()
            raise
        self._beat()

    def run_next(self, run_uuid: str | None = None) -> RunState | None:
        """Work on the oldest queued run, or on the named one; None when it is not queued."""
        if self._unnoted is not None:
            with suppress(LostClaim):  # another BBVA has done it
                self._store.ledger.finish(self._unnoted[0], RunState.FAILED, self._unnoted[1])
            self._unnoted = None
        claim = self._store.ledger.claim_next(run_uuid)
        if claim is None:
            return None
        try:
            return self._work_on(claim)
        except LostClaim:
            _LOG.warning("run %s was taken away", claim.run_uuid)
            return RunState.INTERRUPTED
        except Exception as error:
            self._note_failure(claim, error)
            raise

    def _work_on(self, claim: Claim) -> RunState:
        try:
            spec = spec_for(self._app, self._store, claim.run_uuid)
        except StoreError:
            raise
        except BBVAError as error:
            self._store.ledger.finish(claim, RunState.FAILED, str(error))
            return RunState.FAILED
        if self._executor is None:
            self._executor = self._executor_factory(self._app)
        orchestrator = SequentialOrchestrator(
            self._store,
            self._executor,
            stop=self.stop,
            tick=self._beat,
            on_commit=lambda: self._on_commit(claim.run_uuid),
        )
        return orchestrator.run(claim, spec)

    def serve(self) -> None:
        """Work until `stop` is set. Survives everything but the process."""
        idle_since = time.monotonic()
        complaint = ""
        try:
            while not self.stop.is_set():
                try:
                    if not self._lock.is_locked:
                        self.acquire()
                    if self.run_next() is not None:
                        idle_since, complaint = time.monotonic(), ""
                        continue
                    self._beat()
                    if time.monotonic() - idle_since > _RELEASE_MODELS_AFTER_SECONDS:
                        self._release_models()
                except WorkerBusy:
                    pass  # another process works here; the lock comes free when it ends
                except Exception as error:
                    if complaint != repr(error):  # a disk may stay full for hours
                        _LOG.exception("the worker could not go on; it tries again")
                    complaint = repr(error)
                self.wake.wait(_IDLE_POLL_SECONDS)
                self.wake.clear()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the models and of the right to work."""
        self._release_models()
        self._lock.release()

    def _release_models(self) -> None:
        if self._executor is not None:
            self._executor.close()
            self._executor = None

    def _note_failure(self, claim: Claim, error: Exception) -> None:
        words = str(error) if isinstance(error, BBVAError) else f"Unexpected {foreign(error)}"
        try:
            self._store.ledger.finish(claim, RunState.FAILED, words)
        except Exception:
            # The disk is full, or the database locked: the run stays "running" until the database can be written again.
            self._unnoted = claim, words
            _LOG.exception("run %s ended with %r, which could not be noted", claim.run_uuid, words)

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._last_beat < _BEAT_SECONDS:
            return
        self._last_beat = now
        try:
            self._store.ledger.beat(
                host=socket.gethostname(),
                pid=os.getpid(),
                boot_id=_boot_id(),
                compute_pid=self._executor.pid if self._executor else None,
                started_at=self._started_at,
            )
            self._store.ledger.tidy()
        except StoreError as error:
            _LOG.warning("the worker's sign of life was not stored: %s", error)  # it is for people: the run goes on


def recover_abandoned(app: AppSettings, store: Store) -> None:
    """Mark what a dead worker left as running as interrupted; a living worker's runs are left alone."""
    lock = FileLock(app.lock_path)
    if not _take(lock):
        return  # a living worker has done it already
    try:
        store.ledger.recover()
    finally:
        lock.release()


def worker_is_alive(app: AppSettings) -> bool:
    """Whether any process holds the right to work. Reads the OS lock, so no clock or process id can fool it.

    Raises:
        StoreError: The file to lock cannot be opened.
    """
    if not app.lock_path.exists():
        return False
    probe = FileLock(app.lock_path)
    if not _take(probe):
        return True
    probe.release()
    return False


def _take(lock: FileLock, timeout: float = 0.0) -> bool:
    """Take a lock; False when another process has it."""
    try:
        lock.acquire(timeout=timeout)
    except Timeout:
        return False
    except OSError as error:
        raise StoreError(
            f"{lock.lock_file} cannot be locked ({error.strerror or error}).",
            safe="Everything committed is safe.",
            do="Make the data folder writable, or choose another, on a disk that supports file locks (BBVA_DATA_DIR).",
        ) from error
    return True


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
