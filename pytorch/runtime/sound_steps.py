"""Operations of sounds and of clouds of points; a sound has the same draw in every ear."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .faults import RunFault
from .points import Cloud
from .schedules import round_half_up
from .sounds import Ear, deviation, mean_square, resampled
from .views import Dice

Json = dict[str, Any]


@dataclass(frozen=True)
class SoundSite:
    """What a step may ask for besides the sound."""

    dice: Dice
    #: uniform numbers: from the first of them, so many
    noise: Callable[[int, int], np.ndarray]
    #: samples a second
    rate: int
    #: in an evaluation a window is the middle one
    still: bool


def _noisy(ear: Ear, place: int, decibels: float, noise: Callable[[int, int], np.ndarray]) -> Ear:
    spread = math.sqrt(mean_square(ear)) / 10 ** (decibels / 20)
    # Box & Muller: two uniform numbers give a normal one
    numbers = noise(2 * place * len(ear), 2 * len(ear))
    normal = np.sqrt(-2 * np.log(1 - numbers[0::2])) * np.cos(2 * np.pi * numbers[1::2])
    return np.clip(ear + spread * normal, -1, 1).astype(np.float32)


def _windowed(ears: list[Ear], step: Json, site: SoundSite) -> list[Ear]:
    size, length = round_half_up(step["seconds"] * site.rate), len(ears[0]) if ears else 0
    if length <= size:
        if "pad" not in step or length == 0:
            return ears
        rest = [ear[-1] if step["pad"] == "edge" else 0 for ear in ears]
        return [np.pad(ear, (0, size - length), constant_values=last) for ear, last in zip(ears, rest, strict=True)]
    spare = length - size
    if site.still:
        start = spare // 2
        return [ear[start : start + size] for ear in ears]
    least = step.get("leastDeviation", 0) * deviation(ears[0])
    window = ears
    for _ in range(10):
        start = site.dice.whole(spare + 1)
        window = [ear[start : start + size] for ear in ears]
        if deviation(window[0]) >= least:
            break
    return window


def sound_step(ears: list[Ear], step: Json, site: SoundSite) -> list[Ear]:
    """One operation on a sound in all its ears."""
    dice = site.dice
    match step["kind"]:
        case "sound_reverse":
            return [ear[::-1] for ear in ears] if dice.happens(step["chance"]) else ears
        case "sound_speed":
            factor = dice.between(step["factor"])
            return ears if factor == 1 else [resampled(ear, factor, 1) for ear in ears]
        case "sound_gain":
            if not dice.happens(step["chance"]):
                return ears
            factor = dice.between(step["factor"])
            return [np.clip(ear.astype(np.float64) * factor, -1, 1).astype(np.float32) for ear in ears]
        case "sound_noise":
            if not dice.happens(step["chance"]):
                return ears
            decibels = dice.between(step["snr"])
            return [_noisy(ear, place, decibels, site.noise) for place, ear in enumerate(ears)]
        case "sound_window":
            return _windowed(ears, step, site)
        case kind:
            raise RunFault("user", "CX0001", f"the PyTorch target has no `{kind}` of sounds")


def point_step(cloud: Cloud, step: Json, dice: Dice) -> Cloud:
    """One operation on triples of coordinates; `apart`: each coordinate has a draw of its own."""

    def drawn(name: str) -> list[float]:
        return [dice.between(step[name]) for _ in range(3 if step["apart"] else 1)]

    match step["kind"]:
        case "point_scale":
            return (cloud.astype(np.float64) * drawn("factor")).astype(np.float32)
        case "point_shift":
            return (cloud.astype(np.float64) + drawn("by")).astype(np.float32)
        case "point_order":
            return cloud[dice.order(len(cloud))]
        case kind:
            raise RunFault("user", "CX0001", f"the PyTorch target has no `{kind}` of points")
