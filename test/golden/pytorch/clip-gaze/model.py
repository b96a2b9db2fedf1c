"""The encoders and modules of clip_gaze, under their names."""

from __future__ import annotations

from torch import nn

from .clip import CLIP
from .resnet import Residual, ResNet

TRAINED: dict[str, tuple[str, ...]] = {
    "main": ("E", "M", "F"),
}
"""Tensors and parts that each stage trains."""

BATCH_STATISTICS: dict[str, tuple[str, ...]] = {
    "main": ("E",),
}
"""Batch norms, and parts that have them, that see the batches of each stage."""


class Model(nn.Module):
    """CLIP-Gaze: keep what gaze needs, push away what CLIP says is irrelevant"""

    def __init__(self) -> None:
        super().__init__()
        # frozen    encoder clip = clip("weights/clipx-tiny")  # clip.image, clip.text, clip.joint
        self.clip = CLIP(
            visual=Residual(
                width=32,
                blocks=(32, 64, 64, 128, 128, 256),
                strides=(1, 2, 1, 2, 1, 2),
                mean=(0.48145466, 0.4578275, 0.40821073),
                std=(0.26862954, 0.26130258, 0.27577711),
            ),
            visual_width=256,
            context=40,
            vocabulary=4300,
            width=128,
            layers=2,
            heads=4,
            activation="gelu",
            joint=128,
        )
        # trainable encoder E    = resnet18(to: clip.joint, width: 16)
        self.E = ResNet(depth=18, width=16, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
        # trainable module  M    = mlp(clip.joint -> hidden(128) -> clip.joint)
        self.M = nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 128))
        # trainable module  F    = linear(clip.joint -> xyz)
        self.F = nn.Linear(128, 3)

    def enter(self, stage: str) -> None:
        """What the stage trains gets gradients, and its batch norms see the batch; all others keep their statistics."""
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(any(name == part or name.startswith(f"{part}.") for part in TRAINED[stage]))
        self.eval()
        for part in BATCH_STATISTICS[stage]:
            self.get_submodule(part).train()
