"""What a detector is made of: a YAML file, checked when read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bbva_core.errors import DataSetError, InvalidSettings
from bbva_core.train.datasets import SPLITS, Labelled, has_split, read_data_set
from bbva_core.train.given import read_given

Label = Literal["player", "ball", "rim", "referee", "none"]
Split = Literal["train", "val", "test"]


class Source(BaseModel):
    """A data set in YOLO format, and how to read it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    """The folder with its data.yaml; in a recipe, relative to the recipe."""

    splits: tuple[Split, ...] = ("train",)
    """Which parts of it."""

    classes: dict[str, Label] = {}
    """What its class names mean, where that is not obvious."""

    partial: bool = False
    """Its labels are complete, in each picture, only for the classes that have a box there."""

    fill: bool = False
    """Classes that its labels leave out are filled in where the detector that the training starts from is sure."""

    times: int = Field(default=1, ge=1, le=100)
    """How often its pictures are shown in an epoch."""

    @property
    def place(self) -> str:
        """What it is called in tables of figures."""
        return f"{self.folder} ({', '.join(self.splits)})"

    def pictures(self, scratch: Path) -> Iterator[Labelled]:
        """Its labelled pictures.

        Args:
            scratch: Not needed: the pictures are files already.

        Raises:
            DataSetError: It cannot be read.
        """
        return read_data_set(self.folder, splits=self.splits, classes=self.classes, partial=self.partial)


class Given(BaseModel):
    """Hand-made labels for pictures kept elsewhere; see `given.py`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: Path
    """A video, or a folder of pictures."""

    labels: Path
    """The label file."""

    times: int = Field(default=1, ge=1, le=100)
    """How often its pictures are shown in an epoch."""

    @property
    def place(self) -> str:
        """What it is called in tables of figures."""
        return f"{self.of} ({self.labels.name})"

    def pictures(self, scratch: Path) -> Iterator[Labelled]:
        """Its labelled pictures.

        Args:
            scratch: Where frames of a video are written to.

        Raises:
            DataSetError: It cannot be read.
            UnsupportedVideo: The video cannot be read.
        """
        return read_given(self.of, self.labels, scratch / self.labels.stem)


class Recipe(BaseModel):
    """What to train on, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: str | None = None
    """Weights to begin with: a name in the model folders, or a path. Default: the detector that ships with BBVA."""

    data: tuple[Source | Given, ...] = ()
    """What to train on."""

    check: tuple[Source | Given, ...] = ()
    """What to measure on; pictures that look like one of these are left out of the training."""

    videos: tuple[Path, ...] = ()
    """Unlabelled videos to make pseudo-labels of."""

    synthetic: int = Field(default=0, ge=0, le=100_000)
    """Pictures to draw with the synthetic generator."""

    seed: int = Field(default=0, ge=0)
    """Chooses the synthetic games and the order of the pictures."""

    imgsz: Annotated[int, Field(ge=160, le=1280, multiple_of=32)] = 640
    """Width of the pictures while training, pixels; they have the shape of video."""

    epochs: int = Field(default=10, ge=1, le=1000)
    """How often everything is shown."""

    batch: int = Field(default=16, ge=2, le=512)
    """Pictures in a step."""

    lr: float = Field(default=0.0007, gt=0, lt=1)
    """Learning rate of AdamW at its highest."""

    freeze: int = Field(default=0, ge=0, le=22)
    """How many of the first layers keep their weights: faster, and enough to adapt to a gym."""


def read_recipe(path: Path) -> Recipe:
    """A recipe with its paths made absolute.

    Raises:
        InvalidSettings: It is not one; the message names the field.
    """
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _refused(f"The recipe {path}", str(error)) from error
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise _refused(f"The recipe {path}", "it is not a list of names and values")
    recipe = _checked(f"The recipe {path}", values)
    home = path.resolve().parent

    def placed(source: Source | Given) -> Source | Given:
        paths = ("folder",) if isinstance(source, Source) else ("of", "labels")
        return source.model_copy(update={name: home / getattr(source, name) for name in paths})

    at = recipe.start if recipe.start is None or Path(recipe.start).parent == Path() else str(home / recipe.start)
    return recipe.model_copy(
        update={
            "start": at,
            "data": tuple(map(placed, recipe.data)),
            "check": tuple(map(placed, recipe.check)),
            "videos": tuple(home / video for video in recipe.videos),
        }
    )


def make_recipe(**values: object) -> Recipe:
    """A recipe from values, with errors in words.

    Raises:
        InvalidSettings: A value is out of range.
    """
    return _checked("This training", values)


def _checked(what: str, values: Mapping[str, object]) -> Recipe:
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']} (found {item['input']!r})" for item in error.errors()
        )
        raise _refused(what, problems) from error


def sources_at(path: Path) -> tuple[Source | Given, ...]:
    """What to measure on: a folder with a data set (its first part of test, val, train), or the `check` of a recipe.

    Raises:
        DataSetError: It is neither.
        InvalidSettings: It is a damaged recipe.
    """
    if path.is_file() and path.suffix in (".yaml", ".yml") and path.name != "data.yaml":
        recipe = read_recipe(path)
        if not recipe.check:
            raise DataSetError(f"The recipe {path} says nothing to check with.", do="Add a list `check` of data sets.")
        return recipe.check
    folder = path.parent if path.name == "data.yaml" else path
    for split in reversed(SPLITS):
        source = Source.model_validate({"folder": folder, "splits": (split,)})
        if has_split(folder, split) and next(source.pictures(path), None) is not None:
            return (source,)
    raise DataSetError(f"There are no pictures in {folder}.", do="Name a folder with a data.yaml, images and labels.")


def _refused(what: str, why: str) -> InvalidSettings:
    return InvalidSettings(
        f"{what} cannot be used: {why}.",
        safe="Nothing was started.",
        do="Correct it; docs/training.md describes what a recipe may say.",
    )
