"""Convolutions over the last dimensions of a value, with as much around it as leaves one place for each stride."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def around(places: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Zeros before and behind: an odd kernel reaches equally far, and there are none where the kernel is the stride."""
    reach = dilation * (kernel - 1) + 1
    total = max(0, (math.ceil(places / stride) - 1) * stride + reach - places)
    before = min(total, (reach - 1) // 2 if kernel % 2 == 1 else total // 2)
    return before, total - before


class Convolution(nn.Conv2d):
    """`x [..., height, width, channels]` to `[..., ⌈height / stride⌉, ⌈width / stride⌉, outputs]`."""

    def forward(self, input: Tensor) -> Tensor:
        height, width = (
            around(places, kernel, stride, dilation)
            for places, kernel, stride, dilation in zip(
                input.shape[-3:-1], self.kernel_size, self.stride, self.dilation, strict=True
            )
        )
        pictures = F.pad(input.reshape(-1, *input.shape[-3:]).permute(0, 3, 1, 2), (*width, *height))
        made = F.conv2d(pictures, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)
        return made.permute(0, 2, 3, 1).reshape(*input.shape[:-3], *made.shape[2:], -1)


class TemporalConvolution(Convolution):
    """Along the steps of `x [..., step, channels]`; `real [..., step]` says which steps there are."""

    def forward(self, input: Tensor, real: Tensor | None = None) -> Tensor:
        heard = input if real is None else torch.where(real.unsqueeze(-1), input, 0.0)
        return super().forward(heard.unsqueeze(-3)).squeeze(-3)


class TransposedConvolution(nn.ConvTranspose2d):
    """`x [..., height, width, channels]` to `[..., (height - 1) · stride + kernel, …, outputs]`."""

    def forward(self, input: Tensor) -> Tensor:
        made = super().forward(input.reshape(-1, *input.shape[-3:]).permute(0, 3, 1, 2))
        return made.permute(0, 2, 3, 1).reshape(*input.shape[:-3], *made.shape[2:], -1)


class GroupNorm(nn.GroupNorm):
    """Groups of channels of `x [..., places ..., channels]` over all places (Wu and He, 2018), or over the `real [..., places ...]`."""

    def forward(self, input: Tensor, real: Tensor | None = None, places: int = 1) -> Tensor:
        lead = input.shape[: -1 - places]
        x = input.reshape(*lead, -1, input.shape[-1])
        if real is None:
            rows = x.reshape(-1, *x.shape[-2:]).transpose(1, 2)
            return super().forward(rows).transpose(1, 2).reshape(input.shape)
        groups = x.unflatten(-1, (self.num_groups, -1))  # [..., place, group, channel]
        there = real.expand(input.shape[:-1]).reshape(*lead, -1)[..., None, None]
        count = there.to(x.dtype).sum(-3, keepdim=True).clamp_min(1) * groups.shape[-1]
        mean = torch.where(there, groups, 0.0).sum((-3, -1), keepdim=True) / count
        variance = torch.where(there, (groups - mean).square(), 0.0).sum((-3, -1), keepdim=True) / count
        normed = ((groups - mean) / (variance + self.eps).sqrt()).flatten(-2)
        return (normed * self.weight + self.bias).reshape(input.shape)
