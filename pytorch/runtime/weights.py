"""Parameters by the names and the layouts of clipx: loading, reading, digests, and their start for another seed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn

from .distributed import rank
from .faults import RunFault
from .feeds import drawn
from .philox import Stream

Floats = NDArray[np.float32]
#: clipx name → key of the state_dict, and the order of axes with which torch's tensor is `clipx_tensor.permute(order)`
Names = dict[str, tuple[str, tuple[int, ...] | None]]


def whole(x: Tensor) -> Tensor:
    """All of a tensor, also of one that is sharded over the ranks."""
    full = getattr(x, "full_tensor", None)
    return x if full is None else full()


class Weights:
    """The tensors of a model under the names of clipx."""

    def __init__(self, model: nn.Module, names: Names) -> None:
        self._model, self._names = model, names

    @property
    def _tensors(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = dict(self._model.named_parameters(remove_duplicate=False))
        found.update(self._model.named_buffers(remove_duplicate=False))
        return found

    def parameters(self) -> dict[str, nn.Parameter]:
        """What can be trained."""
        tensors = self._tensors
        found = {name: tensors[key] for name, (key, _) in self._names.items()}
        return {name: tensor for name, tensor in found.items() if isinstance(tensor, nn.Parameter)}

    def order(self, name: str) -> tuple[int, ...] | None:
        """How the axes of a tensor are put."""
        return self._names[name][1]

    def knows(self, name: str) -> bool:
        """Whether the model holds this tensor."""
        return name in self._names

    @torch.no_grad()
    def write(self, values: dict[str, Floats]) -> None:
        """Puts values in, in the layout of clipx."""
        tensors = self._tensors
        for name, value in values.items():
            if name not in self._names:
                continue
            target = tensors[self._names[name][0]]
            target.copy_(self.placed(name, value, target))

    def placed(self, name: str, value: Floats, like: Tensor) -> Tensor:
        """A value in the layout of clipx as a tensor that is shaped, and shared out, like the parameter of this name."""
        order = self.order(name)
        given = torch.from_numpy(np.ascontiguousarray(value))
        made = (given if order is None else given.permute(order)).reshape(like.shape).contiguous()
        mesh = getattr(like, "device_mesh", None)
        if mesh is None:
            return made.to(like.device)
        from torch.distributed.tensor import distribute_tensor

        return distribute_tensor(made.to(like.device), mesh, like.placements)  # type: ignore[attr-defined]

    @torch.no_grad()
    def read(self, names: list[str], shapes: dict[str, list[int]]) -> dict[str, Floats]:
        """Values in the layout of clipx. With shards every rank must ask."""
        tensors = self._tensors
        return {
            name: self.laid_out(name, tensors[self._names[name][0]], shapes[name])
            for name in names
            if name in self._names
        }

    def laid_out(self, name: str, tensor: Tensor, shape: list[int]) -> Floats:
        """A tensor shaped like the parameter of this name, in the layout of clipx."""
        order = self.order(name)
        value = whole(tensor.detach()).float().cpu()
        if order is not None:
            value = value.permute(tuple(np.argsort(order).tolist()))
        return np.ascontiguousarray(value.reshape(shape).numpy())


def digest(value: Floats) -> str:
    """sha256 of a tensor's bytes, little-endian."""
    return hashlib.sha256(np.ascontiguousarray(value, dtype="<f4").tobytes()).hexdigest()


def read_tensors(path: Path) -> tuple[dict[str, Floats], dict[str, str]]:
    """Tensors of a safetensors file, and what it says of itself."""
    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
        return load_file(path), metadata
    except Exception as error:
        raise RunFault("world", "CX8201", f"{path} can not be read: {error}") from error


def write_tensors(path: Path, tensors: dict[str, Floats], metadata: dict[str, str] | None = None) -> tuple[int, str]:
    """Writes a safetensors file by a rename; its bytes and its sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, partial, metadata)
    content = partial.read_bytes()
    partial.replace(path)
    return len(content), hashlib.sha256(content).hexdigest()


def initial_values(program: dict[str, Any], path: Path, seed: int) -> dict[str, Floats]:
    """What every tensor starts from: as the package holds it, and what is drawn anew where the seed is another one."""
    values, metadata = read_tensors(path)
    if metadata.get("seed", str(program["seeds"][0])) == str(seed):
        return values
    redrawn: set[str] = set()
    for parameter in program["parameters"]:
        name, init = parameter["name"], parameter["init"]
        if name not in values:
            continue
        if init["kind"] in ("normal", "uniform", "formula") or init.get("shuffled") is True:
            if init["kind"] == "formula" or "inflate" in parameter:
                raise RunFault(
                    "user", "CX0001", f"`{name}` starts from a formula: compile with this seed", "clipx compile --seed"
                )
            if (drawn := drawn_start(init, name, parameter["shape"], seed)) is not None:
                values[name] = drawn
                redrawn.add(name)
    for parameter in program["parameters"]:
        init = parameter["init"]
        if init["kind"] == "words" and init["table"] in redrawn:
            raise RunFault(
                "user", "CX0001", f"`{parameter['name']}` starts from words of a drawn table: compile with this seed"
            )
    if rank() == 0 and redrawn:
        print(f"{len(redrawn)} tensors start from draws of seed {seed}")
    return values


def drawn_start(init: dict[str, Any], name: str, shape: list[int], seed: int, draw: str = "") -> Floats | None:
    """What a tensor starts from where that is drawn. `draw` names further draws of every stream, as `#1` of a restart."""
    if init["kind"] not in ("normal", "uniform") and init.get("shuffled") is not True:
        return None
    stream = Stream(seed, f"init:{init.get('stream', name)}{draw}")
    if init["kind"] == "normal":
        count = int(np.prod(shape, dtype=np.int64))
        return (
            (init["mean"] + init["deviation"] * stream.normals(0, count).astype(np.float64))
            .astype(np.float32)
            .reshape(shape)
        )
    if init["kind"] == "uniform":
        return drawn(stream, {"kind": "uniform", "low": init["low"], "high": init["high"]}, shape, 0)
    order = stream.permutation(len(init["values"]), 0)
    return np.asarray(init["values"], dtype=np.float32)[order].reshape(shape)
