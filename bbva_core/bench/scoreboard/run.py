"""The whole benchmark of the scoreboard, in one run on one machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bbva_core.bench.machine import machine_info
from bbva_core.bench.scoreboard.boards import read_boards
from bbva_core.bench.scoreboard.bugs import read_bugs
from bbva_core.bench.scoreboard.clips import compare_on_clips, read_without
from bbva_core.bench.scoreboard.engines import all_engines
from bbva_core.bench.scoreboard.fonts import bug_fonts
from bbva_core.bench.scoreboard.truth import boards_at, clips_at, videos_at
from bbva_core.errors import InvalidSettings
from bbva_core.machine.threads import one_opencv_thread
from bbva_core.settings import AppSettings

DEFAULT_BUGS = 500

Progress = Callable[[str, int, int], None]


def bench_scoreboard(
    app: AppSettings,
    progress: Progress,
    *,
    clips: Sequence[Path] = (),
    boards: Path | None = None,
    bugs: int = DEFAULT_BUGS,
    first_bug: int = 0,
    drawn: bool = False,
    fonts: Sequence[Path] = (),
    without: Sequence[Path] = (),
    workers: int | None = None,
) -> dict[str, Any]:
    """Measure; returns the figures of each part that was asked for.

    Args:
        app: Where models are, and how many threads there are.
        progress: Called with (what is measured, done, in all).
        clips: Videos with their truth beside them, or folders of such. Default: the sample game.
        boards: A folder with photos of boards and `truth.csv`.
        bugs: How many synthetic score bugs.
        first_bug: The number of the first of them; others have not been looked at before.
        drawn: Whether to read each of them in a place that is drawn roughly around it.
        fonts: Folders with fonts to write them with, besides those that are installed.
        without: Videos without a scoreboard, or folders of such.
        workers: Processes for the synthetic score bugs. Default: one a core.

    Raises:
        InvalidSettings: A number is negative, or there is no font in a folder.
        NotFound: A path, or the truth of it, is not there.
        DataSetError: A truth file is damaged, or does not fit.
        UnsupportedVideo: A video cannot be read.
        ReaderError: An engine failed.
        ComputeCrashed: A process died.
    """
    if bugs < 0 or first_bug < 0:
        raise InvalidSettings(f"Score bugs are counted from 0; found {bugs} of them from number {first_bug} on.")
    # What is wrong with the paths is said before anything is measured.
    with_truth = clips_at(clips or [app.sample_video])
    photos = boards_at(boards) if boards is not None else []
    videos = videos_at(without)
    letters = bug_fonts(fonts)
    result: dict[str, Any] = {}
    with one_opencv_thread(), all_engines(app) as engines:
        result["clips"] = compare_on_clips(engines, with_truth, partial(progress, "reading clips"))
        if photos:
            result["boards"] = read_boards(engines, photos, partial(progress, "reading boards"))
        if videos:
            result["without"] = read_without(engines, videos, partial(progress, "reading videos without a scoreboard"))
    if bugs:
        numbers = range(first_bug, first_bug + bugs)
        told = partial(progress, "reading synthetic score bugs")
        result["bugs"] = read_bugs(app, numbers, letters, told, drawn=drawn, workers=workers)
    return {**result, "machine": machine_info(app)}
