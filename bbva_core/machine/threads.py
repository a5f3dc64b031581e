"""How many CPU threads inference and work on pictures may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


def resolve_threads(threads: int) -> int:
    """The number asked for; 0 means one per physical core that this process may run on."""
    if threads > 0:
        return threads
    # A container or taskset can leave fewer cores than the machine has.
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    physical = psutil.cpu_count(logical=False) or allowed
    return max(1, min(physical, allowed))


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """Within it OpenCV works on one thread, and on as many as before after it.

    For work on small pictures: dividing it among threads costs half as much CPU again as it takes.
    """
    import cv2  # heavy, and this module is not

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
