"""BERT (Devlin et al., 2019), with the tensors' names of Hugging Face."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .block_tower import BlockTower
from .dropout import NOTHING, Dropout
from .functions import real_tokens
from .joint_attention import JointAttention
from .layers import ACTIVATIONS


class Embeddings(nn.Module):
    """Words, their places and the first kind of segment, normed."""

    def __init__(self, context: int, vocabulary: int, width: int, epsilon: float) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width)
        self.position_embeddings = nn.Embedding(context, width)
        self.token_type_embeddings = nn.Embedding(2, width)
        self.LayerNorm = nn.LayerNorm(width, epsilon)

    def placed(self, words: Tensor, dropout: Dropout = NOTHING) -> Tensor:
        """Vectors `[..., token, width]` of words to what the first block takes."""
        positions = self.position_embeddings.weight[: words.shape[-2]]
        return dropout(self.LayerNorm(words + positions + self.token_type_embeddings.weight[0]), "norm_embedding")

    def forward(self, ids: Tensor, dropout: Dropout = NOTHING) -> Tensor:
        return self.placed(self.word_embeddings(ids.long()), dropout)


class Output(nn.Module):
    """The end of a branch: norm(before + dense x)."""

    def __init__(self, inputs: int, width: int, epsilon: float) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, width)
        self.LayerNorm = nn.LayerNorm(width, epsilon)

    def forward(self, x: Tensor, before: Tensor, dropout: Dropout, place: str) -> Tensor:
        return self.LayerNorm(before + dropout(self.dense(x), place))


class Block(nn.Module):
    """x = norm(x + attention x); x = norm(x + mlp x)."""

    def __init__(self, width: int, heads: int, hidden: int, activation: str, epsilon: float) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({"self": JointAttention(width, heads), "output": Output(width, width, epsilon)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, hidden)})
        self.act = ACTIVATIONS[activation]()
        self.output = Output(hidden, width, epsilon)

    def forward(self, x: Tensor, bias: Tensor | None, dropout: Dropout = NOTHING) -> Tensor:
        seen = self.attention["self"](x, bias, dropout.below("attention"))
        x = self.attention["output"](seen, x, dropout, "norm1")
        return self.output(self.act(self.intermediate["dense"](x)), x, dropout, "norm2")


class Bert(BlockTower):
    """Token ids to the vector of the first token of each text, where `to` is given mapped to so many numbers."""

    def __init__(
        self,
        context: int,
        vocabulary: int,
        width: int,
        layers: int,
        heads: int,
        hidden: int,
        activation: str = "gelu",
        epsilon: float = 1e-12,
        to: int | None = None,
    ) -> None:
        super().__init__()
        self.embeddings = Embeddings(context, vocabulary, width, epsilon)
        blocks = (Block(width, heads, hidden, activation, epsilon) for _ in range(layers))
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(blocks)})
        self.fc = nn.Identity() if to is None else nn.Linear(width, to)

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids `[..., context]` to their vectors `[..., context, width]`, positions not yet added."""
        return self.embeddings.word_embeddings(ids.long())

    def stack(self) -> nn.ModuleList:
        return self.encoder["layer"]

    def hidden(self, embedded: Tensor, end: Tensor, dropout: Dropout = NOTHING) -> Tensor:
        """Vectors `[..., context, width]` of texts that end at `end [...]` to every token as the last block leaves it."""
        lead = torch.broadcast_shapes(embedded.shape[:-2], end.shape)
        words = embedded.expand(*lead, -1, -1)
        real = real_tokens(words[..., 0], end)
        return self.through(self.embeddings.placed(words, dropout), real=real, dropout=dropout)

    def pooled(self, hidden: Tensor) -> Tensor:
        """Of tokens `[..., context, width]` as the last block leaves them the first: features `[..., width]`."""
        return self.fc(hidden[..., 0, :])

    def encode_embedded(self, embedded: Tensor, end: Tensor, dropout: Dropout = NOTHING) -> Tensor:
        """Vectors `[..., context, width]` of texts that end at `end [...]` to features `[..., width]`."""
        return self.pooled(self.hidden(embedded, end, dropout))

    def forward(self, ids: Tensor, end: Tensor, dropout: Dropout = NOTHING) -> Tensor:
        """Token ids `[..., context]` of texts that end at `end [...]` to features `[..., width]`."""
        return self.encode_embedded(self.embed(ids), end, dropout)
