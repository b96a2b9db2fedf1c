"""archives/: small files as torch.save, torch.jit.save and Hugging Face write them, and what stands in them.

Needs torch alone. `expected/<file>.safetensors` has the same tensors by the names a reader should give them, float types as
float32; the other integers as int32, bool and uint8 as uint8.
"""
import argparse
import json
import os
import struct
import sys
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

WIDENED = {
    torch.float32: ("F32", torch.float32), torch.float16: ("F32", torch.float32),
    torch.bfloat16: ("F32", torch.float32), torch.float64: ("F32", torch.float32),
    torch.int64: ("I32", torch.int32), torch.int32: ("I32", torch.int32),
    torch.int16: ("I32", torch.int32), torch.int8: ("I32", torch.int32),
    torch.uint8: ("U8", torch.uint8), torch.bool: ("U8", torch.uint8),
}
STORED = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}


def generator(seed):
    return torch.Generator().manual_seed(seed)


def normal(g, *shape):
    return torch.randn(shape, generator=g)


def raw(tensor):
    return bytes(tensor.detach().contiguous().reshape(-1).view(torch.uint8).tolist())


def write_safetensors(path, entries):
    """The container by hand: u64 length of the header, JSON header, bytes. Entries are (name, dtype name, tensor)."""
    header, data = {}, b""
    for name, dtype, tensor in entries:
        part = raw(tensor)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def expect(folder, name, tensors):
    (folder / "expected").mkdir(exist_ok=True)
    entries = []
    for key, tensor in tensors.items():
        dtype, to = WIDENED[tensor.dtype]
        entries.append((key, dtype, tensor.detach().to(to)))
    write_safetensors(folder / "expected" / f"{name}.safetensors", entries)


def save_legacy(value, path):
    """The form before torch 1.6. It names storages by where they lie in memory: numbers instead, so that each run writes the same."""
    address, keys = torch.UntypedStorage._cdata, {}
    torch.UntypedStorage._cdata = property(lambda self: keys.setdefault(address.__get__(self), 1000 + len(keys)))
    torch.save(value, path, _use_new_zipfile_serialization=False)
    del torch.UntypedStorage._cdata


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ln = nn.LayerNorm(width)
        self.fc = nn.Linear(width, 2 * width)

    def forward(self, x):
        return x + self.fc(self.ln(x)).chunk(2, -1)[0]


class Tower(nn.Module):
    """Shaped as OpenAI's visual tower: a conv, a class embedding, blocks in a Sequential, a projection, a buffer."""

    def __init__(self, width=4):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 2, 2, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.resblocks = nn.Sequential(Block(width), Block(width))
        self.proj = nn.Parameter(torch.zeros(width, 3))
        self.register_buffer("seen", torch.tensor(7))

    def forward(self, x):
        y = self.conv1(x).flatten(2).transpose(1, 2)
        return self.resblocks(y + self.class_embedding).mean(1) @ self.proj


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.visual = Tower()
        self.logit_scale = nn.Parameter(torch.tensor(2.5))

    def forward(self, x):
        return self.visual(x) * self.logit_scale.exp()


def filled(module, g):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(normal(g, *parameter.shape))
    return module


