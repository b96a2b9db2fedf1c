"""Measures of intervals that look at one after the other; `real` and `known` say which of them there are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .functions import LOWEST


def overlap(begin: Tensor, end: Tensor, other_begin: Tensor, other_end: Tensor) -> Tensor:
    """Common length over joint length."""
    common = (torch.minimum(end, other_end) - torch.maximum(begin, other_begin)).relu()
    joint = (end - begin) + (other_end - other_begin) - common
    return common / joint.clamp_min(1e-6)


def largest(values: Tensor, counts: Tensor) -> Tensor:
    """Where the largest of each row `[..., n]` stands of those that count, the first of equal ones; nowhere where none counts."""
    at = torch.where(counts, values, LOWEST).argmax(-1, keepdim=True)
    return torch.zeros_like(counts).scatter(-1, at, True) & counts


def soft_nms(scores: Tensor, begin: Tensor, end: Tensor, real: Tensor, sigma: float) -> Tensor:
    """Gaussian soft-NMS (Bodla et al., 2017) of intervals `[..., n]`.

    The interval of the highest score keeps it, every other is lowered by exp(-tIoU² / sigma), and so on with those that are left.
    """
    scores, begin, end, left = torch.broadcast_tensors(scores, begin, end, real)
    for _ in range(scores.shape[-1]):
        first = largest(scores, left)
        shared = overlap(*(torch.where(first, x, 0.0).sum(-1, keepdim=True) for x in (begin, end)), begin, end)
        left = left & ~first
        # where none is left nothing is the first, and nothing changes
        scores = torch.where(left, scores * (-shared.square() / sigma).exp(), scores)
    return scores


def mean_ap(
    scores: Tensor, begin: Tensor, end: Tensor, real: Tensor, truth: Sequence[Tensor], tiou: Sequence[float]
) -> Tensor:
    """Mean average precision of intervals with classes (the protocol of THUMOS14 and ActivityNet), the mean over thresholds of tIoU.

    Intervals are `[..., class, proposal]`; the truth is begins, ends, classes and which are known, `[..., segment]`. For each class,
    detections of all samples come by score; each takes the true interval of its class and sample that it overlaps most, of those that
    are not taken and that it overlaps enough, or is wrong. The precision at a recall is the best at that or a higher one; classes that
    occur count.
    """
    found = torch.broadcast_tensors(scores, begin, end, real)
    scores, begin, end, real = (x.reshape(-1, *x.shape[-2:]) for x in found)  # [n, class, proposal]
    first, last, kind, known = (x.reshape(-1, 1, x.shape[-1]) for x in truth)  # [n, 1, segment]
    classes = torch.arange(scores.shape[1], device=scores.device)
    wanted = (kind == classes[:, None]) & known  # [n, class, segment]
    # [n, class, proposal, segment]
    overlaps = overlap(begin[..., None], end[..., None], first[:, :, None], last[:, :, None])
    legal = real[..., None] & wanted[:, :, None]
    by_class = torch.where(real, scores, LOWEST).transpose(0, 1).flatten(1)  # [class, n * proposal]
    order = by_class.sort(dim=1, descending=True, stable=True).indices

    def ranked(x: Tensor) -> Tensor:
        return x.transpose(0, 1).flatten(1).to(scores.dtype).gather(1, order)

    detections = ranked(real).cumsum(1).clamp_min(1)
    positives = wanted.to(scores.dtype).sum((0, 2))  # [class]
    occurs = positives > 0
    means = []
    for threshold in tiou:
        hits = ranked(_taking(scores, overlaps, legal & (overlaps >= threshold)))
        precision = hits.cumsum(1) / detections
        best = precision.flip(1).cummax(1).values.flip(1)
        average = torch.where(occurs, (hits * best).sum(1) / positives.clamp_min(1), 0.0)
        means.append(average.sum() / occurs.sum().clamp_min(1))
    return torch.stack(means).mean()


def _taking(scores: Tensor, overlaps: Tensor, near: Tensor) -> Tensor:
    """Which proposals `[n, class, proposal]` take a true interval.

    One passes over the intervals, not the proposals: the best proposal that can take one of those left is the next that a walk by
    score would let take one, and it takes the one that it overlaps most.
    """
    left = torch.ones_like(near[:, :, 0])  # [n, class, segment]
    taken = torch.zeros_like(near[..., 0])
    for _ in range(near.shape[-1]):
        free = near & left[:, :, None]
        best = largest(scores, free.any(-1) & ~taken)
        own = free & best[..., None]
        most = torch.where(own, overlaps, -1.0).amax(-2)
        left = left & ~largest(most, own.any(-2))
        taken = taken | best
    return taken
