"""Steps of a package in one process, then in several of torchrun: `compare_processes.py <folder> <feeds.safetensors> <results of one>`.

Each process gets its rows of what is per sample. Terms, gradients (their mean over the processes) and running statistics are those of one.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import Tensor


def main() -> None:
    folder, case, target = map(Path, sys.argv[1:])
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign]
    sys.path.insert(0, str(folder.parent))
    objective = importlib.import_module(f"{folder.name}.objective")
    distributed = importlib.import_module(f"{folder.name}.runtime.distributed")
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    distributed.start("cpu")
    model = importlib.import_module(f"{folder.name}.model").Model()
    given = {name: value.double() if value.is_floating_point() else value for name, value in load_file(case).items()}
    feeds = json.loads((folder / "feeds.json").read_text())
    state = dict(model.named_parameters(remove_duplicate=False)) | dict(model.named_buffers())

    def below(place: str) -> dict[str, Tensor]:
        return {name.removeprefix(place): value for name, value in given.items() if name.startswith(place)}

    results: dict[str, Tensor] = {}
    for stage, step in objective.STEPS.items():
        with torch.no_grad():
            for name, value in below("parameter|").items():
                key, order = objective.PARAMETERS[name]
                state[key].copy_(value if order is None else value.permute(order))
        model.enter(stage)
        batch = below(f"{stage}|")
        for feed in {each["name"]: each for each in feeds["steps"][stage] + feeds["features"].get(stage, [])}.values():
            name = feed["name"]
            value = batch[name].bool() if feed["dtype"] == "bool" else batch[name]
            batch[name] = distributed.local_rows(value) if feed["perSample"] else value
        constants = objective.constants(model, below(f"texts {stage}|"), stage)
        if stage in getattr(objective, "FEATURES", {}):
            with torch.no_grad():
                batch |= objective.FEATURES[stage](model, batch, constants)
        made = step(model, batch, constants)
        made["objective"].backward()
        results |= {f"{stage} {name}": value.detach().clone() for name, value in made.items()}
        for key, _ in objective.PARAMETERS.values():
            tensor = state[key]
            if not isinstance(tensor, torch.nn.Parameter):
                results[f"{stage} buffer {key}"] = tensor.clone()
            elif tensor.grad is not None:
                gradient = tensor.grad.clone()
                if processes > 1:
                    dist.all_reduce(gradient)
                results[f"{stage} gradient {key}"] = gradient / processes
        model.zero_grad(set_to_none=True)
    if processes == 1:
        save_file({name: value.contiguous() for name, value in results.items()}, target)
        return
    one = load_file(target)
    parted = [
        name
        for name, value in one.items()
        if not (results[name] - value).abs().max() <= 1e-9 * value.abs().max() + 1e-12
    ]
    missing = results.keys() ^ one.keys()
    distributed.wait()
    distributed.stop()
    if parted or missing:
        sys.exit(f"rank {os.environ['RANK']}: {parted} differ, {missing} are not in both")


main()
