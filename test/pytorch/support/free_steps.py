"""The first stage's steps as PyTorch takes them, in single or double precision, with so many threads: the terms of each.

`free_steps.py PACKAGE ROOT single|double THREADS`. In double precision what frozen encoders give is rounded to single, as clipx keeps it.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from opened_package import opened
from torch import Tensor, nn

package, root, precision, threads = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
is_double = precision == "double"
if is_double:
    torch.set_default_dtype(torch.float64)
    single = torch.Tensor.float
    torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign]
found = opened(package, root)
torch.set_num_threads(threads)
run, objective = found.run, found.run.objective


def as_kept(method: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """What a method gives, rounded to single precision."""
    return lambda *given: single(method(*given)).double()


def precise(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Feeds at the precision of the run."""
    return {
        name: value.double() if is_double and value.is_floating_point() else value for name, value in values.items()
    }


stage: dict[str, Any] = next(each for each in run.program["stages"] if each["terms"])
run.model.enter(stage["name"])
if is_double:
    for encoder in run.model.children():
        if not any(parameter.requires_grad for parameter in encoder.parameters()):
            for name in ("encode_image", "encode_text", "forward"):
                if isinstance(encoder, nn.Module) and hasattr(encoder, name):
                    setattr(encoder, name, as_kept(getattr(encoder, name)))
batches, constants = found.begin(stage, precise)
optimisers_of = found.module("runtime.optimisers")
optimisers = optimisers_of.StageOptimisers(run.program, stage, run.weights.parameters())
rate_at = found.module("runtime.schedules").rate_at
told = []
for step in range(batches.planned):
    optimisers.zero()
    batch = precise(batches.take(step, step, step, batches.planned))
    outputs = objective.STEPS[stage["name"]](run.model, batch, constants)
    outputs["objective"].backward()
    norm = optimisers_of.gradient_norm(optimisers.tensors)
    optimisers_of.clip_gradients(optimisers.tensors, norm, stage.get("clipGradient"))
    optimisers.step(rate_at(stage["schedule"], step, batches.planned, batches.steps_per_epoch))
    told.append({term["name"]: outputs[term["name"]].item() for term in stage["terms"]})
batches.close()
print(json.dumps(told))
found.distributed.stop()
