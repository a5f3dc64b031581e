"""Settings: frozen, checked when built. The only place that reads the environment (`BBVA_*`)."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bbva_core.errors import InvalidSettings, ResumeRefused

PROJECT_ROOT = Path(__file__).resolve().parent.parent

DetectorName = Literal["auto", "ultralytics", "opencv-hog", "none"]
ReaderName = Literal["rapidocr", "easyocr", "none"]
ExecutorName = Literal["process", "inline"]

# x1, y1, x2, y2 in pixels of the frame as displayed, origin top left; x2 and y2 exclusive.
Region = tuple[
    Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)], Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]
]


Corner = tuple[float, float]
# Upper left, upper right, lower right, lower left; x and y in pixels of the frame as displayed.
Corners = tuple[Corner, Corner, Corner, Corner]


class AppSettings(BaseSettings):
    """Where things live and how this process works. Not part of a run's identity.

    Every field can be set in the environment as `BBVA_<NAME>`; an empty variable is an unset one.
    """

    # An empty BBVA_MODELS_DIR must not become Path("."), which would make every weights file below it a trusted one.
    model_config = SettingsConfigDict(env_prefix="BBVA_", env_ignore_empty=True, frozen=True, extra="ignore")

    data_dir: Path = Path("data")
    """The one folder BBVA writes to: database, videos, thumbnails, downloaded models, caches."""

    models_dir: Path | None = None
    """An extra folder to look for weights in, before `data_dir/models`. Setting it says you trust what is in it."""

    database_url: str | None = None
    """Any SQLAlchemy URL; default is SQLite in `data_dir/bbva.db`."""

    media_dirs: str = ""
    """Folders that *Open from a folder* may read, separated like PATH; default is the home folder."""

    allowed_hosts: str = ""
    """More names under which browsers may reach this server, separated by commas; for servers open to a network."""

    max_upload_bytes: int = Field(default=64 * 1024**3, gt=0)
    """Uploads larger than this are refused."""

    threads: int = Field(default=0, ge=0)
    """CPU threads for inference; 0 means one per physical core."""

    executor: ExecutorName = "process"
    """`process` (default): decode and infer in a child process. `inline`: in this one, for debugging."""

    stall_seconds: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    """The compute process is stopped and the batch retried when it makes no progress for this long."""

    failpoint: str = ""
    """For fault tests: `name:action[:nth]`, see `bbva_core/failpoints.py`."""

    @field_validator("failpoint")
    @classmethod
    def _failpoint_has_its_form(cls, value: str) -> str:
        if value and not re.fullmatch(r"\w+:(kill|raise|hang)(:[1-9][0-9]*)?", value):
            raise ValueError("expected name:kill|raise|hang[:nth]")
        return value

    @field_validator("media_dirs")
    @classmethod
    def _media_dirs_can_be_found(cls, value: str) -> str:
        for part in value.split(os.pathsep):
            try:
                Path(part).expanduser()
            except RuntimeError as error:
                raise ValueError(f"{part} names no folder: {error}") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _database_url_has_its_form(cls, value: str | None) -> str | None:
        if value is not None:
            from sqlalchemy.engine import make_url
            from sqlalchemy.exc import ArgumentError

            try:
                url = make_url(value)
                url.get_dialect()
            except ArgumentError:
                raise ValueError("expected an SQLAlchemy URL, such as sqlite:////folder/bbva.db") from None
            except ModuleNotFoundError:
                return value  # a driver that is not installed: the store says how to install it
            if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
                raise ValueError("a database in memory is gone with the process; name a file")
        return value

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the database."""
        from sqlalchemy.engine import URL

        # Made, not glued: a folder may have any character in its name that means something in a URL.
        own = URL.create("sqlite", database=str(self.database_path))
        return self.database_url or own.render_as_string(hide_password=False)

    @property
    def database_path(self) -> Path:
        """The SQLite file, when no other database is configured."""
        return self.data_dir.resolve() / "bbva.db"

    @property
    def videos_dir(self) -> Path:
        """Videos, each under its own uuid."""
        return self.data_dir.resolve() / "videos"

    @property
    def incoming_dir(self) -> Path:
        """Uploads while they are received and checked."""
        return self.data_dir.resolve() / "incoming"

    @property
    def exports_dir(self) -> Path:
        """Exports while they are written and sent to a browser."""
        return self.cache_dir / "exports"

    @property
    def cache_dir(self) -> Path:
        """What third-party libraries insist on writing; can be deleted at any time."""
        return self.data_dir.resolve() / "cache"

    @property
    def downloaded_models_dir(self) -> Path:
        """Models that we ship, and those downloaded on request."""
        return self.data_dir.resolve() / "models"

    @property
    def lock_path(self) -> Path:
        """Whoever holds the OS lock on this file has the right to work."""
        return self.data_dir.resolve() / "worker.lock"

    @property
    def sample_video(self) -> Path:
        """The sample game that ships with BBVA."""
        return PROJECT_ROOT / "data" / "sample" / "sample_game.mp4"


