"""Patches of pictures and films as vectors (Dosovitskiy et al., 2021; Arnab et al., 2021)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Patches(nn.Conv2d):
    """Pictures `[..., height, width, channels]` to vectors `[..., patch, outputs]`, row by row."""

    def __init__(self, channels: int, outputs: int, patch: int, bias: bool = True) -> None:
        super().__init__(channels, outputs, patch, stride=patch, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        made = super().forward(input.reshape(-1, *input.shape[-3:]).permute(0, 3, 1, 2))
        return made.flatten(2).transpose(1, 2).reshape(*input.shape[:-3], -1, self.out_channels)


class FilmPatches(nn.Conv3d):
    """Films `[..., frame, height, width, channels]` to vectors `[..., frame, patch, outputs]` that reach over `time` frames each.

    `real [..., frame]` says which frames there are; what is none counts as zeros, as what stands around the film does.
    """

    def __init__(self, channels: int, outputs: int, patch: int, time: int, bias: bool = True) -> None:
        super().__init__(channels, outputs, (time, patch, patch), stride=(1, patch, patch), bias=bias)

    def forward(self, input: Tensor, real: Tensor | None = None) -> Tensor:
        seen = input if real is None else torch.where(real[..., None, None, None], input, 0.0)
        before = (self.kernel_size[0] - 1) // 2
        films = seen.reshape(-1, *input.shape[-4:]).permute(0, 4, 1, 2, 3)  # [n, channels, frame, height, width]
        made = super().forward(F.pad(films, (0, 0, 0, 0, before, self.kernel_size[0] - 1 - before)))
        return made.flatten(3).permute(0, 2, 3, 1).reshape(*input.shape[:-3], -1, self.out_channels)
