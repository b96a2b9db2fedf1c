"""Residual networks of He et al. (2016), with the tensors' names of torchvision."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from .dropout import NOTHING, Dropout
from .layers import BatchNorm2d, ImageTower, behind_each


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    """Without bias: a batch norm follows."""
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)


def shortcut(inputs: int, outputs: int, stride: int) -> nn.Sequential | None:
    """A 1×1 convolution where the shape changes."""
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(convolution(inputs, outputs, 1, stride), BatchNorm2d(outputs))


class BasicBlock(nn.Module):
    """Two 3×3 convolutions around a shortcut."""

    expansion = 1

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = convolution(inputs, outputs, 3, stride)
        self.bn1 = BatchNorm2d(outputs)
        self.conv2 = convolution(outputs, outputs, 3)
        self.bn2 = BatchNorm2d(outputs)
        self.downsample = shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """1×1, 3×3 with the stride, 1×1 to four times the inner channels, around a shortcut."""

    expansion = 4

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        inner = outputs // self.expansion
        self.conv1 = convolution(inputs, inner, 1)
        self.bn1 = BatchNorm2d(inner)
        self.conv2 = convolution(inner, inner, 3, stride)
        self.bn2 = BatchNorm2d(inner)
        self.conv3 = convolution(inner, outputs, 1)
        self.bn3 = BatchNorm2d(outputs)
        self.downsample = shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


STRUCTURE: dict[int, tuple[type[BasicBlock | Bottleneck], tuple[int, int, int, int]]] = {
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
}
"""Blocks of the four stages (table 1)."""


class ResNet(ImageTower):
    """ResNet-18, -34 or -50 whose first stage has `width` channels (published: 64). `to`: a projection of the features."""

    def __init__(
        self,
        depth: int,
        width: int,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        to: int | None = None,
    ) -> None:
        super().__init__(mean, std)
        block, counts = STRUCTURE[depth]
        self.conv1 = convolution(3, width, 7, 2)
        self.bn1 = BatchNorm2d(width)
        self.channels = width
        self.layer1 = self.stage(block, counts[0], width * block.expansion, 1)
        self.layer2 = self.stage(block, counts[1], 2 * width * block.expansion, 2)
        self.layer3 = self.stage(block, counts[2], 4 * width * block.expansion, 2)
        self.layer4 = self.stage(block, counts[3], 8 * width * block.expansion, 2)
        self.fc = nn.Identity() if to is None else nn.Linear(self.channels, to)

    def stage(self, block: type[BasicBlock | Bottleneck], count: int, outputs: int, stride: int) -> nn.Sequential:
        """`count` blocks, the first with the stride."""
        blocks = []
        for index in range(count):
            blocks.append(block(self.channels, outputs, stride if index == 0 else 1))
            self.channels = outputs
        return nn.Sequential(*blocks)

    def passed(self, pixels: Tensor, until: int | None = None, dropout: Dropout = NOTHING) -> list[Tensor]:
        x = F.relu(self.bn1(self.conv1(pixels)))
        stem = F.max_pool2d(x, 3, stride=2, padding=1)
        return behind_each(stem, (self.layer1, self.layer2, self.layer3, self.layer4)[:until])

    def features(self, last: Tensor) -> Tensor:
        return self.fc(last.mean((2, 3)))

    def tapped(self, pixels: Tensor, passed: list[Tensor], name: str, at: int) -> Tensor:
        x = passed[at if name == "stage" else -1].permute(0, 2, 3, 1)
        if name in ("map", "tokens"):
            x = self.projected(x)
        return x.flatten(1, 2) if name == "tokens" else x


class Residual(ImageTower):
    """clipx's small tower: a 3×3 stem of stride 2 to `width`, a basic block for each entry of `blocks`, the mean over the places."""

    def __init__(
        self,
        width: int,
        blocks: tuple[int, ...],
        strides: tuple[int, ...],
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        to: int | None = None,
    ) -> None:
        super().__init__(mean, std)
        self.conv1 = convolution(3, width, 3, 2)
        self.bn1 = BatchNorm2d(width)
        inputs = (width, *blocks)
        self.layers = nn.Sequential(*(BasicBlock(*sizes) for sizes in zip(inputs[:-1], blocks, strides, strict=True)))
        self.width = inputs[-1]
        self.fc = nn.Identity() if to is None else nn.Linear(self.width, to)

    def passed(self, pixels: Tensor, until: int | None = None, dropout: Dropout = NOTHING) -> list[Tensor]:
        return behind_each(F.relu(self.bn1(self.conv1(pixels))), self.layers[:until])

    def depth(self, name: str, at: int) -> int | None:
        return at + 1 if name == "stage" else None

    def features(self, last: Tensor) -> Tensor:
        return self.fc(last.mean((2, 3)))

    def tapped(self, pixels: Tensor, passed: list[Tensor], name: str, at: int) -> Tensor:
        x = passed[at + 1 if name == "stage" else -1].permute(0, 2, 3, 1)
        if name in ("map", "tokens"):
            x = self.projected(x)
        return x.flatten(1, 2) if name == "tokens" else x
