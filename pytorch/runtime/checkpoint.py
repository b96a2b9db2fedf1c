"""A checkpoint as clipx writes it, so that `clipx resume` goes on from it: every changing parameter, and the optimisers' state."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .distributed import rank
from .folder import write_json
from .run import Run
from .weights import write_tensors

Json = dict[str, Any]


def write_checkpoint(run: Run, reason: str, slots: dict[str, Tensor], position: Json) -> None:
    """`position`: where the stage stands, by the names of `schemas/checkpoint.json`. With shards every rank calls."""
    stored = run.read(run.changing)
    for path, value in slots.items():
        name = path.rpartition("/")[0]
        stored[f"slot:{path}"] = run.weights.laid_out(name, value, run.shapes[name]).reshape(-1)
    if rank() != 0:
        return
    folder = run.folder.path / "checkpoint"
    file = f"tensors-{run.run_step}.safetensors"
    size, sha = write_tensors(folder / file, stored)
    state: Json = {
        "schema": "clipx.checkpoint/1",
        "semantic": run.program["digests"]["semantic"],
        "seed": run.seed,
        "backend": f"pytorch {torch.__version__}",
        "runStep": run.run_step,
        **({} if run.counter == run.run_step else {"counter": run.counter}),
        "frozen": run.frozen,
        **position,
        "tensors": {"file": file, "bytes": size, "sha256": sha},
        "events": run.folder.next_seq + 1,
        "elapsed": run.folder.elapsed,
    }
    write_json(folder / "state.json", state)
    for other in folder.iterdir():
        if other.name not in (file, "state.json"):
            other.unlink()
    run.folder.emit("checkpoint", step=run.run_step, path=str(folder / file), bytes=size, reason=reason)
