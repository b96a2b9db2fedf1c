"""The terms that clip_gaze minimises: one function each, its formula as the source has it."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from .functions import cosine, cosines, upper


def L_g(ĝ: Tensor, gaze: Tensor) -> Tensor:
    """L_g = angular_error(ĝ, gaze)

    ĝ: [batch, xyz]
    gaze: [batch, xyz]
    """
    return cosine(ĝ, gaze).clamp(-0.999999, 0.999999).acos().mean()


def L_d(f: Tensor, f_v: Tensor) -> Tensor:
    """L_d = cosine_distance(f, f_v)

    f: [batch, joint]
    f_v: [batch, joint]
    """
    return ((1 - cosine(f, f_v.detach())) / 2).mean()


def L_ir(f_re: Tensor, f_ir: Tensor, w: Tensor) -> Tensor:
    """L_ir = repulsion(f_re, f_ir, w, over: factor)

    f_re: [batch, joint]
    f_ir: [factor, joint]
    w: [batch, factor]
    """
    return (w * cosines(f_re, f_ir)).sum(-1).mean()


def L_re(f_re: Tensor, gaze: Tensor, p: Tensor) -> Tensor:
    """L_re = rank_loss(f_re, gaze)

    f_re: [batch, joint]
    gaze: [batch, xyz]
    p: [pair]
    """
    s_g = upper(cosines(gaze, gaze))  # [pair]
    sign = (s_g - s_g[p]).sign()  # [pair]
    s_z = upper(cosines(f_re, f_re))  # [pair]
    return (sign.abs() * F.relu(-(sign * (s_z - s_z[p])))).mean()
