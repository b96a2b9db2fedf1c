"""What the steps and evaluations of a stage are fed with: this rank's rows of each batch, and all of a set that is evaluated."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .ahead import FeatureTable
from .data import Dataset
from .decoding import Arrays
from .distributed import is_distributed, rank, world_size
from .faults import RunFault
from .feeds import Feed, columns_of, drawn, tensors
from .run import Run
from .sampler import epoch_order
from .schedules import round_half_up, weight_at
from .text_tables import TextTables

Json = dict[str, Any]

#: `views: random` draws as in an epoch that no training comes to
_EVALUATION_EPOCH = 2**16


def evaluation_epoch(evaluation: Json) -> int | None:
    """Of which epoch the draws of its columns are; an evaluation draws nothing unless it says so."""
    return _EVALUATION_EPOCH if evaluation.get("views") == "random" else None


class StageBatches:
    """The batches of a stage by their number, those of all micro-batches counted: in order, and the next one read ahead."""

    def __init__(self, run: Run, stage: Json) -> None:
        self._run, self._stage = run, stage
        self._feeds: list[Feed] = run.feeds["steps"].get(stage["name"], [])
        self._accumulate: int = stage.get("accumulate", 1)
        #: a stage that only evaluates has no step
        self.trains = len(stage["trainable"]) > 0 and len(stage["terms"]) > 0
        self._source = run.room.open(stage["data"]) if self.trains and "data" in stage else None
        #: each sample is all of the data of its own optimisation
        self._is_each = stage.get("each") is True
        self.samples = 1 if self._source is None or not self._is_each else self._source.count
        #: what names the streams of the sample at hand
        self._of = ""
        self.steps_per_epoch, self.planned = self._lengths()
        self._order = None
        if self._source is not None and not self._is_each:
            self._order = epoch_order(stage.get("sampler"), self._source, stage["batch"], run.seed)
        self._evaluated: dict[str, Arrays] = {}
        self._pool = ThreadPoolExecutor(1)
        self._ahead: tuple[int, Future[Arrays]] | None = None
        self.texts = TextTables(run.room.texts, run.device)
        #: what is the same of each sample at every step
        self.features: FeatureTable | None = None

    def _lengths(self) -> tuple[int, int]:
        """Whole batches alone: the last short one of an epoch is dropped."""
        stage, source = self._stage, self._source
        if not self.trains:
            return 1, 0
        steps, epochs, name, batch = stage.get("steps"), stage.get("epochs", 0), stage["name"], stage["batch"]
        if self._is_each and self._run.sharded is not None:
            message = f"stage {name}: what trains on each sample is not shared out to processes, samples are"
            raise RunFault("user", "CX8241", message, "leave --fsdp out")
        if source is None or self._is_each:
            return (1, round_half_up(epochs)) if steps is None else (max(1, steps), steps)
        per_epoch = source.count // (batch * self._accumulate)
        if per_epoch == 0:
            message = f"stage {name}: {stage['data']} has {source.count} samples, fewer than one update takes"
            raise RunFault("user", "CX8241", message, "choose a smaller batch")
        if batch % world_size() != 0:
            message = f"stage {name}: a batch of {batch} is not shared out evenly to {world_size()} processes"
            raise RunFault("user", "CX8241", message, "choose a number of processes that divides the batch")
        return per_epoch, round_half_up(epochs * per_epoch) if steps is None else steps

    def alone(self, at: int) -> tuple[str, Dataset]:
        """One sample as a set of its own, and its name."""
        source = self._run.room.open(self._stage["data"])
        return source.alone(at)

    def begin_sample(self, name: str, source: Dataset) -> None:
        """From here on its batches are of this sample, and its draws have its name."""
        self._source, self._of = source, f"@{name}"
        self._ahead = None
        self._evaluated = {}

    def start(self, source: Dataset, draw: str) -> dict[str, Tensor]:
        """What tensors start from, for a sample. `draw` stands in the names of all streams."""
        feeds: list[Feed] = self._run.feeds["starts"].get(self._stage["name"], [])
        batch = tensors(source.batch([0], columns_of(feeds), None), self._run.device)

        def draw_start(feed: Feed) -> np.ndarray:
            stream = self._run.room.stream(f"{feed['source']['stream']}{draw}")
            return drawn(stream, feed["source"]["distribution"], feed["shape"], 0)

        return {**batch, **self._others(feeds, 0, draw_start)}

    def take(self, number: int, counter: int, step: int, total: int) -> dict[str, Tensor]:
        """The feeds of a batch; the columns of the next one are begun while the device computes."""
        if self._ahead is None or self._ahead[0] != number:
            self._ahead = (number, self._pool.submit(self._columns, number))
        arrays = self._ahead[1].result()
        if number + 1 < total:
            self._ahead = (number + 1, self._pool.submit(self._columns, number + 1))
        batch = tensors(arrays, self._run.device)
        batch.update(self._others(self._feeds, step, lambda feed: self._drawn(feed, counter)))
        if self.features is not None:
            batch.update(self.features.rows(self._indices(number)[0]))
        return batch

    def _columns(self, number: int) -> Arrays:
        columns = columns_of(self._feeds)
        if self._source is None or not columns:
            return {}
        indices, epoch = self._indices(number)
        return self._source.batch(indices, columns, epoch)

    def _indices(self, number: int) -> tuple[list[int], int]:
        """This rank's samples of a batch, and the epoch."""
        if self._order is None:
            return [0], number
        per_epoch = self.steps_per_epoch * self._accumulate
        epoch, size = number // per_epoch, self._stage["batch"]
        own = size // world_size()
        at = (number % per_epoch) * size + rank() * own
        return self._order(epoch)[at : at + own].tolist(), epoch

    def _drawn(self, feed: Feed, counter: int) -> np.ndarray:
        """What the whole batch is given, and of it this rank's rows."""
        source = feed["source"]
        value = drawn(
            self._run.room.stream(f"{source['stream']}{self._of}"), source["distribution"], feed["shape"], counter
        )
        if not feed.get("perSample") or not is_distributed():
            return value
        own = value.shape[0] // world_size()
        return value[rank() * own : (rank() + 1) * own]

    def evaluation(self, evaluation: Json, step: int) -> dict[str, Tensor]:
        """All samples of an evaluated set."""
        run = self._run
        key = evaluation["metrics"]["id"].removesuffix("/metrics")
        feeds: list[Feed] = run.feeds["evaluations"].get(key, [])
        source = self.source_of(evaluation["data"])
        if source.count != evaluation["count"]:
            name, data, count = evaluation["name"], evaluation["data"], evaluation["count"]
            message = f"evaluation {name}: {data} has {source.count} samples, and the program was compiled for {count}"
            raise RunFault("user", "CX8242", message, "compile again: the data changed since")
        if key not in self._evaluated:
            self._evaluated[key] = source.batch(range(source.count), columns_of(feeds), evaluation_epoch(evaluation))
        batch = tensors(self._evaluated[key], run.device)
        batch.update(self.drawn_for_all(feeds, step))
        return batch

    def source_of(self, data: str) -> Dataset:
        """A set that is evaluated; with `train on each` the sample at hand."""
        return self._source if self._is_each and self._source is not None else self._run.room.open(data)

    def drawn_for_all(self, feeds: list[Feed], step: int) -> dict[str, Tensor]:
        """Draws of an evaluation, texts and weights."""
        run = self._run

        def draw(feed: Feed) -> np.ndarray:
            # once for the whole set, the same numbers whenever it is evaluated
            source = feed["source"]
            return drawn(run.room.stream(f"{source['stream']}{self._of}"), source["distribution"], feed["shape"], 0)

        return self._others(feeds, step, draw)

    def _others(self, feeds: list[Feed], step: int, draw: Callable[[Feed], np.ndarray]) -> dict[str, Tensor]:
        """All that is no column: draws, texts and scheduled weights."""
        found: dict[str, Tensor] = {}
        for feed in feeds:
            source, name = feed["source"], feed["name"]
            if source["kind"] == "random":
                found.update(tensors({name: draw(feed)}, self._run.device))
            elif source["kind"] == "texts":
                found[name] = self.texts[f"{source['table']}.{source['part']}"]
            elif source["kind"] == "weight":
                value = weight_at(self._ramp(source), step, self.steps_per_epoch)
                found[name] = torch.tensor(value, dtype=torch.float32, device=self._run.device)
        return found

    def _ramp(self, source: Json) -> Json:
        if "ramp" in source:
            return source["ramp"]
        terms = self._stage["terms"]
        return next(term["weight"] for term in terms if term["weight"].get("name") == source["name"])

    def close(self) -> None:
        """No more is read."""
        self._pool.shutdown(cancel_futures=True)
