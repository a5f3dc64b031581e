"""How well scoreboards are read, and at which cost: broadcasts, boards, synthetic score bugs, and videos without any.

Exact, late (what was shown within the last second), wrong and not read are told apart, in the state of the game that
the last accepted reading at or before a frame gives. Seconds are of CPU time, on one thread.
"""

from bbva_core.bench.scoreboard.run import DEFAULT_BUGS, bench_scoreboard
from bbva_core.bench.scoreboard.table import as_table

__all__ = ["DEFAULT_BUGS", "as_table", "bench_scoreboard"]
