"""One vocabulary for all models: the class names of a model become `player, ball, rim, referee, person`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bbva_core.errors import DetectorError

LABELS = ("player", "ball", "rim", "referee", "person")
"""Every label a detection can have."""

# Names as found in COCO, Roboflow Universe and NBA data sets; compared in lower case with one blank between words.
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "person": ("person", "people", "human", "pedestrian"),
    "player": (
        "player",
        "players",
        "basketball player",
        "player in possession",
        "player jump shot",
        "player layup dunk",
        "player shot block",
    ),
    "ball": ("ball", "basketball", "basket ball", "sports ball", "ball in basket"),
    "rim": ("rim", "hoop", "basket", "goal", "net", "ring", "basketball hoop", "basketball rim"),
    "referee": ("referee", "referees", "ref", "official", "umpire"),
}
_LABEL_OF = {synonym: label for label, synonyms in _SYNONYMS.items() for synonym in synonyms}


def to_label(class_name: str) -> str | None:
    """Our label for a model's class name, or None when it means nothing to us."""
    return _LABEL_OF.get(re.sub(r"[\s_-]+", " ", class_name).strip().lower())


def label_map(class_names: Mapping[int, str], *, weights: str) -> dict[int, str]:
    """Class number to our label, for those classes that we know.

    Args:
        class_names: The model's own names by class number.
        weights: What to call the weights in an error.

    Raises:
        DetectorError: None of the classes is one of ours.
    """
    found = {number: label for number, name in class_names.items() if (label := to_label(str(name))) is not None}
    if not found:
        names = [str(name) for name in class_names.values()]
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        raise DetectorError(
            f"The weights {weights} know none of the classes BBVA works with: expected at least one of "
            f"{', '.join(LABELS)} (or a common name for one, such as 'sports ball' or 'hoop'), found "
            f"{shown or 'none'}.",
            safe="Nothing was analysed.",
            do="Choose weights that were trained on basketball or on COCO.",
        )
    return found
