"""The pipeline's public face: what pages and the command line may ask for. It changes the queue, never results."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from bbva_core.detect import WeightsFile, resolve_auto
from bbva_core.errors import ComputeError, InvalidSettings, NotFound, UnsupportedVideo
from bbva_core.machine.hashing import stamp_of
from bbva_core.pipeline.child import ChildProcess
from bbva_core.pipeline.identity import run_identity
from bbva_core.pipeline.leftovers import delete_if_ours
from bbva_core.pipeline.plan import cut_batches, frame_range
from bbva_core.pipeline.spec import spec_for, video_path, weights_of
from bbva_core.pipeline.stages import STAGES, stages_of
from bbva_core.settings import AppSettings, RunSettings
from bbva_core.store import NewRun, NewVideo, Store
from bbva_core.store.models import Video
from bbva_core.video import EXTENSIONS, FrameIndex

Progress = Callable[[int, int], None]

_MEDIA = "bbva_core.pipeline.media:Media"
_STILL_STALL_SECONDS = 30.0  # a still decodes some frames; somebody is waiting for the picture


class Control:
    """Add videos; create, pause, cancel, resume, retry and delete runs. Use it in a `with`, or call `close`.

    Args:
        app: Where the data folder is.
        store: Its store.
        wake: Called when there is something new for the worker.
    """

    def __init__(self, app: AppSettings, store: Store, *, wake: Callable[[], None] = lambda: None) -> None:
        self._app = app
        self._store = store
        self._wake = wake
        # Two processes: while one checks a long video, the other goes on serving pictures.
        self._inspector = ChildProcess(_MEDIA, app, stall_seconds=app.stall_seconds)
        self._stills = ChildProcess(_MEDIA, app, stall_seconds=min(_STILL_STALL_SECONDS, app.stall_seconds))

    def close(self) -> None:
        """End the processes that read video files for the pages."""
        self._inspector.close()
        self._stills.close()

    # -- videos ----------------------------------------------------------------------------------------------------

    def add_video(self, path: Path, *, name: str | None = None, progress: Progress | None = None) -> int:
        """Check a file and take it up where it lies; returns the video's id.

        Raises:
            UnsupportedVideo: It is not a video we read; nothing was stored.
        """
        return self._take_up(_resolved(path), name or path.name, progress)

    def add_video_from_folder(self, path: Path, *, progress: Progress | None = None) -> int:
        """Like `add_video`, for a path that comes from a page.

        Raises:
            UnsupportedVideo: It lies outside the folders that may be opened (`BBVA_MEDIA_DIRS`), or is not a video we
                read; nothing was stored.
        """
        return self._take_up(self._below_roots(path), path.name, progress)

    def add_upload(self, path: Path, *, name: str, progress: Progress | None = None) -> int:
        """Check an uploaded file and move it into the data folder under a name of ours; returns the video's id.

        Raises:
            UnsupportedVideo: It is not a video we read; the file was deleted.
        """
        try:
            return self._take_up(path, name, progress, keep=True)
        finally:
            path.unlink(missing_ok=True)  # refused, or we have its content already; otherwise it has been moved

    def _take_up(self, path: Path, name: str, progress: Progress | None, *, keep: bool = False) -> int:
        info, index, sha256 = self._inspector.call("inspect", path, name, progress=progress)
        stamp = info.pop("stamp")
        known = self._store.queries.video_by_sha256(sha256)
        if known is not None and self._is_intact(known, besides=path, progress=progress):
            self._store.registry.rename_video(known.id, name)
            return known.id
        new_uuid = str(uuid.uuid4())
        if keep:
            path = self._move_into_videos(path, f"{new_uuid}{path.suffix.lower()}")
            stamp = stamp_of(path)
        numerator, denominator = _fraction(info["time_base"])
        stored = path.relative_to(self._app.data_dir.resolve()) if path.parent == self._app.videos_dir else path
        video_id = self._store.registry.add_video(
            NewVideo(
                uuid=new_uuid,
                sha256=sha256,
                name=name,
                path=str(stored),
                bytes=stamp[0],
                mtime_ns=stamp[1],
                ctime_ns=stamp[2],
                info=info,
                frame_count=info["frame_count"],
                time_base_numerator=numerator,
                time_base_denominator=denominator,
                frame_index=index,
            ),
            instead_of=None if known is None else known.path,
        )
        if keep and video_path(self._app, self._store.queries.video(video_id)) != path:
            path.unlink(missing_ok=True)  # another upload of the same content was quicker
        return video_id

    def _is_intact(self, video: Video, *, besides: Path, progress: Progress | None) -> bool:
        """Whether a stored video has its own file, besides this one, and that still has the video's content."""
        path = video_path(self._app, video)
        try:
            if path.resolve() == besides:
                return False
            found = stamp_of(path)
            if not path.is_file() or found[0] != video.bytes:
                return False
            if found == video.stamp:
                return True
            return bool(self._inspector.call("sha256", path, progress=progress) == video.sha256)
        except (OSError, ComputeError):
            return False  # it is gone, or cannot be read

    def _move_into_videos(self, path: Path, name: str) -> Path:
        """Move a received file to where it stays, so that it survives a loss of power from then on."""
        kept = self._app.videos_dir / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b") as file:
            os.fsync(file.fileno())
        path.replace(kept)
        for folder in (kept.parent, kept.parent.parent):
            _sync_folder(folder)
        return kept

    def frame_jpeg(
        self,
        video_uuid: str,
        frame_index: int,
        *,
        max_width: int = 1280,
        region: tuple[int, int, int, int] | None = None,
    ) -> bytes:
        """One frame of a stored video as JPEG.

        Args:
            video_uuid: Which video.
            frame_index: Which frame.
            max_width: Scaled down to at most this many pixels.
            region: x1, y1, x2, y2 in pixels of the frame; None is the whole frame.

        Raises:
            NotFound: No such video or frame.
            VideoReadError: The file cannot be read any more, or this frame cannot be decoded.
        """
        video = self._store.queries.video_by_uuid(video_uuid)
        if not 0 <= frame_index < video.frame_count:
            raise NotFound(f"Frame {frame_index} does not exist; the video has {video.frame_count} frames.")
        jpeg: bytes = self._stills.call(
            "frame_jpeg",
            video_path(self._app, video),
            self._store.queries.frame_index(video.id),
            video.info,
            frame_index,
            max_width,
            region,
        )
        return jpeg

    def folder_listing(self, folder: Path) -> list[Path]:
        """Videos in a folder that the user may open, by name.

        Raises:
            UnsupportedVideo: Not a folder, or outside the folders that may be opened (`BBVA_MEDIA_DIRS`).
        """
        entries = self._entries(folder)
        return [path for path in entries if path.suffix.lower() in EXTENSIONS and self._can_be_opened(path)]

    def subfolders(self, folder: Path) -> list[Path]:
        """Folders in a folder that the user may open, by name; hidden ones are left out.

        Raises:
            UnsupportedVideo: As for `folder_listing`.
        """
        return [path for path in self._entries(folder) if not path.name.startswith(".") and self._is_folder(path)]

    def _entries(self, folder: Path) -> list[Path]:
        resolved = self._below_roots(folder)
        try:
            return sorted(resolved.iterdir())
        except OSError as error:
            raise UnsupportedVideo(
                f"{resolved} cannot be listed ({error.strerror or error}).",
                safe="Nothing was opened.",
                do="Check the path and its permissions.",
            ) from None

    def media_roots(self) -> list[Path]:
        """The folders that videos may be opened from."""
        given = [part for part in self._app.media_dirs.split(os.pathsep) if part]
        return [Path(part).expanduser().resolve() for part in given] or [Path.home().resolve()]

    def _below_roots(self, path: Path) -> Path:
        resolved = _resolved(path)
        roots = self.media_roots()
        if not any(resolved.is_relative_to(root) for root in roots):
            raise UnsupportedVideo(
                f"{resolved} is outside the folders that may be opened ({', '.join(map(str, roots))}).",
                safe="Nothing was opened.",
                do="Choose a folder below these, or set BBVA_MEDIA_DIRS and start again.",
            )
        return resolved

    # Where a link leads to counts. One entry that cannot be looked at must not hide the others.

    def _can_be_opened(self, path: Path) -> bool:
        with suppress(UnsupportedVideo, OSError):
            return self._below_roots(path).is_file()
        return False

    def _is_folder(self, path: Path) -> bool:
        with suppress(UnsupportedVideo, OSError):
            return self._below_roots(path).is_dir()
        return False

    # -- weights ---------------------------------------------------------------------------------------------------

    def download_weights(self, *, progress: Progress | None = None) -> WeightsFile:
        """Fetch the official YOLO weights into the data folder.

        Raises:
            WeightsDownloadFailed: No network, or not the bytes expected; nothing was kept.
        """
        from bbva_core.detect.download import download_weights

        return download_weights(self._app, progress=progress)

    def download_easyocr(self, *, progress: Progress | None = None) -> None:
        """Fetch EasyOCR's models into the data folder.

        Args:
            progress: Called with the bytes fetched so far, and 0: how many there will be is not known.

        Raises:
            ReaderError: No network, or not the files expected; nothing was kept.
        """
        child = ChildProcess(_MEDIA, self._app, stall_seconds=self._app.stall_seconds)
        try:
            child.call("download_easyocr", progress=progress)
        finally:
            child.close()

    # -- runs ------------------------------------------------------------------------------------------------------

    def create_run(self, video_id: int, settings: RunSettings, *, trust_weights: bool = False) -> str:
        """Plan and queue a run; returns its uuid.

        Args:
            video_id: Which video.
            settings: `auto` detectors and default weights are resolved now, so that the run says what it used.
            trust_weights: The user has said yes to weights of unknown origin.

        Raises:
            InvalidSettings: The settings do not fit the video, or need models that are not here.
            WeightsError: The weights are missing or not trusted.
        """
        settings = self.resolve(settings)
        weights = weights_of(self._app, settings, trust=trust_weights)
        if weights is not None:
            settings = settings.model_copy(update={"weights": str(weights.path)})
        video = self._store.queries.video(video_id)
        start, end = frame_range(settings, video.frame_count)
        _check_region(settings, video.info)
        stages = stages_of(settings)
        index = FrameIndex.from_bytes(self._store.queries.frame_index(video_id))
        uuid_of_run = self._store.registry.create_run(
            NewRun(
                video_id=video_id,
                settings=settings.model_dump(mode="json"),
                settings_hash=settings.digest(),
                identity=run_identity(self._app, settings, weights),
                frame_start=start,
                frame_end=end,
                frames_expected=len(STAGES[stages[0]].frames(settings, index, start, end)),
                batches=cut_batches(start, end, settings.batch_frames),
                stages=stages,
            )
        )
        self._wake()
        return uuid_of_run

    def resolve(self, settings: RunSettings) -> RunSettings:
        """Settings with `auto` replaced: YOLO when there are weights for it, else OpenCV's people detector."""
        if settings.detector != "auto":
            return settings
        return settings.model_copy(update={"detector": resolve_auto(self._app, weights=settings.weights)})

    def resume(self, run_uuid: str) -> None:
        """Queue a run again for what is still open, if that gives the rows of an uninterrupted run.

        Raises:
            ResumeRefused: Video, models or versions have changed; the message says which.
            ActionRefused: The run is complete.
        """
        spec_for(self._app, self._store, run_uuid)
        self._store.registry.enqueue(run_uuid)
        self._wake()

    def retry(self, run_uuid: str) -> int:
        """Queue again what failed in a run; returns how many stages of batches.

        Raises:
            ResumeRefused: As for `resume`.
            ActionRefused: Nothing failed, or the run is active.
        """
        spec_for(self._app, self._store, run_uuid)
        count = self._store.registry.retry(run_uuid)
        self._wake()
        return count

    def pause(self, run_uuid: str) -> None:
        """Ask a run to stop after the commit that comes next; Resume goes on."""
        self._store.registry.request(run_uuid, "pause")
        self._wake()

    def cancel(self, run_uuid: str) -> None:
        """Ask a run to end after the commit that comes next; what is committed stays."""
        self._store.registry.request(run_uuid, "cancel")
        self._wake()

    def delete(self, run_uuid: str) -> None:
        """Delete a run with all its rows, and its video when no other run uses it; its file too when that is ours."""
        run = self._store.queries.run(run_uuid)
        stored = self._store.registry.delete_run(run.uuid)
        if stored is not None:
            delete_if_ours(self._app, stored)


def _resolved(path: Path) -> Path:
    try:
        resolved = path.expanduser().resolve()
        str(resolved).encode()  # the database, and every page, holds text
        return resolved
    except (OSError, RuntimeError, ValueError) as error:  # no such user, links in a circle, a character of no text
        raise UnsupportedVideo(
            f"{str(path)!r} names no file or folder ({error}).", safe="Nothing was opened.", do="Check the path."
        ) from None


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # elsewhere a folder cannot be opened, and a rename is written with the file
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fraction(text: str) -> tuple[int, int]:
    numerator, _, denominator = text.partition("/")
    return int(numerator), int(denominator or 1)


def _check_region(settings: RunSettings, info: dict[str, Any]) -> None:
    region, corners = settings.scoreboard_region, settings.scoreboard_corners
    points: list[tuple[float, float]] = list(corners or ())
    if region is not None:
        points.append(region[2:])
    if any(x < 0 or y < 0 or x > info["width"] or y > info["height"] for x, y in points):
        raise InvalidSettings(
            f"The scoreboard {'region' if corners is None else 'corners'} {corners or region} reach outside the picture"
            f" ({info['width']} x {info['height']}).",
            safe="Nothing was started.",
            do="Choose a place inside the picture.",
        )
