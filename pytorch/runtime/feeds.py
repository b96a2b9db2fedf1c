"""What goes into a step or an evaluation: columns, draws, texts and scheduled weights, as tensors on the device."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from .decoding import Arrays
from .philox import Stream

Feed = dict[str, Any]


def columns_of(feeds: list[Feed]) -> list[str]:
    """Columns that are read, each once."""
    return list(dict.fromkeys(feed["source"]["column"] for feed in feeds if feed["source"]["kind"] == "column"))


def drawn(stream: Stream, distribution: dict[str, Any], shape: list[int], counter: int) -> np.ndarray:
    """The tensor of a stream at a counter: every counter has a stretch of its own."""
    count = int(np.prod(shape, dtype=np.int64))
    start = counter * count
    match distribution["kind"]:
        case "uniform":
            low, width = distribution["low"], distribution["high"] - distribution["low"]
            return (low + width * stream.uniforms(start, count)).astype(np.float32).reshape(shape)
        case "normal":
            # numbers 2j and 2j + 1 of a stream are one pair: an odd count would share a pair between two steps
            return stream.normals(counter * (count + count % 2), count).reshape(shape)
        case "bernoulli":
            return (stream.uniforms(start, count) < distribution["keep"]).astype(np.float32).reshape(shape)
        case _:
            length = shape[-1] if shape else 1
            rows = 0 if length == 0 else count // length
            orders = [stream.permutation(length, counter * rows + row) for row in range(rows)]
            return np.asarray(orders, dtype=np.int32).reshape(shape)


def tensors(arrays: Arrays, device: torch.device) -> dict[str, Tensor]:
    """On the device; whole numbers but bytes are int64, as indices are in PyTorch."""
    made: dict[str, Tensor] = {}
    for key, value in arrays.items():
        whole = value.astype(np.int64) if value.dtype == np.int32 else value
        made[key] = torch.from_numpy(np.ascontiguousarray(whole)).to(device, non_blocking=True)
    return made
