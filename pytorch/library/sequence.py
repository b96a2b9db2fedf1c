"""Layers over places in a row, as clipx defines them: attention, blocks, positions."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .dropout import NOTHING, Dropout
from .layers import ACTIVATIONS

UNSEEN = -1e9
"""Added to the score of what is not seen: finite, so that a row that sees nothing stays a number."""


def added(seen: Tensor, like: Tensor) -> Tensor:
    """What is added to scores where `seen` says who is."""
    return torch.zeros_like(seen, dtype=like.dtype).masked_fill(~seen.bool(), UNSEEN)


def score_bias(x: Tensor, real: Tensor | None, sees: Tensor | None, causal: bool) -> Tensor | None:
    """What is added to the scores `[..., head, place, key]` of `x [..., place, width]`.

    `real [..., place]`: which places there are; `sees [..., place, key]`: which each of them looks at.
    """
    parts = []
    if real is not None:
        parts.append(added(real, x)[..., None, None, :])
    if sees is not None:
        parts.append(added(sees, x)[..., None, :, :])
    if causal:
        places = torch.arange(x.shape[-2], device=x.device)
        parts.append(added(places[None, :] <= places[:, None], x))
    return sum(parts[1:], parts[0]) if parts else None


def through_blocks(
    blocks: nn.Module, x: Tensor, bias: Tensor | None, dropout: Dropout, first: int, layers: int | None
) -> Tensor:
    """`x [..., place, width]` behind so many of a tower's blocks from `first` on, or all; `bias` is added to their scores."""
    last = None if layers is None else first + layers
    for name, block in list(blocks.named_children())[first:last]:
        x = block(x, bias, dropout.below(f"blocks.{name}"))
    return x


def attended(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, dropout: Dropout) -> Tensor:
    """softmax(q kᵀ / √size + bias) v of `[..., place, size]`; `dropout` leaves out some of the shares."""
    if dropout.kept() is None:
        return F.scaled_dot_product_attention(query, key, value, bias)
    scores = query * query.shape[-1] ** -0.5 @ key.mT
    return dropout((scores if bias is None else scores + bias).softmax(-1)) @ value


class SelfAttention(nn.Module):
    """Multi-head self-attention over `x [..., place, width]` (Vaswani et al., 2017). `bias`: of the products into and out of it."""

    def __init__(self, width: int, heads: int, bias: tuple[bool, bool] = (True, True), causal: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.qkv = nn.Linear(width, 3 * width, bias=bias[0])
        self.out = nn.Linear(width, width, bias=bias[1])

    def forward(
        self, x: Tensor, real: Tensor | None = None, sees: Tensor | None = None, dropout: Dropout = NOTHING
    ) -> Tensor:
        joint = self.qkv(x).unflatten(-1, (3, self.heads, -1))  # [..., place, 3, head, width / heads]
        query, key, value = (part.transpose(-2, -3) for part in joint.unbind(-3))
        mixed = attended(query, key, value, score_bias(x, real, sees, self.causal), dropout)
        return self.out(mixed.transpose(-2, -3).flatten(-2))


class Block(nn.Module):
    """x += attention(norm1 x); x += mlp(norm2 x); where `post`, norms stand behind the sums."""

    def __init__(
        self, width: int, heads: int, hidden: int, activation: str, post: bool, causal: bool, epsilon: float
    ) -> None:
        super().__init__()
        self.post = post
        self.norm1 = nn.LayerNorm(width, epsilon)
        self.attention = SelfAttention(width, heads, causal=causal)
        self.norm2 = nn.LayerNorm(width, epsilon)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), ACTIVATIONS[activation](), nn.Linear(hidden, width))

    def forward(
        self, x: Tensor, real: Tensor | None = None, sees: Tensor | None = None, dropout: Dropout = NOTHING
    ) -> Tensor:
        looks = dropout.below("attention")
        if self.post:
            x = self.norm1(x + dropout(self.attention(x, real, sees, looks), "norm1"))
            return self.norm2(x + dropout(self.mlp(x), "norm2"))
        x = x + dropout(self.attention(self.norm1(x), real, sees, looks), "norm1")
        return x + dropout(self.mlp(self.norm2(x)), "norm2")


class Blocks(nn.Module):
    """Transformer blocks in a row over `x [..., place, width]`, numbered from `first`."""

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int,
        hidden: int,
        activation: str = "gelu",
        first: int = 0,
        post: bool = False,
        causal: bool = False,
        epsilon: float = 1e-5,
    ) -> None:
        super().__init__()
        numbers = range(first, first + layers)
        self.blocks = nn.ModuleDict(
            {str(number): Block(width, heads, hidden, activation, post, causal, epsilon) for number in numbers}
        )

    def forward(
        self, x: Tensor, real: Tensor | None = None, sees: Tensor | None = None, dropout: Dropout = NOTHING
    ) -> Tensor:
        for name, block in self.blocks.items():
            x = block(x, real, sees, dropout.below(f"blocks.{name}"))
        return x


class Positions(nn.Module):
    """Adds a vector to each place of `x [..., place, width]`."""

    def __init__(self, most: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(most, width))

    def forward(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        return x + self.weight[: x.shape[-2]]


class AttentionPool(nn.Module):
    """CLIP's attention pool: the mean of `x [..., place, width]` looks at itself and at all places, `[..., outputs]`.

    `places`: how many dimensions of `x` places have. `positions`: places that it has positions for, if any.
    """

    def __init__(self, width: int, outputs: int, heads: int, positions: int | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.positions = None if positions is None else nn.Parameter(torch.zeros(1 + positions, width))
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, outputs)

    def forward(self, x: Tensor, real: Tensor | None = None, places: int = 1) -> Tensor:
        if real is not None:
            real = real.expand(x.shape[:-1]).flatten(-places)
        x = x.flatten(-1 - places, -2)
        if real is None:
            mean = x.mean(-2, keepdim=True)
        else:
            there = real.to(x.dtype).unsqueeze(-1).expand(*x.shape[:-1], 1)
            mean = (x * there).sum(-2, keepdim=True) / there.sum(-2, keepdim=True).clamp_min(1)
            real = torch.cat([torch.ones_like(real[..., :1]), real], dim=-1)
        tokens = torch.cat([mean, x], dim=-2)
        if self.positions is not None:
            tokens = tokens + self.positions
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(-2, -3)
            for part in (self.query(tokens[..., :1, :]), self.key(tokens), self.value(tokens))
        )
        pooled = F.scaled_dot_product_attention(query, key, value, score_bias(tokens, real, None, False))
        return self.out(pooled.transpose(-2, -3).flatten(-3))
