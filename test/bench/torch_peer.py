"""PyTorch's side of the benchmark: the programs P1 to P4 of this folder, written as one would in PyTorch.

`python torch_peer.py PROGRAM THREADS` says on a line `{"variants": {name: ms}, "torch": …}`: how fast each way to run the program is
(optimiser and memory layout), measured in turns. `python torch_peer.py PROGRAM THREADS VARIANT` says `{"ready": …}`, then answers each
line of standard input (a number of steps) with `{"ms": [one entry per step], "peakMiB": …}`.
"""

import json
import math
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def info_nce(a, b, scale):
    """CLIP, section 2.3: both directions, averaged."""
    scores = scale * F.normalize(a, dim=1) @ F.normalize(b, dim=1).t()
    own = torch.arange(len(a))
    return (F.cross_entropy(scores, own) + F.cross_entropy(scores.t(), own)) / 2


class Normalise(nn.Module):
    """Bytes to pixels as a tower wants them: one multiplication and one addition."""

    CLIP = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
    IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

    def __init__(self, statistics):
        super().__init__()
        mean, deviation = (torch.tensor(each) for each in statistics)
        self.register_buffer("factor", (1 / (255 * deviation)).reshape(3, 1, 1))
        self.register_buffer("offset", (-mean / deviation).reshape(3, 1, 1))

    def forward(self, pixels):
        return pixels.float() * self.factor + self.offset


