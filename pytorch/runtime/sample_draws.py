"""Which numbers the views of one sample draw: the same for all columns that are transformed together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .decoding import Draw
from .views import Dice, evaluation_steps


def thrown(view: dict[str, Any], at: int, place: int, draw: Draw) -> tuple[Dice, list[dict[str, Any]]]:
    """The dice of one sample, and the steps that are done."""
    steps = evaluation_steps(view["steps"]) if draw.epoch is None else view["steps"]
    return Dice(draw.streams(view["stream"]), _counter(view, at, place, draw)), steps


def _counter(view: dict[str, Any], at: int, place: int, draw: Draw) -> int:
    return ((draw.epoch or 0) * draw.count + at) * view.get("count", 1) + place


def noise(view: dict[str, Any], at: int, place: int, draw: Draw) -> Callable[[int, int], np.ndarray]:
    """Uniform numbers of one sample: from the first of them, so many."""
    start = _counter(view, at, place, draw) * 2**18
    return lambda first, count: draw.streams(f"{view['stream']}:noise").uniforms(start + first, count)
