"""The audio spectrogram transformer as PyTorch computes it: layers/ast.json.

The filter bank follows Kaldi's `compute-fbank-feats` as torchaudio.compliance.kaldi.fbank(htk_compat=True, use_energy=False,
window_type="hanning", dither=0, frame_shift=10) does; with `--kaldi` it is compared with the package kaldi-native-fbank.
The model is that of Gong et al. (2021): DeiT with two tokens, overlapping patches, mean of the two tokens, a norm and a linear layer.
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)
RATE, MELS, FRAMES, PATCH, STRIDE, WIDTH, LAYERS, HEADS, CLASSES = 8000, 12, 16, 4, 3, 8, 2, 2, 5
MEAN, DEVIATION = -4.5, 3.0
SAMPLES = 1200
REAL = [1200, 730]


def rounded(tensor, digits=6):
    return torch.tensor([round(float(x), digits) for x in tensor.reshape(-1)]).reshape(tensor.shape)


def numbers(tensor, digits=7):
    return {"shape": list(tensor.shape), "data": [round(float(x), digits) for x in tensor.detach().reshape(-1)]}


def mel(hertz):
    return 1127.0 * math.log(1.0 + hertz / 700.0)


def banks(length):
    rows = []
    low, high = mel(20.0), mel(RATE / 2)
    delta = (high - low) / (MELS + 1)
    for band in range(MELS):
        left, centre, right = (low + (band + k) * delta for k in range(3))
        row = []
        for bin in range(length // 2):
            at = mel(RATE / length * bin)
            row.append(max(0.0, min((at - left) / (centre - left), (right - at) / (right - centre))))
        rows.append(row + [0.0])
    return torch.tensor(rows)


def fbank(wave):
    size, hop = int(RATE * 0.025), int(RATE * 0.010)
    length = 2 ** math.ceil(math.log2(size))
    frames = wave.unfold(0, size, hop)
    frames = frames - frames.mean(1, keepdim=True)
    before = F.pad(frames.unsqueeze(0), (1, 0), mode="replicate").squeeze(0)[:, :-1]
    frames = (frames - 0.97 * before) * torch.hann_window(size, periodic=False)
    power = torch.fft.rfft(F.pad(frames, (0, length - size))).abs() ** 2
    return (power @ banks(length).T).clamp(min=torch.finfo(torch.float32).eps).log()


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6), nn.LayerNorm(WIDTH, eps=1e-6)
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.fc1, self.fc2 = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        n, tokens, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = (q @ k.transpose(-2, -1) / math.sqrt(WIDTH // HEADS)).softmax(-1) @ v
        x = x + self.proj(mixed.transpose(1, 2).reshape(n, tokens, WIDTH))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Ast(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(1, WIDTH, PATCH, STRIDE)
        count = ((MELS - PATCH) // STRIDE + 1) * ((FRAMES - PATCH) // STRIDE + 1)
        self.cls, self.dist = nn.Parameter(torch.zeros(1, 1, WIDTH)), nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.positions = nn.Parameter(torch.zeros(1, 2 + count, WIDTH))
        self.blocks = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)
        self.head = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, CLASSES))

    def forward(self, bank):
        x = ((bank - MEAN) / (DEVIATION * 2)).unsqueeze(1).transpose(2, 3)
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls.expand(len(x), -1, -1), self.dist.expand(len(x), -1, -1), x), 1) + self.positions
        for block in self.blocks:
            x = block(x)
        hidden = x
        x = self.norm(x)
        return hidden, self.head((x[:, 0] + x[:, 1]) / 2)

    def named(self):
        found = {
            "patches.weight": self.patches.weight.permute(2, 3, 1, 0), "patches.bias": self.patches.bias,
            "class": self.cls.reshape(-1), "distillation": self.dist.reshape(-1), "positions": self.positions[0],
            "norm_post.scale": self.norm.weight, "norm_post.bias": self.norm.bias,
            "norm_head.scale": self.head[0].weight, "norm_head.bias": self.head[0].bias,
            "projection.weight": self.head[1].weight, "projection.bias": self.head[1].bias,
        }
        for index, block in enumerate(self.blocks):
            names = {"norm1.scale": block.norm1.weight, "norm1.bias": block.norm1.bias, "norm2.scale": block.norm2.weight, "norm2.bias": block.norm2.bias,
                     "attention.in.weight": block.qkv.weight, "attention.in.bias": block.qkv.bias,
                     "attention.out.weight": block.proj.weight, "attention.out.bias": block.proj.bias,
                     "mlp.in.weight": block.fc1.weight, "mlp.in.bias": block.fc1.bias, "mlp.out.weight": block.fc2.weight, "mlp.out.bias": block.fc2.bias}
            found |= {f"blocks.{index}.{key}": value for key, value in names.items()}
        return found


def sounds():
    t = torch.arange(SAMPLES) / RATE
    tones = [0.4 * torch.sin(2 * math.pi * 440 * t) + 0.2 * torch.sin(2 * math.pi * 1730 * t + 1), 0.5 * torch.sin(2 * math.pi * (300 + 4000 * t) * t)]
    waves = rounded(torch.stack(tones) + 0.05 * torch.randn(2, SAMPLES) + 0.03, 5)
    return waves * torch.stack([(torch.arange(SAMPLES) < real).double() for real in REAL])


model = Ast().eval()
with torch.no_grad():
    for tensor in model.parameters():
        tensor.copy_(rounded(torch.randn_like(tensor) * 0.4 + (0.1 if tensor.dim() > 1 else 0.6)))
waves = sounds()
pictures = []
for wave, real in zip(waves, REAL):
    own = wave[:real]
    bank = fbank(own - own.mean())
    if "--kaldi" in sys.argv:
        import kaldi_native_fbank as knf
        options = knf.FbankOptions()
        options.frame_opts.samp_freq, options.frame_opts.dither, options.frame_opts.window_type = RATE, 0, "hanning"
        options.frame_opts.snip_edges = True
        options.mel_opts.num_bins, options.use_energy, options.htk_compat = MELS, False, True
        online = knf.OnlineFbank(options)
        online.accept_waveform(RATE, (own - own.mean()).float().tolist())
        online.input_finished()
        theirs = torch.stack([torch.tensor(online.get_frame(i).astype("float64")) for i in range(online.num_frames_ready)])
        print("kaldi", tuple(theirs.shape), tuple(bank.shape), float((theirs - bank).abs().max()))
    pictures.append(F.pad(bank, (0, 0, 0, FRAMES - len(bank))))
bank = torch.stack(pictures)
hidden, logits = model(bank)
case = {"waves": numbers(waves, 5), "real": REAL, "bank": numbers(bank), "hidden": numbers(hidden), "logits": numbers(logits),
        "tensors": {key: numbers(value) for key, value in model.named().items()}}
target = pathlib.Path(__file__).parents[1] / "layers" / "ast.json"
target.write_text(json.dumps(case) + "\n")
print(target, target.stat().st_size, "bytes")
