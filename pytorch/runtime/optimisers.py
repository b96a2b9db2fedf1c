"""Optimisers of a stage as PyTorch has them, with a rate and a decay for each tensor; Lion, which PyTorch lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

#: clipx calls the state of its optimisers by these names
SLOTS = {"momentum_buffer": "momentum", "exp_avg": "mean", "exp_avg_sq": "square", "square_avg": "square"}


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023: w ← (1 - η λ) w - η sign(β1 m + (1 - β1) g), then m ← β2 m + (1 - β2) g."""

    def __init__(self, params: Iterable[Any], lr: float, betas: tuple[float, float], weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One update."""
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                mean = state.setdefault("exp_avg", torch.zeros_like(weight))
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.sub_(torch.sign(mean * beta1 + weight.grad * (1 - beta1)) * group["lr"])
                mean.mul_(beta2).add_(weight.grad, alpha=1 - beta2)


class PlainAdam(torch.optim.Optimizer):
    """Adam with its means as they are, as BERT's own has them: no bias correction."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        betas: tuple[float, float],
        eps: float,
        weight_decay: float = 0.0,
        decoupled: bool = True,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "decoupled": decoupled}
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One update."""
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            rate, decay = group["lr"], group["weight_decay"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                gradient = weight.grad if group["decoupled"] else weight.grad + decay * weight
                state = self.state[weight]
                mean = state.setdefault("exp_avg", torch.zeros_like(weight))
                square = state.setdefault("exp_avg_sq", torch.zeros_like(weight))
                mean.lerp_(gradient, 1 - beta1)
                square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
                if group["decoupled"]:
                    weight.mul_(1 - rate * decay)
                weight.sub_(rate * mean / (square.sqrt() + group["eps"]))


#: what each keeps of a tensor, besides how often it was updated
_KEYS: dict[type, tuple[str, ...]] = {
    torch.optim.SGD: ("momentum_buffer",),
    torch.optim.Adam: ("exp_avg", "exp_avg_sq"),
    torch.optim.AdamW: ("exp_avg", "exp_avg_sq"),
    PlainAdam: ("exp_avg", "exp_avg_sq"),
    torch.optim.RMSprop: ("square_avg", "momentum_buffer"),
    Lion: ("exp_avg",),
}


def _made(method: dict[str, Any], groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    kind = method["kind"]
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=0.0, momentum=method["momentum"], nesterov=method["nesterov"])
    if kind in ("adam", "adamw"):
        betas, eps = (method["beta1"], method["beta2"]), method["epsilon"]
        if method.get("biasCorrection") is False:
            return PlainAdam(groups, lr=0.0, betas=betas, eps=eps, decoupled=kind == "adamw")
        made = torch.optim.Adam if kind == "adam" else torch.optim.AdamW
        return made(groups, lr=0.0, betas=betas, eps=eps, weight_decay=0.0)
    if kind == "rmsprop":
        return torch.optim.RMSprop(
            groups, lr=0.0, alpha=method["alpha"], eps=method["epsilon"], momentum=method["momentum"]
        )
    return Lion(groups, lr=0.0, betas=(method["beta1"], method["beta2"]))


class StageOptimisers:
    """Every optimiser of a stage: one for each method, with a group for each pair of rate and decay."""

    def __init__(self, program: dict[str, Any], stage: dict[str, Any], tensors: dict[str, torch.nn.Parameter]) -> None:
        table = {parameter["name"]: parameter for parameter in program["parameters"]}
        trained = set(stage["trainable"])
        self._clamps: list[tuple[Tensor, float, float]] = []
        self._optimisers: list[torch.optim.Optimizer] = []
        self.tensors = [tensors[name] for name in stage["trainable"]]
        self._names = {id(tensors[name]): name for name in stage["trainable"]}
        for group in stage["groups"]:
            classes: dict[tuple[float, float], list[Tensor]] = {}
            for name in group["parameters"]:
                if name not in trained:
                    continue
                parameter = table[name]
                key = (
                    group["learningRate"] * parameter["learningRateScale"],
                    group["decay"] if parameter["decay"] else 0.0,
                )
                classes.setdefault(key, []).append(tensors[name])
                if "clamp" in parameter:
                    self._clamps.append((tensors[name], *parameter["clamp"]))
            groups = [
                {"params": params, "base": rate, "weight_decay": decay} for (rate, decay), params in classes.items()
            ]
            if groups:
                self._optimisers.append(_made(group["method"], groups))

    def forget(self) -> None:
        """Begins anew: the state of every optimiser is nothing."""
        for optimiser in self._optimisers:
            optimiser.state.clear()

    def zero(self) -> None:
        """Forgets the gradients."""
        for tensor in self.tensors:
            tensor.grad = None

    def step(self, rate: float) -> None:
        """One update at this factor of the learning rates; what is clamped is clamped after it."""
        for tensor in self.tensors:
            # what a step does not reach has a gradient of nothing, and decays all the same
            if tensor.grad is None:
                tensor.grad = torch.zeros_like(tensor)
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["base"] * rate
            optimiser.step()
        with torch.no_grad():
            for clamped, low, high in self._clamps:
                clamped.clamp_(low, high)

    def slots(self) -> dict[str, Tensor]:
        """The state of the optimisers under the names of clipx: `E.fc.weight/mean`."""
        found: dict[str, Tensor] = {}
        for optimiser in self._optimisers:
            for weight, state in optimiser.state.items():
                for name, value in state.items():
                    if name in SLOTS and isinstance(value, Tensor):
                        found[f"{self._names[id(weight)]}/{SLOTS[name]}"] = value
        return found

    def restore(self, slots: dict[str, Tensor], steps: int) -> None:
        """Goes on from `slots` after this many updates, which the methods with bias correction count."""
        for optimiser in self._optimisers:
            for weight in [one for group in optimiser.param_groups for one in group["params"]]:
                name = self._names[id(weight)]
                state: dict[str, Tensor] = {}
                for key in _KEYS[type(optimiser)]:
                    if (slot := slots.get(f"{name}/{SLOTS[key]}")) is not None:
                        state[key] = slot
                if state:
                    if isinstance(optimiser, torch.optim.Adam | torch.optim.RMSprop):
                        state["step"] = torch.tensor(float(steps))
                    optimiser.state[weight] = state


def gradient_norm(tensors: list[torch.nn.Parameter]) -> float:
    """Euclidean norm over all gradients, in double precision."""
    squares = [_whole(tensor.grad).double().square().sum() for tensor in tensors if tensor.grad is not None]
    return float(torch.stack(squares).sum().sqrt()) if squares else 0.0


def _whole(x: Tensor) -> Tensor:
    """All of a tensor that is sharded over the ranks."""
    full = getattr(x, "full_tensor", None)
    return x if full is None else full()


def clip_gradients(tensors: list[torch.nn.Parameter], norm: float, limit: float | None) -> None:
    """Brings a gradient of this global norm under the limit, as `torch.nn.utils.clip_grad_norm_` does."""
    if limit is None:
        return
    factor = min(1.0, limit / (norm + 1e-6))
    if factor < 1:
        for tensor in tensors:
            if tensor.grad is not None:
                tensor.grad.mul_(factor)
