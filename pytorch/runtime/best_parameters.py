"""The parameters that an evaluation selected: kept, written beside the run, and brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

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
        #: what was selected last and is not written down yet
        self.selected: tuple[Json, dict[str, Floats]] | None = None

    @property
    def path(self) -> Path:
        """Their file."""
        return self._run.folder.path / "best" / "weights.safetensors"

    def forget(self) -> None:
        """Those of a sample are not those of the next."""
        self._values = self.selected = None

    def save(self, best: Json) -> None:
        """Keeps the parameters as they are."""
        run = self._run
        # copies: what is read on a CPU is the memory that goes on training
        self._values = {name: value.copy() for name, value in run.read(run.changing).items()}
        metadata = {"step": str(best["step"]), "metric": best["metric"], "value": str(best["value"])}
        if run.folder.is_collected:
            # whoever tells of it writes the file
            self.selected = (best, self._values)
            size = len(save({name: np.ascontiguousarray(value) for name, value in self._values.items()}, metadata))
        elif rank() == 0:
            size, _ = write_tensors(self.path, self._values, metadata)
        else:
            return
        run.folder.emit("checkpoint", step=best["step"], path=str(self.path), bytes=size, reason="best")

    def write(self, best: Json, values: dict[str, Floats]) -> None:
        """Those that another process selected."""
        metadata = {"step": str(best["step"]), "metric": best["metric"], "value": str(best["value"])}
        if rank() == 0:
            write_tensors(self.path, values, metadata)

    def load(self, best: Json) -> None:
        """Brings them back, from the file where an earlier sitting kept them."""
        if self._values is None:
            self._values = read_best(self._run.folder.path, best)
        self._run.weights.write(self._values)
