"""Feature pyramids (Lin et al., 2017) as clipx defines them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from .convolution import Convolution
from .functions import resize


class FeaturePyramid(nn.Module):
    """Maps of several sizes brought to `channels`, coarser ones added to finer ones. `widths`: channels of the maps, finest first."""

    def __init__(self, widths: Sequence[int], channels: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(Convolution(width, channels, 1) for width in widths)
        self.output = nn.ModuleList(Convolution(channels, channels, 3) for _ in widths)

    def forward(self, *maps: Tensor) -> list[Tensor]:
        """`[..., height, width, channels]` each, finest first, and so the results."""
        levels = [lateral(x) for lateral, x in zip(self.lateral, maps, strict=True)]
        for at in range(len(levels) - 2, -1, -1):
            fine, coarse = levels[at], levels[at + 1].movedim(-1, 0)
            levels[at] = fine + resize(coarse, (fine.shape[-3], fine.shape[-2]), "nearest").movedim(0, -1)
        return [output(level) for output, level in zip(self.output, levels, strict=True)]
