"""The order in which the samples of a data set come, epoch by epoch: a function of (sampler, classes, seed, epoch)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import Dataset
from .faults import RunFault
from .philox import Stream

Order = Callable[[int], NDArray[np.int64]]


def epoch_order(sampler: dict[str, Any] | None, source: Dataset, batch: int, seed: int) -> Order:
    """Samples of each epoch."""
    data, count = source.name, source.count
    kind = "shuffle" if sampler is None else sampler["kind"]
    if sampler is None or kind == "shuffle":
        return lambda epoch: Stream(seed, f"shuffle:{data}").permutation(count, epoch)
    if kind == "sequential":
        return lambda epoch: np.arange(count, dtype=np.int64)
    classes = _classes(source, sampler["column"])
    if kind == "balanced":
        return lambda epoch: _in_turn(classes, count, 1, data, seed, epoch)
    each = sampler["count"]
    if batch % each != 0 or len(classes) < batch / each:
        message = (
            f"a batch of {batch} with {each} samples of each `{sampler['column']}` needs more of them than `{data}` has"
        )
        raise RunFault("user", "CX8244", message, "choose a smaller batch, or more samples of each")
    return lambda epoch: _in_turn(classes, count, each, data, seed, epoch)


def _classes(source: Dataset, column: str) -> list[list[int]]:
    """Samples of each class, classes in the order of their numbers."""
    found: dict[int, list[int]] = {}
    values = source.batch(range(source.count), [column], None)[column]
    for index, value in enumerate(values.tolist()):
        found.setdefault(value, []).append(index)
    return [members for _, members in sorted(found.items())]


def _in_turn(classes: list[list[int]], count: int, each: int, data: str, seed: int, epoch: int) -> NDArray[np.int64]:
    """`each` samples of one class after the other, all classes in one order after the other, their members around and around."""
    random = Stream(seed, f"sampler:{data}")
    orders = [
        Stream(seed, f"sampler:{data}:{number}").permutation(len(one), epoch) for number, one in enumerate(classes)
    ]
    places = [0] * len(classes)
    chosen: list[int] = []
    turn: list[int] = []
    round_number = 0
    while len(chosen) < count:
        if not turn:
            turn = random.permutation(len(classes), epoch * 4096 + round_number % 4096).tolist()
            round_number += 1
        number = turn.pop(0)
        for _ in range(each):
            if len(chosen) < count:
                members, order = classes[number], orders[number]
                chosen.append(members[int(order[places[number] % len(members)])])
                places[number] += 1
    return np.asarray(chosen, dtype=np.int64)
