"""`python -m tests.faults.impatient MODULE …`: our program, waiting one second for a locked database, not thirty."""

from __future__ import annotations

import runpy
import sys

from bbva_core.store import engine, migrate


def main() -> None:
    """Run the module."""
    for module in (engine, migrate):
        vars(module)["BUSY_TIMEOUT_MS"] = 1000
    _, *sys.argv = sys.argv
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
