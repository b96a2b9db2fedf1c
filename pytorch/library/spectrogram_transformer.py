"""The audio spectrogram transformer (Gong et al., 2021), with the tensors' names of Hugging Face."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .block_tower import BlockTower
from .dropout import NOTHING, Dropout
from .joint_attention import JointAttention
from .layers import ACTIVATIONS

SILENCE = 1.1920928955078125e-07
"""Below it a band is silent: the resolution of float32, as in torchaudio."""


def mel(hertz: float) -> float:
    """Kaldi's scale."""
    return 1127 * math.log(1 + hertz / 700)


@cache
def triangles(rate: int, bands: int, length: int) -> Tensor:
    """Triangles that are straight in mel, with peaks of 1, from 20 Hz to half the rate: `[length / 2, bands]`."""
    low, high = mel(20), mel(rate / 2)
    step = (high - low) / (bands + 1)
    here = torch.tensor([mel(bin * rate / length) for bin in range(length // 2)], dtype=torch.float64)[:, None]
    first = low + step * torch.arange(bands, dtype=torch.float64)
    return torch.minimum(here - first, first + 2 * step - here).div(step).clamp(min=0)


def filter_bank(wave: Tensor, rate: int, bands: int, frames: int, real: Tensor | None = None) -> Tensor:
    """Logarithms of powers in mel bands as Kaldi computes them: `wave [n, time]` to `[n, frames, bands]`.

    Windows of 25 ms, a new one every 10 ms. Those beyond the sound, and those that reach beyond its `real [n, time]` end, are 0.
    """
    size, hop = math.floor(rate * 0.025 + 0.5), math.floor(rate * 0.01 + 0.5)
    if real is None:
        level = wave - wave.mean(1, keepdim=True)
    else:
        own = torch.where(real, wave, 0.0)
        level = torch.where(real, own - own.sum(1, keepdim=True) / real.sum(1, keepdim=True).clamp(min=1), 0.0)
    windows = level.unfold(1, size, hop)[:, :frames]
    windows = windows - windows.mean(2, keepdim=True)
    steep = windows - 0.97 * torch.cat([windows[..., :1], windows[..., :-1]], dim=2)
    shaped = steep * torch.hann_window(size, periodic=False, dtype=wave.dtype, device=wave.device)
    length = 2 ** math.ceil(math.log2(size))
    spectrum = torch.fft.rfft(shaped, length)[..., : length // 2]
    power = spectrum.real.square() + spectrum.imag.square()
    bank = (power @ triangles(rate, bands, length).to(power)).clamp(min=SILENCE).log()
    if real is not None:
        bank = torch.where(real[:, size - 1 :: hop][:, : bank.shape[1], None], bank, 0.0)
    return F.pad(bank, (0, 0, 0, frames - bank.shape[1]))


class Embeddings(nn.Module):
    """Overlapping patches behind a class and a distillation token, with positions."""

    def __init__(self, bands: int, frames: int, patch: int, stride: int, width: int) -> None:
        super().__init__()
        count = ((bands - patch) // stride + 1) * ((frames - patch) // stride + 1)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.distillation_token = nn.Parameter(torch.zeros(1, 1, width))
        self.position_embeddings = nn.Parameter(torch.zeros(1, 2 + count, width))
        self.patch_embeddings = nn.ModuleDict({"projection": nn.Conv2d(1, width, patch, stride)})

    def forward(self, bank: Tensor) -> Tensor:
        patches = self.patch_embeddings["projection"](bank.transpose(1, 2)[:, None]).flatten(2).transpose(1, 2)
        first = (token.expand(bank.shape[0], -1, -1) for token in (self.cls_token, self.distillation_token))
        return torch.cat([*first, patches], dim=1) + self.position_embeddings


class Block(nn.Module):
    """x += attention(norm x); x += mlp(norm x)."""

    def __init__(self, width: int, heads: int, activation: str, epsilon: float) -> None:
        super().__init__()
        output = nn.ModuleDict({"dense": nn.Linear(width, width)})
        self.attention = nn.ModuleDict({"attention": JointAttention(width, heads), "output": output})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, 4 * width)})
        self.act = ACTIVATIONS[activation]()
        self.output = nn.ModuleDict({"dense": nn.Linear(4 * width, width)})
        self.layernorm_before = nn.LayerNorm(width, epsilon)
        self.layernorm_after = nn.LayerNorm(width, epsilon)

    def forward(self, x: Tensor, bias: Tensor | None, dropout: Dropout = NOTHING) -> Tensor:
        seen = self.attention["attention"](self.layernorm_before(x), bias, dropout.below("attention"))
        x = x + dropout(self.attention["output"]["dense"](seen), "norm1")
        inner = self.act(self.intermediate["dense"](self.layernorm_after(x)))
        return x + dropout(self.output["dense"](inner), "norm2")


class SpectrogramTransformer(BlockTower):
    """Sounds to the mean of the first two tokens. `mean`, `deviation`: of the log-mel values, brought to 0 and ½."""

    def __init__(
        self,
        bands: int,
        frames: int,
        patch: int,
        stride: int,
        width: int,
        layers: int,
        heads: int,
        mean: float,
        deviation: float,
        activation: str = "gelu",
        epsilon: float = 1e-6,
    ) -> None:
        super().__init__()
        self.bands, self.frames, self.mean, self.deviation = bands, frames, mean, deviation
        self.embeddings = Embeddings(bands, frames, patch, stride, width)
        blocks = (Block(width, heads, activation, epsilon) for _ in range(layers))
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(blocks)})
        self.layernorm = nn.LayerNorm(width, epsilon)

    def stack(self) -> nn.ModuleList:
        return self.encoder["layer"]

    def seen(self, scaled: Tensor, dropout: Dropout = NOTHING) -> Tensor:
        """Log-mel values `[n, frames, bands]`, scaled already, to tokens as the last block leaves them."""
        return self.through(self.embeddings(scaled), dropout=dropout)

    def hidden(self, wave: Tensor, rate: int, real: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """Sounds `[..., time]` of `rate` samples a second to tokens `[..., token, width]`; `real [..., time]` says what is sound."""
        lead = wave.shape[:-1]
        rows = None if real is None else real.expand(wave.shape).reshape(lead.numel(), -1)
        bank = filter_bank(wave.reshape(lead.numel(), -1), rate, self.bands, self.frames, rows)
        tokens = self.seen((bank - self.mean) / (2 * self.deviation), dropout)
        return tokens.reshape(*lead, *tokens.shape[1:])

    def pooled(self, hidden: Tensor) -> Tensor:
        """Tokens `[..., token, width]` as the last block leaves them to the mean of the first two, normed."""
        return self.layernorm(hidden[..., :2, :]).mean(-2)

    def forward(self, wave: Tensor, rate: int, real: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """Sounds `[..., time]` to features `[..., width]`."""
        return self.pooled(self.hidden(wave, rate, real, dropout))


class AudioSpectrogramTransformer(BlockTower):
    """The same with the published head: a norm of its own, and a linear layer to `to` numbers."""

    def __init__(self, tower: SpectrogramTransformer, width: int, to: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.audio_spectrogram_transformer = tower
        self.classifier = nn.ModuleDict({"layernorm": nn.LayerNorm(width, epsilon), "dense": nn.Linear(width, to)})

    def stack(self) -> nn.ModuleList:
        """Blocks of the tower."""
        return self.audio_spectrogram_transformer.stack()

    def hidden(self, wave: Tensor, rate: int, real: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """Tokens of the tower."""
        return self.audio_spectrogram_transformer.hidden(wave, rate, real, dropout)

    def headed(self, feature: Tensor) -> Tensor:
        """Features `[..., width]` to `[..., to]`."""
        return self.classifier["dense"](self.classifier["layernorm"](feature))

    def forward(self, wave: Tensor, rate: int, real: Tensor | None = None, dropout: Dropout = NOTHING) -> Tensor:
        """Sounds `[..., time]` to features `[..., to]`."""
        return self.headed(self.audio_spectrogram_transformer(wave, rate, real, dropout))
