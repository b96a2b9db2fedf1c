"""CLIP's vision transformer (Radford et al., 2021), with OpenAI's names of the tensors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .dropout import NOTHING, Dropout
from .layers import PatchTower, behind_each, resized_positions
from .sequence import score_bias
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
        super().__init__(mean, std)
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.positional_embedding = nn.Parameter(torch.zeros(1 + (size // patch) ** 2, width))
        self.ln_pre = nn.LayerNorm(width, epsilon)
        self.transformer = Transformer(width, layers, heads, activation, hidden, epsilon, stochastic_depth)
        self.ln_post = nn.LayerNorm(width, epsilon)
        self.patch = patch
        self.made = (size // patch, size // patch)
        self.width = width
        self.fc = nn.Identity() if to is None else nn.Linear(width, to)

    def grid(self, pixels: Tensor) -> tuple[int, int]:
        """Rows and columns of patches."""
        return pixels.shape[2] // self.patch, pixels.shape[3] // self.patch

    def patches(self, pixels: Tensor) -> Tensor:
        """Patches as vectors, `[n, patch, width]`."""
        return self.conv1(pixels).flatten(2).transpose(1, 2)

    def passed(
        self, pixels: Tensor, until: int | None = None, dropout: Dropout = NOTHING, appended: Tensor | None = None
    ) -> list[Tensor]:
        patches = self.patches(pixels)
        first = self.class_embedding.expand(patches.shape[0], 1, -1)
        positions = resized_positions(self.positional_embedding, self.made, self.grid(pixels))
        x = torch.cat([first, patches], dim=1) + positions
        x = x if appended is None else torch.cat([x, appended], dim=1)
        return behind_each(self.ln_pre(x), self.transformer.parts(0, until, dropout=dropout))

    def through(
        self,
        x: Tensor,
        first: int = 0,
        layers: int | None = None,
        real: Tensor | None = None,
        sees: Tensor | None = None,
        dropout: Dropout = NOTHING,
    ) -> Tensor:
        """`x [..., place, width]` behind so many blocks from `first` on, or all.

        `real [..., place]`: which places there are; `sees [..., place, key]`: which each of them looks at.
        """
        return self.transformer(x, score_bias(x, real, sees, False), dropout, first, layers)

    def looks(self, x: Tensor, at: int) -> Tensor:
        """What a block looks at, of the tokens `[..., token, width]` that come to it, `[..., head, token, token]`."""
        return self.transformer.resblocks[at].looks(x)

    def finished(self, x: Tensor) -> Tensor:
        """Tokens `[..., width]` as the last block leaves them, normed and in the joint space."""
        return self.projected(self.ln_post(x))

    def features(self, last: Tensor) -> Tensor:
        return self.fc(self.ln_post(last[..., 0, :]))