def state_dicts(folder, g):
    types = OrderedDict(
        single=normal(g, 2, 3), half=normal(g, 5).half(), brain=normal(g, 3, 2).bfloat16(), double=normal(g, 4).double(),
        long=torch.tensor([1, -2, 2**31 - 1]), int=torch.tensor([[3, -4]], dtype=torch.int32),
        short=torch.tensor([-300, 300], dtype=torch.int16), char=torch.tensor([-7, 7], dtype=torch.int8),
        byte=torch.tensor([0, 255], dtype=torch.uint8), flag=torch.tensor([True, False, True]),
        scalar=torch.tensor(0.1), empty=torch.zeros(0, 3))
    types["half"][0], types["half"][1] = 6e-8, float("inf")
    torch.save(types, folder / "types.pt")
    expect(folder, "types", types)

    module = filled(Model(), g)
    for protocol in (2, 4):
        torch.save(module.state_dict(), folder / f"protocol{protocol}.pt", pickle_protocol=protocol)
    expect(folder, "model", module.state_dict())

    # a run of training as scripts save them: wrapped by DistributedDataParallel, with an optimiser that has stepped
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.0)
    module(normal(g, 1, 3, 4, 4)).sum().backward()
    optimizer.step()
    wrapped = {f"module.{name}": value for name, value in module.state_dict().items()}
    torch.save({"epoch": 3, "best": 0.25, "state_dict": wrapped, "optimizer": optimizer.state_dict(),
                "args": {"name": "ViT", "lr": [1e-3, None], "done": False, "big": 2**70}}, folder / "nested.pt")
    torch.save({"model_state_dict": module.state_dict(), "step": torch.tensor(9)}, folder / "wrapped.pth")
    torch.save(list(module.parameters())[:3], folder / "list.pt")
    expect(folder, "list", {str(at): value for at, value in enumerate(list(module.parameters())[:3])})
    save_legacy(module.state_dict(), folder / "legacy.pt")
    torch.save(module, folder / "whole-module.pt")
    noted = normal(g, 2, 2)
    noted.note = "an attribute of its own"
    beside = {"size": torch.Size([1, 2]), "type": torch.bfloat16, "place": torch.device("cpu"), "layout": torch.strided,
              "bytes": bytes(range(256)), "set": {1, 2}, "frozen": frozenset({"a"}),
              "pair": (1, -2**40), "name": "é" * 200, "one": 1.5}
    weights = {"noted": noted, "parameter": nn.Parameter(normal(g, 3)), "buffer": nn.Buffer(normal(g, 2))}
    for protocol in (2, 5):
        torch.save({"beside": beside, "model": weights}, folder / f"beside{protocol}.pt", pickle_protocol=protocol)
    expect(folder, "beside", weights)
    return module


def views(folder, g):
    base = normal(g, 6, 4)
    tied = normal(g, 3, 4)
    filters = normal(g, 4, 3, 2, 2)
    found = OrderedDict(
        base=base, transposed=base.t(), rows=base[2:4], columns=base[:, 1], every_other=base[::2, ::3], flat=base.reshape(-1)[5:9],
        wide=base[0].expand(3, 4), windows=base.reshape(-1).unfold(0, 4, 2), token_embedding=tied, head=tied,
        channels_last=filters.to(memory_format=torch.channels_last), moved=filters.permute(2, 0, 3, 1), last=base[-1, -1],
        half=base.half().t())
    torch.save(found, folder / "views.bin")
    save_legacy(found, folder / "views-legacy.bin")
    expect(folder, "views", found)


def scripts(folder, module):
    module.eval()
    with torch.no_grad():
        torch.jit.trace(module, torch.zeros(1, 3, 4, 4)).save(folder / "traced.pt")
        torch.jit.script(filled(Block(4), generator(2)).half()).save(folder / "scripted.pt")
    expect(folder, "scripted", torch.jit.load(folder / "scripted.pt").state_dict())
    expect(folder, "traced", torch.jit.load(folder / "traced.pt").state_dict())


def sharded(folder, g):
    """As transformers writes large models: two files and which tensor is in which; half precision."""
    there = folder / "sharded"
    there.mkdir(exist_ok=True)
    tensors = {f"layers.{layer}.{part}": normal(g, 2, 3).half() for layer in range(2) for part in ("weight", "gate")}
    tensors["ids"] = torch.arange(4)
    weight_map = {}
    for at in (0, 1):
        names = [name for index, name in enumerate(tensors) if index % 2 == at]
        file = f"model-{at + 1:05}-of-00002.safetensors"
        write_safetensors(there / file, [(name, STORED[tensors[name].dtype], tensors[name]) for name in names])
        weight_map |= dict.fromkeys(names, file)
    size = sum(tensor.nbytes for tensor in tensors.values())
    index = {"metadata": {"total_size": size}, "weight_map": dict(sorted(weight_map.items()))}
    (there / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    expect(folder, "sharded", tensors)


class Shell:
    """What a hostile file does: ask the reader to call a function."""

    def __init__(self, function, *given):
        self.asked = (function, given)

    def __reduce__(self):
        return self.asked


def hostile(folder):
    torch.save({"weight": torch.zeros(2), "other": Shell(os.system, "echo executed > executed")}, folder / "hostile-system.pt")
    torch.save({"weight": Shell(getattr, str, "join")}, folder / "hostile-getattr.pt")
    save_legacy(Shell(eval, "1 + 1"), folder / "hostile-legacy.pt")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder that receives archives/")
    folder = Path(parser.parse_args().out) / "archives"
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    g = generator(1)
    module = state_dicts(folder, g)
    views(folder, g)
    sharded(folder, g)
    hostile(folder)
    scripts(folder, module)


if __name__ == "__main__":
    # TorchScript writes the constants of a module in the order of a set
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    main()
