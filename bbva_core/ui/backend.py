"""What stands behind the pages in the server process: the store, the control, and one worker thread."""

from __future__ import annotations

import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from streamlit.runtime.pages_manager import PagesManager

from bbva_core.errors import BBVAError
from bbva_core.pipeline.control import Control
from bbva_core.pipeline.worker import Worker
from bbva_core.settings import AppSettings, load_app_settings
from bbva_core.store import Queries, Store

_STOP_SECONDS = 5.0


class Backend:
    """One data folder, open, with a worker thread that waits for the right to work.

    Raises:
        StoreError: The database cannot be opened.
    """

    def __init__(self, app: AppSettings) -> None:
        self.app = app
        self.store = Store(app)
        self._worker = Worker(app, self.store)
        self.control = Control(app, self.store, wake=self._worker.wake.set)
        self._thread = threading.Thread(target=self._worker.serve, name="bbva-worker", daemon=True)
        self._thread.start()

    @property
    def queries(self) -> Queries:
        """The read side of the store."""
        return self.store.queries

    def close(self) -> None:
        """Stop the worker: the batch in flight is finished or rolled back within seconds."""
        self._worker.stop.set()
        self._worker.wake.set()
        self._thread.join(_STOP_SECONDS)
        self.control.close()
        self.store.close()


_lock = threading.Lock()
_backend: Backend | None = None


def get_backend() -> Backend:
    """The backend of this process, opened at the first call.

    Raises:
        StoreError: The database cannot be opened; the next call tries again.
    """
    global _backend
    with _lock:
        if _backend is None:
            _backend = Backend(load_app_settings())
        return _backend


def close_backend() -> None:
    """Close the backend of this process, if it is open."""
    global _backend
    with _lock:
        backend, _backend = _backend, None
    if backend is not None:
        backend.close()


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Opens the backend with the server, so that queued runs go on before anybody looks; closes it with the server."""
    # Until the first st.navigation call Streamlit takes the folder `pages/` for its own old kind of multipage app, and
    # an address like /detections would be drawn without our frame around it.
    PagesManager.uses_pages_directory = False
    _end_in_order()
    with suppress(BBVAError):  # every page says why, and tries again
        get_backend()
    try:
        yield {}
    finally:
        close_backend()


def _end_in_order() -> None:
    """Make Ctrl-C and SIGTERM end the server with exit code 0.

    By itself uvicorn shuts down in order, and then raises the signal once more, which ends the process as if it had
    failed. A second Ctrl-C still does not wait for anything.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        uvicorns = signal.getsignal(number)
        server = getattr(uvicorns, "__self__", None)
        if isinstance(server, uvicorn.Server) and callable(uvicorns):  # else somebody else runs the app

            def end(number: int, frame: Any, server: uvicorn.Server = server, again: Any = uvicorns) -> None:
                if server.should_exit:
                    again(number, frame)
                server.should_exit = True

            signal.signal(number, end)
