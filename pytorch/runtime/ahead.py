"""What is computed of samples by themselves, ahead of steps and metrics, some samples at a time.

What no step of a stage changes is computed once a stage; what metrics read else, whenever a set is evaluated. Of several processes
each computes its share. So neither a step nor an evaluation needs more pictures on the device than a minibatch has.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .decoding import Arrays
from .distributed import agree, gather, is_distributed, rank, world_size
from .feeds import Feed, columns_of, tensors
from .run import Run

Json = dict[str, Any]
Values = dict[str, Tensor]

#: rows are held in memory up to this size, in a file of the run's folder beyond it
_MEMORY_LIMIT = 512 * 2**20

#: no more samples at a time than this, however large a batch is
_PIECE = 256


class FeaturesLeft(Exception):
    """The run shall stop before all features are there: they are computed again as a whole."""


class FeatureTable:
    """A row of each value for each sample of a set."""

    def __init__(self, count: int, folder: Path, device: torch.device) -> None:
        self._count, self._folder, self._device = count, folder, device
        self._arrays: Arrays = {}

    def write(self, start: int, values: Values) -> None:
        """Rows from `start` on."""
        rows = {name: value.cpu().numpy() for name, value in values.items()}
        if not self._arrays:
            size = sum(row[:1].nbytes for row in rows.values()) * self._count
            make = np.empty if size <= _MEMORY_LIMIT else self._on_disk
            self._arrays = {name: make((self._count, *row.shape[1:]), row.dtype) for name, row in rows.items()}
        for name, row in rows.items():
            self._arrays[name][start : start + len(row)] = row

    def _on_disk(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
        """In a file that is gone when the process is."""
        known = (self._folder / "run.json").exists()
        number, path = tempfile.mkstemp(suffix=".features", dir=self._folder if known else None)
        os.close(number)
        made = np.memmap(path, dtype, "w+", shape=shape)
        Path(path).unlink()
        return made

    def rows(self, indices: Sequence[int]) -> Values:
        """Those of some samples, on the device."""
        return tensors({name: np.asarray(array[list(indices)]) for name, array in self._arrays.items()}, self._device)

    def holds(self, name: str) -> bool:
        """Whether this value is among them."""
        return name in self._arrays

    def whole(self, name: str) -> Tensor:
        """One value of all samples."""
        return tensors({name: np.asarray(self._arrays[name])}, self._device)[name]


class Ahead:
    """What a stage computes ahead."""

    def __init__(self, run: Run, stage: Json) -> None:
        self._run, self._stage = run, stage
        self._tables: dict[tuple[Any, str, int | None], FeatureTable] = {}
        self.constants: Any = {}

    def _function(self, table: str, key: str) -> Callable[..., Values] | None:
        """A package without such values has no table of them."""
        return getattr(self._run.objective, table, {}).get(key)

    def of_step(self) -> FeatureTable | None:
        """What the steps of the stage find in their batches besides columns and draws. Left where the run shall stop."""
        if "data" not in self._stage:
            return None
        size = self._stage.get("chunk", {}).get("size", self._stage["batch"])
        return self._features(self._stage["name"], self._stage["data"], None, min(size, _PIECE), True)

    def of_evaluation(self, evaluation: Json, epoch: int | None, others: Callable[[list[Feed]], Values]) -> Values:
        """What the metrics read of all samples. `others`: draws and weights, those of each sample for all of them."""
        run, data, size = self._run, evaluation["data"], evaluation["batch"]
        key = evaluation["metrics"]["id"].removesuffix("/metrics")
        table = self._features(key, data, epoch, size, False)
        found: Values = {}
        for feed in run.feeds["evaluations"].get(key, []):
            if feed["source"]["kind"] == "feature" and table is not None and table.holds(feed["name"]):
                found[feed["name"]] = table.whole(feed["name"])
        function = self._function("SAMPLES", key)
        if function is None:
            return found
        feeds = run.feeds["samples"][key]
        known = others(feeds)
        of_samples = {feed["name"] for feed in feeds if feed.get("perSample") and feed["source"]["kind"] != "column"}

        def given(indices: list[int]) -> Values:
            own = {name: value[indices] if name in of_samples else value for name, value in known.items()}
            return own if table is None else {**own, **table.rows(indices)}

        parts = [part for _, part in self._pieces(function, data, columns_of(feeds), epoch, size, given)]
        return {**found, **{name: torch.cat([part[name] for part in parts]) for name in parts[0]}}

    def _features(self, key: str, data: str, epoch: int | None, size: int, may_leave: bool) -> FeatureTable | None:
        function = self._function("FEATURES", key)
        if function is None:
            return None
        place = (function, data, epoch)
        if place not in self._tables:
            run, count = self._run, self._run.room.open(data).count
            table = FeatureTable(count, run.folder.path, run.device)
            told = 0.0
            run.folder.emit("progress", task=f"features of {data}", done=0, total=count)
            for done, part in self._pieces(function, data, columns_of(run.feeds["features"][key]), epoch, size):
                table.write(done - len(next(iter(part.values()))), part)
                if may_leave and agree(run.interrupted()):
                    raise FeaturesLeft
                if done == count or time.monotonic() - told >= 0.25:
                    told = time.monotonic()
                    run.folder.emit("progress", task=f"features of {data}", done=done, total=count)
            self._tables[place] = table
        return self._tables[place]

    def _pieces(
        self,
        function: Callable[..., Values],
        data: str,
        columns: list[str],
        epoch: int | None,
        size: int,
        given: Callable[[list[int]], Values] = lambda _: {},
    ) -> Iterator[tuple[int, Values]]:
        """What a function gives of some samples after the other, and how many are done; the next ones are read meanwhile."""
        run = self._run
        source = run.room.open(data)
        share = -(-size // world_size())
        starts = range(0, source.count, share * world_size())

        def own(start: int) -> list[int]:
            first = start + rank() * share
            # every process has as many: the last one is there more than once
            end = first + share if is_distributed() else min(first + share, source.count)
            return [min(index, source.count - 1) for index in range(first, end)]

        def read(start: int) -> Arrays:
            return source.batch(own(start), columns, epoch) if columns else {}

        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(read, 0)
            for start in starts:
                arrays = coming.result()
                if start + starts.step < source.count:
                    coming = pool.submit(read, start + starts.step)
                with torch.no_grad():
                    batch = {**tensors(arrays, run.device), **given(own(start))}
                    values = run.module(function, batch, self.constants)
                done = min(start + starts.step, source.count)
                yield done, {name: gather(value)[: done - start] for name, value in values.items()}
