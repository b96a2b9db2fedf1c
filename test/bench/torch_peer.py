"""PyTorch's side of the benchmark: the programs P2 and P3 of this folder, written as one would in PyTorch.

Started as `python torch_peer.py PROGRAM THREADS`. Says `{"ready": …}` on a line, then answers each line of standard input (a number
of training steps) with `{"ms": [one entry per step], "peakMiB": …}`.
"""

import json
import math
import resource
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


def perceptron():
    """Ten linear layers 512 -> 1024 ... 1024 -> 512 with ReLU between them."""
    widths = [512] + [1024] * 9 + [512]
    layers = [layer for pair in zip(widths, widths[1:]) for layer in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


class TwoPerceptrons(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = perceptron(), perceptron()
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    @staticmethod
    def batch():
        return torch.randn(256, 512), torch.randn(256, 512)

    def forward(self, a, b):
        return info_nce(self.a(a), self.b(b), self.log_scale.exp())


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


class DualEncoder(nn.Module):
    size, patch, width, joint, context, vocabulary = 64, 8, 256, 256, 32, 8192

    def __init__(self):
        super().__init__()
        width = self.width
        deviation = torch.tensor([0.26862954, 0.26130258, 0.27577711])
        mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])
        self.register_buffer("factor", (1 / (255 * deviation)).reshape(3, 1, 1))
        self.register_buffer("offset", (-mean / deviation).reshape(3, 1, 1))
        self.patches = nn.Conv2d(3, width, self.patch, self.patch, bias=False)
        self.first = nn.Parameter(torch.randn(width) * width**-0.5)
        self.image_positions = nn.Parameter(torch.randn(1 + (self.size // self.patch) ** 2, width) * width**-0.5)
        self.norm_pre, self.norm_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.image_blocks = nn.Sequential(*[Block(width, 4, False) for _ in range(6)])
        self.image_projection = nn.Linear(width, self.joint, bias=False)
        self.tokens = nn.Embedding(self.vocabulary, width)
        nn.init.normal_(self.tokens.weight, std=0.02)
        self.text_positions = nn.Parameter(torch.randn(self.context, width) * 0.01)
        self.text_blocks = nn.Sequential(*[Block(width, 4, True) for _ in range(4)])
        self.norm_final = nn.LayerNorm(width)
        self.text_projection = nn.Linear(width, self.joint, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    @classmethod
    def batch(cls):
        pixels = torch.randint(0, 256, (64, 3, cls.size, cls.size), dtype=torch.uint8)
        ids = torch.randint(0, cls.vocabulary, (64, cls.context))
        return pixels, ids, torch.full((64,), cls.context - 1)

    def forward(self, pixels, ids, end):
        patches = self.patches(pixels.float() * self.factor + self.offset).flatten(2).transpose(1, 2)
        image = torch.cat([self.first.expand(len(patches), 1, -1), patches], 1) + self.image_positions
        image = self.image_blocks(self.norm_pre(image))[:, 0]
        text = self.text_blocks(self.tokens(ids) + self.text_positions)[torch.arange(len(ids)), end]
        u = self.image_projection(self.norm_post(image))
        v = self.text_projection(self.norm_final(text))
        return info_nce(u, v, self.log_scale.exp())


PROGRAMS = {"p2-dual-encoder": DualEncoder, "p3-mlps": TwoPerceptrons}


def main():
    torch.manual_seed(1)
    torch.set_num_threads(int(sys.argv[2]))
    model = PROGRAMS[sys.argv[1]]()
    batch = model.batch()
    # As clipx: weight decay acts on tensors of two or more dimensions.
    parameters = list(model.parameters())
    groups = [
        {"params": [each for each in parameters if each.dim() >= 2], "weight_decay": 0.01},
        {"params": [each for each in parameters if each.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, foreach=True)
    count = sum(each.numel() for each in parameters)
    print(json.dumps({"ready": f"PyTorch {torch.__version__}", "parameters": count}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            optimizer.zero_grad(set_to_none=True)
            loss = model(*batch)
            loss.backward()
            optimizer.step()
            loss.item()
            times.append((time.perf_counter() - start) * 1e3)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"ms": times, "peakMiB": peak / (2**20 if sys.platform == "darwin" else 2**10)}), flush=True)


main()
