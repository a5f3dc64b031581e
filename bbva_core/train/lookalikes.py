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


def fingerprints(path: Path) -> list[Fingerprint]:
    """Difference hashes of a picture and of its mirror image, bool (256,) each; none for a file that is no picture.

    Each bit says whether one of 16 x 16 cells is brighter than its left neighbour. Source: N. Krawetz, "Kind of Like
    That", hackerfactor.com, 2013. Augmented data sets hold mirrored copies.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return []
    cells = cv2.resize(picture, (17, 16), interpolation=cv2.INTER_AREA)
    return [(way[:, 1:] > way[:, :-1]).ravel() for way in (cells, cells[:, ::-1])]


def without_lookalikes(pictures: Iterable[Labelled], held_out: Iterable[Labelled]) -> Iterator[Labelled]:
    """The pictures that look like none of those held out; files that are not pictures are left out, too."""
    prints = [found for labelled in held_out for found in fingerprints(labelled.path)]
    known = np.array(prints, bool).reshape(-1, 256)
    for labelled in pictures:
        own = fingerprints(labelled.path)
        if own and (known != own[0]).sum(1).min(initial=256) > _ALIKE:
            yield labelled
