"""Limits of the operating system, for tests of what happens when they are reached.

`python -m tests.limits MODULE …` runs a module that may not write where permissions forbid it, even if root starts it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """As on a full disk: no file may grow beyond this many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@contextmanager
def powerless(folder: Path) -> Iterator[None]:
    """This process may read the folder but not write into it, whoever runs the tests: root becomes nobody."""
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    if os.getuid() == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
        folder.chmod(mode)


def limit_files_of(pid: int, size: int) -> None:
    """As `files_limited_to`, for a process that runs; -1 lifts the limit."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]))


def main() -> None:
    """Give up root's power over permissions, for good, and run the module."""
    if os.getuid() == 0:
        assert ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0) == 0
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])


if __name__ == "__main__":
    main()
