"""What is drawn for views of computed values, where every draw has numbers of its own.

What is drawn, `[draws ...]` of numbers from 0 to 1, comes with the batch; a number in its place is the same for all draws.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

Drawn = Tensor | float


def between(drawn: Tensor, low: float, high: float) -> Tensor:
    """Numbers between two, evenly."""
    return low + (high - low) * drawn


def one_of(drawn: Tensor, values: Sequence[float]) -> Tensor:
    """One of the values, evenly."""
    return torch.tensor(values, dtype=drawn.dtype, device=drawn.device)[whole(drawn, len(values))]


def whole(drawn: Tensor, bound: int) -> Tensor:
    """0 … bound − 1"""
    return (drawn * bound).floor().clamp(max=bound - 1).long()


def sometimes(drawn: Tensor, chance: float, changed: Tensor, value: Tensor) -> Tensor:
    """What is changed at the draws to which it happens."""
    return torch.where(wide(drawn < chance, changed), changed, value)


def ranked(drawn: Tensor) -> Tensor:
    """Places of the last dimension, that of the largest number first; of equal ones the first comes first."""
    return torch.argsort(drawn, dim=-1, descending=True, stable=True)


def chosen(which: Tensor, options: Sequence[Tensor]) -> Tensor:
    """Of the options that which each draw says."""
    result = options[0]
    for at, option in enumerate(options[1:], 1):
        result = torch.where(wide(which == at, option), option, result)
    return result


def wide(drawn: Tensor, like: Tensor) -> Tensor:
    """One number a draw, to be broadcast."""
    return drawn.reshape(drawn.shape + (1,) * (like.dim() - drawn.dim()))


def of_draws(value: Drawn, lead: torch.Size, x: Tensor) -> Tensor:
    """`[draws ..., 1]`"""
    dtype = x.dtype if x.is_floating_point() else torch.get_default_dtype()
    return torch.as_tensor(value, dtype=dtype, device=x.device).expand(lead).unsqueeze(-1)


def numbered(size: int, like: Tensor) -> Tensor:
    """0 … size − 1, as numbers of this kind."""
    dtype = like.dtype if like.is_floating_point() else torch.get_default_dtype()
    return torch.arange(size, dtype=dtype, device=like.device)
