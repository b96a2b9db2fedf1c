"""Changes of colours, on bytes: each is a function of the picture and of what was drawn, as in clipx."""

from __future__ import annotations

import math

import numpy as np

from .pictures import Pixels
from .schedules import round_half_up


def as_bytes(values: np.ndarray) -> Pixels:
    """Rounded and cut to what a byte holds."""
    return np.floor(np.clip(values, 0, 255) + 0.5).astype(np.uint8)


def luma(pixels: Pixels) -> np.ndarray:
    """ITU-R 601-2 in Pillow's fixed point."""
    wide = pixels.astype(np.int64)
    return (wide[..., 0] * 19595 + wide[..., 1] * 38470 + wide[..., 2] * 7471 + 0x8000) >> 16


def brightened(pixels: Pixels, factor: float) -> Pixels:
    """Times a factor."""
    return pixels if factor == 1 else as_bytes(pixels * factor)


def contrasted(pixels: Pixels, factor: float) -> Pixels:
    """Away from the mean grey of the picture."""
    if factor == 1:
        return pixels
    mean = round_half_up(int(luma(pixels).sum()) / max(1, pixels.shape[0] * pixels.shape[1]))
    return as_bytes(mean + factor * (pixels.astype(np.float64) - mean))


def saturated(pixels: Pixels, factor: float) -> Pixels:
    """Away from the grey of each pixel; 0 is the grey picture."""
    if factor == 1:
        return pixels
    grey = luma(pixels)[..., None].astype(np.float64)
    return as_bytes(grey + factor * (pixels - grey))


def hue_turned(pixels: Pixels, turn: float) -> Pixels:
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
        channels.append(as_bytes(high - spread * share))
    return np.stack(channels, axis=-1)


def blurred(pixels: Pixels, sigma: float) -> Pixels:
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
    return as_bytes(result)
