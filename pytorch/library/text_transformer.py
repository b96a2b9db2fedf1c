"""CLIP's text tower (Radford et al., 2021), with OpenAI's names of the tensors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .block_tower import BlockTower
from .dropout import NOTHING, Dropout
from .transformer import Transformer


class TextTransformer(BlockTower):
    """Token ids to the vector of the token that ends each text; every token sees those before it.

    Where nothing says which token that is, it is the first one of the id `end`, or the one of the largest id.
    """

    causal: Tensor
    sees_earlier_only = True

    def __init__(
        self,
        context: int,
        vocabulary: int,
        width: int,
        layers: int,
        heads: int,
        activation: str,
        hidden: int | None = None,
        epsilon: float = 1e-5,
        end: int | None = None,
        to: int | None = None,
    ) -> None:
        super().__init__()
        self.end = end
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.zeros(context, width))
        self.transformer = Transformer(width, layers, heads, activation, hidden, epsilon)
        self.ln_final = nn.LayerNorm(width, epsilon)
        self.fc = nn.Identity() if to is None else nn.Linear(width, to)
        causal = torch.full((context, context), float("-inf")).triu(1)
        self.register_buffer("causal", causal, persistent=False)

    def end_of(self, ids: Tensor) -> Tensor:
        """Where texts end, `[...]`, by their token ids."""
        return (ids if self.end is None else (ids == self.end).int()).argmax(-1)

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids `[..., context]` to their vectors `[..., context, width]`, positions not yet added."""
        return self.token_embedding(ids.long())

    def placed(self, embedded: Tensor) -> Tensor:
        """The same with positions: what the first block takes."""
        return embedded + self.positional_embedding[: embedded.shape[-2]]

    def embeddings(self, ids: Tensor) -> Tensor:
        """Token ids `[..., token]` to what the first block takes, `[..., token, width]`."""
        return self.placed(self.embed(ids))

    def stack(self) -> nn.ModuleList:
        return self.transformer.resblocks

    def hidden(self, embedded: Tensor, end: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """Vectors `[..., context, width]` of tokens to every token as the last block leaves it. Where texts end no token asks."""
        length = embedded.shape[-2]
        return self.transformer(self.placed(embedded), self.causal[:length, :length], dropout)

    def finished(self, hidden: Tensor) -> Tensor:
        """Tokens `[..., width]` as the last block leaves them to features, each by itself."""
        return self.fc(self.ln_final(hidden))

    def pooled(self, hidden: Tensor, end: Tensor) -> Tensor:
        """Of tokens `[..., context, width]` the one at `end [...]`, finished."""
        lead = torch.broadcast_shapes(hidden.shape[:-2], end.shape)
        x = hidden.expand(*lead, -1, -1).reshape(lead.numel(), *hidden.shape[-2:])
        last = x[torch.arange(x.shape[0], device=x.device), end.expand(lead).reshape(-1).long()]
        return self.finished(last).reshape(*lead, -1)

    def encode_embedded(self, embedded: Tensor, end: Tensor, dropout: Dropout = NOTHING) -> Tensor:
        """Vectors `[..., context, width]` of texts that end at `end [...]` to features `[..., width]`."""
        lead = torch.broadcast_shapes(embedded.shape[:-2], end.shape)
        return self.pooled(self.hidden(embedded.expand(*lead, -1, -1), end, dropout), end)

    def forward(self, ids: Tensor, end: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """Token ids `[..., context]` of texts that end at `end [...]` to features `[..., width]`."""
        return self.encode_embedded(self.embed(ids), self.end_of(ids) if end is None else end, dropout)
