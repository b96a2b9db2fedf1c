"""Places of one value that look at those of another, as clipx defines it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .dropout import NOTHING, Dropout
from .sequence import attended, score_bias


class CrossAttention(nn.Module):
    """Places of `x [..., place, width]` look at those of `memory [..., key, other]` (Vaswani et al., 2017).

    `bias`: of the products into and out of it.
    """

    def __init__(self, width: int, other: int, heads: int, bias: tuple[bool, bool] = (True, True)) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=bias[0])
        self.key = nn.Linear(other, width, bias=bias[0])
        self.value = nn.Linear(other, width, bias=bias[0])
        self.out = nn.Linear(width, width, bias=bias[1])

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        real: Tensor | None = None,
        sees: Tensor | None = None,
        dropout: Dropout = NOTHING,
    ) -> Tensor:
        """`real [..., key]`: which places there are; `sees [..., place, key]`: which each looks at."""
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(-2, -3)
            for part in (self.query(x), self.key(memory), self.value(memory))
        )
        lead = torch.broadcast_shapes(query.shape[:-2], key.shape[:-2])
        query, key, value = (part.expand(*lead, *part.shape[-2:]) for part in (query, key, value))
        mixed = attended(query, key, value, score_bias(memory, real, sees, False), dropout)
        return self.out(mixed.transpose(-2, -3).flatten(-2))
