"""What both forms of the vision transformer have in common."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from .block_tower import BlockTower
from .dropout import NOTHING, Dropout
from .layers import ImageTower, behind_each, resized_positions


class PatchTower(BlockTower, ImageTower):
    """A tower that sees tokens: a class token before those of its patches, blocks behind each other."""

    def __init__(
        self, size: int, patch: int, mean: tuple[float, float, float], std: tuple[float, float, float]
    ) -> None:
        super().__init__(mean, std)
        self.patch = patch
        self.made = (size // patch, size // patch)

    def patches(self, pixels: Tensor) -> Tensor:
        """Tokens of the patches, `[n, patch, width]`, nothing added to them yet."""
        raise NotImplementedError

    def learned(self) -> tuple[Tensor, Tensor]:
        """The class token `[width]`, and the positions `[1 + patch, width]` of the size that the tower was made for."""
        raise NotImplementedError

    def begun(self, x: Tensor) -> Tensor:
        """Tokens with their positions to what the first block takes."""
        return x

    def finished(self, x: Tensor) -> Tensor:
        """Tokens `[..., width]` as the last block leaves them, normed and in the joint space."""
        raise NotImplementedError

    def grid(self, pixels: Tensor) -> tuple[int, int]:
        """Rows and columns of the patches."""
        return pixels.shape[2] // self.patch, pixels.shape[3] // self.patch

    def looks(self, x: Tensor, at: int) -> Tensor:
        """What a block looks at, of the tokens `[..., token, width]` that come to it, `[..., head, token, token]`."""
        return self.stack()[at].looks(x)

    def passed(
        self, pixels: Tensor, until: int | None = None, dropout: Dropout = NOTHING, appended: Tensor | None = None
    ) -> list[Tensor]:
        patches = self.patches(pixels)
        first, positions = self.learned()
        tokens = torch.cat([first.expand(patches.shape[0], 1, -1), patches], dim=1)
        x = tokens + resized_positions(positions, self.made, self.grid(pixels))
        x = x if appended is None else torch.cat([x, appended], dim=1)
        blocks = list(self.stack().named_children())[:until]
        parts = [partial(block, dropout=dropout.below(f"blocks.{name}")) for name, block in blocks]
        return behind_each(self.begun(x), parts)

    def depth(self, name: str, at: int) -> int | None:
        return {"stage": at + 1, "attention": at, "embed": 0, "patches": 0}.get(name)

    def tapped(self, pixels: Tensor, passed: list[Tensor], name: str, at: int) -> Tensor:
        if name == "attention":
            return self.looks(passed[at], at)
        if name == "patches":
            return self.patches(pixels)
        x = passed[{"stage": at + 1, "embed": 0}.get(name, -1)]
        if name in ("map", "tokens"):
            x = self.finished(x)
        if name in ("tokens", "hidden", "embed"):
            return x
        rows, columns = self.grid(pixels)
        return x[:, 1 : 1 + rows * columns].unflatten(1, (rows, columns))
