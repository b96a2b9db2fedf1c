"""What all stages of a run share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from .data import DataRoom
from .folder import RunFolder
from .weights import Floats, Weights

if TYPE_CHECKING:
    from .checkpoint import Checkpoint

Json = dict[str, Any]


class Objective(Protocol):
    """What the compiler writes of an experiment: `objective.py`."""

    STEPS: dict[str, Callable[..., dict[str, Tensor]]]
    EVALUATIONS: dict[str, Callable[..., dict[str, Tensor]]]
    #: where a stage searches: what all candidates leave as it is, and what judges them
    HELD: dict[str, Callable[..., dict[str, Tensor]]]
    SEARCHES: dict[str, Callable[..., dict[str, Tensor]]]
    #: where a stage trains on each sample: what tensors start from that a sample decides
    STARTS: dict[str, Callable[..., dict[str, Tensor]]]

    def constants(self, model: nn.Module, texts: dict[str, Tensor], stage: str) -> Any: ...


class Step(nn.Module):
    """A step as a module, so that gradients of several processes are averaged by PyTorch itself."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, formula: Callable[..., dict[str, Tensor]], *given: Any) -> dict[str, Tensor]:
        """What a formula of `objective.py` comes to. Of a step `objective` alone has a gradient."""
        outputs = formula(self.model, *given)
        if "objective" not in outputs:
            return outputs
        return {name: value if name == "objective" else value.detach() for name, value in outputs.items()}


@dataclass
class Run:
    """What all stages share."""

    program: Json
    feeds: Json
    seed: int
    model: nn.Module
    objective: Objective
    weights: Weights
    room: DataRoom
    device: torch.device
    folder: RunFolder
    interrupted: Callable[[], bool]
    most_steps: int | None
    #: sharded over the ranks, or none
    sharded: Step | None
    #: what the tensors of stages that begin anew, with each sample or restart, started from
    initial: dict[str, Floats] = field(default_factory=dict)
    run_step: int = 0
    #: of the random streams: it runs ahead of the steps where gradients are accumulated
    counter: int = 0
    earlier: list[Json] = field(default_factory=list)
    #: of the stage that it was left in; none once that goes on
    resumed: Checkpoint | None = None
    #: digests of what no stage changes, from before the first step
    frozen: dict[str, str] = field(default_factory=dict)

    @property
    def shapes(self) -> dict[str, list[int]]:
        """Shape of every parameter, as clipx lays it out."""
        return {parameter["name"]: parameter["shape"] for parameter in self.program["parameters"]}

    @property
    def changing(self) -> list[str]:
        """The tensors that some stage changes, in the order of the table."""
        changed = {name for stage in self.program["stages"] for name in changed_by(stage)}
        return [parameter["name"] for parameter in self.program["parameters"] if parameter["name"] in changed]

    @property
    def module(self) -> Step:
        """The model as it is called, also where it is sharded."""
        return self.sharded or Step(self.model)

    def enter(self, stage: Json) -> None:
        """Which parts train, and how their norms behave."""
        self.model.enter(stage["name"])  # type: ignore[operator]

    def read(self, names: list[str]) -> dict[str, Floats]:
        """Tensors as they are now."""
        return self.weights.read(names, self.shapes)


def changed_by(stage: Json) -> set[str]:
    """Tensors that a step of the stage changes: the trainable ones and the buffers."""
    buffers = {output["name"] for output in stage["step"]["outputs"].values() if output["kind"] == "buffer"}
    return set(stage["trainable"]) | buffers


def begins_anew(stage: Json) -> bool:
    """Whether a stage trains from several starts: of each sample, or of restarts."""
    return stage.get("each") is True or "restarts" in stage
