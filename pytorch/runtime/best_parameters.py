"""The parameters that an evaluation selected: kept, written beside the run, and brought back."""

from __future__ import annotations

from typing import Any

from .distributed import rank
from .resume import read_best
from .run import Run
from .weights import Floats, write_tensors

Json = dict[str, Any]


class BestParameters:
    """Those of one stage, or of the sample at hand."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._values: dict[str, Floats] | None = None

    def forget(self) -> None:
        """Those of a sample are not those of the next."""
        self._values = None

    def save(self, best: Json) -> None:
        """Keeps the parameters as they are."""
        run = self._run
        # copies: what is read on a CPU is the memory that goes on training
        self._values = {name: value.copy() for name, value in run.read(run.changing).items()}
        if rank() != 0:
            return
        path = run.folder.path / "best" / "weights.safetensors"
        metadata = {"step": str(best["step"]), "metric": best["metric"], "value": str(best["value"])}
        size, _ = write_tensors(path, self._values, metadata)
        run.folder.emit("checkpoint", step=best["step"], path=str(path), bytes=size, reason="best")

    def load(self, best: Json) -> None:
        """Brings them back, from the file where an earlier sitting kept them."""
        if self._values is None:
            self._values = read_best(self._run.folder.path, best)
        self._run.weights.write(self._values)
