"""How many CPU threads inference may use."""

from __future__ import annotations

import os

import psutil


def resolve_threads(threads: int) -> int:
    """The number asked for; 0 means one per physical core that this process may run on."""
    if threads > 0:
        return threads
    # A container or taskset can leave fewer cores than the machine has.
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    physical = psutil.cpu_count(logical=False) or allowed
    return max(1, min(physical, allowed))
