"""Views of computed values: what `augment` does in the model, where every draw has numbers of its own.

A value begins with its draws, `[draws ..., places ..., rest ...]`: `lead` is how many dimensions these are. What is drawn, `[draws ...]` of
numbers from 0 to 1, comes with the batch; a number in its place is the same for all draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

Drawn = Tensor | float


def between(drawn: Tensor, low: float, high: float) -> Tensor:
    """Numbers between two, evenly."""
    return low + (high - low) * drawn


def one_of(drawn: Tensor, values: Sequence[float]) -> Tensor:
    """One of the values, evenly."""
    return torch.tensor(values, dtype=drawn.dtype, device=drawn.device)[_whole(drawn, len(values))]


def _whole(drawn: Tensor, bound: int) -> Tensor:
    """0 … bound − 1"""
    return (drawn * bound).floor().clamp(max=bound - 1).long()


def sometimes(drawn: Tensor, chance: float, changed: Tensor, value: Tensor) -> Tensor:
    """What is changed at the draws to which it happens."""
    return torch.where(_wide(drawn < chance, changed), changed, value)


def ranked(drawn: Tensor) -> Tensor:
    """Places of the last dimension, that of the largest number first; of equal ones the first comes first."""
    return torch.argsort(drawn, dim=-1, descending=True, stable=True)


def chosen(which: Tensor, options: Sequence[Tensor]) -> Tensor:
    """Of the options that which each draw says."""
    result = options[0]
    for at, option in enumerate(options[1:], 1):
        result = torch.where(_wide(which == at, option), option, result)
    return result


def _wide(drawn: Tensor, like: Tensor) -> Tensor:
    """One number a draw, to be broadcast."""
    return drawn.reshape(drawn.shape + (1,) * (like.dim() - drawn.dim()))


def _of_draws(value: Drawn, lead: torch.Size, x: Tensor) -> Tensor:
    """`[draws ..., 1]`"""
    dtype = x.dtype if x.is_floating_point() else torch.get_default_dtype()
    return torch.as_tensor(value, dtype=dtype, device=x.device).expand(lead).unsqueeze(-1)


# ── along one axis: [draws ..., entries, rest ...] ──────────────────────


def _numbered(size: int, like: Tensor) -> Tensor:
    dtype = like.dtype if like.is_floating_point() else torch.get_default_dtype()
    return torch.arange(size, dtype=dtype, device=like.device)


def _entries(x: Tensor, places: Tensor, lead: int, is_mask: bool) -> Tensor:
    """What stands at `places [draws ..., entries]`; behind the end stands the last one, which is not real."""
    last = x.shape[lead] - 1
    each = places.expand(*x.shape[:lead], places.shape[-1])
    index = _wide(each.clamp(max=last).long(), x).expand(*each.shape, *x.shape[lead + 1 :])
    found = x.gather(lead, index)
    return found & _wide(each <= last, x) if is_mask else found


def real_length(real: Tensor, lead: int) -> Tensor:
    """Entries up to the last real one."""
    seen = real.flatten(lead + 1).any(-1) if real.dim() > lead + 1 else real
    return (seen * (_numbered(seen.shape[-1], seen) + 1)).amax(-1)


def speed(x: Tensor, factor: Drawn, lead: int, is_mask: bool = False) -> Tensor:
    """Entry t is what stood at ⌊t · factor⌋."""
    # a factor like 1/3 is no float32: what it lacks is no entry
    each = _of_draws(factor, x.shape[:lead], x)
    places = (_numbered(x.shape[lead], each) * each + 1e-4).floor()
    return _entries(x, places, lead, is_mask)


def window(x: Tensor, start: Drawn, size: int, length: Drawn, lead: int, is_mask: bool = False) -> Tensor:
    """A run of neighbours that begins anywhere where it is real to its end, at the first where it is longer than what is real."""
    spare = (_of_draws(length, x.shape[:lead], x) - size).clamp(min=0)
    begin = (_of_draws(start, x.shape[:lead], x) * (spare + 1)).floor().minimum(spare)
    return _entries(x, begin + _numbered(size, begin), lead, is_mask)


def middle_window(x: Tensor, size: int, length: Drawn, lead: int, is_mask: bool = False) -> Tensor:
    """The run of neighbours in the middle of what is real."""
    begin = ((_of_draws(length, x.shape[:lead], x) - size).clamp(min=0) * 0.5).floor()
    return _entries(x, begin + _numbered(size, begin), lead, is_mask)


def reverse(x: Tensor, length: Drawn, lead: int, is_mask: bool = False) -> Tensor:
    """The real entries in the opposite order."""
    last = _of_draws(length, x.shape[:lead], x) - 1
    place = _numbered(x.shape[lead], last)
    return _entries(x, torch.where(last >= place, last - place, place), lead, is_mask)


def shuffle(x: Tensor, drawn: Tensor, real: Tensor | None, lead: int, is_mask: bool = False) -> Tensor:
    """The real entries in an order that is drawn, the others behind them."""
    if real is not None:
        seen = real.flatten(lead + 1).any(-1) if real.dim() > lead + 1 else real
        drawn = torch.where(seen, drawn, -1)
    return _entries(x, ranked(drawn), lead, is_mask)


def mask_spans(x: Tensor, drawn: Tensor, starts: float, span: int, dim: int) -> Tensor:
    """Each entry of a dimension begins a run of zeros with a chance (SpecAugment, Park et al. 2019, with the starts of wav2vec 2.0)."""
    size = drawn.shape[-1]
    begun = (drawn < starts).long().cumsum(-1)
    hidden = begun > F.pad(begun, (min(span, size), 0))[..., :size]
    shape = [1] * x.dim()
    shape[: drawn.dim() - 1] = drawn.shape[:-1]
    shape[dim] = size
    return x.masked_fill(hidden.reshape(shape), 0)


# ── of pictures: [draws ..., height, width, rest ...] ───────────────────


def _flat(x: Tensor, lead: int) -> Tensor:
    """`[draws ..., pixels, numbers of a pixel]`"""
    return x.reshape(*x.shape[:lead], x.shape[lead] * x.shape[lead + 1], -1)


def crop(
    x: Tensor, share: Drawn, aspect: Drawn, left: Tensor, top: Tensor, own: bool, is_discrete: bool = False
) -> Tensor:
    """A part of that share of the area and that ratio of width to height, `own`: over the picture's, scaled back to its size."""
    lead = left.dim()
    height, width = x.shape[lead : lead + 2]
    part, ratio = (_of_draws(each, left.shape, x) for each in (share, aspect))
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

    pair, where = _whole(scale, len(pairs)), _whole(place, len(_THIRTEEN))
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
    number = _numbered(size, first)
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
    row, column = _pixels(height, width, corners)
    across, down = (column + 0.5) * (1 / width), (row + 0.5) * (1 / height)
    depth = (d * h - e * g) * across + (b * g - a * h) * down + (a * e - b * d)
    # behind the eye there is nothing
    seen = depth > 1e-6
    safe = torch.where(seen, depth, 1)
    columns = ((e - f * h) * across + (c * h - b) * down + (b * f - c * e)) / safe * width - 0.5
    rows = ((f * g - d) * across + (a - c * g) * down + (c * d - a * f)) / safe * height - 0.5
    return _sampled(x, lead, columns, rows, seen, fill, shade, is_discrete)


