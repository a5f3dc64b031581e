"""One colour for each class, in charts and over the video; readable on light and dark."""

from __future__ import annotations

CLASS_COLORS = {
    "player": "#3B82F6",
    "person": "#3B82F6",
    "ball": "#F97316",
    "rim": "#EC4899",
    "referee": "#A3A3A3",
}
_OTHER = "#14B8A6"


def class_color(name: str) -> str:
    """The colour of a class, as hex."""
    return CLASS_COLORS.get(name, _OTHER)
