"""Pre-norm transformer blocks as CLIP has them, with OpenAI's names of the tensors."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional as F

from .dropout import NOTHING, Dropout
from .layers import ACTIVATIONS, stochastic_depths
from .sequence import attended, through_blocks


class ResidualAttentionBlock(nn.Module):
    """x += attention(ln_1 x); x += mlp(ln_2 x). `depth`: how many samples leave out these sums in training."""

    def __init__(
        self, width: int, heads: int, activation: str, hidden: int, epsilon: float, depth: float = 0.0
    ) -> None:
        super().__init__()
        self.depth = depth
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_1 = nn.LayerNorm(width, epsilon)
        mlp: OrderedDict[str, nn.Module] = OrderedDict()
        mlp["c_fc"] = nn.Linear(width, hidden)
        mlp["gelu"] = ACTIVATIONS[activation]()
        mlp["c_proj"] = nn.Linear(hidden, width)
        self.mlp = nn.Sequential(mlp)
        self.ln_2 = nn.LayerNorm(width, epsilon)

    def forward(self, x: Tensor, mask: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        x = x + dropout.branch(self.attended(self.ln_1(x), mask, dropout), "norm1", self.depth)
        return x + dropout.branch(self.mlp(self.ln_2(x)), "norm2", self.depth)

    def attended(self, x: Tensor, mask: Tensor | None, dropout: Dropout) -> Tensor:
        """What tokens `x [..., token, width]` see in each other; `dropout` leaves out some of their looks."""
        query, key, value = self.heads(x)
        mixed = attended(query, key, value, mask, dropout.below("attention"))
        return self.attn.out_proj(mixed.transpose(-2, -3).flatten(-2))

    def heads(self, x: Tensor) -> list[Tensor]:
        """Queries, keys and values `[..., head, token, width / heads]` of normed tokens."""
        both = F.linear(x, self.attn.in_proj_weight, self.attn.in_proj_bias)
        joint = both.unflatten(-1, (3, self.attn.num_heads, -1))  # [..., token, 3, head, width / heads]
        return [part.transpose(-2, -3) for part in joint.unbind(-3)]

    def looks(self, x: Tensor) -> Tensor:
        """Which share of its look each token gives to each, `[..., head, token, token]`."""
        query, key, _ = self.heads(self.ln_1(x))
        return (query * query.shape[-1] ** -0.5 @ key.transpose(-2, -1)).softmax(-1)


class Transformer(nn.Module):
    """Blocks in a row over `[n, tokens, width]`. `hidden`: inner width of the MLPs, four times the width where not given."""

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int,
        activation: str,
        hidden: int | None = None,
        epsilon: float = 1e-5,
        stochastic_depth: float = 0.0,
    ) -> None:
        super().__init__()
        inner = 4 * width if hidden is None else hidden
        self.resblocks = nn.ModuleList(
            ResidualAttentionBlock(width, heads, activation, inner, epsilon, depth)
            for depth in stochastic_depths(stochastic_depth, layers)
        )

    def forward(self, x: Tensor, mask: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """`x [..., token, width]` behind all blocks; `mask` is added to the scores."""
        return through_blocks(self.resblocks, x, mask, dropout, 0, None)
