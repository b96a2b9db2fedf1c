"""What clip_gaze computes, minimises and measures: values and formulas under the names of the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from . import losses
from .functions import cosine, cosines, tokens
from .model import Model
from .parameters import PARAMETERS
from .runtime.distributed import gather

__all__ = ["EVALUATIONS", "PARAMETERS", "STEPS", "constants"]

Batch = Mapping[str, Tensor]
"""Columns of the samples at hand, and what is drawn for a step, by name."""

Constants = Mapping[str, Tensor]
"""What no sample changes, by name; with it the token ids of texts that a step reads itself."""

λ1 = 1.0
λ2 = 1.0
λ3 = 1.0


def constants_main(model: Model, texts: Batch) -> Constants:
    """What no sample changes in main."""
    f_ir = model.clip.encode_text(*tokens(texts, "irrelevant@clip.text"))  # [factor, joint]
    return {"f_ir": f_ir}


def step_main(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:
    """minimize L_g + λ1 * L_d + λ2 * L_ir + λ3 * L_re"""
    f = model.E(batch["face"])  # [batch, joint]
    f_v = batch["f_v"]  # [batch, joint]
    f_re = model.M(f)  # [batch, joint]
    ĝ = model.F(f_re)  # [batch, xyz]
    f_ir = constants["f_ir"]  # [factor, joint]
    w = cosines(f, f_ir).softmax(-1).detach()  # [batch, factor]

    # the samples of all processes
    f = gather(f)
    f_v = gather(f_v)
    f_re = gather(f_re)
    ĝ = gather(ĝ)
    w = gather(w)
    gaze = gather(batch["gaze"])  # [batch, xyz]

    L_g = losses.L_g(ĝ, gaze)
    L_d = losses.L_d(f, f_v)
    L_ir = losses.L_ir(f_re, f_ir, w)
    L_re = losses.L_re(f_re, gaze, batch["random shuffle:L_re.p"])
    objective = L_g + λ1 * L_d + λ2 * L_ir + λ3 * L_re
    return {"L_g": L_g, "L_d": L_d, "L_ir": L_ir, "L_re": L_re, "objective": objective}


def features_main(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:
    """What is the same at every step, of each sample by itself."""
    f_v = model.clip.encode_image(batch["small"])  # [batch, joint]
    return {"f_v": f_v}


def outputs_target(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:
    """What metrics read of each sample, computed of some at a time."""
    f = model.E(batch["face"])  # [batch, joint]
    f_re = model.M(f)  # [batch, joint]
    ĝ = model.F(f_re)  # [batch, xyz]
    return {"ĝ": ĝ}


def evaluate_target(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:
    """evaluate on target

    error = mean(angle(ĝ, gaze)) in deg
    mean_direction = mean(angle(centre, gaze)) in deg
    """
    ĝ = batch["ĝ"]  # [batch, xyz]
    gaze = batch["gaze"]  # [batch, xyz]
    error = cosine(ĝ, gaze).clamp(-0.999999, 0.999999).acos().mean().rad2deg()
    centre = gaze.mean(0)  # [xyz]
    mean_direction = cosine(centre, gaze).clamp(-0.999999, 0.999999).acos().mean().rad2deg()
    return {"error": error, "mean_direction": mean_direction}


CONSTANTS: dict[str, Callable[[Model, Batch], Constants]] = {"main": constants_main}

STEPS: dict[str, Callable[[Model, Batch, Constants], dict[str, Tensor]]] = {
    "main": step_main,
}

FEATURES: dict[str, Callable[[Model, Batch, Constants], dict[str, Tensor]]] = {
    "main": features_main,
}

SAMPLES: dict[str, Callable[[Model, Batch, Constants], dict[str, Tensor]]] = {
    "main/target": outputs_target,
}

EVALUATIONS: dict[str, Callable[[Model, Batch, Constants], dict[str, Tensor]]] = {
    "main/target": evaluate_target,
}


def constants(model: Model, texts: Batch, stage: str) -> Constants:
    """What no sample changes in a stage, worked out once; `texts` has the token ids of its prompts."""
    return CONSTANTS[stage](model, texts) if stage in CONSTANTS else {}
