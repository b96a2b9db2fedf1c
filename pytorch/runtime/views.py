"""Columns that are made of others before the model: `augment v = x |> random_resized_crop(0.8..1.0) |> flip(50 %)`.

Each operation is a function of the picture or the text and of what the dice say, as in clipx.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

from .faults import RunFault
from .philox import Stream

_STRETCH = 4096
Value = TypeVar("Value")


class Dice:
    """The draws of one view of one sample in one epoch, one after the other."""

    def __init__(self, stream: Stream, counter: int) -> None:
        self._stream = stream
        self._start = counter * _STRETCH
        self._next = 0

    def uniform(self) -> float:
        """Uniform on [0, 1)."""
        value = self._stream.uniform(self._start + self._next)
        self._next = (self._next + 1) % _STRETCH
        return value

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens. What is certain draws nothing."""
        return chance >= 1 if chance <= 0 or chance >= 1 else self.uniform() < chance

    def between(self, bounds: list[float]) -> float:
        """Uniform between two numbers."""
        low, high = bounds
        return low if low == high else low + (high - low) * self.uniform()

    def ratio(self, bounds: list[float]) -> float:
        """Uniform in the logarithm, as ratios are drawn."""
        low, high = bounds
        return low if low == high else low * (high / low) ** self.uniform()

    def whole(self, bound: int) -> int:
        """0 .. bound − 1"""
        return min(bound - 1, math.floor(self.uniform() * bound))

    def order(self, n: int) -> list[int]:
        """An order of 0 .. n − 1 (Fisher & Yates)."""
        order = list(range(n))
        for position in range(n - 1, 0, -1):
            other = self.whole(position + 1)
            order[position], order[other] = order[other], order[position]
        return order


def through_chain(
    value: Value, steps: list[dict[str, Any]], dice: Dice, does: Callable[[Value, dict[str, Any]], Value]
) -> Value:
    """Does a chain of operations, those that are chosen in their place."""
    for step in steps:
        if step["kind"] == "maybe":
            if dice.happens(step["chance"]):
                value = through_chain(value, step["of"], dice, does)
        elif step["kind"] == "choose":
            count, of = step["count"], step["of"]
            order = [dice.whole(len(of)) for _ in range(count)] if step["replace"] else dice.order(len(of))[:count]
            for at in order:
                value = through_chain(value, of[at], dice, does)
        else:
            value = does(value, step)
    return value


def is_drawn(step: dict[str, Any]) -> bool:
    """Whether something is drawn: such a step is another one at every sample of every epoch."""
    chance = 0 < step.get("chance", 1) < 1

    def is_open(name: str) -> bool:
        return step[name][0] != step[name][1]

    match step["kind"]:
        case "jitter":
            return chance or any(is_open(name) for name in ("brightness", "contrast", "saturation", "hue"))
        case "blur":
            return chance or is_open("sigma")
        case "rotate":
            return chance or is_open("angle")
        case "scale" | "point_scale" | "sound_speed":
            return is_open("factor")
        case "sound_gain":
            return chance or is_open("factor")
        case "point_shift":
            return is_open("by")
        case "perspective":
            return step["chance"] > 0 and step["distortion"] > 0
        case "sound_noise":
            return step["chance"] > 0
        case (
            "crop"
            | "window"
            | "frame"
            | "erase"
            | "cutout"
            | "point_order"
            | "choose"
            | "rand_augment"
            | "multi_scale_crop"
            | "sound_window"
        ):
            return True
        case "maybe":
            return chance or any(is_drawn(each) for each in step["of"])
        case _:
            return chance


def evaluation_steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What stands for the steps in an evaluation: a window is the middle one, a frame the one that is named; what else is drawn is left out."""
    stays = ("window", "frame", "sound_window")
    return [step for step in steps if not is_drawn(step) or step["kind"] in stays]


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"\s+", text) if word]


def text_step(text: str, step: dict[str, Any], dice: Dice, other: Callable[[str], str]) -> str:
    """One operation on a text; `other` gives the text of another column of the sample."""
    match step["kind"]:
        case "lower":
            return text.lower()
        case "strip":
            kept = "".join(character for character in text if character not in step["characters"])
            return re.sub(r"\s+", " ", kept).strip()
        case "words":
            return " ".join(_words(text)[: step["most"]])
        case "drop_words":
            words = _words(text)
            kept_words = [word for word in words if not dice.happens(step["chance"])]
            # a text of nothing says nothing: then its first word stays
            return " ".join(kept_words or words[:1])
        case "swap":
            return other(step["column"]) if dice.happens(step["chance"]) else text
        case kind:
            raise RunFault("user", "CX0001", f"the PyTorch target has no `{kind}` of texts")
