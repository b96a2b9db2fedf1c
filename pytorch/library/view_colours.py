"""Views of computed pictures that change their colours, or blur them.

A value begins with its draws, `[draws ..., height, width, rest ..., 3]`: `lead` is how many dimensions these are.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .view_draws import Drawn, numbered, of_draws, wide


def gray(x: Tensor) -> Tensor:
    """Each pixel as bright as it was (ITU-R 601-2)."""
    return _grey(x).expand_as(x)


def _grey(x: Tensor) -> Tensor:
    return (x * torch.tensor([0.299, 0.587, 0.114], dtype=x.dtype, device=x.device)).sum(-1, keepdim=True)


def jitter(
    x: Tensor,
    lead: int,
    brightness: Drawn | None = None,
    contrast: Drawn | None = None,
    saturation: Drawn | None = None,
    hue: Drawn | None = None,
) -> Tensor:
    """Brighter, away from the mean grey, away from the grey of each pixel, another hue (in turns): in this order, each within 0 to 1."""

    def drawn(value: Drawn) -> Tensor:
        return wide(of_draws(value, x.shape[:lead], x).squeeze(-1), x)

    def away(value: Tensor, start: Tensor, factor: Drawn) -> Tensor:
        return (start + drawn(factor) * (value - start)).clamp(0, 1)

    if brightness is not None:
        x = (x * drawn(brightness)).clamp(0, 1)
    if contrast is not None:
        x = away(x, _grey(x).mean((lead, lead + 1), keepdim=True), contrast)
    if saturation is not None:
        x = away(x, _grey(x), saturation)
    return x if hue is None else _hue_turned(x, drawn(hue))


def _hue_turned(x: Tensor, turn: Tensor) -> Tensor:
    """A. R. Smith 1978, back from hue by one formula for all channels."""
    high, low = x.amax(-1, keepdim=True), x.amin(-1, keepdim=True)
    spread = high - low
    r, g, b = (x[..., at : at + 1] for at in range(3))

    def part(first: Tensor, second: Tensor, start: int) -> Tensor:
        return (first - second) / spread.clamp(min=1e-12) + start

    own = torch.where(high == r, part(g, b, 0), torch.where(high == g, part(b, r, 2), part(r, g, 4)))
    k = torch.tensor([5, 3, 1], dtype=x.dtype, device=x.device) + own + 6 * turn
    rest = k - (k / 6).floor() * 6
    return high - spread * rest.minimum(4 - rest).clamp(0, 1)


def blur(x: Tensor, sigma: Drawn, most: float, lead: int) -> Tensor:
    """A Gaussian of so many pixels, `most` at most, the edge going on: rows and then columns."""
    deviation = of_draws(sigma, x.shape[:lead], x).clamp(min=1e-3).unsqueeze(-1)
    reach = math.ceil(3 * most)

    def along_rows(value: Tensor) -> Tensor:
        size = value.shape[lead]
        places = torch.arange(-reach, size + reach, device=x.device)
        apart = places.to(deviation.dtype) - numbered(size, deviation).unsqueeze(-1)
        weights = torch.where(apart.abs() <= reach, (-0.5 * apart.square() / deviation.square()).exp(), 0)
        even = weights / weights.sum(-1, keepdim=True)
        longer = value.index_select(lead, places.clamp(0, size - 1))
        return (even @ longer.reshape(*longer.shape[: lead + 1], -1)).reshape(value.shape)

    return along_rows(along_rows(x).transpose(lead, lead + 1)).transpose(lead, lead + 1)
