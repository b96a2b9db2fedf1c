"""What the figures of a stage show, at its end and on the way where one asks for it: `figures/<name>.json`, which clipx draws.

Of evenly spread samples, with the parameters as they are. What is not finite is shown as a gap.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

import torch
from torch import Tensor

from .batches import StageBatches
from .distributed import rank
from .feeds import Feed, columns_of, tensors
from .folder import write_json
from .run import Run
from .schedules import duration_in_steps

Json = dict[str, Any]

#: a figure that shows how it came about has no more drawings than this
_MOST_DRAWINGS = 100

#: multiples of it are spread most evenly within 0 to 1
_GOLDEN_RATIO = (math.sqrt(5) - 1) / 2


class StageFigures:
    """The figures of a stage that its package works out."""

    def __init__(self, run: Run, stage: Json, batches: StageBatches) -> None:
        self._run, self._stage, self._batches = run, stage, batches
        known = getattr(run.objective, "FIGURES", {})
        specs = {spec["name"]: spec for spec in run.program["figures"]}
        #: each with what the program says of it
        self.all = [(figure, specs[figure["figure"]]) for figure in stage.get("figures", []) if _key(figure) in known]

    def due(self, step: int, steps: int, steps_per_epoch: int) -> list[tuple[Json, Json]]:
        """Those that show how they came about, at every so many steps as they ask for, or at the least multiple that gives a hundred at most."""
        found: list[tuple[Json, Json]] = []
        for figure, spec in self.all:
            if "every" in spec:
                asked = max(1, duration_in_steps(spec["every"], steps_per_epoch))
                if step % (asked * max(1, math.ceil(steps / (asked * _MOST_DRAWINGS)))) == 0:
                    found.append((figure, spec))
        return found

    def draw(self, drawings: list[tuple[Json, Json]], now: int, constants: Any, step: int | None = None) -> None:
        """What they show after `now` steps; `step` where it is on the way."""
        for figure, spec in drawings:
            self._draw(figure, spec, now, constants, step)

    def _draw(self, figure: Json, spec: Json, now: int, constants: Any, step: int | None) -> None:
        run, key = self._run, _key(figure)
        source = self._batches.source_of(figure["data"])
        feeds: list[Feed] = run.feeds["figures"][key]
        indices = [_spread(index, figure["count"], source.count) for index in range(figure["count"])]
        batch = tensors(source.batch(indices, columns_of(feeds), None), run.device)
        batch.update(self._batches.drawn_for_all(feeds, now))
        run.model.eval()
        with torch.no_grad():
            shown = run.module(run.objective.FIGURES[key], batch, constants)
        run.model.enter(self._stage["name"])  # type: ignore[operator]
        if rank() != 0:
            return
        texts = [one["text"] for one in spec.get("shown", []) if "text" in one]
        content: Json = {
            "schema": "clipx.figure/1",
            "figure": spec["name"],
            "tensors": {name: _tensor(value) for name, value in shown.items()},
            "texts": {column: [source.texts(index, column) for index in indices] for column in texts},
        }
        name = figure["metrics"]["id"] if step is None else f"{figure['metrics']['id']} step {step}"
        told = content if step is None else {**content, "step": step}
        write_json(run.folder.path / "figures" / f"{_file_name(name)}.json", told)


def _key(figure: Json) -> str:
    return figure["metrics"]["id"].removesuffix("/metrics")


def _spread(index: int, count: int, total: int) -> int:
    """Spread over the set, for sets are often sorted; not in equal steps, for others go round their classes."""
    return math.floor((index + (index * _GOLDEN_RATIO) % 1) * total / count)


def _tensor(value: Tensor) -> Json:
    """Seven digits are more than a picture shows and all that float32 has."""
    numbers = value.double().cpu().reshape(-1).tolist()
    return {"shape": list(value.shape), "data": [_rounded(number) for number in numbers]}


def _rounded(number: float) -> float | int | None:
    if not math.isfinite(number):
        return None
    short = float(f"{number:.6e}")
    return int(short) if short == int(short) and abs(short) < 1e15 else short


def _file_name(words: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", unicodedata.normalize("NFKD", words)).strip("-").lower()
    return name or "figure"
