"""`python -m tests.browser.fake_engines MODULE …`: our program, with real decoding in a real child, and fake engines.

As in `tests/faults/working.py`; POISON and GATE say where an engine fails or waits (`tests/fakes.py`).
"""

from __future__ import annotations

import runpy
import sys

from bbva_core.pipeline.executors import ProcessExecutor
from tests.faults.working import TARGET


def main() -> None:
    """Run the module."""
    ProcessExecutor.__init__.__kwdefaults__["target"] = TARGET
    _, *sys.argv = sys.argv
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
