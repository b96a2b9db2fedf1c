"""Going on with a run that was interrupted or killed, from its last checkpoint, as if it had not stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from .averages import Averages
from .checkpoint import Checkpoint, engine_name, read_checkpoint
from .distributed import wait
from .faults import RunFault
from .optimisers import StageOptimisers
from .run import Run
from .weights import Floats, read_tensors

Json = dict[str, Any]


@dataclass(frozen=True)
class Resumption:
    """A run folder to go on in. Without a checkpoint the run starts again there."""

    folder: Path
    seed: int
    checkpoint: Checkpoint | None
    #: `--steps` of the sitting before
    most_steps: int | None


def resumption(folder: Path, program: Json, seed: int | None) -> Resumption:
    """What a run folder has to go on from. A complete run has nothing, and neither has one of another experiment or seed."""
    try:
        record = json.loads((folder / "run.json").read_text("utf-8"))
        recorded, state, digests = record["seed"], record["state"], record["digests"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{folder} is not a run folder: it has no readable run.json"
        raise RunFault("user", "CX8262", message, "run folders lie in `runs/` of the project") from error
    if state == "complete":
        message = f"{folder} is complete: there are no steps left"
        raise RunFault("user", "CX8254", message, "run the experiment anew")
    checkpoint = read_checkpoint(folder / "checkpoint")
    semantic = digests["semantic"] if checkpoint is None else checkpoint.state["semantic"]
    begun = recorded if checkpoint is None else checkpoint.state["seed"]
    asked = begun if seed is None else seed
    here = program["digests"]["semantic"]
    if semantic != here or begun != asked:
        what = "another experiment" if begun == asked else f"seed {begun}, not {asked}"
        message = f"{folder} is a run of {what}: digest {semantic[:12]}, here {here[:12]}"
        help_text = "a changed experiment is a new run; resume with the package that was compiled for this one"
        raise RunFault("user", "CX8253", message, help_text)
    launch = folder / "launch.json"
    most_steps = json.loads(launch.read_text("utf-8")).get("steps") if launch.exists() else None
    return Resumption(folder.resolve(), begun, checkpoint, most_steps)


def restore_run(run: Run, checkpoint: Checkpoint) -> list[Json]:
    """Puts the run where the checkpoint left it; the stages that are left."""
    state, stages = checkpoint.state, run.program["stages"]
    changed = [name for name, value in state["frozen"].items() if run.frozen.get(name) != value]
    if changed:
        message = f"frozen `{changed[0]}` is not what the run began with ({len(changed)} tensors differ)"
        help_text = "its weights file changed since; put the old one back to resume"
        raise RunFault("user", "CX8253", message, help_text)
    if state["backend"] != engine_name():
        message = (
            f"the checkpoint was made by {state['backend']} and goes on with {engine_name()}: "
            "the same up to rounding only"
        )
        run.folder.emit("warning", code="CX8253", message=message)
    run.weights.write(checkpoint.parameters)
    run.run_step = state["runStep"]
    run.counter = state.get("counter", run.run_step)
    run.earlier = list(state["earlier"])
    # the file may go once rank 0 writes the next one
    wait()
    if state.get("finished"):
        run.earlier.extend(state["results"])
        run.folder.write_metrics(run.earlier)
        return []
    run.resumed = checkpoint
    return stages[[stage["name"] for stage in stages].index(state["stage"]) :]


def restore_slots(
    run: Run, checkpoint: Checkpoint, optimisers: StageOptimisers, averages: Averages, steps: int
) -> None:
    """The state of the optimisers after `steps` updates, and the moving averages. A stage that has just begun has neither."""
    if checkpoint.state["step"] == 0:
        return
    tensors = run.weights.parameters()
    placed: dict[str, Tensor] = {}
    for path, flat in checkpoint.slots.items():
        name = path.rpartition("/")[0]
        placed[path] = run.weights.placed(name, flat.reshape(run.shapes[name]), tensors[name])
    optimisers.restore(placed, steps)
    averages.restore(placed)


def read_best(folder: Path, best: Json) -> dict[str, Floats]:
    """The parameters that an earlier sitting selected."""
    path = folder / "best" / "weights.safetensors"
    values, metadata = read_tensors(path)
    if metadata.get("step") != str(best["step"]):
        message = f"{path} is of step {metadata.get('step')}, expected step {best['step']}"
        raise RunFault("world", "CX8252", message)
    return values
