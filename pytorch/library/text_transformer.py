"""CLIP's text tower (Radford et al., 2021), with OpenAI's names of the tensors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .transformer import Transformer


class TextTransformer(nn.Module):
    """Token ids to the vector of the token that ends each text; every token sees those before it."""

    causal: Tensor

    def __init__(
        self, context: int, vocabulary: int, width: int, layers: int, heads: int, activation: str, to: int | None = None
    ) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.zeros(context, width))
        self.transformer = Transformer(width, layers, heads, activation)
        self.ln_final = nn.LayerNorm(width)
        self.fc = nn.Identity() if to is None else nn.Linear(width, to)
        causal = torch.full((context, context), float("-inf")).triu(1)
        self.register_buffer("causal", causal, persistent=False)

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids `[..., context]` to their vectors `[..., context, width]`, positions not yet added."""
        return self.token_embedding(ids.long())

    def encode_embedded(self, embedded: Tensor, end: Tensor) -> Tensor:
        """Vectors `[..., context, width]` of texts that end at `end [...]` to features `[..., width]`."""
        lead = torch.broadcast_shapes(embedded.shape[:-2], end.shape)
        x = embedded.expand(*lead, -1, -1).reshape(lead.numel(), *embedded.shape[-2:])
        length = x.shape[1]
        x = self.transformer(x + self.positional_embedding[:length], self.causal[:length, :length])
        last = x[torch.arange(x.shape[0], device=x.device), end.expand(lead).reshape(-1).long()]
        return self.fc(self.ln_final(last)).reshape(*lead, -1)

    def forward(self, ids: Tensor, end: Tensor) -> Tensor:
        """Token ids `[..., context]` of texts that end at `end [...]` to features `[..., width]`."""
        return self.encode_embedded(self.embed(ids), end)
