"""Views of computed values along one axis: windows, orders, gaps.

A value begins with its draws, `[draws ..., entries, rest ...]`: `lead` is how many dimensions these are.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .view_draws import Drawn, numbered, of_draws, ranked, wide


def _entries(x: Tensor, places: Tensor, lead: int, is_mask: bool) -> Tensor:
    """What stands at `places [draws ..., entries]`; behind the end stands the last one, which is not real."""
    last = x.shape[lead] - 1
    each = places.expand(*x.shape[:lead], places.shape[-1])
    index = wide(each.clamp(max=last).long(), x).expand(*each.shape, *x.shape[lead + 1 :])
    found = x.gather(lead, index)
    return found & wide(each <= last, x) if is_mask else found


def real_length(real: Tensor, lead: int) -> Tensor:
    """Entries up to the last real one."""
    seen = real.flatten(lead + 1).any(-1) if real.dim() > lead + 1 else real
    return (seen * (numbered(seen.shape[-1], seen) + 1)).amax(-1)


def speed(x: Tensor, factor: Drawn, lead: int, is_mask: bool = False) -> Tensor:
    """Entry t is what stood at ⌊t · factor⌋."""
    # a factor like 1/3 is no float32: what it lacks is no entry
    each = of_draws(factor, x.shape[:lead], x)
    places = (numbered(x.shape[lead], each) * each + 1e-4).floor()
    return _entries(x, places, lead, is_mask)


def window(x: Tensor, start: Drawn, size: int, length: Drawn, lead: int, is_mask: bool = False) -> Tensor:
    """A run of neighbours that begins anywhere where it is real to its end, at the first where it is longer than what is real."""
    spare = (of_draws(length, x.shape[:lead], x) - size).clamp(min=0)
    begin = (of_draws(start, x.shape[:lead], x) * (spare + 1)).floor().minimum(spare)
    return _entries(x, begin + numbered(size, begin), lead, is_mask)


def middle_window(x: Tensor, size: int, length: Drawn, lead: int, is_mask: bool = False) -> Tensor:
    """The run of neighbours in the middle of what is real."""
    begin = ((of_draws(length, x.shape[:lead], x) - size).clamp(min=0) * 0.5).floor()
    return _entries(x, begin + numbered(size, begin), lead, is_mask)


def reverse(x: Tensor, length: Drawn, lead: int, is_mask: bool = False) -> Tensor:
    """The real entries in the opposite order."""
    last = of_draws(length, x.shape[:lead], x) - 1
    place = numbered(x.shape[lead], last)
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
