"""Layers that torch.nn has not, or not as clipx defines them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .dropout import NOTHING, Dropout
from .functions import quick_gelu
from .runtime.distributed import batch_moments, gather, is_distributed


class QuickGELU(nn.Module):
    """x σ(1.702 x)."""

    def forward(self, x: Tensor) -> Tensor:
        return quick_gelu(x)


ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "quick_gelu": QuickGELU}


class MLP(nn.Sequential):
    """Linear layers with an activation between them, behind which `dropout` leaves out some numbers."""

    def forward(self, input: Tensor, dropout: Dropout = NOTHING) -> Tensor:
        for at, layer in enumerate(self):
            input = layer(input)
            if at % 2 == 1:
                input = dropout(input, f"layers.{(at + 1) // 2}")
        return input


class BatchNorm2d(nn.BatchNorm2d):
    """torch's, with the statistics of the batch of all processes while it trains."""

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or not is_distributed():
            return super().forward(input)
        mean, variance, count = batch_moments(input, (0, 2, 3))
        with torch.no_grad():
            momentum = self.momentum or 0.0
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * (count / max(1, count - 1)), momentum)
        factor = self.weight / (variance + self.eps).sqrt()
        return input * factor[:, None, None] + (self.bias - mean * factor)[:, None, None]


class ImageTower(nn.Module):
    """Images `[..., height, width, 3]`, uint8 or 0 to 1, to features `[..., width]`; `mean` and `std` are those of its pixels."""

    mean: Tensor
    std: Tensor
    proj: nn.Parameter | None

    def __init__(self, mean: tuple[float, float, float], std: tuple[float, float, float]) -> None:
        super().__init__()
        self.register_parameter("proj", None)
        self.register_buffer("mean", torch.tensor(mean), persistent=False)
        self.register_buffer("std", torch.tensor(std), persistent=False)

    def passed(
        self, pixels: Tensor, until: int | None = None, dropout: Dropout = NOTHING, appended: Tensor | None = None
    ) -> list[Tensor]:
        """Normalised pixels `[n, 3, height, width]` behind the stem, then behind each stage or block: `until` of them, or all.

        `appended [n, more, width]`: tokens behind the patches, which towers of patches take.
        """
        raise NotImplementedError

    def features(self, last: Tensor) -> Tensor:
        """Features `[n, width]` of what stands behind the last stage or block."""
        raise NotImplementedError

    def tapped(self, pixels: Tensor, passed: list[Tensor], name: str, at: int) -> Tensor:
        """What `tap` gives, of what a pass has left."""
        raise NotImplementedError

    def depth(self, name: str, at: int) -> int | None:
        """How many stages or blocks a tap is behind; None where it is behind all."""
        return at if name == "stage" else None

    def pixels(self, image: Tensor) -> Tensor:
        """Normalised pixels `[n, 3, height, width]` of all pictures."""
        values = image.float() / 255 if image.dtype == torch.uint8 else image
        return ((values - self.mean) / self.std).reshape(-1, *values.shape[-3:]).permute(0, 3, 1, 2)

    def add_projection(self, width: int | None, joint: int) -> None:
        """Makes it half of a CLIP. `width`: of its features, where it does not project them by itself."""
        self.register_parameter("proj", None if width is None else nn.Parameter(torch.zeros(width, joint)))

    def projected(self, x: Tensor) -> Tensor:
        """In the joint space of a CLIP whose half it is."""
        return x if self.proj is None else x @ self.proj

    def passes(self, image: Tensor, until: int | None, dropout: Dropout, appended: Tensor | None) -> list[Tensor]:
        """`passed` of pictures, and of tokens `[..., more, width]` behind their patches."""
        if appended is None:
            return self.passed(self.pixels(image), until, dropout)
        more = appended.expand(*image.shape[:-3], *appended.shape[-2:]).reshape(-1, *appended.shape[-2:])
        return self.passed(self.pixels(image), until, dropout, more)

    def forward(self, image: Tensor, dropout: Dropout = NOTHING, appended: Tensor | None = None) -> Tensor:
        features = self.features(self.passes(image, None, dropout, appended)[-1])
        return features.reshape(*image.shape[:-3], *features.shape[1:])

    def tap(self, image: Tensor, name: str, dropout: Dropout = NOTHING, appended: Tensor | None = None) -> Tensor:
        """A map `[..., height, width, channels]` on the way: `stage.2`, `grid` (the last), `map` (projected); or its `tokens`."""
        return self.taps(image, name, dropout=dropout, appended=appended)[0]

    def taps(
        self, image: Tensor, *names: str, dropout: Dropout = NOTHING, appended: Tensor | None = None
    ) -> list[Tensor]:
        """Several of one pass; `feature` is the projected feature `[..., width]`."""
        pixels = self.pixels(image)
        places = [(name, int(at or 0)) for name, _, at in (each.partition(".") for each in names)]
        depths = [self.depth(*place) for place in places]
        until = None if None in depths else max(depth or 0 for depth in depths)
        passed = self.passes(image, until, dropout, appended)
        made = [
            self.projected(self.features(passed[-1])) if name == "feature" else self.tapped(pixels, passed, name, at)
            for name, at in places
        ]
        return [x.reshape(*image.shape[:-3], *x.shape[1:]) for x in made]


def behind_each(x: Tensor, parts: Iterable[Callable[[Tensor], Tensor]]) -> list[Tensor]:
    """`x`, and what it is behind each of the parts in a row."""
    made = [x]
    for part in parts:
        made.append(part(made[-1]))
    return made


def stochastic_depths(last: float, blocks: int) -> list[float]:
    """How many samples leave out the branches of each block: more from block to block, up to a share of `last` (Huang et al., 2016)."""
    return [last * block / max(1, blocks - 1) for block in range(blocks)]


def share(copy: nn.Module, origin: nn.Module, *parts: str) -> None:
    """Makes parts and tensors of a copy those of what it copies: they are frozen in both."""
    for part in parts:
        place, _, name = part.rpartition(".")
        setattr(copy.get_submodule(place), name, getattr(origin.get_submodule(place), name))


def resized_positions(table: Tensor, made: tuple[int, int], here: tuple[int, int]) -> Tensor:
    """A table `[1 + rows · columns, width]` for a grid of another size: bicubic, antialiased; the first row stays."""
    if made == here:
        return table
    grid = table[1:].unflatten(0, made).permute(2, 0, 1)[None]
    places = F.interpolate(grid, here, mode="bicubic", antialias=True)[0].flatten(1).T
    return torch.cat([table[:1], places])


class BatchNorm(nn.BatchNorm1d):
    """Of the last dimension of `x [..., channels]`; `real [...]` says which rows count in the statistics.

    `whole`: each process has the rows of all of them.
    """

    def forward(self, input: Tensor, real: Tensor | None = None, whole: bool = False) -> Tensor:
        rows = input.flatten(0, -2)
        if not self.training:
            return super().forward(rows).view_as(input)
        if real is None:
            mean, variance, count = batch_moments(rows, (0,), whole)
            most = max(1, count - 1)
        else:
            # the rows of all processes
            here = real.expand(input.shape[:-1])
            there = (here if whole else gather(here)).flatten().to(rows.dtype)[:, None]
            rows = (input if whole else gather(input)).flatten(0, -2)
            count = there.sum().clamp_min(1)
            mean = (rows * there).sum(0) / count
            variance = ((rows - mean).square() * there).sum(0) / count
            most = (count - 1).clamp_min(1)
        with torch.no_grad():
            momentum = self.momentum or 0.0
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * (count / most), momentum)
        return (input - mean) / (variance + self.eps).sqrt() * self.weight + self.bias
