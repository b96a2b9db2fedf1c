"""`train on each d`: one optimisation after another, each of one sample, from a start of its own; `restarts:` from other draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from .batches import StageBatches
from .data import Dataset
from .distributed import rank
from .run import Run, changed_by
from .shared_samples import SampleEnd
from .weights import Floats, drawn_start, write_tensors

Json = dict[str, Any]


@dataclass(frozen=True)
class SampleTurn:
    """The sample at hand. Its random streams have its name in their keys, so that its numbers do not hang on which others run."""

    #: its number in the data set
    at: int
    name: str
    #: the sample as a set of its own
    source: Dataset


def start_values(
    run: Run, stage: Json, batches: StageBatches, turn: SampleTurn | None, restart: int, constants: Any
) -> dict[str, Floats]:
    """What the tensors that a stage changes start from: drawn anew for each sample and restart, or worked out of the sample."""
    draw = ("" if turn is None else f"@{turn.name}") + ("" if restart == 0 else f"#{restart}")
    changed, values = changed_by(stage), dict[str, Floats]()
    for parameter in run.program["parameters"]:
        if (name := parameter["name"]) in changed:
            drawn = drawn_start(parameter["init"], name, parameter["shape"], run.seed, draw)
            values[name] = run.initial[name].copy() if drawn is None else drawn
    if turn is not None and "starts" in stage:
        run.model.eval()
        with torch.no_grad():
            found = run.module(run.objective.STARTS[stage["name"]], batches.start(turn.source, draw), constants)
        for name, value in found.items():
            values[name] = np.ascontiguousarray(value.float().cpu().numpy().reshape(run.shapes[name]))
    return values


def save_sample(run: Run, end: SampleEnd) -> None:
    """What was optimised for a sample."""
    if rank() == 0:
        path = run.folder.path / "samples" / f"{end.at + 1:04d}.safetensors"
        write_tensors(path, end.values, {"sample": end.name, "step": str(end.step)})


def over_samples(evaluations: list[Json], samples: list[Json]) -> list[Json]:
    """Results over the samples: of each metric the mean, with one number a sample."""
    entries = [sample["name"] for sample in samples]
    found: list[Json] = []
    for evaluation in evaluations:
        place = (evaluation["name"], evaluation["data"])
        own = [one for sample in samples for one in sample["results"] if (one["evaluation"], one["data"]) == place]
        if not own:
            continue
        metrics: list[Json] = []
        for metric in own[0]["metrics"]:
            name = metric["name"]
            values = [next((one["value"] for one in each["metrics"] if one["name"] == name), None) for each in own]
            numbers = [value for value in values if value is not None]
            # of something that is no number there is no mean
            mean = sum(numbers) / len(values) if len(numbers) == len(values) else None
            unit = {"unit": metric["unit"]} if "unit" in metric else {}
            metrics.append({"name": name, "value": mean, **unit, "values": values, "entries": entries})
        # steps of one sample, those of the longest
        step = max(each["step"] for each in own)
        found.append({**own[0], "step": step, "samples": len(samples), "metrics": metrics})
    return found
