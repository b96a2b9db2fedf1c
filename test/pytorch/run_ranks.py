"""The steps of a package in several processes against those in one: `torchrun … run_ranks.py <package> <case.safetensors> <results of one process>`.

Each process has its rows of what is per sample. Prints what is otherwise than in one process, as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import load_file
from torch import Tensor


def below(values: dict[str, Tensor], place: str) -> dict[str, Tensor]:
    """What stands below a place, under its own names."""
    return {name.removeprefix(place): value for name, value in values.items() if name.startswith(place)}


def main() -> None:
    folder, case, one = map(Path, sys.argv[1:])
    # in double precision, so that no difference is one of rounding
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign]
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    rank, world = dist.get_rank(), dist.get_world_size()
    sys.path.insert(0, str(folder.parent))
    package = importlib.import_module(folder.name)
    objective = importlib.import_module(f"{package.__name__}.objective")
    model = importlib.import_module(f"{package.__name__}.model").Model()
    given = {name: value.double() if value.is_floating_point() else value for name, value in load_file(case).items()}
    tables = json.loads((folder / "feeds.json").read_text())
    for stage, feeds in tables["steps"].items():
        for feed in {each["name"]: each for each in [*tables.get("features", {}).get(stage, []), *feeds]}.values():
            name = f"{stage}|{feed['name']}"
            if name in given:
                value = given[name].bool() if feed["dtype"] == "bool" else given[name]
                given[name] = value.tensor_split(world)[rank] if feed["perSample"] else value
    state = dict(model.named_parameters()) | dict(model.named_buffers())
    expected, faults = load_file(one), []

    def turned(value: Tensor, order: tuple[int, ...] | None) -> Tensor:
        return value if order is None else value.permute([order.index(axis) for axis in range(len(order))])

    for stage, step in objective.STEPS.items():
        with torch.no_grad():
            for name, value in below(given, "parameter|").items():
                key, order = objective.PARAMETERS[name]
                state[key].copy_(value if order is None else value.permute(order))
        model.enter(stage)
        constants = objective.constants(model, below(given, f"texts {stage}|"), stage)
        batch = below(given, f"{stage}|")
        with torch.no_grad():
            for table in ("FEATURES", "SAMPLES"):
                if stage in getattr(objective, table, {}):
                    batch = {**batch, **getattr(objective, table)[stage](model, batch, constants)}
        made = step(model, batch, constants)
        made["objective"].backward()
        found = {name: value.detach() for name, value in made.items()}
        for name, (key, order) in objective.PARAMETERS.items():
            tensor = state[key]
            if not isinstance(tensor, torch.nn.Parameter):
                found[f"buffer {name}"] = turned(tensor, order)
            elif f"{stage}/step|gradient {name}" in expected:
                mean = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
                dist.all_reduce(mean)
                found[f"gradient {name}"] = turned(mean / world, order)
        model.zero_grad(set_to_none=True)
        for name, value in found.items():
            wanted = expected[f"{stage}/step|{name}"].double()
            most = max(1e-5, wanted.abs().max().item())
            if not (value - wanted).abs().max().item() <= 1e-5 * most:
                faults.append(f"{stage}: {name} differs by {(value - wanted).abs().max().item()} of {most}")
    if rank == 0:
        print(json.dumps(faults))
    dist.destroy_process_group()


main()
