"""A batch that is held in memory a chunk at a time, with the loss of all of it.

Gao, Zhang, Han and Callan, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", 2021 (GradCache): features of
each chunk are computed and what led to them is forgotten; with the gradient of the loss each chunk is computed again. Draws are
among what a chunk is given, so that both times it is the same chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

Samples = Callable[[Any, Mapping[str, Tensor], Any], dict[str, Tensor]]


def in_chunks(
    function: Samples, model: nn.Module, batch: Mapping[str, Tensor], constants: Any, *, each: list[str], size: int
) -> dict[str, Tensor]:
    """What `function` computes of each sample by itself, with gradients, `size` samples at a time.

    `each`: what of the batch is of each sample: a row each, or as many rows for each.
    """
    samples = min(batch[name].shape[0] for name in each)
    parts: list[dict[str, Tensor]] = []
    for start in range(0, samples, size):
        part = dict(batch)
        for name in each:
            rows = batch[name].shape[0] // samples
            part[name] = batch[name][start * rows : (start + size) * rows]
        parts.append(checkpoint(function, model, part, constants, use_reentrant=False, preserve_rng_state=False))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
