"""Views of computed pictures that move their pixels: parts, turns, and cards that are held at an angle.

A value begins with its draws, `[draws ..., height, width, rest ...]`: `lead` is how many dimensions these are.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .view_draws import Drawn, numbered, of_draws, whole


def flat_pixels(x: Tensor, lead: int) -> Tensor:
    """`[draws ..., pixels, numbers of a pixel]`"""
    return x.reshape(*x.shape[:lead], x.shape[lead] * x.shape[lead + 1], -1)


def crop(
    x: Tensor, share: Drawn, aspect: Drawn, left: Tensor, top: Tensor, own: bool, is_discrete: bool = False
) -> Tensor:
    """A part of that share of the area and that ratio of width to height, `own`: over the picture's, scaled back to its size."""
    lead = left.dim()
    height, width = x.shape[lead : lead + 2]
    part, ratio = (of_draws(each, left.shape, x) for each in (share, aspect))
    ratio = ratio if own else ratio * (height / width)
    across, down = (part * ratio).sqrt().clamp(max=1), (part / ratio).sqrt().clamp(max=1)
    return _part(x, lead, across, down, left.unsqueeze(-1) * (1 - across), top.unsqueeze(-1) * (1 - down), is_discrete)


_THIRTEEN = (
    *((0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5), (0, 0.5), (1, 0.5), (0.5, 1), (0.5, 0)),
    *((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)),
)
"""Corners, middles of the sides, the middle, and halfway between it and the corners: shares of what a part leaves."""


def multi_scale_crop(
    x: Tensor, scale: Tensor, place: Tensor, scales: Sequence[float], is_discrete: bool = False
) -> Tensor:
    """Of the pairs of scales that are neighbours or one, and of thirteen places, one (Wang et al., "Temporal Segment Networks", 2016)."""
    pairs = [(w, h) for i, w in enumerate(scales) for j, h in enumerate(scales) if abs(i - j) <= 1]

    def from_table(at: Tensor, table: Sequence[float]) -> Tensor:
        return torch.tensor(table, dtype=x.dtype, device=x.device)[at].unsqueeze(-1)

    pair, where = whole(scale, len(pairs)), whole(place, len(_THIRTEEN))
    across, down = from_table(pair, [w for w, _ in pairs]), from_table(pair, [h for _, h in pairs])
    left = from_table(where, [x for x, _ in _THIRTEEN]) * (1 - across)
    top = from_table(where, [y for _, y in _THIRTEEN]) * (1 - down)
    return _part(x, scale.dim(), across, down, left, top, is_discrete)


def _part(x: Tensor, lead: int, across: Tensor, down: Tensor, left: Tensor, top: Tensor, is_discrete: bool) -> Tensor:
    """A part of the picture at the size of the whole: two products with matrices of bilinear weights. Shares of the picture."""
    height, width = x.shape[lead : lead + 2]
    rows, columns = _weights(height, top, down), _weights(width, left, across)
    rest = x.shape[lead + 2 :]

    def along_rows(value: Tensor, weights: Tensor) -> Tensor:
        flat = value.flatten(lead + 1) if value.dim() > lead + 1 else value
        if is_discrete:
            index = weights.argmax(-1).unsqueeze(-1).expand(*flat.shape)
            return flat.gather(lead, index).reshape(value.shape)
        return (weights @ flat).reshape(value.shape)

    turned = along_rows(x, rows).transpose(lead, lead + 1)
    made = along_rows(turned.reshape(*x.shape[:lead], width, height, *rest), columns)
    return made.transpose(lead, lead + 1)


def _weights(size: int, first: Tensor, length: Tensor) -> Tensor:
    """`[draws ..., to, from]`: how much each old row has in each new one, for a part that begins at `first` and is so long (shares)."""
    number = numbered(size, first)
    begin = first * size
    end = (first + length) * size - 1
    place = begin + (number + 0.5) * length - 0.5
    inside = place.maximum(begin).minimum(end).clamp(min=0)
    return (1 - (inside.unsqueeze(-1) - number).abs()).clamp(min=0)


