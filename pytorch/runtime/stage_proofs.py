"""Proofs of a stage: what trains has moved, what is frozen has not."""

from __future__ import annotations

from typing import Any

from .faults import RunFault
from .run import Run, changed_by
from .weights import digest

Json = dict[str, Any]


class StageProofs:
    """Digests of what a stage began with, and of what it left."""

    def __init__(self, run: Run, stage: Json) -> None:
        self._run, self._stage = run, stage
        #: of every tensor that some stage changes, as this one began
        self.started: dict[str, str] = {}
        #: trainable tensors that moved, for some sample where each has a training of its own
        self.moved: set[str] = set()

    def begin(self) -> None:
        """Keeps what a checkpoint brought."""
        run = self._run
        self.started = self.started or {name: digest(value) for name, value in run.read(run.changing).items()}

    def compare(self, start: dict[str, str]) -> None:
        """Notes trainable tensors that differ from what they started from."""
        now = self._run.read(self._stage["trainable"])
        self.moved |= {name for name, value in now.items() if digest(value) != start[name]}

    def certify(self, steps: int) -> None:
        """What must not change has the digest that it began with."""
        run = self._run
        still = [name for name in self._stage["trainable"] if name not in self.moved]
        # the best candidate of a search may be what was there
        if still and steps > 0 and "search" not in self._stage:
            more = f" and {len(still) - 6} more" if len(still) > 6 else ""
            message = f"trainable, but never moved: {', '.join(f'`{name}`' for name in still[:6])}{more}"
            run.folder.emit("warning", code="CX8232", message=message)
        changed = changed_by(self._stage)
        expected = {**run.frozen, **{name: value for name, value in self.started.items() if name not in changed}}
        now = {name: digest(value) for name, value in run.read(list(expected)).items()}
        drifted = [f"`{name}`" for name, value in now.items() if value != expected[name]]
        if drifted:
            raise RunFault("proof", "CX8231", f"frozen and yet changed: {', '.join(drifted[:6])}")
        trained = len(self._stage["trainable"])
        run.folder.emit(
            "certificate", frozen=len(expected), verified=len(now), trained=trained, moved=trained - len(still)
        )
