"""HTTP routes beside Streamlit's: uploads that stream to disk, single frames, exports."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from bbva_core.errors import BBVAError, InvalidSettings, NotFound, RefusedInput, StorageFull, UnsupportedVideo
from bbva_core.export import TABLES, WRITERS, export_run
from bbva_core.settings import make_run_settings
from bbva_core.ui.backend import Backend, get_backend
from bbva_core.ui.guard import PREFIX
from bbva_core.video import EXTENSIONS

Handler = Callable[[Request], Awaitable[Response]]


def _in_words(handler: Handler) -> Handler:
    """Errors become JSON with the words for the user; never a traceback."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except NotFound as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        except RefusedInput as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except BBVAError as error:
            return JSONResponse({"error": str(error)}, status_code=503)
        except OSError as error:
            problem = StorageFull(
                f"The data folder could not be used ({error.strerror or error}).",
                safe="All runs are untouched.",
                do="Free some space, check that the data folder can be written, and try again.",
            )
            return JSONResponse({"error": str(problem)}, status_code=503)

    return guarded


@_in_words
async def upload(request: Request) -> Response:
    """PUT a video: streamed to disk in constant memory, checked, and queued with the settings given.

    Query: `name` (display only), `settings` (JSON of run settings), `trust` (1: the user trusts the weights).
    """
    backend = get_backend()
    name = request.query_params.get("name", "").replace("\0", "")  # which PostgreSQL holds in no text
    suffix = Path(name.replace("\\", "/")).suffix.lower()
    if suffix not in EXTENSIONS:
        raise UnsupportedVideo(
            f"{name or 'The file'} is not a video file we know (expected one of {', '.join(sorted(EXTENSIONS))}).",
            safe="Nothing was stored.",
            do="Export it as .mp4 and try again.",
        )
    try:
        settings = make_run_settings(**json.loads(request.query_params.get("settings", "{}")))
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidSettings(f"The settings of the upload are not valid JSON ({error}).") from error
    incoming = backend.app.incoming_dir / f"{uuid.uuid4()}{suffix}"
    try:
        await _receive(request, incoming, backend.app.max_upload_bytes, name)
        video_id = await run_in_threadpool(backend.control.add_upload, incoming, name=name)
        trust = request.query_params.get("trust") == "1"
        run = await run_in_threadpool(backend.control.create_run, video_id, settings, trust_weights=trust)
    except ClientDisconnect:
        return Response(status_code=499)
    finally:
        incoming.unlink(missing_ok=True)
    return JSONResponse({"run": run})


async def _receive(request: Request, target: Path, limit: int, name: str) -> None:
    too_large = UnsupportedVideo(
        f"{name} is larger than the limit of {limit / 1024**3:.0f} GiB.",
        safe="Nothing was stored.",
        do="Open it from a folder instead (nothing is copied then), or raise BBVA_MAX_UPLOAD_BYTES.",
    )
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise too_large
    received = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            async for chunk in request.stream():
                received += len(chunk)
                if received > limit:
                    raise too_large
                await run_in_threadpool(file.write, chunk)
    except OSError as error:
        raise StorageFull(
            f"{name} could not be stored ({error.strerror or error}).",
            safe="The half-received file was removed; all runs are untouched.",
            do="Free some space and try again, or open the video from a folder: nothing is copied then.",
        ) from error


@_in_words
async def frame(request: Request) -> Response:
    """GET one frame as JPEG. Query: `width` (at most), `region` (x1,y1,x2,y2 in pixels of the frame)."""
    try:
        width = int(request.query_params.get("width", "1280"))
        corners = [int(part) for part in request.query_params.get("region", "").split(",") if part]
    except ValueError as error:
        raise InvalidSettings(f"width and region take whole numbers ({error}).") from error
    if not 16 <= width <= 4096 or len(corners) not in (0, 4):
        raise InvalidSettings("width must be 16 to 4096, and region four numbers: x1,y1,x2,y2.")
    jpeg = await run_in_threadpool(
        get_backend().control.frame_jpeg,
        request.path_params["video"],
        request.path_params["index"],
        max_width=width,
        region=(corners[0], corners[1], corners[2], corners[3]) if corners else None,
    )
    # A video's uuid stands for its content, so a frame never changes.
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=31536000, immutable"})


@_in_words
async def evidence(request: Request) -> Response:
    """GET the scoreboard as it was at an event, as JPEG: what the run has kept, else from the video."""
    backend = get_backend()
    run, index = backend.queries.run(request.path_params["run"]), request.path_params["index"]
    jpeg = await run_in_threadpool(backend.queries.evidence, run.id, index)
    if jpeg is None:  # an event that follows from a correction
        crop = await run_in_threadpool(backend.queries.crop, run.id, index)
        if crop is None:
            raise NotFound(f"There is no scoreboard in frame {index}.")
        region = (crop[0], crop[1], crop[2], crop[3])
        jpeg = await run_in_threadpool(backend.control.frame_jpeg, run.video_uuid, index, max_width=640, region=region)
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=60"})


@_in_words
async def export(request: Request) -> Response:
    """GET one table of a run as a file."""
    backend = get_backend()
    table, format = request.path_params["table"], request.path_params["format"]
    if table not in TABLES:
        raise NotFound(f"There is no table {table!r}: expected one of {', '.join(TABLES)}.")
    if format not in WRITERS:
        raise NotFound(f"There is no format {format!r}: expected one of {', '.join(WRITERS)}.")
    run = backend.queries.run(request.path_params["run"])
    with tempfile.NamedTemporaryFile(dir=_scratch(backend), suffix=f".{format}", delete=False) as file:
        out = Path(file.name)
    try:
        await run_in_threadpool(export_run, backend.queries, run, table=table, format=format, out=out)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in Path(run.video_name).stem)[:80] or "run"
    return FileResponse(
        out,
        filename=f"{stem}_{run.uuid[:8]}_{table}.{format}",
        media_type="application/octet-stream",
        background=BackgroundTask(out.unlink, missing_ok=True),
    )


def _scratch(backend: Backend) -> Path:
    backend.app.exports_dir.mkdir(parents=True, exist_ok=True)
    return backend.app.exports_dir


def frame_url(video_uuid: str, index: int, *, width: int = 1280, region: tuple[int, ...] | None = None) -> str:
    """Where a page finds a frame."""
    part = f"&region={','.join(map(str, region))}" if region else ""
    return f"{PREFIX}frame/{video_uuid}/{index}.jpg?width={width}{part}"


def evidence_url(run_uuid: str, index: int) -> str:
    """Where a page finds the scoreboard as it was at an event."""
    return f"{PREFIX}evidence/{run_uuid}/{index}.jpg"


def export_url(run_uuid: str, table: str, format: str) -> str:
    """Where a page finds an export."""
    return f"{PREFIX}export/{run_uuid}/{table}.{format}"


ROUTES = [
    Route(f"{PREFIX}upload", upload, methods=["PUT"]),
    Route(f"{PREFIX}frame/{{video}}/{{index:int}}.jpg", frame),
    Route(f"{PREFIX}evidence/{{run}}/{{index:int}}.jpg", evidence),
    Route(f"{PREFIX}export/{{run}}/{{table}}.{{format}}", export),
]
