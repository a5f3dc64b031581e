"""The filter of the pseudo-labels against labels made by hand: players stay, spectators go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bbva_core.detect import create_detector, resolve_weights
from bbva_core.settings import PROJECT_ROOT, AppSettings
from bbva_core.train.datasets import read_picture
from bbva_core.train.given import read_given
from bbva_core.train.pseudo import LEAST_SCORE, LOOK_SIZE, judge
from bbva_core.train.scoring import iou

CLIPS = ("spurs_thunder", "euroleague", "mavs_hawks")
PLAYER, REFEREE = 0, 3


@pytest.mark.slow
def test_coco_s_people_are_told_from_spectators(
    shared_dir: Path, tmp_path: Path, figure: Callable[[str, str], None]
) -> None:
    app = AppSettings(data_dir=tmp_path, models_dir=shared_dir / "models")
    weights = resolve_weights(app, "yolo11n-coco-dequantised.pt")
    detector = create_detector(
        "ultralytics", weights, conf=LEAST_SCORE, imgsz=LOOK_SIZE, threads=0, cache_dir=app.cache_dir
    )
    people = kept_people = others = kept_others = pictures = 0
    for clip in CLIPS:
        labels = PROJECT_ROOT / "data" / "models" / "labels" / f"{clip}.json"
        for labelled in read_given(shared_dir / "games" / f"{clip}.mp4", labels, tmp_path / "frames"):
            if not {PLAYER, REFEREE} <= labelled.known:
                continue
            picture = read_picture(labelled)
            found = detector.detect([picture])[0]
            kept, doubtful = judge(picture, found, [found])
            height, width = picture.shape[:2]
            truth = labelled.boxes[np.isin(labelled.classes, (PLAYER, REFEREE))] * (width, height, width, height)
            sure = np.array([label == "person" for label in found.labels], bool) & ~doubtful & (found.scores >= 0.4)
            right = iou(found.boxes.astype(float), truth).max(1, initial=0) >= 0.4
            people += int((sure & right).sum())
            kept_people += int((sure & right & kept).sum())
            others += int((sure & ~right).sum())
            kept_others += int((sure & ~right & kept).sum())
            pictures += 1
    detector.close()
    share, before, after = kept_people / people, others / pictures, kept_others / pictures
    figure("people on the court kept by the filter of the pseudo-labels", f"{share:.0%} of {people}")
    figure("others kept by it, a picture", f"{after:.2f} of {before:.2f}")
    assert share > 0.85
    assert after < 0.6
    assert before > 2 * after
