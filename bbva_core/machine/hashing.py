"""SHA-256 of files and model folders, remembered as long as they do not change. Light: standard library only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

Stamp = tuple[int, int, int]
"""Size, time of the last change of the content, time of the last change of anything. A program can set the second one
back, so that other content looks like the old; the third one it cannot (on Windows that is when the file was made)."""

_Stamps = tuple[tuple[str, Stamp], ...]
_known: dict[Path, tuple[_Stamps, str]] = {}


def stamp_of(path: Path) -> Stamp:
    """What tells without reading it that a file is as it was.

    Raises:
        OSError: It cannot be looked at.
    """
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def sha256_file(path: Path, progress: Callable[[int, int], object] | None = None) -> str:
    """SHA-256 of a file in hex; `progress` is called with bytes read and bytes in all."""
    digest = hashlib.sha256()
    total = path.stat().st_size
    done = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            done += len(block)
            if progress is not None:
                progress(done, total)
    return digest.hexdigest()


def model_files(path: Path) -> list[Path]:
    """The file itself, or every file below the folder, sorted by relative name."""
    if path.is_dir():
        return sorted((p for p in path.rglob("*") if p.is_file()), key=lambda p: p.relative_to(path).as_posix())
    return [path]


def model_bytes(path: Path) -> int:
    """Size on disk of a model file or folder."""
    return sum(p.stat().st_size for p in model_files(path))


def model_sha256(path: Path, *, fresh: bool = False) -> str:
    """SHA-256 in hex; of a folder: over the names and hashes of its sorted files.

    Args:
        path: A file or folder.
        fresh: Read the bytes again even when the file looks as remembered.
    """
    path = path.resolve()
    stamps = tuple((str(file), stamp_of(file)) for file in model_files(path))
    known = _known.get(path)
    if known is not None and known[0] == stamps and not fresh:
        return known[1]
    if path.is_dir():
        whole = hashlib.sha256()
        for file in model_files(path):
            whole.update(f"{file.relative_to(path).as_posix()}\0{sha256_file(file)}\n".encode())
        digest = whole.hexdigest()
    else:
        digest = sha256_file(path)
    _known[path] = (stamps, digest)
    return digest
