"""The network that finds digits made of lamps: convolutions only, for pictures of any size. Imports torch."""

from __future__ import annotations

import torch
from torch import nn

from bbva_core.ocr.lamp_marks import MARKS

CHANNELS = (24, 48, 96, 144, 192)


def _layer(before: int, after: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True))


class _Block(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _layer(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.second(self.first(x)))


class LampNet(nn.Module):  # type: ignore[misc]
    """Pictures to maps of a quarter of their size.

    Input: (n, 3, height, width), blue, green, red, 0 to 1; height and width multiples of 32. Output: (n, 5 + marks,
    height / 4, width / 4): the logit of there being a middle of a mark, the logarithms of the distances to its left,
    upper, right and lower edge in cells, and the logits of which mark it is.
    """

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, e = CHANNELS
        self.stem = _layer(3, a, 2)
        self.down4 = nn.Sequential(_layer(a, b, 2), _Block(b))
        self.down8 = nn.Sequential(_layer(b, c, 2), _Block(c))
        self.down16 = nn.Sequential(_layer(c, d, 2), _Block(d))
        self.down32 = nn.Sequential(_layer(d, e, 2), _Block(e))
        self.side32, self.side16, self.side8 = nn.Conv2d(e, c, 1), nn.Conv2d(d, c, 1), nn.Conv2d(c, c, 1)
        self.mix16, self.mix8 = _layer(c, c), _layer(c, c)
        self.side4, self.narrow = nn.Conv2d(b, 48, 1), nn.Conv2d(c, 48, 1)
        self.last = _layer(48, 48)
        self.out = nn.Conv2d(48, 5 + len(MARKS), 1)
        nn.init.zeros_(self.out.bias)
        with torch.no_grad():
            self.out.bias[0] = -4.0  # middles are rare

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See the class."""
        x4 = self.down4(self.stem(x))
        x8 = self.down8(x4)
        x16 = self.down16(x8)
        x32 = self.down32(x16)
        y = self.mix16(self.side16(x16) + _doubled(self.side32(x32)))
        y = self.mix8(self.side8(x8) + _doubled(y))
        return self.out(self.last(self.side4(x4) + _doubled(self.narrow(y))))


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
