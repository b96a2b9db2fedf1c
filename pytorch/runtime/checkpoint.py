"""A checkpoint as clipx writes and reads it: every changing parameter, the optimisers' state, and where the run stands."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .distributed import rank
from .faults import RunFault
from .folder import write_json
from .run import Run
from .weights import Floats, read_tensors, write_tensors

Json = dict[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """What `read_checkpoint` found."""

    state: Json
    parameters: dict[str, Floats]
    #: flat, by `<parameter>/<slot>`; averages among them
    slots: dict[str, Floats]


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint of a folder, or none where none was written."""
    path = folder / "state.json"
    if not path.exists():
        return None
    try:
        state: Json = json.loads(path.read_text("utf-8"))
        written = state["tensors"]
        tensors = folder / written["file"]
        content = tensors.read_bytes()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error
    if len(content) != written["bytes"]:
        raise _damaged(tensors, f"it has {len(content)} bytes, expected {written['bytes']}")
    if hashlib.sha256(content).hexdigest() != written["sha256"]:
        raise _damaged(tensors, "its digest is not the recorded one")
    del content
    values, _ = read_tensors(tensors)
    slots = {name.removeprefix("slot:"): value for name, value in values.items() if name.startswith("slot:")}
    return Checkpoint(state, {name: value for name, value in values.items() if not name.startswith("slot:")}, slots)


def _damaged(path: Path, why: str) -> RunFault:
    help_text = "start the run anew, or restore the file from a copy"
    return RunFault("world", "CX8252", f"the checkpoint {path} cannot be used: {why}", help_text)


def engine_name() -> str:
    """As a checkpoint says who made it: another engine gives other roundings."""
    return f"pytorch {torch.__version__}"


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
        "backend": engine_name(),
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
