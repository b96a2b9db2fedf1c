"""Durations, learning-rate schedules and ramps, as clipx computes them: in double precision, by the 0-based step."""

from __future__ import annotations

import math
from typing import Any


def round_half_up(value: float) -> int:
    """JavaScript's Math.round."""
    return math.floor(value + 0.5)


def duration_in_steps(duration: dict[str, Any], steps_per_epoch: int) -> int:
    """A duration in optimiser steps, whole."""
    value = duration["value"]
    return round_half_up(value * steps_per_epoch if duration["unit"] == "epoch" else value)


def _wave(start: float, end: float, progress: float) -> float:
    return end + ((start - end) * (1 + math.cos(math.pi * progress))) / 2


def _cycle_at(schedule: dict[str, Any], step: float, steps: int) -> float:
    """Smith & Topin 2018, as PyTorch's OneCycleLR counts."""
    begin, floor, rise = schedule.get("from", 0), schedule["floor"], schedule.get("rise", 0)
    corners = [(rise * steps - 1, 1.0)]
    if schedule.get("phases") == 3:
        corners.append((2 * rise * steps - 2, begin))
    corners.append((steps - 1, floor))
    start, before = 0.0, begin
    for end, value in corners:
        if step <= end or value == floor:
            progress = min(1.0, (step - start) / (end - start)) if end > start else 1.0
            if schedule.get("shape") == "linear":
                return before + (value - before) * progress
            return _wave(before, value, progress)
        start, before = end, value
    return floor


def rate_at(schedule: dict[str, Any], step: int, steps: int, steps_per_epoch: int) -> float:
    """Factor of the learning rate in step `step` of `steps`."""
    floor, factor = schedule["floor"], schedule.get("factor", 1)
    now = (step // steps_per_epoch) * steps_per_epoch if schedule.get("by") == "epoch" else step
    given = schedule["warmup"]
    warmup = (
        round_half_up(given["value"] * steps) if given["unit"] == "share" else duration_in_steps(given, steps_per_epoch)
    )
    if now < warmup:
        begin = schedule.get("from")
        return (now + 1) / warmup if begin is None else begin + ((1 - begin) * now) / warmup
    progress = (now - warmup) / (steps - warmup) if steps > warmup else 0.0
    match schedule["kind"]:
        case "constant":
            return 1.0
        case "cosine":
            return _wave(1, floor, progress)
        case "linear":
            return floor + (1 - floor) * (1 - progress)
        case "polynomial":
            return floor + (1 - floor) * (1 - progress) ** schedule.get("power", 1)
        case "exponential":
            every = schedule.get("every")
            length = steps_per_epoch if every is None else max(1, duration_in_steps(every, steps_per_epoch))
            return max(floor, factor ** ((now - warmup) // length))
        case "one_cycle":
            return _cycle_at(schedule, now, steps)
        case "cosine_restarts":
            # Loshchilov & Hutter 2017, equation 5: T_cur of T_i since the last restart
            period = schedule.get("period")
            start, span = 0.0, float(max(1, 1 if period is None else duration_in_steps(period, steps_per_epoch)))
            while now - warmup >= start + span:
                start += span
                span *= schedule.get("grow", 1)
            return _wave(1, floor, (now - warmup - start) / span)
        case "multistep":
            passed = sum(duration_in_steps(time, steps_per_epoch) <= now for time in schedule.get("at", []))
            return max(floor, factor**passed)
        case kind:
            raise ValueError(f"there is no schedule {kind}")


def weight_at(weight: dict[str, Any], step: int, steps_per_epoch: int) -> float:
    """Value of a coefficient in a step; a ramp reaches its end when `over` has passed and stays there."""
    if weight["kind"] == "constant":
        return weight["value"]
    over = duration_in_steps(weight["over"], steps_per_epoch)
    progress = 1.0 if over == 0 else min(1.0, step / over)
    return weight["from"] + (weight["to"] - weight["from"]) * progress
