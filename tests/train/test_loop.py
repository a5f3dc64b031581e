"""What a GPU does while pictures are drawn for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest


def test_while_the_next_batch_is_drawn_earlier_ones_are_used_again_varied() -> None:
    import torch

    from bbva_core.train.loop import Batch, with_earlier

    go_on = threading.Event()

    def slow() -> Iterator[Batch]:
        for number in range(64):
            yield (torch.tensor([number]),)
        go_on.wait()
        yield (torch.tensor([64]),)
        while True:
            go_on.clear()
            go_on.wait()

    def negative(batch: Batch, _rng: np.random.Generator) -> Batch:
        return (-1 - batch[0],)

    batches = with_earlier(slow(), negative, np.random.default_rng(1))
    assert [int(next(batches)[0]) for _ in range(64)] == list(range(64))
    again = [int(next(batches)[0]) for _ in range(20)]
    assert all(-64 <= number < 0 for number in again)
    assert len(set(again)) > 5
    go_on.set()
    assert 64 in (int(next(batches)[0]) for _ in iter(int, 1))


def test_what_goes_wrong_while_drawing_is_raised() -> None:
    import torch

    from bbva_core.train.loop import Batch, with_earlier

    def broken() -> Iterator[Batch]:
        yield (torch.tensor([1]),)
        raise MemoryError("no room for a picture")

    batches = with_earlier(broken(), lambda batch, _: batch, np.random.default_rng(1))
    next(batches)
    with pytest.raises(MemoryError, match="no room"):
        next(batches)


def test_a_varied_batch_says_the_same_and_looks_nearly_the_same() -> None:
    import torch

    from bbva_core.train.reader.learning import varied

    strips = torch.full((2, 1, 32, 64), 60, dtype=torch.uint8)
    strips[:, :, 8:24, 20:40] = 200
    labels, lengths = torch.tensor([3, 4]), torch.tensor([1, 1])
    others = [varied((strips, labels, lengths), np.random.default_rng(seed)) for seed in range(20)]
    for pictures, *said in others:
        assert pictures.dtype == torch.uint8 and pictures.shape == strips.shape
        assert all(bool((one == two).all()) for one, two in zip(said, (labels, lengths), strict=True))
        assert float(pictures[:, :, 10:22, 24:36].float().mean() - pictures[:, :, :, :16].float().mean()) > 90
    assert len({float(pictures.float().mean()) for pictures, *_ in others}) == 20
