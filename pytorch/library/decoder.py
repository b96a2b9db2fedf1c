"""Blocks that look at themselves, then at another value (Vaswani et al., 2017), as clipx defines them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .cross_attention import CrossAttention
from .dropout import NOTHING, Dropout
from .layers import ACTIVATIONS
from .sequence import SelfAttention


class DecoderBlock(nn.Module):
    """x += attention(norm1 x); x += cross(norm2 x, memory); x += mlp(norm3 x); where `post`, norms stand behind the sums."""

    def __init__(
        self, width: int, other: int, heads: int, hidden: int, activation: str, post: bool, causal: bool, epsilon: float
    ) -> None:
        super().__init__()
        self.post = post
        self.norm1 = nn.LayerNorm(width, epsilon)
        self.attention = SelfAttention(width, heads, causal=causal)
        self.norm2 = nn.LayerNorm(width, epsilon)
        self.cross = CrossAttention(width, other, heads)
        self.norm3 = nn.LayerNorm(width, epsilon)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), ACTIVATIONS[activation](), nn.Linear(hidden, width))

    def branch(self, x: Tensor, name: str, inner: Callable[[Tensor], Tensor], dropout: Dropout) -> Tensor:
        norm = self.get_submodule(name)
        if self.post:
            return norm(x + dropout(inner(x), name))
        return x + dropout(inner(norm(x)), name)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        real: Tensor | None,
        sees: Tensor | None,
        own: Tensor | None,
        dropout: Dropout,
    ) -> Tensor:
        looks, crosses = dropout.below("attention"), dropout.below("cross")
        x = self.branch(x, "norm1", lambda each: self.attention(each, own, None, looks), dropout)
        x = self.branch(x, "norm2", lambda each: self.cross(each, memory, real, sees, crosses), dropout)
        return self.branch(x, "norm3", self.mlp, dropout)


class Decoder(nn.Module):
    """Blocks in a row over `x [..., place, width]` that look at `memory [..., key, other]`."""

    def __init__(
        self,
        width: int,
        other: int,
        layers: int,
        heads: int,
        hidden: int,
        activation: str = "gelu",
        post: bool = False,
        causal: bool = True,
        epsilon: float = 1e-5,
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            DecoderBlock(width, other, heads, hidden, activation, post, causal, epsilon) for _ in range(layers)
        )

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        real: Tensor | None = None,
        sees: Tensor | None = None,
        own: Tensor | None = None,
        dropout: Dropout = NOTHING,
    ) -> Tensor:
        """`real [..., key]`, `own [..., place]`: which places there are; `sees [..., place, key]`: which keys each place looks at."""
        lead = torch.broadcast_shapes(x.shape[:-2], memory.shape[:-2])
        x = x.expand(*lead, *x.shape[-2:])
        for number, block in enumerate(self.blocks):
            x = block(x, memory, real, sees, own, dropout.below(f"blocks.{number}"))
        return x
