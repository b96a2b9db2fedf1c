"""What formulas are made of, as clipx defines it: gradients included, and what masks leave out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

LOWEST = -1e30
"""Stands for what a mask leaves out of a maximum: finite, so that differences of two stay finite."""


def normalize(x: Tensor, dim: int = -1) -> Tensor:
    """Vectors over their Euclidean norm, which is kept off zero where its slope is still finite."""
    return x / x.square().sum(dim, keepdim=True).clamp_min(1e-24).sqrt()


def cosine(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of each vector with its partner: `[..., d]` and `[..., d]` to `[...]`."""
    return (normalize(a) * normalize(b)).sum(-1)


def cosines(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of each vector of `a [n, d]` with each of `b [m, d]`: `[n, m]`."""
    return normalize(a) @ normalize(b).mT


def upper(x: Tensor) -> Tensor:
    """The entries i < j of `x [..., n, n]`, row by row."""
    rows, columns = torch.triu_indices(x.shape[-1], x.shape[-1], offset=1, device=x.device)
    return x[..., rows, columns]


def pick(x: Tensor, at: Tensor) -> Tensor:
    """Of each row of `x [..., n]` the entry that `at [...]` says."""
    return x.gather(-1, at.long().unsqueeze(-1)).squeeze(-1)


def take_along(x: Tensor, at: Tensor, shared: int) -> Tensor:
    """`x [shared ..., own ..., n]` at `at [shared ..., fresh ...]`: `[shared ..., own ..., fresh ...]`."""
    lead, own, fresh = x.shape[:shared], x.shape[shared:-1], at.shape[shared:]
    rows = x.reshape(lead.numel(), own.numel(), x.shape[-1])
    indices = at.long().reshape(lead.numel(), 1, fresh.numel()).expand(-1, own.numel(), -1)
    return rows.gather(2, indices).reshape(*lead, *own, *fresh)


def top(x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest of the last dimension and where they stand; of equal ones the first comes first."""
    values, indices = torch.sort(x, dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k]


def group_sum(x: Tensor, at: Sequence[Tensor], sizes: Sequence[int], over: int) -> Tensor:
    """Sums of `x [..., items ...]`, its last `over` dimensions, into the entry of `[..., *sizes]` that the indices `at` of an item say."""
    group = torch.zeros((), dtype=torch.long, device=x.device)
    for index, size in zip(at, sizes, strict=True):
        group = group * size + index.long()
    items = x.flatten(-over)
    sums = x.new_zeros(*items.shape[:-1], math.prod(sizes))
    return sums.scatter_add(-1, group.expand(x.shape).flatten(-over), items).unflatten(-1, tuple(sizes))


def temporal_shift(x: Tensor, part: float, real: Tensor | None = None) -> Tensor:
    """Of `x [..., step, channels]` the first `part` of the channels comes from the next step, the second from the one before (Lin et al., 2019).

    `real [..., step]`: which steps there are; what is none counts as zeros, as what stands around them does.
    """
    fold = int(part * x.shape[-1])
    seen = x if real is None else torch.where(real.unsqueeze(-1), x, 0.0)
    after, before = seen[..., 1:, :fold], seen[..., :-1, fold : 2 * fold]
    after = torch.nn.functional.pad(after, (0, 0, 0, 1))
    before = torch.nn.functional.pad(before, (0, 0, 1, 0))
    return torch.cat([after, before, x[..., 2 * fold :]], dim=-1)


def quick_gelu(x: Tensor) -> Tensor:
    """x σ(1.702 x), which OpenAI's CLIP weights expect."""
    return x * torch.sigmoid(1.702 * x)


# ── reductions that a mask leaves elements out of ─────────────────────


def masked_sum(x: Tensor, mask: Tensor, dim: Sequence[int]) -> Tensor:
    """The sum of what is real."""
    return torch.where(mask, x, 0.0).sum(tuple(dim))


def masked_mean(x: Tensor, mask: Tensor, dim: Sequence[int]) -> Tensor:
    """The mean of what is real; 0 where nothing is."""
    return masked_sum(x, mask, dim) / mask.float().expand_as(x).sum(tuple(dim)).clamp_min(1)


def masked_var(x: Tensor, mask: Tensor, dim: Sequence[int]) -> Tensor:
    """The biased variance of what is real."""
    count = mask.float().expand_as(x).sum(tuple(dim), keepdim=True).clamp_min(1)
    mean = torch.where(mask, x, 0.0).sum(tuple(dim), keepdim=True) / count
    return torch.where(mask, (x - mean).square(), 0.0).sum(tuple(dim)) / count.reshape(mean.shape).amax(tuple(dim))


def masked_max(x: Tensor, mask: Tensor, dim: Sequence[int]) -> Tensor:
    """The largest of what is real."""
    return torch.where(mask, x, LOWEST).amax(tuple(dim))


def masked_min(x: Tensor, mask: Tensor, dim: Sequence[int]) -> Tensor:
    """The smallest of what is real."""
    return torch.where(mask, x, -LOWEST).amin(tuple(dim))


def masked_any(x: Tensor, mask: Tensor, dim: Sequence[int]) -> Tensor:
    """Whether any real one is true."""
    return (mask & x).sum(tuple(dim)) > 0


def masked_all(x: Tensor, mask: Tensor, dim: Sequence[int]) -> Tensor:
    """Whether every real one is true."""
    return (mask & ~x).sum(tuple(dim)) == 0


def masked_logsumexp(x: Tensor, mask: Tensor, dim: Sequence[int]) -> Tensor:
    """log Σ exp of what is real."""
    return torch.where(mask, x, LOWEST).logsumexp(tuple(dim))


def masked_argmax(x: Tensor, mask: Tensor, dim: int) -> Tensor:
    """Where the largest real one stands."""
    return torch.where(mask, x, LOWEST).argmax(dim)


def masked_softmax(x: Tensor, mask: Tensor, dim: int) -> Tensor:
    """Shares of what is real; all else, and all where nothing is real, gets none."""
    return torch.where(mask, torch.where(mask, x, LOWEST).softmax(dim), 0.0)


def masked_log_softmax(x: Tensor, mask: Tensor, dim: int) -> Tensor:
    """Logarithms of the shares of what is real; 0 elsewhere."""
    return torch.where(mask, torch.where(mask, x, LOWEST).log_softmax(dim), 0.0)


# ── pictures ──────────────────────────────────────────────────────────


def resize(x: Tensor, size: tuple[int, int], method: str = "linear") -> Tensor:
    """`x [..., height, width]` at another size; centres of pixels lie half a pixel in. `linear`, `cubic` or `nearest`."""
    if method == "nearest":
        for dim, (pixels, wanted) in enumerate(zip(x.shape[-2:], size, strict=True), -2):
            # (i + 1/2) · pixels / wanted, rounded down: in whole numbers, where no rounding can move an edge
            places = (2 * torch.arange(wanted, device=x.device) + 1) * pixels // (2 * wanted)
            x = x.index_select(dim, places)
        return x
    mode = {"linear": "bilinear", "cubic": "bicubic"}[method]
    return F.interpolate(x.reshape(1, -1, *x.shape[-2:]), size, mode=mode).reshape(*x.shape[:-2], *size)


def upsample(x: Tensor, times: int, method: str = "linear") -> Tensor:
    """`x [..., height, width]` so many times as high and wide."""
    height, width = x.shape[-2:]
    return resize(x, (times * height, times * width), method)


def max_pool(
    x: Tensor,
    window: tuple[int, int],
    stride: tuple[int, int] | None = None,
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> Tensor:
    """The largest of each window of `x [..., height, width]`; `padding`: rows above and below, columns before and behind."""
    top, bottom, left, right = padding
    around = F.pad(x, (left, right, top, bottom), value=float("-inf"))
    made = F.max_pool2d(around.reshape(1, -1, *around.shape[-2:]), window, stride)
    return made.reshape(*x.shape[:-2], *made.shape[-2:])


def mean_pool(
    x: Tensor,
    window: tuple[int, int],
    stride: tuple[int, int] | None = None,
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> Tensor:
    """The mean of each window of `x [..., height, width]`: of the pixels in it that the picture has."""
    top, bottom, left, right = padding

    def summed(pixels: Tensor) -> Tensor:
        around = F.pad(pixels, (left, right, top, bottom))
        return F.avg_pool2d(around.reshape(1, -1, *around.shape[-2:]), window, stride, divisor_override=1)

    made = summed(x) / summed(x.new_ones(x.shape[-2:]))
    return made.reshape(*x.shape[:-2], *made.shape[-2:])


# ── texts and whole data sets ─────────────────────────────────────────


def tokens(feeds: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    """Token ids `[..., context]` of texts, and the place of the token that ends each, `[...]`."""
    return feeds[f"{name}.ids"], feeds[f"{name}.length"]


def real_tokens(ids: Tensor, end: Tensor) -> Tensor:
    """Which places of the texts come before their end or are it, `[..., context]`."""
    return torch.arange(ids.shape[-1], device=ids.device) <= end.unsqueeze(-1)


def splice(embedded: Tensor, vectors: Tensor, starts: Tensor) -> Tensor:
    """Puts `vectors [..., places, width]` into `embedded [..., context, width]`, from the place `starts [...]` of each text on."""
    place = torch.arange(embedded.shape[-2], device=embedded.device) - starts.unsqueeze(-1)
    here = (place >= 0) & (place < vectors.shape[-2])
    index = place.clamp(0, vectors.shape[-2] - 1)
    lead = torch.broadcast_shapes(index.shape[:-1], vectors.shape[:-2], embedded.shape[:-2])
    index = index.expand(*lead, -1).unsqueeze(-1).expand(*lead, index.shape[-1], vectors.shape[-1])
    moved = vectors.expand(*lead, *vectors.shape[-2:]).gather(-2, index)
    return torch.where(here.unsqueeze(-1), moved, embedded)


def chunked_several(function: Callable[..., Sequence[Tensor]], *inputs: Tensor, size: int = 256) -> list[Tensor]:
    """Each of the values that `function` gives of all samples, `size` of them at once."""
    parts = zip(*(x.split(size) for x in inputs), strict=True)
    made = [function(*part) for part in parts]
    return [torch.cat(values) for values in zip(*made, strict=True)]


def chunked(function: Callable[..., Tensor], *inputs: Tensor, size: int = 256) -> Tensor:
    """`function` of all samples, `size` of them at once."""
    parts = zip(*(x.split(size) for x in inputs), strict=True)
    return torch.cat([function(*part) for part in parts])
