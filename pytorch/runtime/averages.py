"""Moving averages of what trains: evaluations read them, updates do not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class Averages:
    """average ← decay · average + (1 − decay) · parameter, after each update; none where the stage keeps none."""

    def __init__(self, stage: dict[str, Any], parameters: dict[str, nn.Parameter]) -> None:
        self._decay: float = stage.get("average", 0.0)
        self._parameters = parameters
        kept = stage["trainable"] if "average" in stage else []
        self.values: dict[str, Tensor] = {name: parameters[name].detach().clone() for name in kept}

    @torch.no_grad()
    def begin(self) -> None:
        """Begins anew with the parameters as they are."""
        for name, average in self.values.items():
            average.copy_(self._parameters[name])

    @torch.no_grad()
    def restore(self, slots: dict[str, Tensor]) -> None:
        """Goes on from those of a checkpoint."""
        for name, average in self.values.items():
            if (slot := slots.get(f"{name}/average")) is not None:
                average.copy_(slot)

    @torch.no_grad()
    def follow(self) -> None:
        """After each step."""
        for name, average in self.values.items():
            average.mul_(self._decay).add_(self._parameters[name].detach(), alpha=1 - self._decay)

    @torch.no_grad()
    def swap(self) -> None:
        """The averages and the parameters change places."""
        for name, average in self.values.items():
            own = self._parameters[name].detach().clone()
            self._parameters[name].copy_(average)
            average.copy_(own)

    @contextmanager
    def during(self) -> Iterator[None]:
        """The averages stand in the place of the parameters, which come back whatever happens."""
        self.swap()
        try:
            yield
        finally:
            self.swap()
