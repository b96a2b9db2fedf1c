"""Each step of a run once more, from the parameters that the run itself had before it: the terms, on the batches that the package reads.

`replay_steps.py PACKAGE ROOT TRACE`: TRACE holds `<step>.safetensors`, every changing parameter before that step.
"""

import importlib
import json
import sys
from pathlib import Path

import torch

package, root, trace = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
sys.path.insert(0, str(package.parent))
module = package.name
distributed = importlib.import_module(f"{module}.runtime.distributed")
weights_of = importlib.import_module(f"{module}.runtime.weights")
run_of = importlib.import_module(f"{module}.runtime.run")
folder_of = importlib.import_module(f"{module}.runtime.folder")
data_of = importlib.import_module(f"{module}.runtime.data")
batches_of = importlib.import_module(f"{module}.runtime.batches")
model_of = importlib.import_module(f"{module}.model")
objective = importlib.import_module(f"{module}.objective")

device = distributed.start("cpu")
program = json.loads((package / "program.json").read_text())
model = model_of.Model()
weights = weights_of.Weights(model, objective.PARAMETERS)
weights.write(weights_of.initial_values(program, package / "weights" / "initial.safetensors", 1))
run = run_of.Run(
    program=program,
    feeds=json.loads((package / "feeds.json").read_text()),
    seed=1,
    model=model,
    objective=objective,
    weights=weights,
    room=data_of.DataRoom(program, root, 1),
    device=device,
    folder=folder_of.RunFolder(program, 1, root, package, None, True, {}),
    interrupted=lambda: False,
    most_steps=None,
    sharded=None,
)
told = []
at = 0
for stage in program["stages"]:
    batches = batches_of.StageBatches(run, stage)
    if not batches.trains:
        continue
    model.enter(stage["name"])
    values, _ = weights_of.read_tensors(trace / f"{at}.safetensors")
    weights.write(values)
    with torch.no_grad():
        constants = objective.constants(model, batches.texts, stage["name"])
    for step in range(batches.planned):
        values, _ = weights_of.read_tensors(trace / f"{at}.safetensors")
        weights.write(values)
        batch = batches.take(step, at, step, batches.planned)
        with torch.no_grad():
            outputs = objective.STEPS[stage["name"]](model, batch, constants)
        told.append({term["name"]: outputs[term["name"]].item() for term in stage["terms"]})
        at += 1
    batches.close()
if distributed.rank() == 0:
    print(json.dumps(told))
distributed.stop()
