"""Pre-norm transformer blocks as CLIP has them, with OpenAI's names of the tensors."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from .layers import ACTIVATIONS


class ResidualAttentionBlock(nn.Module):
    """x += attention(ln_1 x); x += mlp(ln_2 x)."""

    def __init__(self, width: int, heads: int, activation: str, hidden: int, epsilon: float) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_1 = nn.LayerNorm(width, epsilon)
        mlp: OrderedDict[str, nn.Module] = OrderedDict()
        mlp["c_fc"] = nn.Linear(width, hidden)
        mlp["gelu"] = ACTIVATIONS[activation]()
        mlp["c_proj"] = nn.Linear(hidden, width)
        self.mlp = nn.Sequential(mlp)
        self.ln_2 = nn.LayerNorm(width, epsilon)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        normed = self.ln_1(x)
        x = x + self.attn(normed, normed, normed, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    """Blocks in a row over `[n, tokens, width]`. `hidden`: inner width of the MLPs, four times the width where not given."""

    def __init__(
        self, width: int, layers: int, heads: int, activation: str, hidden: int | None = None, epsilon: float = 1e-5
    ) -> None:
        super().__init__()
        inner = 4 * width if hidden is None else hidden
        self.resblocks = nn.ModuleList(
            ResidualAttentionBlock(width, heads, activation, inner, epsilon) for _ in range(layers)
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        for block in self.resblocks:
            x = block(x, mask)
        return x
