"""The vision transformer of ImageNet (Dosovitskiy et al., 2021), with timm's and DeiT's names of the tensors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .dropout import NOTHING, Dropout
from .layers import ACTIVATIONS, stochastic_depths
from .patch_tower import PatchTower
from .sequence import attended


class PatchEmbed(nn.Module):
    """Patches as a convolution whose stride is its kernel."""

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.proj(pixels).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    """Multi-head self-attention with one matrix for query, key and value."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor, bias: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """`bias`: added to the scores `[..., head, token, token]`."""
        query, key, value = self.parts(x)
        mixed = attended(query, key, value, bias, dropout)
        return self.proj(mixed.transpose(-2, -3).flatten(-2))

    def parts(self, x: Tensor) -> list[Tensor]:
        """Queries, keys and values `[..., head, token, width / heads]`."""
        joint = self.qkv(x).unflatten(-1, (3, self.heads, -1))  # [..., token, 3, head, width / heads]
        return [part.transpose(-2, -3) for part in joint.unbind(-3)]


class Mlp(nn.Module):
    """Two linear layers with the activation between them."""

    def __init__(self, width: int, hidden: int, activation: str) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.act = ACTIVATIONS[activation]()
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.act(self.fc1(x)))


class Block(nn.Module):
    """x += attn(norm1 x); x += mlp(norm2 x). `depth`: how many samples leave out these sums in training."""

    def __init__(
        self, width: int, heads: int, hidden: int, activation: str, epsilon: float, depth: float = 0.0
    ) -> None:
        super().__init__()
        self.depth = depth
        self.norm1 = nn.LayerNorm(width, epsilon)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, epsilon)
        self.mlp = Mlp(width, hidden, activation)

    def forward(self, x: Tensor, bias: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        x = x + dropout.branch(self.attn(self.norm1(x), bias, dropout.below("attention")), "norm1", self.depth)
        return x + dropout.branch(self.mlp(self.norm2(x)), "norm2", self.depth)

    def looks(self, x: Tensor) -> Tensor:
        """Which share of its look each token gives to each, `[..., head, token, token]`."""
        query, key, _ = self.attn.parts(self.norm1(x))
        return (query * query.shape[-1] ** -0.5 @ key.transpose(-2, -1)).softmax(-1)


class TimmVisionTransformer(PatchTower):
    """Patches, class token, positions, blocks, a norm of the class token."""

    def __init__(
        self,
        size: int,
        patch: int,
        width: int,
        layers: int,
        heads: int,
        activation: str,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        hidden: int | None = None,
        epsilon: float = 1e-6,
        to: int | None = None,
        stochastic_depth: float = 0.0,
    ) -> None:
        super().__init__(size, patch, mean, std)
        self.patch_embed = PatchEmbed(patch, width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (size // patch) ** 2, width))
        inner = 4 * width if hidden is None else hidden
        depths = stochastic_depths(stochastic_depth, layers)
        self.blocks = nn.Sequential(*(Block(width, heads, inner, activation, epsilon, depth) for depth in depths))
        self.norm = nn.LayerNorm(width, epsilon)
        self.head = nn.Identity() if to is None else nn.Linear(width, to)

    def patches(self, pixels: Tensor) -> Tensor:
        return self.patch_embed(pixels)

    def learned(self) -> tuple[Tensor, Tensor]:
        return self.cls_token[0, 0], self.pos_embed[0]

    def stack(self) -> nn.Sequential:
        return self.blocks

    def finished(self, x: Tensor) -> Tensor:
        return self.projected(self.norm(x))

    def features(self, last: Tensor) -> Tensor:
        return self.head(self.norm(last[..., 0, :]))
