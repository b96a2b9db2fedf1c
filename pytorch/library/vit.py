"""CLIP's vision transformer (Radford et al., 2021), with OpenAI's names of the tensors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .patch_tower import PatchTower
from .transformer import Transformer


class VisionTransformer(PatchTower):
    """Patches, class token, positions, a norm before the blocks and one after them on the class token."""

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
        epsilon: float = 1e-5,
        to: int | None = None,
        stochastic_depth: float = 0.0,
    ) -> None:
        super().__init__(size, patch, mean, std)
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.positional_embedding = nn.Parameter(torch.zeros(1 + (size // patch) ** 2, width))
        self.ln_pre = nn.LayerNorm(width, epsilon)
        self.transformer = Transformer(width, layers, heads, activation, hidden, epsilon, stochastic_depth)
        self.ln_post = nn.LayerNorm(width, epsilon)
        self.fc = nn.Identity() if to is None else nn.Linear(width, to)

    def patches(self, pixels: Tensor) -> Tensor:
        return self.conv1(pixels).flatten(2).transpose(1, 2)

    def learned(self) -> tuple[Tensor, Tensor]:
        return self.class_embedding, self.positional_embedding

    def begun(self, x: Tensor) -> Tensor:
        return self.ln_pre(x)

    def stack(self) -> nn.ModuleList:
        return self.transformer.resblocks

    def finished(self, x: Tensor) -> Tensor:
        return self.projected(self.ln_post(x))

    def features(self, last: Tensor) -> Tensor:
        return self.fc(self.ln_post(last[..., 0, :]))
