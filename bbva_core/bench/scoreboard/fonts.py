"""The fonts that synthetic score bugs are written with: those that installed packages bring, and any others named."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from bbva_core.errors import InvalidSettings
from bbva_core.train.reader.crops import find_fonts, is_usable_font

_INSTALLED = (
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuS*.ttf"),
    ("streamlit", "static/static/media", "Source*.woff2"),
)
"""Package, folder in it, and which files are fonts for text."""


def bug_fonts(folders: Sequence[Path] = ()) -> list[Path | None]:
    """Fonts to draw with; None is the one inside Pillow, which is always there.

    Args:
        folders: More of them.

    Raises:
        InvalidSettings: There is no usable font in a folder.
    """
    fonts: list[Path | None] = [None]
    for package, folder, names in _INSTALLED:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            files = sorted((Path(spec.origin).parent / folder).glob(names))
            fonts += [path for path in files if is_usable_font(path)]
    for more in folders:
        found = find_fonts(more)
        if not found:
            raise InvalidSettings(
                f"There are no fonts that write digits and letters in {more}.",
                safe="Nothing was started.",
                do="Name a folder with .ttf, .otf or .woff2 files.",
            )
        fonts += found
    return fonts
