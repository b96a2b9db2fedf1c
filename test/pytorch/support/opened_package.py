"""A package as its own `train.py` opens it, for scripts that take its steps by hand."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch


@dataclass
class Opened:
    """Modules of a package by their names, and the run that they make."""

    name: str
    folder: Path
    distributed: ModuleType
    run: Any

    def module(self, name: str) -> ModuleType:
        """`runtime.schedules`, for example."""
        return importlib.import_module(f"{self.name}.{name}")

    def begin(self, stage: dict[str, Any], feeds: Callable[[Any], Any] = lambda texts: texts) -> tuple[Any, Any]:
        """Batches of a stage, with what is computed once of its samples, and its constants. `feeds`: what is made of the token tables."""
        run = self.run
        batches = self.module("runtime.batches").StageBatches(run, stage)
        run.model.enter(stage["name"])
        with torch.no_grad():
            constants = run.objective.constants(run.model, feeds(batches.texts), stage["name"])
        ahead = self.module("runtime.ahead").Ahead(run, stage)
        ahead.constants = constants
        batches.features = ahead.of_step() if batches.trains else None
        return batches, constants


def opened(package: Path, root: Path) -> Opened:
    """With the weights that it starts from, on the CPU; nothing is recorded."""
    sys.path.insert(0, str(package.parent))
    found = Opened(package.name, package, importlib.import_module(f"{package.name}.runtime.distributed"), None)
    device = found.distributed.start("cpu")
    objective = found.module("objective")
    program = json.loads((package / "program.json").read_text())
    model = found.module("model").Model()
    weights_of = found.module("runtime.weights")
    weights = weights_of.Weights(model, objective.PARAMETERS)
    weights.write(weights_of.initial_values(program, package / "weights" / "initial.safetensors", 1))
    found.run = found.module("runtime.run").Run(
        program=program,
        feeds=json.loads((package / "feeds.json").read_text()),
        seed=1,
        model=model,
        objective=objective,
        weights=weights,
        room=found.module("runtime.data").DataRoom(program, root, 1),
        device=device,
        folder=found.module("runtime.folder").RunFolder(
            program, 1, root, package, chosen=None, silent=True, backend={}, launch={}
        ),
        interrupted=lambda: False,
        most_steps=None,
        sharded=None,
    )
    return found
