"""`train on each` in several processes: each takes samples of its own, whole, and the first tells of all of them in the order of the samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch.distributed as dist

from .distributed import world_size
from .faults import RunFault
from .weights import Floats

Json = dict[str, Any]


@dataclass(frozen=True)
class SampleEnd:
    """What was optimised for a sample."""

    at: int
    name: str
    steps: int
    results: list[Json]
    #: of the parameters that were selected
    step: int
    #: every tensor that some stage changes
    values: dict[str, Floats]


@dataclass
class SampleShare:
    """One sample as a process left it."""

    #: what was said, with steps as if the sample were the first of its round
    events: list[tuple[str, Json]]
    #: none where it was stopped
    end: SampleEnd | None = None
    #: what was selected last, and its parameters
    best: tuple[Json, dict[str, Floats]] | None = None
    #: trainable tensors that moved
    moved: set[str] = field(default_factory=set)
    fault: RunFault | None = None


def exchanged(own: SampleShare | None) -> Iterator[SampleShare]:
    """The shares of all processes, in the order of their samples. The last ones may have none."""
    shares: list[SampleShare | None] = [None] * world_size()
    dist.all_gather_object(shares, own)
    return (share for share in shares if share is not None)


def told_later(event: str, body: Json, by: int, steps_per_epoch: int, best: str) -> Json:
    """What was said of a sample, after `by` steps of those before it. `best`: where selected parameters are kept."""
    match event:
        case "step":
            step = body["step"] + by
            return {**body, "step": step, "epoch": (step - 1) // steps_per_epoch + 1}
        case "eval":
            return {**body, "step": body["step"] + by}
        case "sample":
            return {**body, "begunAt": body["begunAt"] + by}
        case "checkpoint":
            return {**body, "path": best}
        case _:
            return body
