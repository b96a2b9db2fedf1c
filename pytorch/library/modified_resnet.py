"""CLIP's ResNet (Radford et al., 2021, section 2.4), with OpenAI's names of the tensors."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .dropout import NOTHING, Dropout
from .layers import BatchNorm2d, ImageTower, behind_each, resized_positions


class Bottleneck(nn.Module):
    """1×1, 3×3, an average pool for the stride, 1×1 to four times the inner channels; the shortcut is pooled too."""

    def __init__(self, inputs: int, inner: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * inner
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn1 = BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, padding=1, bias=False)
        self.bn2 = BatchNorm2d(inner)
        self.avgpool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.conv3 = nn.Conv2d(inner, outputs, 1, bias=False)
        self.bn3 = BatchNorm2d(outputs)
        self.downsample: nn.Sequential | None = None
        if stride > 1 or inputs != outputs:
            parts: OrderedDict[str, nn.Module] = OrderedDict()
            parts["-1"] = nn.AvgPool2d(stride)
            parts["0"] = nn.Conv2d(inputs, outputs, 1, bias=False)
            parts["1"] = BatchNorm2d(outputs)
            self.downsample = nn.Sequential(parts)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(self.avgpool(y)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class AttentionPool2d(nn.Module):
    """The mean of the places looks at all of them."""

    def __init__(self, side: int, width: int, heads: int, outputs: int) -> None:
        super().__init__()
        self.made = (side, side)
        self.positional_embedding = nn.Parameter(torch.zeros(side**2 + 1, width))
        self.k_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.c_proj = nn.Linear(width, outputs)
        self.heads = heads

    def tokens(self, x: Tensor) -> Tensor:
        """The mean of a map `[n, width, rows, columns]` and its places, with their positions, `[n, 1 + places, width]`."""
        places = x.flatten(2).permute(0, 2, 1)  # [n, place, width]
        positions = resized_positions(self.positional_embedding, self.made, (x.shape[2], x.shape[3]))
        return torch.cat([places.mean(1, keepdim=True), places], dim=1) + positions

    def attended(self, tokens: Tensor, looking: Tensor) -> Tensor:
        """What `looking [n, some, width]` finds in the tokens, `[n, some, outputs]`."""
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.q_proj(looking), self.k_proj(tokens), self.v_proj(tokens))
        )
        mixed = F.scaled_dot_product_attention(query, key, value)  # [n, head, some, width / heads]
        return self.c_proj(mixed.transpose(1, 2).flatten(2))

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.tokens(x)
        return self.attended(tokens, tokens[:, :1]).squeeze(1)


class ModifiedResNet(ImageTower):
    """Three 3×3 convolutions and a pool, four stages of bottlenecks, an attention pool to `outputs`."""

    def __init__(
        self,
        size: int,
        width: int,
        blocks: tuple[int, int, int, int],
        heads: int,
        outputs: int,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        to: int | None = None,
    ) -> None:
        super().__init__(mean, std)
        self.conv1 = nn.Conv2d(3, width // 2, 3, stride=2, padding=1, bias=False)
        self.bn1 = BatchNorm2d(width // 2)
        self.conv2 = nn.Conv2d(width // 2, width // 2, 3, padding=1, bias=False)
        self.bn2 = BatchNorm2d(width // 2)
        self.conv3 = nn.Conv2d(width // 2, width, 3, padding=1, bias=False)
        self.bn3 = BatchNorm2d(width)
        self.channels = width
        self.layer1 = self.stage(width, blocks[0], 1)
        self.layer2 = self.stage(width * 2, blocks[1], 2)
        self.layer3 = self.stage(width * 4, blocks[2], 2)
        self.layer4 = self.stage(width * 8, blocks[3], 2)
        self.attnpool = AttentionPool2d(size // 32, width * 32, heads, outputs)
        self.fc = nn.Identity() if to is None else nn.Linear(outputs, to)

    def stage(self, inner: int, count: int, stride: int) -> nn.Sequential:
        """`count` bottlenecks, the first with the stride."""
        blocks = []
        for index in range(count):
            blocks.append(Bottleneck(self.channels, inner, stride if index == 0 else 1))
            self.channels = 4 * inner
        return nn.Sequential(*blocks)

    def passed(self, pixels: Tensor, until: int | None = None, dropout: Dropout = NOTHING) -> list[Tensor]:
        x = F.relu(self.bn1(self.conv1(pixels)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.relu(self.bn3(self.conv3(x)))
        return behind_each(F.avg_pool2d(x, 2), (self.layer1, self.layer2, self.layer3, self.layer4)[:until])

    def features(self, last: Tensor) -> Tensor:
        return self.fc(self.attnpool(last))

    def tapped(self, pixels: Tensor, passed: list[Tensor], name: str, at: int) -> Tensor:
        x = passed[at if name == "stage" else -1]
        if name in ("stage", "grid"):
            return x.permute(0, 2, 3, 1)
        pool = self.attnpool
        tokens = pool.tokens(x)
        made = pool.c_proj(pool.v_proj(tokens)) if name == "values" else pool.attended(tokens, tokens)
        return made if name == "tokens" else made[:, 1:].unflatten(1, (x.shape[2], x.shape[3]))
