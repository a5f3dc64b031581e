"""Training the finder of lamps: what it shall say, the pictures it sees, and that it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bbva_core.bench.scoreboard.fonts import bug_fonts
from bbva_core.errors import InvalidSettings
from bbva_core.ocr.lamp_marks import MARKS, STRIDE
from bbva_core.synth.boards import Photo

SIDE = 256
FONTS = [font for font in bug_fonts([]) if font is not None]


@pytest.fixture(scope="module")
def learning() -> Any:
    """The module; it imports torch."""
    from bbva_core.train.lamps import learning

    return learning


def test_the_middle_of_a_mark_says_what_it_is_and_how_far_its_edges_are(learning: Any) -> None:
    photo = Photo(np.zeros((SIDE, SIDE, 3), np.uint8), (("7", (100.0, 60.0, 120.0, 100.0)),))
    near, what, left, top, right, bottom, counts = learning.target_of(photo)
    row, column = 80 // STRIDE, 110 // STRIDE
    assert near.argmax() == row * (SIDE // STRIDE) + column
    assert (near[row, column], what[row, column], counts[row, column]) == (1.0, MARKS.index("7"), 1.0)
    middle = ((column + 0.5) * STRIDE, (row + 0.5) * STRIDE)
    edges = [float(part[row, column]) * STRIDE for part in (left, top, right, bottom)]
    assert [middle[0] - edges[0], middle[1] - edges[1]] == [100.0, 60.0]
    assert [middle[0] + edges[2], middle[1] + edges[3]] == [120.0, 100.0]
    assert what[0, 0] == -1 and near[0, 0] < 0.01 and counts.sum() < 40


def test_pictures_without_lamps_say_nothing(learning: Any) -> None:
    target = learning.target_of(Photo(np.zeros((SIDE, SIDE, 3), np.uint8), ()))
    assert not target[0].any() and not target[6].any()


def test_the_same_seed_draws_the_same_pictures(learning: Any) -> None:
    one, two = (learning.draw_batch(np.random.default_rng(7), FONTS, 4) for _ in range(2))
    assert one[0].shape == (4, SIDE, SIDE, 3) and one[1].shape == (4, 7, SIDE // STRIDE, SIDE // STRIDE)
    assert bool((one[0] == two[0]).all()) and bool((one[1] == two[1]).all())
    other = learning.draw_batch(np.random.default_rng(8), FONTS, 4)
    assert not bool((one[0] == other[0]).all())


def test_a_network_that_sees_the_same_pictures_again_learns_them_and_comes_back_to_the_cpu(learning: Any) -> None:
    import torch

    from bbva_core.train.lamps.network import LampNet
    from bbva_core.train.loop import descend

    torch.manual_seed(0)
    batch = learning.draw_batch(np.random.default_rng(3), FONTS, 2)
    losses: list[float] = []
    model = LampNet()
    descend(
        model,
        iter(lambda: batch, None),
        learning.as_input,
        learning.loss_of,
        steps=12,
        rate=2e-3,
        warm_up=2,
        progress=lambda _step, _steps, loss: losses.append(loss),
    )
    assert len(losses) == 12
    assert losses[-1] < 0.6 * losses[0]
    assert next(model.parameters()).device.type == "cpu"


def test_a_start_that_is_no_network_of_this_kind_is_refused_in_words(tmp_path: Path) -> None:
    import torch

    from bbva_core.train.lamps.network import LampNet
    from bbva_core.train.loop import begin_with

    torch.save({"weight": torch.zeros(3)}, tmp_path / "other.pth")
    (tmp_path / "broken.pth").write_bytes(b"nothing")
    for name in ("other.pth", "broken.pth", "missing.pth"):
        with pytest.raises(InvalidSettings, match=name):
            begin_with(LampNet(), tmp_path / name)
