"""Operations of pictures: each is a function of the picture and of what the dice say, so that columns with the same dice move together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import colours
from .faults import RunFault
from .moves import Noise, Picture, Window, cut, drawn_corners, on_card, painted, resized, rotated
from .pictures import Pixels
from .rand_augment import rand_augmentation
from .schedules import round_half_up
from .views import Dice

Json = dict[str, Any]


@dataclass(frozen=True)
class PictureSite:
    """What a step may ask for besides the picture."""

    dice: Dice
    #: fills what is erased at random
    noise: Noise
    #: in an evaluation a window is the middle one and a frame the one that is named
    still: bool


def _crop_window(width: int, height: int, step: Json, dice: Dice) -> Window:
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


def _coloured(frames: list[Picture], change: Callable[[Pixels], Pixels]) -> list[Picture]:
    """A change of colours leaves numbers alone."""
    return [change(frame) if frame.ndim == 3 else frame for frame in frames]


def _jittered(frames: list[Picture], step: Json, dice: Dice) -> list[Picture]:
    factors = [dice.between(step[name]) for name in ("brightness", "contrast", "saturation")]
    turn = dice.between(step["hue"])
    changes: list[Callable[[Pixels], Pixels]] = [
        lambda pixels: colours.brightened(pixels, factors[0]),
        lambda pixels: colours.contrasted(pixels, factors[1]),
        lambda pixels: colours.saturated(pixels, factors[2]),
        lambda pixels: colours.hue_turned(pixels, turn),
    ]
    drawn = any(step[name][0] != step[name][1] for name in ("brightness", "contrast", "saturation", "hue"))
    for at in dice.order(4) if drawn else range(4):
        frames = _coloured(frames, changes[at])
    return frames


def _balanced(frames: list[Picture], draw: Callable[[], Window], most: float | None) -> Window:
    """Of ten windows the first that shows several classes and none in too large a share; the last one if none does."""
    window = draw()
    mask = next((frame for frame in frames if frame.ndim == 2), None)
    if most is None or mask is None:
        return window
    for _ in range(9):
        left, top, width, height = window
        shown = mask[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
        counts = np.unique(shown[shown >= 0], return_counts=True)[1]
        if len(counts) > 1 and counts.max() < most * counts.sum():
            return window
        window = draw()
    return window


def _window(frames: list[Picture], step: Json, site: PictureSite) -> Window:
    height, width = frames[0].shape[:2]

    def place(spare: int) -> int:
        # a larger window than the picture lies around it
        if site.still:
            return math.trunc(spare / 2)
        return site.dice.whole(spare + 1) if spare >= 0 else -site.dice.whole(1 - spare)

    def draw() -> Window:
        left = place(width - step["width"])
        return left, place(height - step["height"]), step["width"], step["height"]

    return _balanced(frames, draw, None if site.still else step.get("mostOfOne"))


#: corners, middles of the sides, the middle, and halfway between it and the corners
_THIRTEEN = (
    *((0, 0), (4, 0), (0, 4), (4, 4), (2, 2), (0, 2), (4, 2), (2, 4), (2, 0)),
    *((1, 1), (3, 1), (1, 3), (3, 3)),
)


def _scaled_window(width: int, height: int, scales: list[float], dice: Dice) -> Window:
    """Of the pairs of scales that are neighbours or one, and of thirteen places, one (Wang et al., "Temporal Segment Networks", 2016)."""
    pairs = [(across, down) for i, across in enumerate(scales) for j, down in enumerate(scales) if abs(i - j) <= 1]
    across, down = pairs[dice.whole(len(pairs))]
    x, y = _THIRTEEN[dice.whole(len(_THIRTEEN))]
    w, h = max(1, round_half_up(width * across)), max(1, round_half_up(height * down))
    return math.floor((width - w) * x / 4), math.floor((height - h) * y / 4), w, h


def _flipped(picture: Picture, along: str) -> Picture:
    return np.ascontiguousarray(np.flip(picture, 1 if along == "width" else 0))


def picture_step(frames: list[Picture], step: Json, site: PictureSite) -> list[Picture]:
    """One operation on the frames of a film, or on one picture: one draw for all of them."""
    dice, noise = site.dice, site.noise
    height, width = frames[0].shape[:2] if frames else (0, 0)
    fill = step.get("fill", "black")
    match step["kind"]:
        case "crop":
            window = _crop_window(width, height, step, dice)
            return [resized(cut(frame, window, fill, noise), width, height) for frame in frames]
        case "multi_scale_crop":
            window = _scaled_window(width, height, step["scales"], dice)
            return [resized(cut(frame, window, fill, noise), width, height) for frame in frames]
        case "window":
            window = _window(frames, step, site)
            return [cut(frame, window, fill, noise) for frame in frames]
        case "scale":
            factor = dice.between(step["factor"])
            size = max(1, round_half_up(width * factor)), max(1, round_half_up(height * factor))
            return [resized(frame, *size) for frame in frames]
        case "rand_augment":
            return _coloured(frames, rand_augmentation(step["count"], step["strength"], dice))
        case "frame":
            named = {"first": 0, "middle": len(frames) // 2, "last": len(frames) - 1}[step["test"]]
            at = named if site.still else dice.whole(max(1, len(frames)))
            return frames[at : at + 1] if at >= 0 else []
        case _:
            return _by_chance(frames, step, site) if dice.happens(step["chance"]) else frames


def _by_chance(frames: list[Picture], step: Json, site: PictureSite) -> list[Picture]:
    """Operations that are not always done, where they are."""
    dice, noise = site.dice, site.noise
    height, width = frames[0].shape[:2] if frames else (0, 0)
    match step["kind"]:
        case "flip":
            return [_flipped(frame, step["along"]) for frame in frames]
        case "jitter":
            return _jittered(frames, step, dice)
        case "blur":
            sigma = dice.between(step["sigma"])
            return _coloured(frames, lambda pixels: colours.blurred(pixels, sigma))
        case "gray":
            return _coloured(frames, lambda pixels: colours.saturated(pixels, 0))
        case "rotate":
            angle = dice.between(step["angle"])
            return [rotated(frame, angle, step["fill"], noise) for frame in frames]
        case "perspective":
            corners = drawn_corners(step["distortion"], dice)
            return [on_card(frame, corners, step["fill"], noise) for frame in frames]
        case "erase":
            window = _crop_window(width, height, step, dice)
            return [painted(frame, window, step["fill"], noise) for frame in frames]
        case "cutout":
            side = round_half_up(step["side"] * min(width, height))
            left = dice.whole(width) - side // 2
            window = (left, dice.whole(height) - side // 2, side, side)
            return [painted(frame, window, step["fill"], noise) for frame in frames]
        case kind:
            raise RunFault("user", "CX0001", f"the PyTorch target has no `{kind}` of pictures")
