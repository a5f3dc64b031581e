"""Where the bug is now: where it was, where it was found, or where it has slid to."""

from __future__ import annotations

from dataclasses import replace

from bbva_core.ocr.types import Image
from bbva_core.scoreboard.memory import Memory
from bbva_core.scoreboard.template import THERE

LOOK_AROUND = 0.4
"""Seconds between two looks whether a bug that is gone has slid, or says something again."""
_LONG_GONE, _SELDOM = 4.0, 2.0  # a bug gone for so many seconds is looked for only every so many
_SLID = 0.25  # a bug that has slid looks so much more like itself elsewhere: parts of it may look like others
_ELSEWHERE = 0.05  # and where it may have slid, so much more like itself than where it seems to be
_SETTLES = 2.0  # seconds in which a bug that has slid may be taken for another part of it


def follow(memory: Memory, image: Image, seconds: float) -> tuple[Memory, tuple[int, int] | None]:
    """By how much the bug that was found is shifted in a picture; None when it is not there.

    Args:
        memory: With the bug that was found.
        image: BGR.
        seconds: Of the video.

    Returns:
        What is remembered now, and the shift in pixels to the right and down.
    """
    assert memory.found is not None
    template = memory.found.template
    places = {place: template.likeness(image, *place) for place in dict.fromkeys((memory.offset, (0, 0)))}
    best = max(places, key=places.__getitem__)
    there = best if places[best] >= THERE else None
    doubtful = memory.gone_since is not None or seconds < memory.settled_at
    if seconds < memory.look_at if doubtful else there is not None:
        return memory, there
    long_gone = memory.gone_since is not None and seconds - memory.gone_since > _LONG_GONE
    memory = replace(memory, look_at=seconds + (_SELDOM if long_gone else LOOK_AROUND))
    slid = template.find(image)
    better = _SLID if there is None else _ELSEWHERE
    if slid is None or template.likeness(image, *slid) < places[best] + better:
        return memory, there
    return replace(memory, settled_at=seconds + _SETTLES), slid
