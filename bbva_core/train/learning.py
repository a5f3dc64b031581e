"""ultralytics' trainer, taught that unlabelled is not absent. Imports torch: only while training.

Data sets of basketball label different things: one the ball and the players, another rims and balls, a third players
only. Trained on all of them as they are, a detector learns that an unlabelled rim is background. Here a class counts
for a picture only where the picture is known to have all instances of it labelled; a labelled box is known to be of
no other class.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import ultralytics.data.utils
from ultralytics.data.augment import Compose, Format, LetterBox, Mosaic, RandomFlip, RandomHSV, RandomPerspective
from ultralytics.data.dataset import YOLODataset
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.instance import Instances
from ultralytics.utils.loss import v8DetectionLoss

from bbva_core.detect.vocabulary import to_label
from bbva_core.failpoints import failpoint
from bbva_core.train.augment import BALL, BallPaster, Degrade
from bbva_core.train.bfloat16 import compute_in_bfloat16, cpu_has_bfloat16
from bbva_core.train.datasets import CLASSES, class_name
from bbva_core.train.training_set import TrainingSet

_CLASS_WEIGHTS = {"player": 0.8, "ball": 3.0, "rim": 1.0, "referee": 1.2}
"""How much a class counts in the loss. A ball covers one or two cells of the finest grid, where a player covers twenty:
with equal weights it is learned last (measured: broadcast AP50 0.1 where players had 0.83)."""

_LARGE_BALL = 0.2
"""Share of a picture from which a ball, and its picture, is not made small: little would be left around it."""

_BALL_SOURCES = 1500
"""Pictures that are searched for balls to paste."""


class KnownClassesLoss(v8DetectionLoss):  # type: ignore[misc]  # ultralytics has no types
    """The loss of YOLO11, in which classes unknown in a picture teach nothing there."""

    bce: Any

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self._plain = self.bce
        self.bce = self._known_bce
        self._known = torch.ones(1, 1, self.nc)

    def _known_bce(self, scores: torch.Tensor, targets: torch.Tensor) -> Any:
        """(pictures, anchors, classes) in and out."""
        is_something = targets.sum(2, keepdim=True) > 0
        return self._plain(scores, targets) * (self._known.bool() | is_something)

    def get_assigned_targets_and_loss(self, preds: Any, batch: dict[str, Any], **options: Any) -> Any:
        """As in ultralytics; `batch["known"]` is (pictures, classes), 1 where all instances are labelled."""
        self._known = batch["known"][:, None, :]
        return super().get_assigned_targets_and_loss(preds, batch, **options)


class BallMosaic:
    """Cut-outs of several pictures, each around a ball and scaled so that the ball is as small as in a wide shot.

    A picture of a broadcast has one ball of ten pixels, of an amateur one ball of a hundred; this has several, of all.

    Args:
        dataset: Where the pictures come from.
        size: Width and height of what the network will see.
    """

    def __init__(self, dataset: KnownClassesDataset, size: tuple[int, int]) -> None:
        self._dataset = dataset
        self._size = size

    def __call__(self, numbers: Sequence[int]) -> Any:
        """One picture, as ultralytics passes them on.

        Args:
            numbers: Pictures with balls, of which the same classes are known.
        """
        width, height = self._size
        columns, rows = random.choice(((2, 2), (3, 2), (3, 3)))
        canvas = np.full((height, width, 3), 114, np.uint8)
        classes, boxes = [], []
        for row, column in np.ndindex(rows, columns):
            labels = self._dataset.get_image_and_label(random.choice(numbers))
            left, right = column * width // columns, (column + 1) * width // columns
            top, bottom = row * height // rows, (row + 1) * height // rows
            kept, cut_boxes = _cut_around_ball(labels, canvas[top:bottom, left:right])
            classes.append(labels["cls"][kept])
            boxes.append(cut_boxes + np.array((left, top, left, top), np.float32))
        labels["img"] = canvas
        labels["resized_shape"] = (height, width)
        labels["cls"] = np.concatenate(classes)
        labels["instances"] = Instances(np.concatenate(boxes), bbox_format="xyxy", normalized=False)
        return labels


def _cut_around_ball(labels: dict[str, Any], cell: Any) -> tuple[Any, Any]:
    """Draw the surroundings of a ball of `labels` into `cell`.

    Returns:
        (n,) which of the boxes are in it, and (m, 4) these, x1, y1, x2, y2 in pixels of the cell.
    """
    picture, instances = labels["img"], labels["instances"]
    (high, wide), (cell_high, cell_wide) = picture.shape[:2], cell.shape[:2]
    instances.convert_bbox("xyxy")
    instances.denormalize(wide, high)
    chosen = random.choice(np.flatnonzero(labels["cls"].flatten() == BALL).tolist())
    ball = instances.bboxes[chosen]
    zoom = min(3.0, random.uniform(6, 20) / max(1.0, float((ball[2:] - ball[:2]).max())))
    cut = np.minimum((wide, high), np.ceil(np.array((cell_wide, cell_high)) / zoom))
    corner = (ball[:2] + ball[2:]) / 2 - cut * (random.uniform(0.1, 0.9), random.uniform(0.1, 0.9))
    (x, y), (cut_wide, cut_high) = np.clip(corner, 0, (wide, high) - cut).astype(int), cut.astype(int)
    drawn_wide, drawn_high = (
        min(cell_wide, max(1, round(cut_wide * zoom))),
        min(cell_high, max(1, round(cut_high * zoom))),
    )
    way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    drawn = cv2.resize(picture[y : y + cut_high, x : x + cut_wide], (drawn_wide, drawn_high), interpolation=way)
    cell[:drawn_high, :drawn_wide] = drawn
    whole = (instances.bboxes - (x, y, x, y)) * np.tile((drawn_wide / cut_wide, drawn_high / cut_high), 2)
    visible = whole.clip(0, np.tile((drawn_wide, drawn_high), 2)).astype(np.float32)
    edges = visible[:, 2:] - visible[:, :2]
    kept = (edges.min(1) > 3) & (edges.prod(1) > 0.1 * (whole[:, 2:] - whole[:, :2]).prod(1))
    kept[chosen] = True  # however flat a streak it is
    return kept, visible[kept]


class GroupedMosaic(Mosaic):  # type: ignore[misc]
    """A mosaic of four pictures of which the same classes are known, or of their balls; or a picture made to fit.

    Args:
        dataset: Where the others come from.
        size: Width and height of what the network will see.
        share: Share of the pictures that are mixed; half of them into a mosaic of balls, where balls are known.
    """

    def __init__(self, dataset: KnownClassesDataset, size: tuple[int, int], share: float) -> None:
        super().__init__(dataset, imgsz=size[0])
        self._share = share
        self._balls = BallMosaic(dataset, size)
        self._fit = LetterBox(new_shape=(size[1], size[0]))

    def __call__(self, labels: dict[str, Any]) -> Any:
        """Mix `labels` with others of its group."""
        if random.random() >= self._share:
            return self._fit(labels)
        known = self.dataset.known_of(labels["im_file"])
        if self.dataset.with_ball[known] and random.random() < 0.5:
            return self._balls(self.dataset.with_ball[known])
        self._group = self.dataset.groups[known]
        return super().__call__(labels)

    def get_indexes(self) -> list[int]:
        """Numbers of three pictures."""
        return random.choices(self._group, k=self.n - 1)


class KnownClassesDataset(YOLODataset):  # type: ignore[misc]
    """Pictures with augmentations that keep together what is known of them.

    Args:
        known: By file name, the classes whose every instance is labelled.
        paste: Whether to paste balls.
        args: As for `YOLODataset`.
        options: As for `YOLODataset`.
    """

    def __init__(self, *args: Any, known: Mapping[str, frozenset[int]], paste: bool, **options: Any) -> None:
        self._known = known
        self._paster = BallPaster(p=0.5)
        super().__init__(*args, **options)
        if paste:
            self._collect_balls()

    def known_of(self, file: str) -> frozenset[int]:
        """The classes known in a picture."""
        return self._known[Path(file).name]

    def _collect_balls(self) -> None:
        for number in random.sample(range(self.ni), min(self.ni, _BALL_SOURCES)):
            label = self.labels[number]
            if (label["cls"] == BALL).any():
                corners = _corners(label["bboxes"])
                picture = np.asarray(cv2.imread(self.im_files[number]), np.uint8)
                self._paster.learn(picture, label["cls"].flatten().tolist(), corners)

    def update_labels_info(self, label: dict[str, Any]) -> Any:
        """As in ultralytics, with balls pasted into the picture where all its balls are known."""
        if BALL in self.known_of(label["im_file"]):
            balls = _corners(label["bboxes"][label["cls"].flatten() == BALL])
            label["img"], new = self._paster.paste(label["img"], balls)
            if len(new):
                centres = np.concatenate([(new[:, :2] + new[:, 2:]) / 2, new[:, 2:] - new[:, :2]], 1)
                label["bboxes"] = np.concatenate([label["bboxes"], centres.astype(np.float32)])
                label["cls"] = np.concatenate([label["cls"], np.full((len(new), 1), BALL, np.float32)])
        return super().update_labels_info(label)

    def build_transforms(self, hyp: Any) -> Compose:
        """Mosaic, affine, degradation, colour and flip."""
        self.groups: dict[frozenset[int], list[int]] = defaultdict(list)
        self.with_ball: dict[frozenset[int], list[int]] = defaultdict(list)
        for number, file in enumerate(self.im_files):
            known = self.known_of(file)
            self.groups[known].append(number)
            balls = self.labels[number]["bboxes"][self.labels[number]["cls"].flatten() == BALL]
            if BALL in known and len(balls) and balls[:, 2:].max() < _LARGE_BALL:
                self.with_ball[known].append(number)
        # The shape of video: a square would be two fifths of grey, and of work for nothing.
        size = (self.imgsz, round(self.imgsz * 0.6 / self.stride) * self.stride)
        return Compose(
            [
                GroupedMosaic(self, size, share=hyp.mosaic),
                RandomPerspective(degrees=hyp.degrees, translate=hyp.translate, scale=hyp.scale, size=size),
                Degrade(p=0.4),
                RandomHSV(hgain=hyp.hsv_h, sgain=hyp.hsv_s, vgain=hyp.hsv_v),
                RandomFlip(direction="horizontal", p=hyp.fliplr),
                Format(bbox_format="xywh", normalize=True, batch_idx=True),
            ]
        )


class DetectorTrainer(DetectionTrainer):  # type: ignore[misc]
    """Trains on a `TrainingSet`."""

    last: Path
    best: Path

    def __init__(
        self,
        training_set: TrainingSet,
        overrides: dict[str, Any],
        *,
        threads: int,
        on_batch: Callable[[int, int], None],
    ) -> None:
        self._known = training_set.known()
        self._threads = threads
        self._on_batch = on_batch
        # It would fetch a font for plots that are not drawn.
        ultralytics.data.utils.check_font = lambda *_: None
        super().__init__(overrides=overrides)
        self.add_callback("on_train_start", DetectorTrainer._prepare)
        self.add_callback("on_train_batch_end", DetectorTrainer._report)

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        """The training pictures; also where ultralytics asks for others to validate with, which are never used."""
        return KnownClassesDataset(
            img_path,
            imgsz=self.args.imgsz,
            batch_size=batch,
            augment=True,
            hyp=copy(self.args),
            data=self.data,
            known=self._known,
            paste=mode == "train",
            prefix=f"{mode}: ",
        )

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Also say what is known."""
        batch = super().preprocess_batch(batch)
        known = torch.zeros(len(batch["im_file"]), len(CLASSES))
        for row, file in enumerate(batch["im_file"]):
            known[row, sorted(self._known[Path(file).name])] = 1
        batch["known"] = known.to(self.device)
        return batch

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
        """A model with our classes, in which a class starts as the class of `weights` that means the same to us."""
        if weights is not None:
            weights.names = {number: class_name(to_label(name) or name) for number, name in weights.names.items()}
        return super().get_model(cfg, weights, verbose=False)

    def set_class_weights(self) -> None:
        """Ours, whatever the counts of the training set."""
        weights = [_CLASS_WEIGHTS[name] for name in CLASSES]
        self.model.class_weights = torch.tensor(weights, device=self.device)

    def save_model(self) -> Any:
        """As in ultralytics, but whole or not at all: a training that is killed while it writes can still go on."""
        last, best = self.last, self.best
        self.last = self.best = last.with_suffix(".new")
        # ultralytics makes its averaged copy anew, of the model as it is by then, when a loss was not a number.
        vars(self.ema.ema).pop("predict", None)
        try:
            saved = super().save_model()
            self.last.replace(last)
            failpoint("after_epoch")
        finally:
            self.last, self.best = last, best
        return saved

    def validate(self) -> tuple[dict[str, float], float]:
        """Not here: ultralytics' figures take what is unlabelled for background. See `bench/detector.py`."""
        return {}, float(self.epoch)

    def final_eval(self) -> None:
        """As little as `validate`."""

    def _prepare(self) -> None:
        # Not earlier: the averaged copy of the model, which is saved, is made before this and must not hold our class.
        self.model.criterion = KnownClassesLoss(self.model)
        if self.device.type == "cpu" and cpu_has_bfloat16():
            compute_in_bfloat16(self.model)
        self._batches_done = self.start_epoch * len(self.train_loader)
        # Choosing the CPU, ultralytics leaves one core out: half the speed of two.
        torch.set_num_threads(self._threads)
        # A training that goes on would otherwise see the pictures of the first epoch again.
        seed = self.args.seed + self.start_epoch
        random.seed(seed)
        np.random.seed(seed)  # what ultralytics draws from
        torch.manual_seed(seed)
        self.train_loader.generator.manual_seed(seed)

    def _report(self) -> None:
        self._batches_done += 1
        self._on_batch(self._batches_done, self.epochs * len(self.train_loader))


