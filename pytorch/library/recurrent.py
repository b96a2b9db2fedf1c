"""Recurrent layers along the steps of a value, with torch's gates and names; where a step is not real the state is held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def held(x: Tensor, real: Tensor, width: int, cell: Callable[[Tensor, Any], Any], states: int) -> Tensor:
    """States `[..., step, width]` of `x [..., step, inputs]`, of which `cell` makes each of the one before."""
    rows = x.reshape(-1, *x.shape[-2:])
    there = real.expand(x.shape[:-1]).reshape(rows.shape[:2])
    before = (rows.new_zeros(rows.shape[0], width),) * states
    made = []
    for step in range(rows.shape[1]):
        now = cell(rows[:, step], before if states > 1 else before[0])
        fresh = now if states > 1 else (now,)
        before = tuple(torch.where(there[:, step, None], *pair) for pair in zip(fresh, before, strict=True))
        made.append(before[0])
    return torch.stack(made, 1).reshape(*x.shape[:-1], width)


class GRU(nn.GRU):
    """A gated recurrent unit (Cho et al., 2014) along the steps of `x [..., step, inputs]`; `real [..., step]` says which there are."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__(inputs, width, batch_first=True)

    def forward(self, input: Tensor, real: Tensor | None = None) -> Tensor:
        if real is None:
            return super().forward(input.reshape(-1, *input.shape[-2:]))[0].reshape(*input.shape[:-1], -1)
        weights = (self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0)
        return held(input, real, self.hidden_size, lambda x, state: torch.gru_cell(x, state, *weights), 1)


class LSTM(nn.LSTM):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997) along the steps of `x [..., step, inputs]`."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__(inputs, width, batch_first=True)

    def forward(self, input: Tensor, real: Tensor | None = None) -> Tensor:
        if real is None:
            return super().forward(input.reshape(-1, *input.shape[-2:]))[0].reshape(*input.shape[:-1], -1)
        weights = (self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0)
        return held(input, real, self.hidden_size, lambda x, state: torch.lstm_cell(x, state, *weights), 2)
