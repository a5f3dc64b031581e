"""Our own reader of scoreboard fields: a small convolutional network, read out by CTC. Imports torch.

It has the form of EasyOCR's custom recognition networks: EasyOCR imports this file by its name from this folder, makes
a `Model` with the parameters in `bbva_reader.yaml`, and loads `bbva_reader.pth`. So nothing here imports our package.
"""

from __future__ import annotations

import torch
from torch import nn


class Model(nn.Module):  # type: ignore[misc]
    """Grey strips to characters.

    Args:
        input_channel: 1.
        output_channel: Channels of the last layer that sees two dimensions.
        hidden_size: Channels of the layers that see the strip as a sequence.
        num_class: Characters, and the blank of CTC before them.
    """

    def __init__(self, input_channel: int, output_channel: int, hidden_size: int, num_class: int) -> None:
        super().__init__()
        last = output_channel
        self.picture = nn.Sequential(
            *_layer(input_channel, last // 5),
            nn.MaxPool2d(2),  # 16 rows, half as many columns: the sequence is no shorter, or "11" becomes "1"
            *_layer(last // 5, last * 2 // 5),
            nn.MaxPool2d((2, 1)),
            *_layer(last * 2 // 5, last * 3 // 5),
            *_layer(last * 3 // 5, last * 3 // 5),
            nn.MaxPool2d((2, 1)),
            *_layer(last * 3 // 5, last),
            nn.Conv2d(last, hidden_size, (4, 1), bias=False),
            nn.BatchNorm2d(hidden_size),
            nn.ReLU(inplace=True),
        )
        self.sequence = nn.ModuleList(_Neighbours(hidden_size, dilation) for dilation in (1, 1, 2))
        self.characters = nn.Linear(hidden_size, num_class)

    def forward(self, strips: torch.Tensor, text: torch.Tensor | None = None) -> torch.Tensor:
        """Scores of the characters.

        Args:
            strips: Shape (n, 1, 32, width), -1 to 1.
            text: Not used; EasyOCR gives it.

        Returns:
            Shape (n, width / 2, num_class), before softmax.
        """
        steps = self.picture(strips).squeeze(2)
        for layer in self.sequence:
            steps = layer(steps)
        return self.characters(steps.transpose(1, 2))


class _Neighbours(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(channels, channels, 5, padding=2 * dilation, dilation=dilation, bias=False),
            nn.BatchNorm1d(channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        return steps + self.layers(steps)


def _layer(before: int, after: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
