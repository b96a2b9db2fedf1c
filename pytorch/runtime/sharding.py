"""Parameters, gradients and optimiser state shared out to the ranks, for what does not fit on one (FSDP)."""

from __future__ import annotations

from typing import Any

import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from .distributed import is_distributed
from .faults import RunFault
from .run import Step


def average_whole(tensors: list[nn.Parameter]) -> None:
    """Gradients of what stays whole, averaged over the ranks as those of shards are."""
    for tensor in tensors:
        if tensor.grad is not None and not hasattr(tensor, "device_mesh"):
            dist.all_reduce(tensor.grad)
            tensor.grad.div_(dist.get_world_size())


def sharded(model: nn.Module, stages: list[dict[str, Any]]) -> Step:
    """Shards every block of a tower by itself and the rest with the whole; each is gathered while it computes."""
    if not is_distributed():
        raise RunFault("user", "CX8241", "--fsdp shares out to several processes", "start it with torchrun")
    trained = [stage for stage in stages if stage["trainable"]]
    if len(trained) != 1:
        raise RunFault(
            "user", "CX8241", f"--fsdp trains one stage, and this experiment has {len(trained)}", "leave --fsdp out"
        )
    # which tensors train decides what is kept of them
    model.enter(trained[0]["name"])  # type: ignore[operator]
    kind = "cuda" if dist.get_backend() == "nccl" else "cpu"
    mesh = init_device_mesh(kind, (dist.get_world_size(),))
    # a single number has no shards: it stays whole everywhere
    scalars = {parameter for parameter in model.parameters() if parameter.dim() == 0}
    for child in list(model.modules()):
        if isinstance(child, nn.ModuleList | nn.Sequential):
            for block in child:
                if any(True for _ in block.children()):
                    fully_shard(block, mesh=mesh, ignored_params=scalars)
    step = Step(model)
    fully_shard(step, mesh=mesh, reshard_after_forward=True, ignored_params=scalars)
    return step