def perspective(
    x: Tensor, corners: Tensor, distortion: float, fill: str, shade: Tensor | None = None, is_discrete: bool = False
) -> Tensor:
    """The picture on a card whose corners, `[draws ..., 8]`, move inwards by up to `distortion` of half its side.

    The homography of the unit square to the four corners is closed (Heckbert 1989, 2.2.3), its inverse the adjugate.
    """
    lead = corners.dim() - 1
    height, width = x.shape[lead : lead + 2]
    moved = corners * (distortion / 2)
    x0, y0, x1, y1, x2, y2, x3, y3 = (
        1 - value if far else value
        for value, far in zip(moved.unsqueeze(-2).unbind(-1), (0, 0, 1, 0, 1, 1, 0, 1), strict=True)
    )
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + (x2 - x3)
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + (y2 - y3)
    whole = dx1 * dy2 - dx2 * dy1
    g, h = (sx * dy2 - dx2 * sy) / whole, (dx1 * sy - sx * dy1) / whole
    a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
    d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
    row, column = pixel_places(height, width, corners)
    across, down = (column + 0.5) * (1 / width), (row + 0.5) * (1 / height)
    depth = (d * h - e * g) * across + (b * g - a * h) * down + (a * e - b * d)
    # behind the eye there is nothing
    seen = depth > 1e-6
    safe = torch.where(seen, depth, 1)
    columns = ((e - f * h) * across + (c * h - b) * down + (b * f - c * e)) / safe * width - 0.5
    rows = ((f * g - d) * across + (a - c * g) * down + (c * d - a * f)) / safe * height - 0.5
    return _sampled(x, lead, columns, rows, seen, fill, shade, is_discrete)


def pixel_places(height: int, width: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column of every pixel, one after the other."""
    number = numbered(height * width, like)
    return (number / width).floor(), number % width


def rotate(
    x: Tensor, angle: Drawn, lead: int, fill: str, shade: Tensor | None = None, is_discrete: bool = False
) -> Tensor:
    """Counter-clockwise around the middle."""
    height, width = x.shape[lead : lead + 2]
    turn = of_draws(angle, x.shape[:lead], x)
    cos, sin = turn.cos(), turn.sin()
    row, column = pixel_places(height, width, turn)
    dx, dy = column - (width - 1) / 2, row - (height - 1) / 2
    columns, rows = cos * dx - sin * dy + (width - 1) / 2, sin * dx + cos * dy + (height - 1) / 2
    return _sampled(x, lead, columns, rows, torch.ones_like(columns, dtype=torch.bool), fill, shade, is_discrete)


def _sampled(
    x: Tensor,
    lead: int,
    columns: Tensor,
    rows: Tensor,
    seen: Tensor,
    fill: str,
    shade: Tensor | None,
    is_discrete: bool,
) -> Tensor:
    """The numbers of a picture at places `[draws ..., pixels]`: a mixture of the four pixels around; beyond the edge lies `fill`."""
    height, width = x.shape[lead : lead + 2]
    flat = flat_pixels(x, lead)
    # far places are all outside alike
    column, row = columns.clamp(-2, width + 1), rows.clamp(-2, height + 1)

    def at(left: Tensor, top: Tensor) -> tuple[Tensor, Tensor]:
        index = (top.clamp(0, height - 1) * width + left.clamp(0, width - 1)).long()
        value = flat.gather(lead, index.unsqueeze(-1).expand(*flat.shape))
        return value, (left >= 0) & (left <= width - 1) & (top >= 0) & (top <= height - 1) & seen

    if is_discrete:
        value, inside = at(column.round(), row.round())
        return value.masked_fill(~inside.unsqueeze(-1), 0).reshape(x.shape)
    left, top = column.floor(), row.floor()
    right, down = column - left, row - top
    total, covered = torch.zeros_like(flat), torch.zeros_like(right)
    for i, j in ((0, 0), (1, 0), (0, 1), (1, 1)):
        value, inside = at(left + i, top + j)
        share = (right if i else 1 - right) * (down if j else 1 - down)
        weight = torch.where(inside, share, 0)
        total = total + weight.unsqueeze(-1) * value
        covered = covered + weight
    if fill != "black":
        total = total + (1 - covered).unsqueeze(-1) * filling(x, lead, fill, shade)
    return total.reshape(x.shape)


def filling(x: Tensor, lead: int, fill: str, shade: Tensor | None) -> Tensor:
    """What lies beyond the edge, to be broadcast to `[draws ..., pixels, numbers of a pixel]`; `random` is a grey of its own for each draw."""
    if fill == "mean":
        return flat_pixels(x, lead).mean(lead, keepdim=True)
    if shade is not None:
        return shade[..., None, None]
    return torch.ones((), dtype=x.dtype, device=x.device) * (1 if fill == "white" else 0)
