"""One stage: its steps, evaluations, proofs and checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from .ahead import Ahead, FeaturesLeft
from .averages import Averages
from .batches import StageBatches, evaluation_epoch
from .checkpoint import write_checkpoint
from .clock import StageClock
from .distributed import agree, is_distributed, rank
from .each_sample import SampleTurn, over_samples, save_sample, start_values
from .evaluations import Patience, StageEvaluations, combined_metrics, metric_values
from .faults import RunFault
from .figures import StageFigures
from .generation import generated_texts
from .optimisers import StageOptimisers, clip_gradients, gradient_norm
from .resume import read_best, restore_slots
from .run import Run, changed_by
from .schedules import duration_in_steps, rate_at
from .search import SearchLeft, run_search
from .sharding import average_whole
from .text_measures import measure_texts, shown_texts
from .told import nonfinite_fault, plan_event, step_event
from .weights import Floats, digest, write_tensors

Json = dict[str, Any]

#: seconds between checkpoints, of which no more than a twentieth of the time goes into them
_CHECKPOINT_INTERVAL = 20.0


class StageRun:
    """Trains and evaluates one stage."""

    def __init__(self, run: Run, stage: Json) -> None:
        self._run, self._stage = run, stage
        self._batches = StageBatches(run, stage)
        self._ahead = Ahead(run, stage)
        self._figures = StageFigures(run, stage, self._batches)
        planned, per_epoch = self._batches.planned, self._batches.steps_per_epoch
        most = planned if run.most_steps is None else min(run.most_steps, planned)
        self._clock = StageClock(stage, per_epoch, most, self._batches.samples)
        parameters = run.weights.parameters()
        self._averages = Averages(stage, parameters)
        self._optimisers = StageOptimisers(run.program, stage, parameters)
        self._evaluations, self._patience = self._stage_evaluations(), self._new_patience()
        self._started: dict[str, str] = {}
        #: with `train on each`: the sample at hand, what those before it came to, which tensors moved for some of them
        self._turn: SampleTurn | None = None
        self._done: list[Json] = []
        self._moved_tensors: set[str] = set()
        #: digests of what the restart at hand started from
        self._started_from: dict[str, str] = {}
        #: where a checkpoint left the sample at hand
        self._left: Json | None = None
        self._best_values: dict[str, Floats] | None = None
        self._resume()

    def _resume(self) -> None:
        """Goes on where a checkpoint left the stage."""
        run, checkpoint = self._run, self._run.resumed
        if checkpoint is None:
            return
        run.resumed, state = None, checkpoint.state
        self._clock.restore(state)
        self._started = dict(state["started"])
        self._done, self._moved_tensors = list(state.get("samples", [])), set(state.get("turn", {}).get("moved", []))
        self._go_on(state)
        restore_slots(run, checkpoint, self._optimisers, self._averages, self._clock.local_step)
        if self._stage.get("each") is True and self._clock.sample_step > 0:
            self._left = state

    def _go_on(self, state: Json) -> None:
        """What was selected, and how long is waited for better."""
        self._evaluations.best, self._evaluations.selected = state.get("best"), state.get("selected")
        self._evaluations.results = list(state["results"])
        if self._patience is not None:
            self._patience.state = state.get("patience")

    def _stage_evaluations(self) -> StageEvaluations:
        run, stage = self._run, self._stage
        begun_at = self._clock.begun_at

        def emit(event: str, **content: Any) -> None:
            # within a sample steps are its own
            placed = {"step": content["step"] + begun_at} if "step" in content else {}
            run.folder.emit(event, **{**content, **placed})

        per_epoch = self._clock.steps_per_epoch
        return StageEvaluations(run.program, stage, per_epoch, self._measure, emit, self._save_best, self._load_best)

    def _new_patience(self) -> Patience | None:
        return Patience(self._stage["stop"], self._clock.steps_per_epoch) if "stop" in self._stage else None

    def run(self) -> str:
        """`complete` or `interrupted`."""
        run, stage = self._run, self._stage
        clock = self._clock
        kept = stage["name"] in run.feeds["features"]
        run.folder.emit("plan", **plan_event(run.program, stage, clock.steps, clock.steps_per_epoch, kept))
        self._enter()
        with torch.no_grad():
            self._constants = run.module(run.objective.constants, self._batches.texts, stage["name"])
        self._constants = {**self._constants, **self._data_values(changes=False)}
        self._ahead.constants = self._constants
        self._started = self._started or {name: digest(value) for name, value in run.read(run.changing).items()}
        status = self._each_sample() if stage.get("each") is True else self._once()
        self._batches.close()
        if status == "interrupted":
            self._checkpoint("interrupt")
            return status
        self._combine()
        self._certify()
        self._checkpoint("end")
        run.earlier.extend(self._evaluations.results)
        run.folder.write_metrics(run.earlier)
        return "complete"

    def _once(self) -> str:
        """The stage over its whole data."""
        try:
            self._batches.features = self._ahead.of_step() if self._batches.trains else None
        except FeaturesLeft:
            return "interrupted"
        status = self._train() if self._batches.trains else self._search()
        if status == "complete":
            # what is left, evaluated and handed on are the averages
            self._averages.swap()
            self._moved_tensors = self._moved(self._started)
            self._evaluations.run_final(self._clock.step)
            self._draw_figures(self._figures.all)
        return status

    def _enter(self) -> None:
        """Which parts train, and how their norms behave."""
        self._run.model.enter(self._stage["name"])  # type: ignore[operator]

    # ── steps ──

    def _train(self) -> str:
        run, stage, clock, per_epoch = self._run, self._stage, self._clock, self._clock.steps_per_epoch
        module: nn.Module = run.module
        if run.sharded is None and is_distributed():
            devices = [run.device.index] if run.device.type == "cuda" else None
            module = DistributedDataParallel(module, devices, find_unused_parameters=True, forward_sync_buffers=False)
        every = duration_in_steps(stage["checkpoint"], per_epoch) if "checkpoint" in stage else None
        epoch_start = written = time.monotonic()
        cost = 0.0
        while True:
            with self._averages.during():
                self._evaluations.run_due(clock.sample_step)
                shown = self._figures.due(clock.sample_step, clock.steps // clock.samples, per_epoch)
                self._draw_figures(shown, clock.sample_step)
            patience, results = self._patience, self._evaluations.results
            is_over = clock.is_restart_over or (patience is not None and patience.is_over(clock.sample_step, results))
            if is_over and clock.is_last_restart:
                return "complete"
            due = every is not None and clock.step > 0 and clock.step % max(1, every) == 0
            if agree(due or time.monotonic() - written >= max(_CHECKPOINT_INTERVAL, 20 * cost)):
                begun = time.monotonic()
                self._checkpoint("interval")
                written = time.monotonic()
                cost = written - begun
            if is_over:
                self._begin_restart()
            if agree(run.interrupted()):
                return "interrupted"
            self._one_step(module)
            if self._turn is None and clock.step % per_epoch == 0:
                ms = (time.monotonic() - epoch_start) * 1000
                run.folder.emit("epoch", stage=stage["name"], epoch=clock.step // per_epoch, ms=ms)
                epoch_start = time.monotonic()

    def _one_step(self, module: nn.Module) -> None:
        """One update, of one batch or the mean gradient of several."""
        run, stage, clock, tensors = self._run, self._stage, self._clock, self._optimisers.tensors
        started = time.monotonic()
        rate = rate_at(stage["schedule"], clock.local_step, self._batches.planned, clock.steps_per_epoch)
        formula, of = run.objective.STEPS[stage["name"]], stage.get("accumulate", 1)
        self._optimisers.zero()
        values: list[dict[str, float]] = []
        for micro in range(of):
            number = clock.sample_step * of + micro
            # the streams of a sample are its own, and begin with it
            counter = run.counter + micro if self._turn is None else number
            batch = self._batches.take(number, counter, clock.local_step, clock.per_sample * of)
            waits = isinstance(module, DistributedDataParallel) and micro < of - 1
            with module.no_sync() if waits else nullcontext():  # type: ignore[operator]
                outputs = module(formula, batch, self._constants)
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

    # ── restarts, and samples each by itself ──

    def _begin_restart(self) -> None:
        """`restarts: 3 keep best`: the end of this one is measured, then everything that trains is drawn anew."""
        with self._averages.during():
            self._evaluations.run_selecting(self._clock.sample_step)
        self._clock.restart += 1
        self._begin_anew(self._start_values())

    def _start_values(self) -> dict[str, Floats]:
        values = start_values(self._run, self._stage, self._batches, self._turn, self._clock.restart, self._constants)
        self._enter()
        return values

    def _begin_anew(self, values: dict[str, Floats]) -> None:
        self._run.weights.write(values)
        self._optimisers.forget()
        self._started_from = {name: digest(value) for name, value in values.items()}
        self._averages.begin()
        self._patience = self._new_patience()
        self._clock.restarted_at = self._clock.step

    def _each_sample(self) -> str:
        """`train on each d`."""
        for at in range(len(self._done), self._clock.samples):
            self._begin_sample(at)
            if self._train() == "interrupted":
                return "interrupted"
            self._averages.swap()
            self._end_sample()
            if agree(self._run.interrupted()):
                return "interrupted"
        self._evaluations.results = over_samples(self._stage["evaluations"], self._done)
        for result in self._evaluations.results:
            told = {key: value for key, value in result.items() if key != "mark"}
            self._run.folder.emit("eval", **{**told, "step": self._clock.step})
        return "complete"

    def _begin_sample(self, at: int) -> None:
        run, clock = self._run, self._clock
        left, self._left = self._left, None
        if left is None:
            clock.begin_sample()
        name, source = self._batches.alone(at)
        self._turn = SampleTurn(at, name, source)
        self._batches.begin_sample(name, source)
        run.folder.emit(
            "sample",
            stage=self._stage["name"],
            at=at + 1,
            of=clock.samples,
            name=name,
            begunAt=clock.begun_at,
            steps=clock.per_sample,
        )
        self._evaluations, self._best_values = self._stage_evaluations(), None
        values = self._start_values()
        if left is None:
            self._begin_anew(values)
        else:
            self._go_on(left)
            self._started_from = {tensor: digest(value) for tensor, value in values.items()}

    def _end_sample(self) -> None:
        """The selected parameters of the sample are evaluated and kept. A run that is resumed never comes back behind this."""
        clock, evaluations, turn = self._clock, self._evaluations, self._turn
        assert turn is not None
        self._moved_tensors |= self._moved(self._started_from)
        evaluations.run_final(clock.sample_step)
        self._draw_figures(self._figures.all)
        save_sample(self._run, turn, evaluations.best["step"] if evaluations.best else clock.sample_step)
        self._done.append({"name": turn.name, "steps": clock.sample_step, "results": evaluations.results})
        self._turn = None
        clock.begin_sample()
        self._evaluations, self._patience = self._stage_evaluations(), self._new_patience()
        self._checkpoint("interval")

    def _search(self) -> str:
        """The best candidate, where the stage has no gradient. It counts as one step."""
        run, stage = self._run, self._stage
        if "search" not in stage or self._clock.step > 0:
            return "complete"
        try:
            run_search(run, stage, self._batches, self._constants)
        except SearchLeft:
            return "interrupted"
        self._enter()
        self._clock.step = self._clock.steps = 1
        run.run_step += 1
        run.counter += 1
        return "complete"

    # ── evaluations ──

    def _measure(self, evaluation: Json) -> list[Json]:
        self._ahead.constants = {**self._constants, **self._data_values(changes=True)}
        formula = self._run.objective.EVALUATIONS[evaluation["metrics"]["id"].removesuffix("/metrics")]
        metrics: list[Any] = [metric_values(evaluation, self._worked_out(evaluation, formula))]
        if is_distributed():
            # what selects and stops is decided by the same numbers everywhere
            dist.broadcast_object_list(metrics, src=0)
        return metrics[0]

    def _worked_out(self, of: Json, formula: Callable[..., dict[str, Tensor]]) -> dict[str, Tensor]:
        """What a function makes of a whole set, with the parameters as they are."""
        run, step = self._run, self._clock.local_step
        batch = self._batches.evaluation(of, step)
        run.model.eval()
        epoch, others = evaluation_epoch(of), partial(self._batches.drawn_for_all, step=step)
        batch.update(self._ahead.of_evaluation(of, epoch, others))
        with torch.no_grad():
            self._compare_texts(of, batch, others)
            outputs = run.module(formula, batch, self._ahead.constants)
        self._enter()
        return outputs

    def _data_values(self, changes: bool) -> dict[str, Tensor]:
        """Values over whole data sets: those that stay the same in this stage, or those that its training changes."""
        found: dict[str, Tensor] = {}
        for values in self._stage.get("dataValues", []):
            if values.get("changes", False) != changes:
                continue
            # those first that others read
            self._ahead.constants = {**self._constants, **found}
            formula = self._run.objective.VALUES[values["metrics"]["id"].removesuffix("/metrics")]
            for name, value in self._worked_out(values, formula).items():
                if value.is_floating_point() and not value.isfinite().all():
                    help_ = "look for a division, a logarithm or a root of zero in its formula"
                    raise RunFault("numerical", "CX8223", f"{values['name']}: `{name}` is not finite", help_)
                found[name] = value
        return found

    def _draw_figures(self, drawings: list[tuple[Json, Json]], step: int | None = None) -> None:
        # of samples that have parameters of their own the first one is drawn
        if drawings and not self._done:
            constants = {**self._constants, **self._data_values(changes=True)}
            self._figures.draw(drawings, self._clock.local_step, constants, step)

    def _compare_texts(self, evaluation: Json, batch: dict[str, Any], others: Any) -> None:
        """Numbers that compare texts, and what was generated for them."""
        self._evaluations.texts = []
        if "texts" not in evaluation:
            return
        source = self._run.room.open(evaluation["data"])
        written = generated_texts(self._run, evaluation, self._ahead.constants, others)
        for name, number in measure_texts(evaluation, source, written).items():
            batch[name] = torch.tensor(number, dtype=torch.get_default_dtype(), device=self._run.device)
        self._evaluations.texts = shown_texts(evaluation, source, written)

    def _combine(self) -> None:
        """Metrics of metrics, known only now."""
        run, results = self._run, self._evaluations.results
        metrics = combined_metrics(run.program, run.earlier, results)
        if not metrics:
            return
        place: Json = {"stage": self._stage["name"], "evaluation": "combined", "data": "combined"}
        shared: Json = {**place, "step": self._clock.step, "samples": 0, "best": False, "metrics": metrics}
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

    def _moved(self, start: dict[str, str]) -> set[str]:
        """Trainable tensors that differ from what they started from."""
        now = self._run.read(self._stage["trainable"])
        return {name for name, value in now.items() if digest(value) != start[name]}

    def _certify(self) -> None:
        """What must not change has the digest that it began with."""
        run = self._run
        still = [name for name in self._stage["trainable"] if name not in self._moved_tensors]
        # the best candidate of a search may be what was there
        if still and self._clock.step > 0 and "search" not in self._stage:
            more = f" and {len(still) - 6} more" if len(still) > 6 else ""
            message = f"trainable, but never moved: {', '.join(f'`{name}`' for name in still[:6])}{more}"
            run.folder.emit("warning", code="CX8232", message=message)
        changed = changed_by(self._stage)
        expected = {**run.frozen, **{name: value for name, value in self._started.items() if name not in changed}}
        now = {name: digest(value) for name, value in run.read(list(expected)).items()}
        drifted = [f"`{name}`" for name, value in now.items() if value != expected[name]]
        if drifted:
            raise RunFault("proof", "CX8231", f"frozen and yet changed: {', '.join(drifted[:6])}")
        trained = len(self._stage["trainable"])
        run.folder.emit(
            "certificate", frozen=len(expected), verified=len(now), trained=trained, moved=trained - len(still)
        )

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
                "step": self._clock.step,
                "steps": self._clock.steps,
                "started": self._started,
                "results": evaluations.results,
                "earlier": run.earlier,
                **({"best": evaluations.best} if evaluations.best else {}),
                **({"selected": evaluations.selected} if evaluations.selected else {}),
                **({"patience": patience} if patience else {}),
                **self._clock.turn(self._moved_tensors),
                **({"samples": self._done} if stage.get("each") is True else {}),
                **({"finished": True} if is_end else {}),
            }
        write_checkpoint(run, reason, slots, position)
        best = {"best": evaluations.best} if evaluations.best else {}
        run.folder.update(stage=stage["name"], step=self._clock.step, steps=self._clock.steps, **best)
