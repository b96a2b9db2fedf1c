"""Columns that are made of others before the model: `augment v = x |> random_resized_crop(0.8..1.0) |> flip(50 %)`.

Each operation is a function of the picture or the text and of what the dice say, as in clipx.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .faults import RunFault
from .philox import Stream
from .pictures import Pixels, resize
from .schedules import round_half_up

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
        case "crop" | "choose":
            return True
        case "maybe":
            return chance or any(is_drawn(each) for each in step["of"])
        case _:
            return chance


def evaluation_steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What stands for the steps in an evaluation: what is drawn is left out."""
    return [step for step in steps if not is_drawn(step)]


def _crop_window(width: int, height: int, step: dict[str, Any], dice: Dice) -> tuple[int, int, int, int]:
    """torchvision's draw: a share of the area and a ratio, ten times; then the largest part in the middle whose ratio is allowed."""
    area, aspect = step["area"], step["aspect"]
    for _ in range(10):
        wanted = width * height * dice.between(area)
        ratio = dice.ratio(aspect) * (width / height if aspect[0] == 1 and aspect[1] == 1 else 1)
        w, h = round_half_up(math.sqrt(wanted * ratio)), round_half_up(math.sqrt(wanted / ratio))
        if w < 1 or h < 1 or w > width or h > height:
            continue
        top = dice.whole(height - h + 1)
        return dice.whole(width - w + 1), top, w, h
    ratio = width / height
    w = round_half_up(height * aspect[1]) if ratio > aspect[1] else width
    h = round_half_up(width / aspect[0]) if ratio < aspect[0] else height
    return (width - w) // 2, (height - h) // 2, w, h


def _bytes(values: np.ndarray) -> Pixels:
    return np.floor(np.clip(values, 0, 255) + 0.5).astype(np.uint8)


def _luma(pixels: Pixels) -> np.ndarray:
    """ITU-R 601-2 in Pillow's fixed point."""
    wide = pixels.astype(np.int64)
    return (wide[..., 0] * 19595 + wide[..., 1] * 38470 + wide[..., 2] * 7471 + 0x8000) >> 16


def _brightened(pixels: Pixels, factor: float) -> Pixels:
    return pixels if factor == 1 else _bytes(pixels * factor)


def _contrasted(pixels: Pixels, factor: float) -> Pixels:
    if factor == 1:
        return pixels
    mean = round_half_up(int(_luma(pixels).sum()) / max(1, pixels.shape[0] * pixels.shape[1]))
    return _bytes(mean + factor * (pixels.astype(np.float64) - mean))


def _saturated(pixels: Pixels, factor: float) -> Pixels:
    if factor == 1:
        return pixels
    grey = _luma(pixels)[..., None].astype(np.float64)
    return _bytes(grey + factor * (pixels - grey))


def _hue_turned(pixels: Pixels, turn: float) -> Pixels:
    """The hue turned by a share of the circle, saturation and value as they were (A. R. Smith 1978)."""
    if turn == 0:
        return pixels
    r, g, b = (pixels[..., channel].astype(np.float64) for channel in range(3))
    high, low = np.maximum(np.maximum(r, g), b), np.minimum(np.minimum(r, g), b)
    spread = high - low
    safe = np.where(spread == 0, 1, spread)
    own = np.where(high == r, (g - b) / safe, np.where(high == g, 2 + (b - r) / safe, 4 + (r - g) / safe))
    hue = np.mod(np.fmod(np.where(spread == 0, 0, own) / 6 + turn, 1) + 1, 1)
    channels = []
    for offset in (5, 3, 1):
        k = np.fmod(offset + hue * 6, 6)
        share = np.maximum(0, np.minimum(np.minimum(k, 4 - k), 1))
        channels.append(_bytes(high - spread * share))
    return np.stack(channels, axis=-1)


def _blurred(pixels: Pixels, sigma: float) -> Pixels:
    """A Gaussian along each side, cut at three deviations; at the border the outermost pixel goes on."""
    if sigma == 0:
        return pixels
    reach = math.ceil(3 * sigma)
    weights = [math.exp(-((k - reach) ** 2) / (2 * sigma**2)) for k in range(2 * reach + 1)]
    total = sum(weights)
    result = pixels.astype(np.float64)
    for axis in (1, 0):
        size = result.shape[axis]
        summed = np.zeros_like(result)
        for k, weight in enumerate(weights):
            at = np.clip(np.arange(size) + k - reach, 0, size - 1)
            summed += weight * np.take(result, at, axis=axis)
        result = summed / total
    return _bytes(result)


def _jittered(frames: list[Pixels], step: dict[str, Any], dice: Dice) -> list[Pixels]:
    factors = [dice.between(step[name]) for name in ("brightness", "contrast", "saturation")]
    turn = dice.between(step["hue"])
    changes: list[Callable[[Pixels], Pixels]] = [
        lambda pixels: _brightened(pixels, factors[0]),
        lambda pixels: _contrasted(pixels, factors[1]),
        lambda pixels: _saturated(pixels, factors[2]),
        lambda pixels: _hue_turned(pixels, turn),
    ]
    drawn = any(step[name][0] != step[name][1] for name in ("brightness", "contrast", "saturation", "hue"))
    for at in dice.order(4) if drawn else range(4):
        frames = [changes[at](frame) for frame in frames]
    return frames


def picture_step(frames: list[Pixels], step: dict[str, Any], dice: Dice) -> list[Pixels]:
    """One operation on the frames of a film, or on one picture: one draw for all of them."""
    height, width = frames[0].shape[:2] if frames else (0, 0)
    match step["kind"]:
        case "crop":
            left, top, w, h = _crop_window(width, height, step, dice)
            cuts = [np.ascontiguousarray(frame[top : top + h, left : left + w]) for frame in frames]
            return [resize(cut, width, height) for cut in cuts]
        case "flip":
            if not dice.happens(step["chance"]):
                return frames
            axis = 1 if step["along"] == "width" else 0
            return [np.flip(frame, axis) for frame in frames]
        case "jitter":
            return _jittered(frames, step, dice) if dice.happens(step["chance"]) else frames
        case "blur":
            if not dice.happens(step["chance"]):
                return frames
            sigma = dice.between(step["sigma"])
            return [_blurred(frame, sigma) for frame in frames]
        case "gray":
            return [_saturated(frame, 0) for frame in frames] if dice.happens(step["chance"]) else frames
        case kind:
            raise RunFault("user", "CX0001", f"the PyTorch target has no `{kind}` of pictures")


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
