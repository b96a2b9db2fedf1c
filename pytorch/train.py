"""Trains and evaluates this experiment: `python -m PACKAGE.train`, or `torchrun --nproc-per-node N -m PACKAGE.train`.

With `--resume FOLDER` it goes on with a run that was interrupted or killed.

Data files and weights are found by their paths in the project, which is the working folder unless --data-root says otherwise.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from . import objective
from .model import Model
from .runtime import distributed
from .runtime.data import DataRoom
from .runtime.faults import EXIT_CODES, RunFault
from .runtime.folder import RunFolder
from .runtime.machine import backend_info
from .runtime.resume import restore_run, resumption
from .runtime.run import Run, begins_anew, changed_by
from .runtime.sharding import sharded
from .runtime.stage import StageRun
from .runtime.weights import Weights, digest, initial_values

PACKAGE = Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    """What the command line says."""
    program = json.loads((PACKAGE / "program.json").read_text("utf-8"))
    parser = argparse.ArgumentParser(prog=f"python -m {PACKAGE.name}.train", description=program["title"])
    parser.add_argument(
        "--seed", type=int, default=None, help="which random numbers (default: the first of the experiment)"
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=None,
        help="at most so many updates of each stage; schedules stay those of the whole",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where the folder of the run is made")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--folder", type=Path, default=None, help="an empty folder for this run itself")
    place.add_argument("--resume", type=Path, default=None, metavar="FOLDER", help="go on with the run of this folder")
    parser.add_argument("--data-root", type=Path, default=Path(), help="where paths of data files start")
    parser.add_argument("--fsdp", action="store_true", help="shard parameters and optimiser state over the processes")
    parsed = parser.parse_args()
    parsed.program = program
    return parsed


def train(given: argparse.Namespace, device: torch.device) -> str:
    """All stages, in order."""
    program: dict[str, Any] = given.program
    resumed = None if given.resume is None else resumption(given.resume, program, given.seed)
    seed = given.seed if resumed is None else resumed.seed
    seed = program["seeds"][0] if seed is None else seed
    most_steps = given.steps if resumed is None or given.steps is not None else resumed.most_steps
    checkpoint = None if resumed is None else resumed.checkpoint
    stopped: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        if stopped:
            sys.exit(128 + number)
        stopped.append(number)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    # the sums of a cosine or of a convolution keep all of float32's bits
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    backend = backend_info(device, distributed.world_size(), given.fsdp)
    launch = {
        "data": str(given.data_root.resolve()),
        "device": given.device,
        "processes": distributed.world_size(),
        "sharded": given.fsdp,
        **({} if most_steps is None else {"steps": most_steps}),
    }
    chosen = given.folder if resumed is None else resumed.folder
    left = None if resumed is None else {} if checkpoint is None else checkpoint.state
    # whoever reads the folder has read it before the first writes there
    distributed.wait()
    folder = RunFolder(program, seed, given.runs, PACKAGE, chosen, distributed.rank() != 0, backend, launch, left)
    try:
        torch.manual_seed(seed)
        model = Model().to(device)
        weights = Weights(model, objective.PARAMETERS)
        values = initial_values(program, PACKAGE / "weights" / "initial.safetensors", seed)
        weights.write(values)
        run = Run(
            program=program,
            feeds=json.loads((PACKAGE / "feeds.json").read_text("utf-8")),
            seed=seed,
            model=model,
            objective=objective,
            weights=weights,
            room=DataRoom(
                program, given.data_root, seed, lambda code, message: folder.emit("warning", code=code, message=message)
            ),
            device=device,
            folder=folder,
            interrupted=lambda: len(stopped) > 0,
            most_steps=most_steps,
            sharded=sharded(model, program["stages"]) if given.fsdp else None,
        )
        anew = {name for stage in program["stages"] if begins_anew(stage) for name in changed_by(stage)}
        run.initial = {name: value for name, value in values.items() if name in anew}
        changing = set(run.changing)
        run.frozen = {
            name: digest(value) for name, value in values.items() if name not in changing and weights.knows(name)
        }
        status = "complete"
        for stage in program["stages"] if checkpoint is None else restore_run(run, checkpoint):
            status = StageRun(run, stage).run()
            if status == "interrupted":
                break
        folder.finish(status, run.run_step)
        return status
    except RunFault as fault:
        folder.fail(fault)
        raise
    except Exception as error:
        unforeseen = RunFault("internal", "CX8299", f"{type(error).__name__}: {error}")
        folder.fail(unforeseen)
        raise unforeseen from error


def main() -> int:
    """The exit code, by the table of clipx."""
    given = arguments()
    try:
        device = distributed.start(given.device)
        try:
            status = train(given, device)
            # none leaves while another still hears from it
            distributed.wait()
            return 0 if status == "complete" else 130
        finally:
            distributed.stop()
    except RunFault as fault:
        print(f"error[{fault.code}]: {fault.message}", file=sys.stderr)
        if fault.help_text is not None:
            print(f"  help: {fault.help_text}", file=sys.stderr)
        if fault.fault == "internal":
            traceback.print_exc()
        return EXIT_CODES[fault.fault]


if __name__ == "__main__":
    distributed.leave(main())
