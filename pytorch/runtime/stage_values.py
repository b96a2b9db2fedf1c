"""What functions of a stage make of whole sets: its constants, values over data sets, metrics, and texts that are generated for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from .ahead import Ahead, FeatureTable
from .batches import StageBatches, evaluation_epoch
from .clock import StageClock
from .distributed import is_distributed
from .evaluations import Measured, metric_values
from .faults import RunFault
from .generation import generated_texts
from .run import Run
from .text_measures import measure_texts, shown_texts

Json = dict[str, Any]
Values = dict[str, Tensor]


class StageValues:
    """Values of one stage, with the parameters as they are when they are asked for."""

    def __init__(self, run: Run, stage: Json, batches: StageBatches, clock: StageClock) -> None:
        self._run, self._stage, self._batches, self._clock = run, stage, batches, clock
        self._ahead = Ahead(run, stage)
        #: what neither a sample nor the training of the stage changes
        self.constants: Values = {}

    def begin(self) -> None:
        """Works out the constants."""
        run, stage = self._run, self._stage
        with torch.no_grad():
            self.constants = run.module(run.objective.constants, self._batches.texts, stage["name"])
        self.constants = {**self.constants, **self._over_sets(changes=False)}
        self._ahead.constants = self.constants

    def features(self) -> FeatureTable | None:
        """What the steps find in their batches besides columns and draws. `FeaturesLeft` where the run shall stop."""
        return self._ahead.of_step()

    def now(self) -> Values:
        """The constants, and what the training changes of the values over data sets."""
        return {**self.constants, **self._over_sets(changes=True)}

    def measure(self, evaluation: Json) -> Measured:
        """Metrics of an evaluation, and the texts that it shows."""
        self._ahead.constants = self.now()
        formula = self._run.objective.EVALUATIONS[evaluation["metrics"]["id"].removesuffix("/metrics")]
        outputs, texts = self._worked_out(evaluation, formula)
        metrics: list[Any] = [metric_values(evaluation, outputs)]
        if is_distributed():
            # what selects and stops is decided by the same numbers everywhere
            dist.broadcast_object_list(metrics, src=0)
        return metrics[0], texts

    def _over_sets(self, changes: bool) -> Values:
        """Values over whole data sets: those that stay the same in this stage, or those that its training changes."""
        found: Values = {}
        for values in self._stage.get("dataValues", []):
            if values.get("changes", False) != changes:
                continue
            # those first that others read
            self._ahead.constants = {**self.constants, **found}
            formula = self._run.objective.VALUES[values["metrics"]["id"].removesuffix("/metrics")]
            for name, value in self._worked_out(values, formula)[0].items():
                if value.is_floating_point() and not value.isfinite().all():
                    help_text = "look for a division, a logarithm or a root of zero in its formula"
                    raise RunFault("numerical", "CX8223", f"{values['name']}: `{name}` is not finite", help_text)
                found[name] = value
        return found

    def _worked_out(self, of: Json, formula: Callable[..., Values]) -> tuple[Values, list[Json]]:
        """What a function makes of a whole set."""
        run, step = self._run, self._clock.local_step
        batch = self._batches.evaluation(of, step)
        run.model.eval()
        epoch, others = evaluation_epoch(of), partial(self._batches.drawn_for_all, step=step)
        batch.update(self._ahead.of_evaluation(of, epoch, others))
        with torch.no_grad():
            texts = self._compare_texts(of, batch, others)
            outputs = run.module(formula, batch, self._ahead.constants)
        run.enter(self._stage)
        return outputs, texts

    def _compare_texts(self, evaluation: Json, batch: dict[str, Any], others: Any) -> list[Json]:
        """Puts numbers that compare texts into a batch; gives what was generated for the first samples."""
        if "texts" not in evaluation:
            return []
        source = self._run.room.open(evaluation["data"])
        written = generated_texts(self._run, evaluation, self._ahead.constants, others)
        for name, number in measure_texts(evaluation, source, written).items():
            batch[name] = torch.tensor(number, dtype=torch.get_default_dtype(), device=self._run.device)
        return shown_texts(evaluation, source, written)
