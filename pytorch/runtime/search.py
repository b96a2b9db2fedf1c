"""`maximize metric`: candidates for the elements of what trains, judged by a metric over the whole data. No gradient is taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from .batches import StageBatches
from .distributed import agree, is_distributed
from .faults import RunFault
from .philox import Stream
from .run import Run
from .weights import Floats

Json = dict[str, Any]

#: more candidates than this are a mistake
_MOST_CANDIDATES = 200_000


class SearchLeft(Exception):
    """The run shall stop before all candidates were tried: they are tried again as a whole."""


def run_search(run: Run, stage: Json, batches: StageBatches, constants: Any) -> None:
    """Leaves the best candidate in the model; of equals the first."""
    method, names = stage["search"]["method"], stage["trainable"]
    start = run.read(names)
    elements = sum(value.size for value in start.values())
    total = _count(method, elements)
    if total > _MOST_CANDIDATES:
        message = f"{elements} elements and {len(method['values'])} values make {total} candidates"
        raise RunFault("user", "CX8245", message, "search with `coordinate(…)` or `random(…, tries: 500)`")
    judge = _judge(run, stage, batches, constants, start, total)
    try:
        best = _best(method, np.concatenate([start[name].reshape(-1) for name in names]), judge, run.seed)
    except BaseException:
        run.weights.write(start)
        raise
    run.weights.write(_apart(best, start))


def _judge(
    run: Run, stage: Json, batches: StageBatches, constants: Any, start: dict[str, Floats], total: int
) -> Callable[[Floats], float]:
    """What a candidate is worth: the more the better. What candidates leave as it is, is computed once."""
    name, search = stage["name"], stage["search"]
    batch = batches.evaluation(search["evaluation"], 0)
    run.model.eval()
    with torch.no_grad():
        held = run.module(run.objective.HELD[name], batch, constants)
    known, sign = {**constants, **held}, 1 if search["direction"] == "max" else -1
    done, told = 0, 0.0

    def judge(candidate: Floats) -> float:
        nonlocal done, told
        if agree(run.interrupted()):
            raise SearchLeft
        run.weights.write(_apart(candidate, start))
        with torch.no_grad():
            (value,) = run.module(run.objective.SEARCHES[name], batch, known).values()
        values = [value.item()]
        if is_distributed():
            # candidates are chosen by the same numbers everywhere
            dist.broadcast_object_list(values, src=0)
        if not np.isfinite(values[0]):
            message = f"evaluation `search` on {stage['data']}: what is searched for is {values[0]}"
            raise RunFault("numerical", "CX8223", message)
        done += 1
        now = time.monotonic()
        # a few a second, and the last
        if done == total or now - told >= 0.25:
            told = now
            run.folder.emit("progress", task="search", done=done, total=total)
        return sign * values[0]

    return judge


def _best(method: Json, first: Floats, judge: Callable[[Floats], float], seed: int) -> Floats:
    best, most = first, judge(first)
    if method["kind"] != "coordinate":
        for candidate in _listed(method, first.size, seed):
            value = judge(candidate)
            if value > most:
                best, most = candidate, value
        return best
    for _ in range(method["rounds"]):
        for element in range(first.size):
            for tried in np.asarray(method["values"], dtype=np.float32):
                if best[element] == tried:
                    continue
                candidate = best.copy()
                candidate[element] = tried
                value = judge(candidate)
                if value > most:
                    best, most = candidate, value
    return best


def _count(method: Json, elements: int) -> int:
    """The start is judged too."""
    values = len(method["values"])
    if method["kind"] == "grid":
        return values**elements + 1
    return method["tries"] + 1 if method["kind"] == "random" else method["rounds"] * elements * values + 1


def _listed(method: Json, elements: int, seed: int) -> Iterator[Floats]:
    values = np.asarray(method["values"], dtype=np.float32)
    if method["kind"] == "grid":
        # counting in base `len(values)`, the last element fastest
        for number in range(len(values) ** elements):
            digits = [number // len(values) ** place % len(values) for place in reversed(range(elements))]
            yield values[digits]
        return
    stream = Stream(seed, "search")
    for attempt in range(method["tries"]):
        yield values[[stream.integer(len(values), attempt * elements + element) for element in range(elements)]]


def _apart(candidate: Floats, like: dict[str, Floats]) -> dict[str, Floats]:
    """The elements shaped as the tensors that they are of."""
    found: dict[str, Floats] = {}
    place = 0
    for name, value in like.items():
        found[name] = candidate[place : place + value.size].reshape(value.shape)
        place += value.size
    return found
