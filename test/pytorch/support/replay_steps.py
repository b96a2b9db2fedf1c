"""Each step of a run once more, from the parameters that the run itself had before it: the terms, on the batches that the package reads.

`replay_steps.py PACKAGE ROOT TRACE`: TRACE holds `<step>.safetensors`, every changing parameter before that step.
"""

import json
import sys
from pathlib import Path

import torch
from opened_package import opened

package, root, trace = map(Path, sys.argv[1:4])
found = opened(package, root)
run, objective = found.run, found.run.objective
weights_of = found.module("runtime.weights")
told = []
at = 0
for stage in run.program["stages"]:
    if not stage["terms"]:
        continue
    values, _ = weights_of.read_tensors(trace / f"{at}.safetensors")
    run.weights.write(values)
    batches, constants = found.begin(stage)
    for step in range(batches.planned):
        values, _ = weights_of.read_tensors(trace / f"{at}.safetensors")
        run.weights.write(values)
        batch = batches.take(step, at, step, batches.planned)
        with torch.no_grad():
            outputs = objective.STEPS[stage["name"]](run.model, batch, constants)
        told.append({term["name"]: outputs[term["name"]].item() for term in stage["terms"]})
        at += 1
    batches.close()
if found.distributed.rank() == 0:
    print(json.dumps(told))
found.distributed.stop()