class Block(nn.Module):
    """Pre-norm: x += attention(norm1 x); x += mlp(norm2 x)."""

    def __init__(self, width, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention_in, self.attention_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp_in, self.mlp_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        n, tokens, width = x.shape
        parts = self.attention_in(self.norm1(x)).reshape(n, tokens, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        x = x + self.attention_out(mixed.permute(0, 2, 1, 3).reshape(n, tokens, width))
        return x + self.mlp_out(F.gelu(self.mlp_in(self.norm2(x))))


class VisionTower(nn.Module):
    """CLIP's vision transformer, its class token projected to the joint space."""

    def __init__(self, size, patch, width, layers, heads, joint):
        super().__init__()
        self.normalise = Normalise(Normalise.CLIP)
        self.patches = nn.Conv2d(3, width, patch, patch, bias=False)
        self.first = nn.Parameter(torch.randn(width) * width**-0.5)
        self.positions = nn.Parameter(torch.randn(1 + (size // patch) ** 2, width) * width**-0.5)
        self.norm_pre, self.norm_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.blocks = nn.Sequential(*[Block(width, heads, False) for _ in range(layers)])
        self.projection = nn.Linear(width, joint, bias=False)

    def forward(self, pixels):
        patches = self.patches(self.normalise(pixels)).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.first.expand(len(patches), 1, -1), patches], 1) + self.positions
        return self.projection(self.norm_post(self.blocks(self.norm_pre(tokens))[:, 0]))


class FrozenVision(VisionTower):
    """P1: the features of CLIP's ViT-B/32."""

    trains = False
    layouts = ("contiguous", "channels_last")

    def __init__(self):
        super().__init__(size=224, patch=32, width=768, layers=12, heads=12, joint=512)

    @staticmethod
    def batch():
        return (torch.randint(0, 256, (16, 3, 224, 224), dtype=torch.uint8),)


class DualEncoder(nn.Module):
    """P2: CLIP from scratch."""

    trains = True
    layouts = ("contiguous", "channels_last")
    context, vocabulary = 32, 8192

    def __init__(self, width=256, joint=256):
        super().__init__()
        self.image = VisionTower(size=64, patch=8, width=width, layers=6, heads=4, joint=joint)
        self.tokens = nn.Embedding(self.vocabulary, width)
        nn.init.normal_(self.tokens.weight, std=0.02)
        self.text_positions = nn.Parameter(torch.randn(self.context, width) * 0.01)
        self.text_blocks = nn.Sequential(*[Block(width, 4, True) for _ in range(4)])
        self.norm_final = nn.LayerNorm(width)
        self.text_projection = nn.Linear(width, joint, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    @classmethod
    def batch(cls):
        pixels = torch.randint(0, 256, (64, 3, 64, 64), dtype=torch.uint8)
        ids = torch.randint(0, cls.vocabulary, (64, cls.context))
        return pixels, ids, torch.full((64,), cls.context - 1)

    def forward(self, pixels, ids, end):
        text = self.text_blocks(self.tokens(ids) + self.text_positions)[torch.arange(len(ids)), end]
        return info_nce(self.image(pixels), self.text_projection(self.norm_final(text)), self.log_scale.exp())


def perceptron():
    """Ten linear layers 512 -> 1024 ... 1024 -> 512 with ReLU between them."""
    widths = [512] + [1024] * 9 + [512]
    layers = [layer for pair in zip(widths, widths[1:]) for layer in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


class TwoPerceptrons(nn.Module):
    """P3."""

    trains = True
    layouts = ("contiguous",)

    def __init__(self):
        super().__init__()
        self.a, self.b = perceptron(), perceptron()
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    @staticmethod
    def batch():
        return torch.randn(256, 512), torch.randn(256, 512)

    def forward(self, a, b):
        return info_nce(self.a(a), self.b(b), self.log_scale.exp())


class BasicUnit(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al., 2016)."""

    def __init__(self, channels, output, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, output, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(output, output, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(output), nn.BatchNorm2d(output)
        self.shortcut = nn.Identity()
        if stride != 1 or channels != output:
            self.shortcut = nn.Sequential(nn.Conv2d(channels, output, 1, stride, bias=False), nn.BatchNorm2d(output))

    def forward(self, x):
        inner = F.relu(self.norm1(self.conv1(x)), inplace=True)
        return F.relu(self.norm2(self.conv2(inner)) + self.shortcut(x), inplace=True)


class Resnet(nn.Module):
    """P4: torchvision's ResNet-18 under cross-entropy."""

    trains = True
    layouts = ("contiguous", "channels_last")
    classes = 100

    def __init__(self):
        super().__init__()
        self.normalise = Normalise(Normalise.IMAGENET)
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        )
        widths = [64, 64, 128, 256, 512]
        self.stages = nn.Sequential(
            *[
                unit
                for stage, (channels, output) in enumerate(zip(widths, widths[1:]))
                for unit in (BasicUnit(channels, output, 2 if stage else 1), BasicUnit(output, output, 1))
            ]
        )
        self.head = nn.Linear(512, self.classes)

    @classmethod
    def batch(cls):
        return torch.randint(0, 256, (32, 3, 64, 64), dtype=torch.uint8), torch.randint(0, cls.classes, (32,))

    def forward(self, pixels, labels):
        features = self.stages(self.stem(self.normalise(pixels))).mean((2, 3))
        return F.cross_entropy(self.head(features), labels)


PROGRAMS = {"p1-frozen-vit": FrozenVision, "p2-dual-encoder": DualEncoder, "p3-mlps": TwoPerceptrons, "p4-resnet": Resnet}


def variants(program):
    """`channels_last fused`, …: every way to run a program that is worth trying."""
    updates = ("foreach", "fused") if program.trains else ("forward",)
    return [f"{layout} {update}" for layout in program.layouts for update in updates]


def prepare(program, variant):
    """The number of parameters, and a function that makes one step."""
    layout, update = variant.split()
    torch.manual_seed(1)
    model, batch = program(), program.batch()
    if layout == "channels_last":
        model = model.to(memory_format=torch.channels_last)
        batch = [each.contiguous(memory_format=torch.channels_last) if each.dim() == 4 else each for each in batch]
    parameters = list(model.parameters())
    count = sum(each.numel() for each in parameters)
    if not program.trains:
        model.eval().requires_grad_(False)

        @torch.inference_mode()
        def forward():
            model(*batch)

        return count, forward
    # As clipx: weight decay acts on tensors of two or more dimensions.
    groups = [
        {"params": [each for each in parameters if each.dim() >= 2], "weight_decay": 0.01},
        {"params": [each for each in parameters if each.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, foreach=update == "foreach", fused=update == "fused")

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = model(*batch)
        loss.backward()
        optimizer.step()
        loss.item()

    return count, step


def timed(step):
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e3


def products_per_second():
    """Billions of operations a second of a matrix product, through the BLAS that linear layers take and through oneDNN."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    ways = {"blas": lambda: F.linear(a, b)}
    if torch.backends.mkldnn.is_available():
        dense = a.to_mkldnn()
        ways["oneDNN"] = lambda: torch._C._nn.mkldnn_linear(dense, b)
    with torch.inference_mode():
        return {way: round(2 * 1024**3 / min(timed(run) for _ in range(20)) / 1e6) for way, run in ways.items()}


def compare(program):
    steps = {variant: prepare(program, variant)[1] for variant in variants(program)}
    times = {variant: [] for variant in steps}
    for turn in range(7):
        for variant, step in steps.items():
            ms = timed(step)
            if turn > 1:
                times[variant].append(ms)
    blas = next((word.split("=")[1] for word in torch.__config__.show().split(", ") if "BLAS_INFO=" in word), "unknown")
    described = {
        "version": torch.__version__,
        "blas": blas,
        "oneDNN": torch.backends.mkldnn.is_available(),
        "gigaflops": products_per_second(),
        "threads": torch.get_num_threads(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }
    print(json.dumps({"variants": {each: statistics.median(ms) for each, ms in times.items()}, "torch": described}))


def serve(program, variant):
    count, step = prepare(program, variant)
    print(json.dumps({"ready": f"PyTorch {torch.__version__}", "parameters": count}), flush=True)
    for line in sys.stdin:
        times = [timed(step) for _ in range(int(line))]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"ms": times, "peakMiB": peak / (2**20 if sys.platform == "darwin" else 2**10)}), flush=True)


torch.set_num_threads(int(sys.argv[2]))
if len(sys.argv) > 3:
    serve(PROGRAMS[sys.argv[1]], sys.argv[3])
else:
    compare(PROGRAMS[sys.argv[1]])
