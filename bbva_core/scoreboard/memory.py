"""All that the scoreboard reader remembers between two frames, and how it is stored with a batch."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bbva_core.ocr.types import Word
from bbva_core.scoreboard.gate import Cell
from bbva_core.scoreboard.layout import Layout
from bbva_core.scoreboard.locate import Found
from bbva_core.scoreboard.rules import SURE, GameState
from bbva_core.scoreboard.template import Template

_LESS_SURE = 0.1  # by so much less sure of the same text it may be another


@dataclass(frozen=True)
class Seen:
    """What was read in a field.

    Args:
        word: What it says.
        tries: How often it was read since it changed.
        ours: What our own reader made of it, where a second reader was asked.
    """

    word: Word
    tries: int
    ours: Word | None = None

    def is_read_again(self, ours: Word) -> bool:
        """Whether our own reader reads what it read when a second reader was asked, and no less surely."""
        before = self.ours
        if before is None or ours.text != before.text:
            return False
        return ours.confidence >= min(before.confidence, SURE) - _LESS_SURE

    def to_list(self) -> list[Any]:
        """For storage as JSON."""
        ours = None if self.ours is None else [self.ours.text, self.ours.confidence]
        return [self.word.text, self.word.confidence, self.tries, ours]

    @classmethod
    def from_list(cls, stored: Sequence[Any]) -> Self:
        """The opposite of `to_list`."""
        text, confidence, tries, ours = stored
        return cls(Word(text, confidence), tries, Word(*ours) if ours is not None else None)


@dataclass(frozen=True)
class Memory:
    """Where the reader stands. Times are seconds of the video.

    Args:
        found: The scoreboard that is followed.
        offset: By how much it has slid from where it was found.
        gone_since: When it vanished; None while it is there.
        search_at: When to search for one again.
        search_wait: How long was waited before the last search.
        look_at: When to look again whether it has slid.
        settled_at: Until then it may have slid farther, or elsewhere than it seemed.
        ask_at: When to ask the second reader again about what flickers.
        cells: By field, how it looked when it was last read.
        seen: By field, what was read then.
        state: What is believed.
    """

    found: Found | None = None
    offset: tuple[int, int] = (0, 0)
    gone_since: float | None = None
    search_at: float = -1.0
    search_wait: float = 0.0
    look_at: float = -1.0
    settled_at: float = -1.0
    ask_at: float = -1.0
    cells: Mapping[str, Cell] = field(default_factory=dict)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    state: GameState = field(default_factory=GameState)

    def to_bytes(self) -> bytes:
        """For storage."""
        stored: dict[str, Any] = {
            "offset": list(self.offset),
            "gone_since": self.gone_since,
            "search_at": self.search_at,
            "search_wait": self.search_wait,
            "look_at": self.look_at,
            "settled_at": self.settled_at,
            "ask_at": self.ask_at,
            "cells": {name: _packed(cell) for name, cell in self.cells.items()},
            "seen": {name: seen.to_list() for name, seen in self.seen.items()},
            "state": self.state.to_dict(),
        }
        if self.found is not None:
            template = self.found.template
            stored["found"] = {
                "layout": self.found.layout.to_dict(),
                "box": list(template.box),
                "picture": _packed(template.picture),
                "mask": _packed(np.packbits(template.mask)),
            }
        return zlib.compress(json.dumps(stored, separators=(",", ":"), sort_keys=True).encode(), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The opposite of `to_bytes`."""
        stored = json.loads(zlib.decompress(data))
        return cls(
            found=_found(stored["found"]) if "found" in stored else None,
            offset=tuple(stored["offset"]),
            gone_since=stored["gone_since"],
            search_at=stored["search_at"],
            search_wait=stored["search_wait"],
            look_at=stored["look_at"],
            settled_at=stored["settled_at"],
            ask_at=stored["ask_at"],
            cells={name: _unpacked(cell) for name, cell in stored["cells"].items()},
            seen={name: Seen.from_list(values) for name, values in stored["seen"].items()},
            state=GameState.from_dict(stored["state"]),
        )


def _found(stored: Mapping[str, Any]) -> Found:
    picture = _unpacked(stored["picture"])
    bits = np.unpackbits(_unpacked(stored["mask"]), count=picture.size)
    x1, y1, x2, y2 = stored["box"]
    template = Template((x1, y1, x2, y2), picture, bits.reshape(picture.shape).astype(bool))
    return Found(Layout.from_dict(stored["layout"]), template)


def _packed(pixels: npt.NDArray[np.uint8]) -> list[Any]:
    return [list(pixels.shape), base64.b85encode(zlib.compress(pixels.tobytes(), 6)).decode()]


def _unpacked(stored: list[Any]) -> npt.NDArray[np.uint8]:
    shape, data = stored
    return np.frombuffer(zlib.decompress(base64.b85decode(data)), np.uint8).reshape(shape).copy()