def _corners(centred: Any) -> Any:
    """Boxes cx cy w h as x1 y1 x2 y2, (n, 4)."""
    half = centred[:, 2:] / 2
    return np.concatenate([centred[:, :2] - half, centred[:, :2] + half], 1).astype(float)


def speed_options(device: str, cores: int) -> dict[str, Any]:
    """What ultralytics' trainer is told besides the recipe.

    Args:
        device: `cuda` or `cpu`.
        cores: Of this machine.
    """
    on_gpu = device == "cuda"
    return {
        "device": 0 if on_gpu else "cpu",
        # On the CPU the pictures are made where the network computes; there is nothing to wait for.
        "workers": min(8, cores) if on_gpu else 0,
        # Plain half precision is first tried out on weights that ultralytics downloads.
        "amp": "bf16" if on_gpu and torch.cuda.is_bf16_supported() else False,
        "optimizer": "AdamW",
        "lrf": 0.05,
        "warmup_epochs": 0.3,
        "mosaic": 0.75,
        "scale": (0.7, 1.6),
        "close_mosaic": 1,
        "degrees": 2.0,
        "exist_ok": True,
        "plots": False,
        "val": False,
    }


def can_learn(weights: Path) -> bool:
    """Whether weights have a head that this loss is for."""
    model = torch.load(weights, map_location="cpu", weights_only=False)["model"]
    head = getattr(model, "model", [None])[-1]
    return type(head).__name__ == "Detect" and getattr(head, "one2one_cv3", None) is None


def is_finished(checkpoint: Path) -> bool:
    """Whether a checkpoint is that of the last epoch."""
    found = torch.load(checkpoint, map_location="cpu", weights_only=False)
    return bool(found["epoch"] + 1 >= found["train_args"]["epochs"])
