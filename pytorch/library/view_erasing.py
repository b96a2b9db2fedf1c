"""Views of computed pictures of which a part is hidden.

A value begins with its draws, `[draws ..., height, width, rest ...]`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .view_draws import Drawn, of_draws
from .view_places import filling, flat_pixels, pixel_places


def erase(
    x: Tensor,
    share: Drawn,
    aspect: Drawn,
    left: Tensor,
    top: Tensor,
    fill: str,
    noise: Tensor | None = None,
    happens: Tensor | None = None,
    is_discrete: bool = False,
) -> Tensor:
    """A rectangle of that share of the area and that ratio of width to height is the fill (Zhong et al. 2020)."""
    lead = left.dim()
    height, width = x.shape[lead : lead + 2]
    pixels = of_draws(share, left.shape, left) * (height * width)
    ratio = of_draws(aspect, left.shape, left)
    across, down = (pixels * ratio).sqrt().clamp(max=width), (pixels / ratio).sqrt().clamp(max=height)
    first, upper = left.unsqueeze(-1) * (width - across), top.unsqueeze(-1) * (height - down)
    return _painted(x, lead, (first, upper, across, down), fill, noise, happens, is_discrete)


def cutout(
    x: Tensor,
    left: Tensor,
    top: Tensor,
    side: int,
    fill: str,
    noise: Tensor | None = None,
    happens: Tensor | None = None,
    is_discrete: bool = False,
) -> Tensor:
    """A square of so many pixels around a pixel anywhere is the fill (DeVries & Taylor 2017)."""
    lead = left.dim()
    height, width = x.shape[lead : lead + 2]
    first = (left.unsqueeze(-1) * width).floor() - side // 2
    upper = (top.unsqueeze(-1) * height).floor() - side // 2
    size = torch.full_like(first, side)
    return _painted(x, lead, (first, upper, size, size), fill, noise, happens, is_discrete)


def _painted(
    x: Tensor,
    lead: int,
    region: tuple[Tensor, Tensor, Tensor, Tensor],
    fill: str,
    noise: Tensor | None,
    happens: Tensor | None,
    is_discrete: bool,
) -> Tensor:
    """Pixels whose middle lies in the region (left, top, width and height in pixels) are the fill; noise is a draw for each number."""
    left, top, across, down = region
    row, column = (each + 0.5 for each in pixel_places(*x.shape[lead : lead + 2], left))
    inside = (column >= left) & (column < left + across) & (row >= top) & (row < top + down)
    if happens is not None:
        inside = inside & happens.unsqueeze(-1)
    flat = flat_pixels(x, lead)
    if is_discrete:
        return flat.masked_fill(inside.unsqueeze(-1), 0).reshape(x.shape)
    colour = noise if noise is not None else filling(x, lead, fill, None)
    return torch.where(inside.unsqueeze(-1), colour, flat).reshape(x.shape)
