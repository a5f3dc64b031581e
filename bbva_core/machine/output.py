"""A place that the user has named for a file to be written to."""

from __future__ import annotations

import errno
from pathlib import Path

from bbva_core.errors import BBVAError, InvalidSettings, StorageFull

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_SAFE = "Nothing was written."


def checked_output(path: Path) -> Path:
    """The place, with `~` resolved, if an ordinary file can be put there or replaced.

    Raises:
        InvalidSettings: It names no file, a folder, a device or pipe, or its folder is not there.
    """
    try:
        out = path.expanduser()
        if out.name in ("", ".."):
            problem = f"{str(path)!r} names no file"
        elif out.is_dir():
            problem = f"{out} is a folder"
        elif out.exists() and not out.is_file():
            problem = f"{out} is a device, a pipe or a socket, no ordinary file"
        elif not out.parent.is_dir():
            problem = f"The folder {out.parent} does not exist"
        else:
            return out
    except (OSError, RuntimeError, ValueError) as error:  # no permission, no such user, a character of no path
        problem = f"{str(path)!r} cannot be used ({error})"
    raise InvalidSettings(f"{problem}.", safe=_SAFE, do="Name a file in a folder that exists.")


def not_written(path: Path, error: OSError) -> BBVAError:
    """Why a file could not be written, in words."""
    what = f"{path} could not be written ({error.strerror or error})."
    if error.errno in _FORBIDDEN:
        return InvalidSettings(what, safe=_SAFE, do="Choose a folder that you may write to.")
    return StorageFull(
        what, safe="Nothing was left behind.", do="Free some space or choose another folder, and try again."
    )
