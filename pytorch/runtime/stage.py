"""One stage: its steps, evaluations, proofs and checkpoints."""

from __future__ import annotations

import time
from typing import Any

from .ahead import FeaturesLeft
from .averages import Averages
from .batches import StageBatches
from .best_parameters import BestParameters
from .checkpoint import write_checkpoint
from .clock import StageClock
from .distributed import agree, alone, is_distributed, rank, world_size
from .each_sample import SampleTurn, over_samples, save_sample, start_values
from .evaluations import Patience, StageEvaluations, combined_metrics
from .faults import RunFault
from .figures import StageFigures
from .optimisers import StageOptimisers
from .resume import restore_slots
from .run import Run
from .schedules import duration_in_steps
from .search import SearchLeft, run_search
from .shared_samples import SampleEnd, SampleShare, exchanged, told_later
from .stage_proofs import StageProofs
from .stage_steps import StageSteps
from .stage_values import StageValues
from .told import plan_event
from .weights import Floats, digest

Json = dict[str, Any]

#: seconds between checkpoints, of which no more than a twentieth of the time goes into them
_CHECKPOINT_INTERVAL = 20.0


class StageRun:
    """Trains and evaluates one stage."""

    def __init__(self, run: Run, stage: Json) -> None:
        self._run, self._stage = run, stage
        self._batches = StageBatches(run, stage)
        self._figures = StageFigures(run, stage, self._batches)
        planned, per_epoch = self._batches.planned, self._batches.steps_per_epoch
        most = planned if run.most_steps is None else min(run.most_steps, planned)
        self._clock = StageClock(stage, per_epoch, most, self._batches.samples)
        parameters = run.weights.parameters()
        self._averages = Averages(stage, parameters)
        self._optimisers = StageOptimisers(run.program, stage, parameters)
        self._steps = StageSteps(run, stage, self._batches, self._clock, self._optimisers, self._averages)
        self._values = StageValues(run, stage, self._batches, self._clock)
        self._proofs, self._best = StageProofs(run, stage), BestParameters(run)
        self._evaluations, self._patience = self._stage_evaluations(), self._new_patience()
        #: with `train on each`: the sample at hand, and what those before it came to
        self._turn: SampleTurn | None = None
        self._done: list[Json] = []
        #: digests of what the restart at hand started from
        self._started_from: dict[str, str] = {}
        #: where a checkpoint left the sample at hand
        self._left: Json | None = None
        self._resume()

    def _resume(self) -> None:
        """Goes on where a checkpoint left the stage."""
        run, checkpoint = self._run, self._run.resumed
        if checkpoint is None:
            return
        run.resumed, state = None, checkpoint.state
        self._clock.restore(state)
        self._proofs.started, self._proofs.moved = dict(state["started"]), set(state.get("turn", {}).get("moved", []))
        self._done = list(state.get("samples", []))
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
        return StageEvaluations(run.program, stage, per_epoch, self._values.measure, emit, self._best)

    def _new_patience(self) -> Patience | None:
        return Patience(self._stage["stop"], self._clock.steps_per_epoch) if "stop" in self._stage else None

    def run(self) -> str:
        """`complete` or `interrupted`."""
        run, stage = self._run, self._stage
        clock = self._clock
        kept = stage["name"] in run.feeds["features"]
        run.folder.emit("plan", **plan_event(run.program, stage, clock.steps, clock.steps_per_epoch, kept))
        run.enter(stage)
        self._values.begin()
        self._proofs.begin()
        status = self._each_sample() if stage.get("each") is True else self._once()
        self._batches.close()
        if status == "interrupted":
            self._checkpoint("interrupt")
            return status
        self._combine()
        self._proofs.certify(clock.step)
        self._checkpoint("end")
        run.earlier.extend(self._evaluations.results)
        run.folder.write_metrics(run.earlier)
        return "complete"

    def _once(self) -> str:
        """The stage over its whole data."""
        try:
            self._batches.features = self._values.features() if self._batches.trains else None
        except FeaturesLeft:
            return "interrupted"
        status = self._train() if self._batches.trains else self._search()
        if status == "complete":
            # what is left, evaluated and handed on are the averages
            self._averages.swap()
            self._proofs.compare(self._proofs.started)
            self._evaluations.run_final(self._clock.step)
            self._draw_figures(self._figures.all)
        return status

    # ── steps ──

    def _train(self) -> str:
        run, stage, clock, per_epoch = self._run, self._stage, self._clock, self._clock.steps_per_epoch
        self._steps.begin()
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
            # of samples that several processes share there are checkpoints between them
            is_apart = self._turn is not None and run.folder.is_collected
            if agree(not is_apart and (due or time.monotonic() - written >= max(_CHECKPOINT_INTERVAL, 20 * cost))):
                begun = time.monotonic()
                self._checkpoint("interval")
                written = time.monotonic()
                cost = written - begun
            if is_over:
                self._begin_restart()
            if agree(run.interrupted()):
                return "interrupted"
            self._steps.take(self._values.constants)
            if self._turn is None and clock.step % per_epoch == 0:
                ms = (time.monotonic() - epoch_start) * 1000
                run.folder.emit("epoch", stage=stage["name"], epoch=clock.step // per_epoch, ms=ms)
                epoch_start = time.monotonic()

    # ── restarts, and samples each by itself ──

    def _begin_restart(self) -> None:
        """`restarts: 3 keep best`: the end of this one is measured, then everything that trains is drawn anew."""
        with self._averages.during():
            self._evaluations.run_selecting(self._clock.sample_step)
        self._clock.restart += 1
        self._begin_anew(self._start_values())

    def _start_values(self) -> dict[str, Floats]:
        run, constants = self._run, self._values.constants
        values = start_values(run, self._stage, self._batches, self._turn, self._clock.restart, constants)
        run.enter(self._stage)
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
        for at in range(len(self._done), self._clock.samples, world_size()):
            status = self._shared_samples(at) if is_distributed() else self._own_sample(at)
            if agree(status == "interrupted" or self._run.interrupted()):
                return "interrupted"
        self._evaluations.results = over_samples(self._stage["evaluations"], self._done)
        for result in self._evaluations.results:
            told = {key: value for key, value in result.items() if key != "mark"}
            self._run.folder.emit("eval", **{**told, "step": self._clock.step})
        return "complete"

    def _own_sample(self, at: int) -> str:
        """This sample, written down as it goes."""
        end = self._sample(at)
        if end is None:
            return "interrupted"
        self._keep_sample(end)
        return "complete"

    def _shared_samples(self, first: int) -> str:
        """A sample for each process, from this one on: each by itself, then all of them told of as if one had come after the other."""
        run, clock, own = self._run, self._clock, first + rank()
        if self._left is not None:
            message = f"stage {self._stage['name']}: the sample at hand was left in one process"
            raise RunFault("user", "CX8253", message, "go on in one process")
        begun, run_step, counter = clock.step, run.run_step, run.counter
        share = None
        with run.folder.collected() as events, alone():
            if own < clock.samples:
                share = SampleShare(events)
                try:
                    share.end = self._sample(own)
                except RunFault as fault:
                    share.fault = fault
                share.best, share.moved = self._best.selected, self._proofs.moved
        clock.step, run.run_step, run.counter = begun, run_step, counter
        self._next_sample()
        for one in exchanged(share):
            if one.fault is None and one.end is None:
                return "interrupted"
            for event, body in one.events:
                later = told_later(event, body, clock.step - begun, clock.steps_per_epoch, str(self._best.path))
                run.folder.emit(event, **later)
            if one.fault is not None:
                raise one.fault
            assert one.end is not None
            self._proofs.moved |= one.moved
            if one.best is not None:
                self._best.write(*one.best)
            run.weights.write(one.end.values)
            clock.step += one.end.steps
            run.run_step += one.end.steps
            run.counter += one.end.steps * self._stage.get("accumulate", 1)
            self._keep_sample(one.end)
        return "complete"

    def _sample(self, at: int) -> SampleEnd | None:
        """All that is optimised for one sample; none where it was interrupted."""
        self._begin_sample(at)
        if self._train() == "interrupted":
            return None
        self._averages.swap()
        return self._end_sample()

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
        self._best.forget()
        self._evaluations = self._stage_evaluations()
        values = self._start_values()
        if left is None:
            self._begin_anew(values)
        else:
            self._go_on(left)
            self._started_from = {tensor: digest(value) for tensor, value in values.items()}

    def _end_sample(self) -> SampleEnd:
        """The selected parameters of the sample are evaluated."""
        clock, evaluations, turn = self._clock, self._evaluations, self._turn
        assert turn is not None
        self._proofs.compare(self._started_from)
        evaluations.run_final(clock.sample_step)
        self._draw_figures(self._figures.all)
        step = evaluations.best["step"] if evaluations.best else clock.sample_step
        values = {name: value.copy() for name, value in self._run.read(self._run.changing).items()}
        return SampleEnd(turn.at, turn.name, clock.sample_step, evaluations.results, step, values)

    def _keep_sample(self, end: SampleEnd) -> None:
        """What was found for a sample is kept. A run that is resumed never comes back behind this."""
        save_sample(self._run, end)
        self._done.append({"name": end.name, "steps": end.steps, "results": end.results})
        self._next_sample()
        self._checkpoint("interval")

    def _next_sample(self) -> None:
        self._turn = None
        self._clock.begin_sample()
        self._evaluations, self._patience = self._stage_evaluations(), self._new_patience()

    def _search(self) -> str:
        """The best candidate, where the stage has no gradient. It counts as one step."""
        run, stage = self._run, self._stage
        if "search" not in stage or self._clock.step > 0:
            return "complete"
        try:
            run_search(run, stage, self._batches, self._values.constants)
        except SearchLeft:
            return "interrupted"
        run.enter(stage)
        self._clock.step = self._clock.steps = 1
        run.run_step += 1
        run.counter += 1
        return "complete"

    # ── evaluations ──

    def _draw_figures(self, drawings: list[tuple[Json, Json]], step: int | None = None) -> None:
        # of samples that have parameters of their own the first one is drawn
        if drawings and (self._turn is None or self._turn.at == 0):
            self._figures.draw(drawings, self._clock.local_step, self._values.now(), step)

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

    # ── checkpoints ──

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
                "started": self._proofs.started,
                "results": evaluations.results,
                "earlier": run.earlier,
                **({"best": evaluations.best} if evaluations.best else {}),
                **({"selected": evaluations.selected} if evaluations.selected else {}),
                **({"patience": patience} if patience else {}),
                **self._clock.turn(self._proofs.moved),
                **({"samples": self._done} if stage.get("each") is True else {}),
                **({"finished": True} if is_end else {}),
            }
        write_checkpoint(run, reason, slots, position)
        best = {"best": evaluations.best} if evaluations.best else {}
        run.folder.update(stage=stage["name"], step=self._clock.step, steps=self._clock.steps, **best)
