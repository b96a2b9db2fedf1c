"""What towers of transformer blocks have in common."""

from __future__ import annotations

from torch import Tensor, nn

from .dropout import NOTHING, Dropout
from .sequence import score_bias, through_blocks


class BlockTower(nn.Module):
    """A tower whose blocks can be gone through by themselves."""

    sees_earlier_only = False
    """No place looks at a later one."""

    def stack(self) -> nn.ModuleList | nn.Sequential:
        """Its blocks in their order; each takes tokens, what is added to their scores, and what is left out."""
        raise NotImplementedError

    def through(
        self,
        x: Tensor,
        first: int = 0,
        layers: int | None = None,
        real: Tensor | None = None,
        sees: Tensor | None = None,
        dropout: Dropout = NOTHING,
    ) -> Tensor:
        """`x [..., place, width]` behind so many blocks from `first` on, or all.

        `real [..., place]`: which places there are; `sees [..., place, key]`: which each of them looks at.
        """
        bias = score_bias(x, real, sees, self.sees_earlier_only)
        return through_blocks(self.stack(), x, bias, dropout, first, layers)