class RunSettings(BaseModel):
    """What a run computes. Equal settings, video, models and versions give equal rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_frames: int = Field(default=30, ge=1, le=100_000)
    """Frames of video in a batch: what one commit covers."""

    sample_interval: int = Field(default=1, ge=1, le=100_000)
    """Analyse every n-th frame, counted from `start_frame`. Frame indices stay true."""

    start_frame: int = Field(default=0, ge=0)
    """First frame index."""

    end_frame: int | None = Field(default=None, ge=1)
    """One past the last frame index; None means to the end of the video."""

    detector: DetectorName = "auto"
    """Detection engine. `auto` is resolved when the run is created and never stored."""

    weights: str | None = None
    """Path or file name of the weights; None takes the default of the engine."""

    conf: float = Field(default=0.25, gt=0.0, lt=1.0)
    """Detections with a lower score are dropped."""

    imgsz: int = Field(default=640, ge=32, le=4096, multiple_of=32)
    """Length of the longer side of the picture the network sees, in pixels."""

    ocr: ReaderName = "rapidocr"
    """Text reading engine."""

    ocr_interval: float = Field(default=0.0, ge=0.0, le=3600.0)
    """Seconds of video between two looks at the scoreboard, 0.001 at least; 0 looks at every analysed frame. Text is
    read only where it has changed."""

    scoreboard_region: Region | None = None
    """Where the scoreboard is; None finds it."""

    scoreboard_corners: Corners | None = None
    """Corners of a scoreboard that is seen askew, such as a board on a wall; None: it is not."""

    @field_validator("ocr_interval")
    @classmethod
    def _ocr_interval_is_one(cls, value: float) -> float:
        if 0 < value < 0.001:
            raise ValueError("expected 0, for every analysed frame, or at least 0.001 seconds")
        return value

    @model_validator(mode="after")
    def _ranges_make_sense(self) -> Self:
        if self.end_frame is not None and self.end_frame <= self.start_frame:
            raise ValueError(f"end_frame ({self.end_frame}) must be greater than start_frame ({self.start_frame})")
        if self.scoreboard_region is not None:
            x1, y1, x2, y2 = self.scoreboard_region
            if x2 <= x1 or y2 <= y1:
                raise ValueError(f"scoreboard_region {self.scoreboard_region} is empty; expected x1 < x2 and y1 < y2")
        if self.scoreboard_corners is not None and not _is_clockwise(self.scoreboard_corners):
            raise ValueError(
                f"scoreboard_corners {self.scoreboard_corners} cross, or fall together; expected are upper left, upper"
                " right, lower right, lower left"
            )
        if self.detector == "none" and self.ocr == "none":
            raise ValueError("detector and ocr are both none, so there is nothing to do")
        return self

    def to_json(self) -> str:
        """The canonical form that is stored with a run and hashed."""
        return _canonical(self.model_dump(mode="json"))

    def digest(self) -> str:
        """SHA-256 of the canonical form, in hex."""
        return _digest(self.model_dump(mode="json"))


def _is_clockwise(corners: Corners) -> bool:
    """Whether a quadrilateral turns right at each corner; y points down."""
    for number in range(4):
        (ax, ay), (bx, by), (cx, cy) = (corners[(number + step) % 4] for step in range(3))
        if (bx - ax) * (cy - by) - (by - ay) * (cx - bx) <= 0:
            return False
    return True


def load_app_settings(**given: object) -> AppSettings:
    """The settings of this process: what is given, then the environment, then the defaults. None is not given.

    Raises:
        InvalidSettings: A value is out of range or of the wrong form; the message names the variable.
    """
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        return AppSettings(**values)
    except ValidationError as error:
        # The value of a database URL is not repeated: it may hold a password.
        problems = "; ".join(
            f"BBVA_{str(item['loc'][0]).upper()}: {_said(item['msg'])}"
            + ("" if item["loc"][0] == "database_url" else f" (found {item['input']!r})")
            for item in error.errors()
        )
        # Not chained to the error of pydantic, which repeats every value.
        raise InvalidSettings(
            f"These settings cannot be used: {problems}.", safe="Nothing was started.", do="Correct them and try again."
        ) from None


def stored_run_settings(values: Mapping[str, Any], digest: str) -> RunSettings:
    """The settings of a stored run, if they are still those that it was created with.

    Raises:
        ResumeRefused: They do not fit the digest stored with them: somebody has edited the database.
        InvalidSettings: This version of BBVA cannot use them.
    """
    if _digest(values) != digest:
        raise ResumeRefused(
            f"The settings stored with this run are not those it was created with (expected sha256 {digest[:12]}…,"
            f" found {_digest(values)[:12]}…).",
            safe="Everything committed is safe and can be exported.",
            do="Analyse the video again in a new run.",
        )
    return make_run_settings(**values)


def make_run_settings(**values: object) -> RunSettings:
    """Build run settings, with errors in words.

    Raises:
        InvalidSettings: A value is out of range or the combination makes no sense.
    """
    try:
        return RunSettings.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {_said(item['msg'])} (found {item['input']!r})"
            if item["loc"]
            else _said(item["msg"])
            for item in error.errors()
        )
        raise InvalidSettings(
            f"These settings cannot be used: {problems}.", safe="Nothing was started.", do="Correct them and try again."
        ) from error


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), sort_keys=True, separators=(",", ":"))


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(values).encode()).hexdigest()
