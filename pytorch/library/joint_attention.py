"""Self-attention as transformers of Hugging Face have it: one product here, three tensors in their files."""

from __future__ import annotations

from typing import Any

from torch import Tensor, cat, nn

from .dropout import NOTHING, Dropout
from .sequence import attended

PARTS = ("query", "key", "value")


def stored(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """The matrix as files have it."""
    for kind in ("weight", "bias"):
        joint = state.pop(f"{prefix}{kind}")
        state.update({f"{prefix}{part}.{kind}": rows for part, rows in zip(PARTS, joint.chunk(3), strict=True)})


def joined(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """What files have, as one matrix."""
    for kind in ("weight", "bias"):
        names = [f"{prefix}{part}.{kind}" for part in PARTS]
        if all(name in state for name in names):
            state[f"{prefix}{kind}"] = cat([state.pop(name) for name in names])


class JointAttention(nn.Linear):
    """What each place of `x [..., place, width]` sees, heads side by side (Vaswani et al., 2017).

    One matrix makes query, key and value; in a `state_dict` it is `query`, `key` and `value`.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, 3 * width)
        self.heads = heads
        self.register_state_dict_post_hook(stored)
        self.register_load_state_dict_pre_hook(joined)

    def forward(self, input: Tensor, bias: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """`bias`: added to the scores `[..., head, place, key]`."""
        joint = super().forward(input).unflatten(-1, (3, self.heads, -1))  # [..., place, 3, head, width / heads]
        query, key, value = (part.transpose(-2, -3) for part in joint.unbind(-3))
        return attended(query, key, value, bias, dropout).transpose(-2, -3).flatten(-2)
