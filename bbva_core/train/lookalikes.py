"""Pictures that look alike: public data sets share pictures, and a model must not be measured on what it has seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bbva_core.train.datasets import Labelled

Fingerprint = npt.NDArray[np.bool_]

_ALIKE = 24
"""Of 256 bits, how many may differ. Copies saved anew differ in a few, other pictures of one game in 60 and more."""


def fingerprint(path: Path) -> Fingerprint | None:
    """A difference hash, bool (256,): whether each of 16 x 16 cells is brighter than its left neighbour.

    Source: N. Krawetz, "Kind of Like That", hackerfactor.com, 2013. None for a file that is not a picture.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return None
    cells = cv2.resize(picture, (17, 16), interpolation=cv2.INTER_AREA)
    return np.asarray(cells[:, 1:] > cells[:, :-1]).ravel()


def without_lookalikes(pictures: Iterable[Labelled], held_out: Iterable[Labelled]) -> Iterator[Labelled]:
    """The pictures that look like none of those held out; files that are not pictures are left out, too."""
    prints = [found for labelled in held_out if (found := fingerprint(labelled.path)) is not None]
    known = np.array(prints, bool).reshape(-1, 256)
    for labelled in pictures:
        own = fingerprint(labelled.path)
        if own is not None and (known != own).sum(1).min(initial=256) > _ALIKE:
            yield labelled
