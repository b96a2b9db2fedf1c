"""Runs the functions of a generated package on given feeds: `run_package.py <folder of the package> <case.safetensors> <results.safetensors>`."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor


def below(values: dict[str, Tensor], place: str) -> dict[str, Tensor]:
    """What stands below a place, under its own names."""
    return {name.removeprefix(place): value for name, value in values.items() if name.startswith(place)}


def main() -> None:
    folder, case, target = map(Path, sys.argv[1:])
    # in double precision on both sides, so that no difference is one of rounding
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign]
    sys.path.insert(0, str(folder.parent))
    package = importlib.import_module(folder.name)
    objective = importlib.import_module(f"{package.__name__}.objective")
    model = importlib.import_module(f"{package.__name__}.model").Model()
    given = {name: value.double() if value.is_floating_point() else value for name, value in load_file(case).items()}
    feeds = json.loads((folder / "feeds.json").read_text())
    for table in feeds.values():
        for place, entries in table.items():
            for entry in entries:
                name = f"{place}|{entry['name']}"
                if entry["dtype"] == "bool" and name in given:
                    given[name] = given[name].bool()

    names = objective.PARAMETERS
    state = dict(model.named_parameters()) | dict(model.named_buffers())

    def load() -> None:
        with torch.no_grad():
            for name, value in below(given, "parameter|").items():
                key, order = names[name]
                state[key].copy_(value if order is None else value.permute(order))

    def turned(name: str, value: Tensor) -> Tensor:
        _, order = names[name]
        if order is None:
            return value.contiguous()
        return value.permute([order.index(axis) for axis in range(len(order))]).contiguous()

    def ahead(place: str, batch: dict[str, Tensor], constants: dict[str, Tensor]) -> dict[str, Tensor]:
        """A batch with what is computed of its samples ahead of a step, or for the metrics of an evaluation."""
        with torch.no_grad():
            for table in ("FEATURES", "SAMPLES"):
                if place in getattr(objective, table, {}):
                    batch = {**batch, **getattr(objective, table)[place](model, batch, constants)}
        return batch

    results: dict[str, Tensor] = {}
    for stage in feeds["steps"]:
        load()
        model.enter(stage)
        texts = below(given, f"texts {stage}|")
        constants = dict(objective.constants(model, texts, stage))
        model.eval()
        for place, values in getattr(objective, "VALUES", {}).items():
            if place.startswith(f"{stage}/"):
                with torch.no_grad():
                    found = values(model, ahead(place, below(given, f"{place}|"), constants), constants)
                constants.update(found)
                results.update({f"{place}|{name}": value.float().clone() for name, value in found.items()})
        model.enter(stage)
        if stage in objective.STEPS:
            step = objective.STEPS[stage](model, ahead(stage, below(given, f"{stage}|"), constants), constants)
            step["objective"].backward()
            for name, value in step.items():
                results[f"{stage}/step|{name}"] = value.detach().float().clone()
            for name, (key, _) in names.items():
                tensor = state[key]
                if tensor.grad is not None:
                    results[f"{stage}/step|gradient {name}"] = turned(name, tensor.grad)
                elif not isinstance(tensor, torch.nn.Parameter):
                    results[f"{stage}/step|buffer {name}"] = turned(name, tensor.clone())
            model.zero_grad(set_to_none=True)
        load()
        model.eval()
        for place, evaluate in objective.EVALUATIONS.items():
            if not place.startswith(f"{stage}/"):
                continue
            with torch.no_grad():
                batch = ahead(place, below(given, f"{place}|"), constants)
                for name, value in evaluate(model, batch, constants).items():
                    results[f"{place}|{name}"] = value.float().clone()
        if stage in getattr(objective, "STARTS", {}):
            with torch.no_grad():
                for name, value in objective.STARTS[stage](model, below(given, f"{stage}|"), constants).items():
                    results[f"{stage}/starts|{name}"] = value.float().contiguous().clone()
        if stage in getattr(objective, "SEARCHES", {}):
            place = f"{stage}/search"
            batch = below(given, f"{place}|")
            with torch.no_grad():
                held = objective.HELD[stage](model, batch, constants)
                for name, value in objective.SEARCHES[stage](model, batch, {**constants, **held}).items():
                    results[f"{place}|{name}"] = value.float().clone()
    save_file({name: value.to(torch.float32) for name, value in results.items()}, target)


main()