def _pixels(height: int, width: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column of every pixel, one after the other."""
    number = _numbered(height * width, like)
    return (number / width).floor(), number % width


def rotate(
    x: Tensor, angle: Drawn, lead: int, fill: str, shade: Tensor | None = None, is_discrete: bool = False
) -> Tensor:
    """Counter-clockwise around the middle."""
    height, width = x.shape[lead : lead + 2]
    turn = _of_draws(angle, x.shape[:lead], x)
    cos, sin = turn.cos(), turn.sin()
    row, column = _pixels(height, width, turn)
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
    flat = _flat(x, lead)
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
        total = total + (1 - covered).unsqueeze(-1) * _fill(x, lead, fill, shade)
    return total.reshape(x.shape)


def _fill(x: Tensor, lead: int, fill: str, shade: Tensor | None) -> Tensor:
    """What lies beyond the edge, to be broadcast to `[draws ..., pixels, numbers of a pixel]`; `random` is a grey of its own for each draw."""
    if fill == "mean":
        return _flat(x, lead).mean(lead, keepdim=True)
    if shade is not None:
        return shade[..., None, None]
    return torch.ones((), dtype=x.dtype, device=x.device) * (1 if fill == "white" else 0)


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
    pixels = _of_draws(share, left.shape, left) * (height * width)
    ratio = _of_draws(aspect, left.shape, left)
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
    row, column = (each + 0.5 for each in _pixels(*x.shape[lead : lead + 2], left))
    inside = (column >= left) & (column < left + across) & (row >= top) & (row < top + down)
    if happens is not None:
        inside = inside & happens.unsqueeze(-1)
    flat = _flat(x, lead)
    if is_discrete:
        return flat.masked_fill(inside.unsqueeze(-1), 0).reshape(x.shape)
    colour = noise if noise is not None else _fill(x, lead, fill, None)
    return torch.where(inside.unsqueeze(-1), colour, flat).reshape(x.shape)


# ── of colours: [draws ..., height, width, rest ..., 3] ─────────────────


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
        return _wide(_of_draws(value, x.shape[:lead], x).squeeze(-1), x)

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
    deviation = _of_draws(sigma, x.shape[:lead], x).clamp(min=1e-3).unsqueeze(-1)
    reach = math.ceil(3 * most)

    def along_rows(value: Tensor) -> Tensor:
        size = value.shape[lead]
        places = torch.arange(-reach, size + reach, device=x.device)
        apart = places.to(deviation.dtype) - _numbered(size, deviation).unsqueeze(-1)
        weights = torch.where(apart.abs() <= reach, (-0.5 * apart.square() / deviation.square()).exp(), 0)
        even = weights / weights.sum(-1, keepdim=True)
        longer = value.index_select(lead, places.clamp(0, size - 1))
        return (even @ longer.reshape(*longer.shape[: lead + 1], -1)).reshape(value.shape)

    return along_rows(along_rows(x).transpose(lead, lead + 1)).transpose(lead, lead + 1)
