"""Updates of what a stage trains."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Any

from torch import nn
from torch.nn.parallel import DistributedDataParallel

from .averages import Averages
from .batches import StageBatches
from .clock import StageClock
from .distributed import is_distributed
from .optimisers import StageOptimisers, clip_gradients, gradient_norm
from .run import Run
from .schedules import rate_at
from .sharding import average_whole
from .told import nonfinite_fault, step_event

Json = dict[str, Any]


class StageSteps:
    """One update after the other, each of one batch or the mean gradient of several."""

    def __init__(
        self,
        run: Run,
        stage: Json,
        batches: StageBatches,
        clock: StageClock,
        optimisers: StageOptimisers,
        averages: Averages,
    ) -> None:
        self._run, self._stage, self._batches, self._clock = run, stage, batches, clock
        self._optimisers, self._averages = optimisers, averages
        self._module: nn.Module = run.module

    def begin(self) -> None:
        """Once it is known which parts train."""
        run = self._run
        self._module = run.module
        if run.sharded is None and is_distributed():
            devices = [run.device.index] if run.device.type == "cuda" else None
            self._module = DistributedDataParallel(
                run.module, devices, find_unused_parameters=True, forward_sync_buffers=False
            )

    def take(self, constants: Any) -> None:
        """One update."""
        run, stage, clock, tensors = self._run, self._stage, self._clock, self._optimisers.tensors
        module = self._module
        started = time.monotonic()
        rate = rate_at(stage["schedule"], clock.local_step, self._batches.planned, clock.steps_per_epoch)
        formula, of = run.objective.STEPS[stage["name"]], stage.get("accumulate", 1)
        self._optimisers.zero()
        values: list[dict[str, float]] = []
        for micro in range(of):
            number = clock.sample_step * of + micro
            # the streams of a sample are its own, and begin with it
            counter = number if stage.get("each") is True else run.counter + micro
            batch = self._batches.take(number, counter, clock.local_step, clock.per_sample * of)
            waits = isinstance(module, DistributedDataParallel) and micro < of - 1
            with module.no_sync() if waits else nullcontext():  # type: ignore[operator]
                outputs = module(formula, batch, constants)
                (outputs["objective"] / of).backward()
            values.append({name: value.item() for name, value in outputs.items()})
        if run.sharded is not None:
            average_whole(tensors)
        norm = gradient_norm(tensors)
        event = step_event(stage, values, norm, clock)
        fault = nonfinite_fault(event)
        if fault is None:
            clip_gradients(tensors, norm, stage.get("clipGradient"))
            self._optimisers.step(rate)
            self._averages.follow()
        base = stage["groups"][0]["learningRate"] if stage["groups"] else 0
        run.folder.emit("step", **event, learningRate=rate * base, ms=(time.monotonic() - started) * 1000)
        if fault is not None:
            raise fault
        clock.step += 1
        run.run_step += 1
        run.counter += of
