"""Training: unlabelled is not absent, old knowledge is kept, and what was interrupted goes on."""

from __future__ import annotations

import copy
import json
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from bbva_core.detect import create_detector, list_weights, resolve_weights
from bbva_core.detect.ultralytics_setup import import_yolo
from bbva_core.settings import AppSettings
from bbva_core.synth import SynthSettings, render_frames
from bbva_core.train.datasets import CLASSES, Labelled
from bbva_core.train.scoring import iou
from bbva_core.train.training_set import TrainingSet, write_training_set
from bbva_core.train.writing import DataSetWriter
from tests.cli.running import run

pytestmark = pytest.mark.slow

PLAYER, BALL, RIM, REFEREE = range(4)


@pytest.fixture(scope="module")
def learning(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The module, with ultralytics set up as in a training."""
    import_yolo(tmp_path_factory.mktemp("cache"), 1)
    from bbva_core.train import learning

    return learning


@pytest.fixture
def network(learning: Any) -> Any:
    """YOLO11n with our classes and random weights."""
    import torch
    from ultralytics.cfg import get_cfg
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(0)
    model = DetectionModel("yolo11n.yaml", nc=len(CLASSES), verbose=False)
    model.args = get_cfg()
    return model


def gradients(learning: Any, network: Any, known: list[int]) -> list[float]:
    """How much each class learns from a picture with one ball, of which these classes are known."""
    import torch

    torch.manual_seed(1)
    loss = learning.KnownClassesLoss(network)
    batch = {
        "img": torch.rand(1, 3, 64, 64),
        "batch_idx": torch.zeros(1),
        "cls": torch.tensor([[float(BALL)]]),
        "bboxes": torch.tensor([[0.5, 0.5, 0.4, 0.4]]),
        "known": torch.tensor([[float(number in known) for number in range(len(CLASSES))]]),
    }
    network.zero_grad()
    total, _ = loss(network.train()(batch["img"]), batch)
    total.sum().backward()
    heads = [branch[-1].bias.grad.abs() for branch in network.model[-1].cv3]
    return [float(sum(head[number] for head in heads)) for number in range(len(CLASSES))]


def test_a_class_that_is_unknown_in_a_picture_learns_nothing_from_its_background(learning: Any, network: Any) -> None:
    everything = gradients(learning, network, [PLAYER, BALL, RIM, REFEREE])
    only_balls = gradients(learning, network, [BALL])
    assert only_balls[BALL] == pytest.approx(everything[BALL], rel=1e-3)
    for number in (PLAYER, RIM, REFEREE):
        # What is left is that the ball itself is no player, rim or referee: ten places of some eighty.
        assert 0 < only_balls[number] < 0.6 * everything[number]


def test_coco_s_knowledge_of_people_and_balls_is_kept(learning: Any, shared_dir: Path, tmp_path: Path) -> None:
    from ultralytics import YOLO

    coco = YOLO(str(shared_dir / "models" / "yolo11n-coco-dequantised.pt")).model
    person, sports_ball = 0, 32
    assert (coco.names[person], coco.names[sports_ball]) == ("person", "sports ball")
    trainer = object.__new__(learning.DetectorTrainer)
    trainer.data = {"nc": len(CLASSES), "names": dict(enumerate(CLASSES)), "channels": 3}
    trainer.args = type("Arguments", (), {"cls_remap": True})()
    rows = [branch[-1].weight.clone() for branch in coco.model[-1].cv3]
    made = trainer.get_model(coco.yaml, coco)
    for before, branch in zip(rows, made.model[-1].cv3, strict=True):
        assert branch[-1].weight.shape[0] == len(CLASSES)
        assert (branch[-1].weight[PLAYER] == before[person]).all()
        assert (branch[-1].weight[BALL] == before[sports_ball]).all()


def test_only_heads_that_the_loss_is_for_are_trained(learning: Any, shared_dir: Path, tmp_path: Path) -> None:
    import torch
    from ultralytics.nn.tasks import DetectionModel

    assert learning.can_learn(shared_dir / "models" / "yolo11n-coco-dequantised.pt")
    torch.save({"model": DetectionModel("yolov10n.yaml", verbose=False)}, tmp_path / "two-heads.pt")
    assert not learning.can_learn(tmp_path / "two-heads.pt")


def dataset_of(learning: Any, training_set: TrainingSet, *, imgsz: int, **hyp: float) -> Any:
    """The pictures of a training set as they are trained on, without pasted balls."""
    from ultralytics.cfg import get_cfg

    return learning.KnownClassesDataset(
        str(training_set.folder / "train.txt"),
        imgsz=imgsz,
        batch_size=4,
        augment=True,
        hyp=get_cfg(overrides=hyp),
        data={"names": dict(enumerate(CLASSES)), "channels": 3},
        known=training_set.known(),
        paste=False,
    )


def test_what_is_known_of_a_picture_stays_with_it(learning: Any, tmp_path: Path) -> None:
    """Pictures of which balls are known are bright, those of which rims are known are dark: no mosaic has both."""
    from ultralytics.cfg import get_cfg

    pictures = []
    for number in range(8):
        known = BALL if number % 2 else RIM
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), np.full((90, 160, 3), 230 if known == BALL else 20, np.uint8))
        box = np.array([[0.4, 0.4, 0.5, 0.55]])
        pictures.append((Labelled(path, np.array([known]), box, frozenset({known})), 1))
    training_set = write_training_set(tmp_path / "set", pictures)
    dataset = dataset_of(learning, training_set, imgsz=160, mosaic=1.0, hsv_v=0.0)
    assert {known: len(numbers) for known, numbers in dataset.with_ball.items() if numbers} == {frozenset({BALL}): 4}
    samples = [dataset[number] for number in list(range(8)) * 3]
    trainer = object.__new__(learning.DetectorTrainer)
    trainer._known = training_set.known()
    trainer.args = get_cfg()
    trainer.device = learning.torch.device("cpu")
    batch = trainer.preprocess_batch(dataset.collate_fn(samples))
    assert batch["img"].shape == (24, 3, 96, 160)
    for sample, known in zip(samples, batch["known"].tolist(), strict=True):
        middle = sample["img"].float()
        # A share, not any: noise takes single pixels of the grey between pictures that far.
        bright, dark = bool((middle > 180).float().mean() > 0.01), bool((middle < 60).float().mean() > 0.01)
        assert bright != dark
        assert known == [0, 1, 0, 0] if bright else known == [0, 0, 1, 0]
        assert {int(number) for number in sample["cls"]} <= {BALL if bright else RIM}
    assert {int(number) for number in batch["cls"]} == {BALL, RIM}


def test_a_mosaic_of_balls_keeps_pixels_and_boxes_together(learning: Any, tmp_path: Path) -> None:
    """White balls from 8 to 60 pixels, each in the middle of a grey player: all come out small, and where they are."""
    pictures = []
    for number, edge in enumerate((8, 20, 40, 60)):
        picture = np.zeros((360, 640, 3), np.uint8)
        x, y = (20, 330, 500, 550)[number], (330, 20, 100, 200)[number]
        x, y = max(edge // 2, x), max(edge // 2, y)
        ball = [x - edge // 2, y - edge // 2, x + edge // 2, y + edge // 2]
        player = [max(0, x - edge), max(0, y - edge), x + edge, y + edge]
        picture[player[1] : player[3], player[0] : player[2]] = 60
        picture[ball[1] : ball[3], ball[0] : ball[2]] = 255
        cv2.imwrite(str(path := tmp_path / f"{number}.png"), picture)
        boxes = np.array([ball, player]) / (640, 360, 640, 360)
        pictures.append((Labelled(path, np.array([BALL, PLAYER]), boxes, frozenset(range(4))), 1))
    training_set = write_training_set(tmp_path / "set", pictures)
    dataset = dataset_of(learning, training_set, imgsz=640)
    (numbers,) = dataset.with_ball.values()
    assert len(numbers) == 4
    for _ in range(20):
        labels = learning.BallMosaic(dataset, (640, 384))(numbers)
        assert labels["img"].shape == (384, 640, 3)
        white = (labels["img"] > 200).all(2)
        is_ball = labels["cls"].flatten() == BALL
        assert is_ball.sum() in (4, 6, 9)
        assert len(labels["cls"]) == len(labels["instances"].bboxes) == 2 * is_ball.sum()
        for x1, y1, x2, y2 in labels["instances"].bboxes[is_ball]:
            assert 4 < x2 - x1 < 25
            assert 4 < y2 - y1 < 25
            assert white[round(y1) + 1 : round(y2) - 1, round(x1) + 1 : round(x2) - 1].all()
            white[max(0, round(y1) - 1) : round(y2) + 1, max(0, round(x1) - 1) : round(x2) + 1] = False
        assert not white.any()


def test_half_the_bits_teach_the_same(learning: Any, network: Any) -> None:
    import torch

    from bbva_core.detect.weights import SHIPPED_FOLDER
    from bbva_core.train.bfloat16 import compute_in_bfloat16

    network.load(torch.load(SHIPPED_FOLDER / "bbva11n.pt", map_location="cpu", weights_only=False)["model"])
    half = copy.deepcopy(network)
    compute_in_bfloat16(half)
    (picture, truth), *_ = render_frames(SynthSettings(seconds=1, fps=1, width=640, height=384, seed=3))
    boxes = torch.tensor([item.box for item in truth.objects]) / torch.tensor([640, 384, 640, 384])
    batch = {
        "img": torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255,
        "batch_idx": torch.zeros(len(boxes)),
        "cls": torch.tensor([[float(CLASSES.index(item.kind))] for item in truth.objects]),
        "bboxes": torch.cat([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1),
        "known": torch.ones(1, len(CLASSES)),
    }
    directions = []
    for model in (network, half):
        model.criterion = learning.KnownClassesLoss(model.train())
        loss, _ = model(batch)
        loss.sum().backward()
        assert loss.dtype == torch.float32
        assert {value.dtype for value in model.parameters()} == {torch.float32}
        directions.append(torch.cat([value.grad.flatten() for value in model.parameters() if value.grad is not None]))
    assert not torch.equal(*directions)  # it does compute otherwise
    assert torch.nn.functional.cosine_similarity(*directions, dim=0) > 0.97


def test_a_checkpoint_of_a_network_that_was_copied_while_it_computed_so_can_be_written(
    learning: Any, network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from bbva_core.train.bfloat16 import compute_in_bfloat16

    compute_in_bfloat16(network)
    trainer = object.__new__(learning.DetectorTrainer)
    trainer.ema = SimpleNamespace(ema=copy.deepcopy(network))
    trainer.last = trainer.best = tmp_path / "last.pt"
    monkeypatch.setattr(learning.DetectionTrainer, "save_model", lambda self: torch.save(self.ema.ema, self.last))
    trainer.save_model()
    saved = torch.load(tmp_path / "last.pt", weights_only=False)
    assert saved.predict(torch.zeros(1, 3, 64, 64))["scores"].dtype == torch.float32


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve labelled pictures to train on, and four to measure on."""
    folder = tmp_path_factory.mktemp("gym")
    writer = DataSetWriter(folder)
    settings = SynthSettings(seconds=16, fps=1, width=320, height=180, seed=3, supersample=1)
    for number, (picture, truth) in enumerate(render_frames(settings)):
        boxes = np.array([item.box for item in truth.objects]) / (320, 180, 320, 180)
        writer.add(f"{number:02d}", picture, [CLASSES.index(item.kind) for item in truth.objects], boxes)
    for kind in ("images", "labels"):
        (folder / "valid" / kind).mkdir(parents=True)
        for path in sorted((folder / "train" / kind).iterdir())[12:]:
            path.rename(folder / "valid" / kind / path.name)
    about = json.loads((folder / "data.yaml").read_text())
    (folder / "data.yaml").write_text(json.dumps({**about, "val": "valid/images"}))
    return folder


@pytest.fixture
def command(gym: Path, clip: Path, tmp_path: Path) -> list[str | Path]:
    """A training of two short epochs on all there is: twelve labelled pictures, four drawn, five of a video."""
    settings = ["--video", clip, "--epochs", "2", "--imgsz", "160", "--freeze", "10", "--synthetic", "4"]
    return ["train", "--name", "my-gym", "--data", gym, *settings, "--data-dir", tmp_path / "data"]


def test_a_killed_training_goes_on_and_the_result_is_in_the_model_list(
    command: list[str | Path], gym: Path, tmp_path: Path
) -> None:
    code, _, err = run(*command, BBVA_FAILPOINT="after_epoch:kill")
    assert code == -signal.SIGKILL, err
    app = AppSettings(data_dir=tmp_path / "data")
    assert [file.name for file in list_weights(app) if file.name.startswith("my-gym")] == []

    other = [*command[:-2], "--epochs", "3", *command[-2:]]
    code, _, err = run(*other)
    assert code == 2
    assert "with other settings was interrupted" in err

    # Another kill at the end of the first epoch of this start: it is the second and last of the training.
    code, _, err = run(*command, BBVA_FAILPOINT="after_epoch:kill:2")
    assert code == 0, err
    files = {file.kind: file for file in list_weights(app) if file.name.startswith("my-gym")}
    assert set(files) == {"pt", "openvino"}
    for file in files.values():
        assert file.bytes < 6_000_000
        assert 0 <= file.figures["player_ap50"] <= 1
        assert file.figures["pictures"] == 4
    assert not (tmp_path / "data" / "training" / "my-gym").exists()
    card = json.loads((tmp_path / "data" / "models" / "my-gym.json").read_text())
    assert card["recipe"]["data"][0]["folder"] == gym.name
    assert card["pictures"] == 12 + 4 + 5
    assert card["sha256"] == {file.name: file.sha256 for file in files.values()}

    code, _, err = run(*command)
    assert code == 2
    assert "a detector called my-gym already" in err

    picture = cv2.imread(str(next((gym / "valid" / "images").iterdir())))
    both = []
    for name in ("my-gym.pt", "my-gym_openvino_model"):
        weights = resolve_weights(app, name, trust=True)
        detector = create_detector("ultralytics", weights, conf=0.1, imgsz=320, threads=1, cache_dir=tmp_path / "cache")
        both.append(detector.detect([picture])[0])
        detector.close()
    assert len(both[0]) > 5
    # The same boxes, though equal scores may come in another order, and one at the limit in one form only.
    same = iou(both[0].boxes.astype(float), both[1].boxes.astype(float)) > 0.95
    same &= np.array(both[0].labels)[:, None] == np.array(both[1].labels)
    assert same.any(1).mean() > 0.9
    assert same.any(0).mean() > 0.9
    # The folders of whoever trained it are nobody's business.
    for path in (path for path in (tmp_path / "data" / "models").rglob("*") if path.is_file()):
        assert str(gym.parent).encode() not in path.read_bytes(), path
        assert str(tmp_path).encode() not in path.read_bytes(), path


def test_what_cannot_be_trained_is_refused_at_once(gym: Path, tmp_path: Path) -> None:
    for arguments, words in (
        (["--name", "../x", "--data", gym], "cannot be called"),
        (["--name", "x"], "nothing to train on"),
        (["--name", "x", "--data", gym, "--recipe", "r.yaml"], "A recipe says everything itself"),
        (["--name", "x", "--data", tmp_path], "is not a data set"),
        (["--name", "x", "--data", gym, "--imgsz", "7"], "imgsz"),
        (["--name", "x", "--data", gym, "--start", "none.pt"], "were not found"),
    ):
        code, _, err = run("train", *arguments, "--data-dir", tmp_path / "data")
        assert code == 2, err
        assert words in err
