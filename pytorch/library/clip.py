"""CLIP (Radford et al., 2021): images and texts in one space, with OpenAI's names of the tensors."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .dropout import NOTHING, Dropout
from .layers import ImageTower
from .text_transformer import TextTransformer


class CLIPText(TextTransformer):
    """The text tower by itself."""

    def __init__(
        self,
        context: int,
        vocabulary: int,
        width: int,
        layers: int,
        heads: int,
        activation: str,
        joint: int,
        hidden: int | None = None,
        epsilon: float = 1e-5,
        end: int | None = None,
    ) -> None:
        super().__init__(context, vocabulary, width, layers, heads, activation, hidden, epsilon, end)
        self.text_projection = nn.Parameter(torch.zeros(width, joint))

    def encode_text(self, ids: Tensor, end: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """Token ids `[..., context]` of texts that end at `end [...]` to the joint space, `[..., joint]`."""
        return self(ids, end, dropout)

    def finished(self, hidden: Tensor) -> Tensor:
        """Tokens `[..., width]` as the last block leaves them to the joint space, each by itself."""
        return super().finished(hidden) @ self.text_projection


class CLIPImage(nn.Module):
    """The image tower by itself. `visual_width`: of its features, where it does not project them by itself."""

    def __init__(self, visual: ImageTower, visual_width: int | None, joint: int) -> None:
        super().__init__()
        self.visual = visual
        visual.add_projection(visual_width, joint)

    def encode_image(self, image: Tensor, dropout: Dropout = NOTHING, appended: Tensor | None = None) -> Tensor:
        """Images `[..., height, width, 3]` to the joint space, `[..., joint]`; `appended [..., more, width]`: more tokens of them."""
        return self.visual.projected(self.visual(image, dropout, appended))


class CLIP(CLIPText):
    """Features are not normalised: that is the business of formulas. A tower that pools by attention projects by itself."""

    def __init__(
        self,
        visual: ImageTower,
        visual_width: int | None,
        context: int,
        vocabulary: int,
        width: int,
        layers: int,
        heads: int,
        activation: str,
        joint: int,
        hidden: int | None = None,
        epsilon: float = 1e-5,
        end: int | None = None,
    ) -> None:
        super().__init__(context, vocabulary, width, layers, heads, activation, joint, hidden, epsilon, end)
        self.visual = visual
        visual.add_projection(visual_width, joint)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def encode_image(self, image: Tensor, dropout: Dropout = NOTHING, appended: Tensor | None = None) -> Tensor:
        """Images `[..., height, width, 3]` to the joint space, `[..., joint]`; `appended [..., more, width]`: more tokens of them."""
        return self.visual.projected(self.visual(image, dropout, appended))
