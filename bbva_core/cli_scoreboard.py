"""The command that measures how well scoreboards are read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from bbva_core.settings import AppSettings
from bbva_core.terminal import answer, bar


def add_bench_options(bench: argparse.ArgumentParser) -> None:
    """The options of `bench scoreboard`."""
    bench.add_argument(
        "--clips",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="scoreboard: videos with NAME.truth.json beside them, or folders of such (default: the sample game)",
    )
    bench.add_argument("--boards", type=Path, metavar="FOLDER", help="scoreboard: photos of boards, and truth.csv")
    bench.add_argument(
        "--bugs", type=int, default=500, metavar="N", help="scoreboard: synthetic score bugs to read (default: 500)"
    )
    bench.add_argument(
        "--first-bug", type=int, default=0, metavar="N", help="scoreboard: number of the first of them (default: 0)"
    )
    bench.add_argument(
        "--drawn", action="store_true", help="scoreboard: read each in a place that is drawn roughly around it"
    )
    bench.add_argument(
        "--fonts", type=Path, nargs="+", default=[], metavar="FOLDER", help="scoreboard: more fonts to draw them with"
    )
    bench.add_argument(
        "--without", type=Path, nargs="+", default=[], metavar="PATH", help="scoreboard: videos that show none"
    )


def bench_scoreboard(app: AppSettings, arguments: argparse.Namespace) -> int:
    """The command `bench scoreboard`."""
    from bbva_core.bench.scoreboard import as_table, bench_scoreboard

    bars: dict[str, Callable[[int, int], None]] = {}

    def progress(what: str, done: int, of: int) -> None:
        bars.setdefault(what, bar(what))(done, of)

    result = bench_scoreboard(
        app,
        progress,
        clips=arguments.clips,
        boards=arguments.boards,
        bugs=arguments.bugs,
        first_bug=arguments.first_bug,
        drawn=arguments.drawn,
        fonts=arguments.fonts,
        without=arguments.without,
    )
    answer(json.dumps(result) if arguments.json else as_table(result))
    return 0
