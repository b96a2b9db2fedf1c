"""One stage: its steps, evaluations, proofs and checkpoints."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from .averages import Averages
from .batches import StageBatches
from .checkpoint import write_checkpoint
from .distributed import agree, is_distributed, rank
from .evaluations import Patience, StageEvaluations, combined_metrics, metric_values
from .faults import RunFault
from .optimisers import StageOptimisers, clip_gradients, gradient_norm
from .resume import read_best, restore_slots
from .run import Run, changed_by
from .schedules import duration_in_steps, rate_at
from .search import SearchLeft, run_search
from .sharding import average_whole
from .told import nonfinite_fault, plan_event, step_event
from .weights import Floats, digest, write_tensors

Json = dict[str, Any]

#: seconds between checkpoints, of which no more than a twentieth of the time goes into them
_CHECKPOINT_INTERVAL = 20.0


class StageRun:
    """Trains and evaluates one stage."""

    def __init__(self, run: Run, stage: Json) -> None:
        self._run, self._stage = run, stage
        self._step = 0
        self._batches = StageBatches(run, stage)
        self._steps_per_epoch, planned = self._batches.steps_per_epoch, self._batches.planned
        self._steps = planned if run.most_steps is None else min(run.most_steps, planned)
        parameters = run.weights.parameters()
        self._averages = Averages(stage, parameters)
        self._optimisers = StageOptimisers(run.program, stage, parameters)
        emit, per_epoch = run.folder.emit, self._steps_per_epoch
        self._evaluations = StageEvaluations(
            run.program, stage, per_epoch, self._measure, emit, self._save_best, self._load_best
        )
        self._patience = Patience(stage["stop"], per_epoch) if "stop" in stage else None
        self._started: dict[str, str] = {}
        self._best_values: dict[str, Floats] | None = None
        self._resume()

    def _resume(self) -> None:
        """Goes on where a checkpoint left the stage."""
        run, checkpoint = self._run, self._run.resumed
        if checkpoint is None:
            return
        run.resumed, state = None, checkpoint.state
        self._step, self._started = state["step"], dict(state["started"])
        self._evaluations.best, self._evaluations.selected = state.get("best"), state.get("selected")
        self._evaluations.results = list(state["results"])
        if self._patience is not None:
            self._patience.state = state.get("patience")
        restore_slots(run, checkpoint, self._optimisers, self._averages, self._step)

    def run(self) -> str:
        """`complete` or `interrupted`."""
        run, stage = self._run, self._stage
        run.folder.emit("plan", **plan_event(run.program, stage, self._steps, self._steps_per_epoch))
        self._enter()
        with torch.no_grad():
            self._constants = run.module(run.objective.constants, self._batches.texts, stage["name"])
        self._started = self._started or {name: digest(value) for name, value in run.read(run.changing).items()}
        status = self._train() if self._batches.trains else self._search()
        self._batches.close()
        if status == "interrupted":
            self._checkpoint("interrupt")
            return status
        # what is left, evaluated and handed on are the averages
        self._averages.swap()
        moved = self._moved()
        self._evaluations.run_final(self._step)
        self._combine()
        self._certify(moved)
        self._checkpoint("end")
        run.earlier.extend(self._evaluations.results)
        run.folder.write_metrics(run.earlier)
        return "complete"

    def _enter(self) -> None:
        """Which parts train, and how their norms behave."""
        self._run.model.enter(self._stage["name"])  # type: ignore[operator]

    # ── steps ──

    def _train(self) -> str:
        run, stage, per_epoch = self._run, self._stage, self._steps_per_epoch
        module: nn.Module = run.module
        if run.sharded is None and is_distributed():
            devices = [run.device.index] if run.device.type == "cuda" else None
            module = DistributedDataParallel(module, devices, find_unused_parameters=True, forward_sync_buffers=False)
        every = duration_in_steps(stage["checkpoint"], per_epoch) if "checkpoint" in stage else None
        epoch_start = written = time.monotonic()
        cost = 0.0
        while True:
            with self._averages.during():
                self._evaluations.run_due(self._step)
            waited = self._patience is not None and self._patience.is_over(self._step, self._evaluations.results)
            if self._step >= self._steps or waited:
                return "complete"
            due = every is not None and self._step > 0 and self._step % max(1, every) == 0
            if agree(due or time.monotonic() - written >= max(_CHECKPOINT_INTERVAL, 20 * cost)):
                begun = time.monotonic()
                self._checkpoint("interval")
                written = time.monotonic()
                cost = written - begun
            if agree(run.interrupted()):
                return "interrupted"
            self._one_step(module)
            if self._step % per_epoch == 0:
                ms = (time.monotonic() - epoch_start) * 1000
                run.folder.emit("epoch", stage=stage["name"], epoch=self._step // per_epoch, ms=ms)
                epoch_start = time.monotonic()

    def _one_step(self, module: nn.Module) -> None:
        """One update, of one batch or the mean gradient of several."""
        run, stage, tensors = self._run, self._stage, self._optimisers.tensors
        started = time.monotonic()
        rate = rate_at(stage["schedule"], self._step, self._batches.planned, self._steps_per_epoch)
        formula, of = run.objective.STEPS[stage["name"]], stage.get("accumulate", 1)
        self._optimisers.zero()
        values: list[dict[str, float]] = []
        for micro in range(of):
            number = self._step * of + micro
            batch = self._batches.take(number, run.counter + micro, self._step, self._steps * of)
            waits = isinstance(module, DistributedDataParallel) and micro < of - 1
            with module.no_sync() if waits else nullcontext():  # type: ignore[operator]
                outputs = module(formula, batch, self._constants)
                (outputs["objective"] / of).backward()
            values.append({name: value.item() for name, value in outputs.items()})
        if run.sharded is not None:
            average_whole(tensors)
        norm = gradient_norm(tensors)
        event = step_event(stage, values, norm, self._step, self._steps_per_epoch)
        fault = nonfinite_fault(event)
        if fault is None:
            clip_gradients(tensors, norm, stage.get("clipGradient"))
            self._optimisers.step(rate)
            self._averages.follow()
        base = stage["groups"][0]["learningRate"] if stage["groups"] else 0
        run.folder.emit("step", **event, learningRate=rate * base, ms=(time.monotonic() - started) * 1000)
        if fault is not None:
            raise fault
        self._step += 1
        run.run_step += 1
        run.counter += of

    def _search(self) -> str:
        """The best candidate, where the stage has no gradient. It counts as one step."""
        run, stage = self._run, self._stage
        if "search" not in stage or self._step > 0:
            return "complete"
        try:
            run_search(run, stage, self._batches, self._constants)
        except SearchLeft:
            return "interrupted"
        self._enter()
        self._step = self._steps = 1
        run.run_step += 1
        run.counter += 1
        return "complete"

    # ── evaluations ──

    def _measure(self, evaluation: Json) -> list[Json]:
        run = self._run
        batch = self._batches.evaluation(evaluation, self._step)
        formula = run.objective.EVALUATIONS[evaluation["metrics"]["id"].removesuffix("/metrics")]
        run.model.eval()
        with torch.no_grad():
            outputs = run.module(formula, batch, self._constants)
        self._enter()
        metrics: list[Any] = [metric_values(evaluation, outputs)]
        if is_distributed():
            # what selects and stops is decided by the same numbers everywhere
            dist.broadcast_object_list(metrics, src=0)
        return metrics[0]

    def _combine(self) -> None:
        """Metrics of metrics, known only now."""
        run, results = self._run, self._evaluations.results
        metrics = combined_metrics(run.program, run.earlier, results)
        if not metrics:
            return
        place: Json = {"stage": self._stage["name"], "evaluation": "combined", "data": "combined"}
        shared: Json = {**place, "step": self._step, "samples": 0, "best": False, "metrics": metrics}
        self._evaluations.results = [*results, shared]
        run.folder.emit("eval", **shared)

    def _save_best(self, best: Json) -> None:
        run = self._run
        # copies: what is read on a CPU is the memory that goes on training
        self._best_values = {name: value.copy() for name, value in run.read(run.changing).items()}
        if rank() != 0:
            return
        path = run.folder.path / "best" / "weights.safetensors"
        metadata = {"step": str(best["step"]), "metric": best["metric"], "value": str(best["value"])}
        size, _ = write_tensors(path, self._best_values, metadata)
        run.folder.emit("checkpoint", step=best["step"], path=str(path), bytes=size, reason="best")

    def _load_best(self) -> None:
        if self._best_values is None and self._evaluations.best is not None:
            self._best_values = read_best(self._run.folder.path, self._evaluations.best)
        self._run.weights.write(self._best_values or {})

    # ── proofs and checkpoints ──

    def _moved(self) -> int:
        """How many trainable tensors differ from what they started from."""
        trainable = self._stage["trainable"]
        now = {name: digest(value) for name, value in self._run.read(trainable).items()}
        still = [name for name in trainable if now[name] == self._started[name]]
        # the best candidate of a search may be what was there
        if still and self._step > 0 and "search" not in self._stage:
            more = f" and {len(still) - 6} more" if len(still) > 6 else ""
            message = f"trainable, but never moved: {', '.join(f'`{name}`' for name in still[:6])}{more}"
            self._run.folder.emit("warning", code="CX8232", message=message)
        return len(now) - len(still)

    def _certify(self, moved: int) -> None:
        """What must not change has the digest that it began with."""
        run = self._run
        changed = changed_by(self._stage)
        expected = {**run.frozen, **{name: value for name, value in self._started.items() if name not in changed}}
        now = {name: digest(value) for name, value in run.read(list(expected)).items()}
        drifted = [f"`{name}`" for name, value in now.items() if value != expected[name]]
        if drifted:
            raise RunFault("proof", "CX8231", f"frozen and yet changed: {', '.join(drifted[:6])}")
        trained = len(self._stage["trainable"])
        run.folder.emit("certificate", frozen=len(expected), verified=len(now), trained=trained, moved=moved)

    def _checkpoint(self, reason: str) -> None:
        """The end of a stage is the beginning of the next; that of the last one is the end of the run."""
        run, stage, evaluations = self._run, self._stage, self._evaluations
        stages, is_end = run.program["stages"], reason == "end"
        slots = self._optimisers.slots()
        if not is_end:
            slots.update({f"{name}/average": value for name, value in self._averages.values.items()})
        patience = None if self._patience is None else self._patience.state
        if is_end and stage is not stages[-1]:
            following = stages[stages.index(stage) + 1]["name"]
            after = [*run.earlier, *evaluations.results]
            position: Json = {"stage": following, "step": 0, "steps": 0, "started": {}, "results": [], "earlier": after}
        else:
            position = {
                "stage": stage["name"],
                "step": self._step,
                "steps": self._steps,
                "started": self._started,
                "results": evaluations.results,
                "earlier": run.earlier,
                **({"best": evaluations.best} if evaluations.best else {}),
                **({"selected": evaluations.selected} if evaluations.selected else {}),
                **({"patience": patience} if patience else {}),
                **({"finished": True} if is_end else {}),
            }
        write_checkpoint(run, reason, slots, position)
        best = {"best": evaluations.best} if evaluations.best else {}
        run.folder.update(stage=stage["name"], step=self._step, steps=self._steps, **best)
