"""An object for tests of `ChildProcess`. Apart from `fakes`, because a child that imports little starts at once."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, Protocol

from bbva_core.errors import VideoReadError


class Progress(Protocol):
    """As in `bbva_core.pipeline.tasks`, which imports more."""

    def __call__(self, done: int, total: int) -> None: ...


class Served:
    """Answers, fails, dies and hangs as told."""

    def __init__(self, greeting: str) -> None:
        self._greeting = greeting
        self._calls = 0

    def echo(self, value: Any, *, progress: Progress) -> tuple[str, Any, int, int]:
        self._calls += 1
        return self._greeting, value, os.getpid(), self._calls

    def count(self, n: int, *, progress: Progress) -> int:
        for i in range(n):
            progress(i, n)
        return n

    def shout(self, *, progress: Progress) -> str:
        print("this must not spoil the pickles")  # noqa: T201
        os.write(1, b"nor this\n")
        return "done"

    def fail(self, ours: bool, *, progress: Progress) -> None:
        raise VideoReadError("cannot read", safe="all safe", do="put it back") if ours else KeyError("odd")

    def die(self, how: int, *, progress: Progress) -> None:
        if how < 0:
            os.kill(os.getpid(), -how)
        os._exit(how)

    def hang(self, *, progress: Progress) -> None:
        threading.Event().wait()


class Marked(Served):
    """Leaves a file when it is made."""

    def __init__(self, mark: str) -> None:
        super().__init__(mark)
        Path(mark).touch()
