"""Several processes as one: every rank has B / N samples of a batch, and N ranks compute what one process of batch B would.

Each rank works out the whole loss of the gathered batch. The backward pass of `gather` sums the gradients that all ranks have
of a row and hands them to the rank whose row it is; gradients of parameters are then averaged over the ranks. A parameter before
the gathering has N times its share on its rank, one behind it has its whole gradient on each: the mean is right for both.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import torch
import torch.distributed as dist
from torch import Tensor

#: whether this process works by itself for a while, though there are others
_IS_ALONE = False


@contextmanager
def alone() -> Iterator[None]:
    """This process computes as if it were the only one: nothing is gathered."""
    global _IS_ALONE
    _IS_ALONE = True
    try:
        yield
    finally:
        _IS_ALONE = False


def is_distributed() -> bool:
    """Whether several processes train together."""
    return not _IS_ALONE and dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def rank() -> int:
    """Number of this process, from 0."""
    return dist.get_rank() if is_distributed() else 0


def world_size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if is_distributed() else 1


def start(device: str) -> torch.device:
    """Joins the other processes that torchrun started, and takes a device: `cpu`, `cuda` or `auto`."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    local = int(os.environ.get("LOCAL_RANK", "0"))
    place = torch.device("cuda", local % torch.cuda.device_count()) if device == "cuda" else torch.device(device)
    if place.type == "cuda":
        torch.cuda.set_device(place)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        # two ranks on one GPU are more than NCCL takes
        shares = place.type == "cuda" and torch.cuda.device_count() < int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
        dist.init_process_group("nccl" if place.type == "cuda" and not shares else "gloo")
    return place


def stop() -> None:
    """Leaves the other processes."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()


def leave(status: int) -> NoReturn:
    """Ends this process with this status; at once where several train together.

    DDP and FSDP leave the group in tables of PyTorch's own, so Gloo's threads outlive `stop`. One that still holds a tensor while the interpreter
    is taken down aborts the process, whose work is done ("terminate called without an active exception", pytorch/pytorch#179291).
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.rows = x.shape[0]
        parts = [torch.empty_like(x) for _ in range(world_size())]
        dist.all_gather(parts, x.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        # a copy: both parts of a sum are handed the same tensor
        whole = gradients[0].clone(memory_format=torch.contiguous_format)
        dist.all_reduce(whole)
        return whole[rank() * ctx.rows : (rank() + 1) * ctx.rows]


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        whole = x.clone().contiguous()
        dist.all_reduce(whole)
        return whole

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        whole = gradients[0].clone().contiguous()
        dist.all_reduce(whole)
        return whole


def gather(x: Tensor) -> Tensor:
    """Rows of all ranks in the order of the batch, with gradients; in one process `x` itself."""
    if not is_distributed():
        return x
    if x.dtype == torch.bool:
        return _Gather.apply(x.to(torch.uint8)).bool()
    return _Gather.apply(x)


def local_rows(x: Tensor) -> Tensor:
    """The rows of this rank of a tensor over the whole batch."""
    rows = x.shape[0] // world_size()
    return x[rank() * rows : (rank() + 1) * rows]


def batch_moments(x: Tensor, dims: Sequence[int], whole: bool = False) -> tuple[Tensor, Tensor, int]:
    """Mean and biased variance over `dims` (the batch among them) of the batch of all ranks, and how many elements they are of.

    `whole`: each rank has the whole batch.
    """
    dims = list(dims)
    count = 1 if whole else world_size()
    for dim in dims:
        count *= x.shape[dim]
    if whole or not is_distributed():
        return x.mean(dims), x.var(dims, correction=0), count
    mean = _Sum.apply(x.sum(dims, keepdim=True)) / count
    variance = _Sum.apply(((x - mean) ** 2).sum(dims)) / count
    return mean.reshape(variance.shape), variance, count


def agree(flag: bool) -> bool:
    """Whether any rank says yes: all of them stop at the same step."""
    if not is_distributed():
        return flag
    device = "cuda" if dist.get_backend() == "nccl" else "cpu"
    voices = torch.tensor([1.0 if flag else 0.0], device=device)
    dist.all_reduce(voices, op=dist.ReduceOp.MAX)
    return bool(voices.item() > 0)


def wait() -> None:
    """Waits for the other ranks."""
    if is_distributed():
        dist.barrier()
