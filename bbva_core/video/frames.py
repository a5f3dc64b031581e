"""What a frame source gives: a frame, or the fact that it is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Frame:
    """One decoded frame."""

    index: int
    """Place in presentation order, counted from 0 over the whole video."""

    pts: int

    image: Image
    """Height x width x 3, BGR, C-contiguous, upright, always of the video's own size."""

    damaged: bool = False
    """The decoder had to guess parts of the picture."""


@dataclass(frozen=True)
class MissingFrame:
    """A frame that the index names and no decoder can show."""

    index: int
    pts: int
    reason: str
