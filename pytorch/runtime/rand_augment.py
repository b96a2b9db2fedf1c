"""RandAugment (Cubuk et al. 2020) with torchvision's operations and strengths, on bytes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .colours import as_bytes, luma
from .moves import rounded
from .pictures import Pixels
from .schedules import round_half_up
from .views import Dice

#: the strength from −1 to 1; what has one direction takes its size
Operation = Callable[[Pixels, float], Pixels]

#: strengths go from 0 to 30, as in the paper
_STRONGEST = 30


def rand_augmentation(count: int, strength: float, dice: Dice) -> Callable[[Pixels], Pixels]:
    """One picture after `count` operations, each drawn from all of them; half of those that have two directions go the other way."""
    chosen = [
        (_OPERATIONS[dice.whole(len(_OPERATIONS))], (strength / _STRONGEST) * (-1 if dice.happens(0.5) else 1))
        for _ in range(count)
    ]

    def change(pixels: Pixels) -> Pixels:
        for operation, share in chosen:
            pixels = operation(pixels, share)
        return pixels

    return change


def _affine(pixels: Pixels, a: float, b: float, c: float, d: float, e: float, f: float) -> Pixels:
    """The pixel (x, y) is the nearest to `(a x + b y + c, d x + e y + f)`, counted from the middle; black outside."""
    height, width = pixels.shape[:2]
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    row, column = np.mgrid[:height, :width]
    x, y = column - middle_x, row - middle_y
    from_x = rounded(a * x + b * y + c + middle_x)
    from_y = rounded(d * x + e * y + f + middle_y)
    inside = (from_x >= 0) & (from_y >= 0) & (from_x < width) & (from_y < height)
    picked = pixels[np.clip(from_y, 0, height - 1), np.clip(from_x, 0, width - 1)]
    return np.where(inside[..., None], picked, 0).astype(np.uint8)


def _turned(pixels: Pixels, share: float) -> Pixels:
    angle = (30 * share * math.pi) / 180
    return _affine(pixels, math.cos(angle), -math.sin(angle), 0, math.sin(angle), math.cos(angle), 0)


def _blended(pixels: Pixels, other: np.ndarray, factor: float) -> Pixels:
    """Away from another picture: 1 is this one, 0 the other."""
    wide = other.astype(np.float64)
    return as_bytes(wide + factor * (pixels - wide))


def _contrasted(pixels: Pixels, share: float) -> Pixels:
    grey = luma(pixels)
    mean = round_half_up(int(grey.sum()) / max(1, grey.size))
    return as_bytes(mean + (1 + 0.9 * share) * (pixels.astype(np.float64) - mean))


def _smoothed(pixels: Pixels) -> Pixels:
    """Pillow's SMOOTH: the pixel five times and its neighbours once, over 13; the border stays."""
    result = pixels.copy()
    height, width = pixels.shape[:2]
    if height < 3 or width < 3:
        return result
    wide = pixels.astype(np.float64)
    total = 4 * wide[1:-1, 1:-1]
    for dy in range(3):
        for dx in range(3):
            total = total + wide[dy : height - 2 + dy, dx : width - 2 + dx]
    result[1:-1, 1:-1] = as_bytes(total / 13)
    return result


def _posterised(pixels: Pixels, bits: int) -> Pixels:
    """Keeps the highest bits of each byte."""
    return pixels & np.uint8((0xFF << (8 - bits)) & 0xFF)


def _solarised(pixels: Pixels, threshold: float) -> Pixels:
    """Turns around what is as bright as the threshold."""
    return np.where(pixels >= threshold, 255 - pixels, pixels).astype(np.uint8)


def _stretched(pixels: Pixels, _: float) -> Pixels:
    """Each channel from its darkest to its brightest onto 0 to 255."""
    low = pixels.min(axis=(0, 1)).astype(np.float64)
    high = pixels.max(axis=(0, 1)).astype(np.float64)
    spread = np.where(high > low, high - low, 1)
    return np.where(high > low, as_bytes((pixels - low) * 255 / spread), pixels).astype(np.uint8)


def _equalised(pixels: Pixels, _: float) -> Pixels:
    """Each channel by its own histogram, as Pillow's `equalize` does."""
    result = pixels.copy()
    for channel in range(3):
        counts = np.bincount(pixels[..., channel].reshape(-1), minlength=256)
        present = counts[counts > 0]
        step = int(present.sum() - present[-1]) // 255
        if len(present) <= 1 or step == 0:
            continue
        before = np.concatenate([[0], np.cumsum(counts)[:-1]]) + step // 2
        result[..., channel] = np.minimum(255, before // step).astype(np.uint8)[pixels[..., channel]]
    return result


_OPERATIONS: tuple[Operation, ...] = (
    lambda pixels, _: pixels,
    lambda pixels, share: _affine(pixels, 1, 0.3 * share, 0, 0, 1, 0),
    lambda pixels, share: _affine(pixels, 1, 0, 0, 0.3 * share, 1, 0),
    lambda pixels, share: _affine(pixels, 1, 0, -math.trunc((150 / 331) * pixels.shape[1] * share), 0, 1, 0),
    lambda pixels, share: _affine(pixels, 1, 0, 0, 0, 1, -math.trunc((150 / 331) * pixels.shape[0] * share)),
    _turned,
    lambda pixels, share: as_bytes(pixels * (1 + 0.9 * share)),
    lambda pixels, share: _blended(pixels, luma(pixels)[..., None], 1 + 0.9 * share),
    _contrasted,
    lambda pixels, share: _blended(pixels, _smoothed(pixels), 1 + 0.9 * share),
    lambda pixels, share: _posterised(pixels, 8 - round_half_up(abs(share) * 4)),
    lambda pixels, share: _solarised(pixels, 255 * (1 - abs(share))),
    _stretched,
    _equalised,
)
