"""Named points where a test can make the process die, raise or hang.

`BBVA_FAILPOINT=name:action[:nth]` arms one of them: at the nth pass (default the first) of `failpoint(name)` the
process does `kill` (SIGKILL itself), `raise` (RuntimeError) or `hang` (says so on stderr, then sleeps until killed).
The worker arms its process, and the compute process itself; a name lies in one of the two only.
Unarmed, a point costs one comparison.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

_armed: tuple[str, str, int] | None = None
_passes = 0


def arm(specification: str) -> None:
    """Arm one failpoint for this process; an empty string disarms.

    Raises:
        ValueError: The specification is not `name:action[:nth]`.
    """
    global _armed, _passes
    _passes = 0
    if not specification:
        _armed = None
        return
    name, action, *nth = specification.split(":")
    if action not in ("kill", "raise", "hang") or len(nth) > 1:
        raise ValueError(f"BBVA_FAILPOINT {specification!r}: expected name:kill|raise|hang[:nth]")
    _armed = (name, action, int(nth[0]) if nth else 1)


def failpoint(name: str) -> None:
    """Pass a named point."""
    global _passes
    if _armed is None or _armed[0] != name:
        return
    _passes += 1
    if _passes != _armed[2]:
        return
    if _armed[1] == "kill":
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    elif _armed[1] == "raise":
        raise RuntimeError(f"failpoint {name}")
    else:
        sys.stderr.write(f"failpoint {name}: process {os.getpid()} hangs\n")
        sys.stderr.flush()
        threading.Event().wait()
