"""Pictures whose pixels come from elsewhere: bytes of colours [height, width, 3], or numbers of pixels [height, width], of which −1 is unknown.

Colours between pixels are mixed of the four around them; numbers are those of the nearest pixel and never mixed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .colours import as_bytes
from .pictures import resize
from .views import Dice

Picture = NDArray[np.uint8] | NDArray[np.int32]
#: left, top, width, height
Window = tuple[int, int, int, int]
#: so many uniform numbers, from the first on
Noise = Callable[[int], np.ndarray]
Corners = list[tuple[float, float]]


def rounded(values: np.ndarray) -> np.ndarray:
    """Halves upwards, as JavaScript rounds."""
    floor = np.floor(values)
    return (floor + (values - floor >= 0.5)).astype(np.int64)


def _painted(picture: Picture, height: int, width: int, fill: str, noise: Noise) -> np.ndarray:
    """What stands where nothing is [height, width, 3]."""
    if fill == "random":
        return np.floor(noise(height * width * 3) * 256).astype(np.uint8).reshape(height, width, 3)
    if fill == "mean":
        sums = picture.astype(np.int64).sum(axis=(0, 1))
        means = as_bytes(sums / max(1, picture.shape[0] * picture.shape[1]))
        return np.broadcast_to(means, (height, width, 3))
    return np.full((height, width, 3), 255 if fill == "white" else 0, dtype=np.uint8)


def moved(picture: Picture, x: np.ndarray, y: np.ndarray, inside: np.ndarray, fill: str, noise: Noise) -> Picture:
    """The pixel at (x, y) of the picture for each pixel of the result, or `fill` where it is not inside."""
    height, width = picture.shape[:2]
    picked = picture[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    if picture.ndim == 2:
        return np.where(inside, picked, -1).astype(np.int32)
    if inside.all():
        return picked
    return np.where(inside[..., None], picked, _painted(picture, *inside.shape, fill, noise)).astype(np.uint8)


def _inside(x: np.ndarray, y: np.ndarray, picture: Picture) -> np.ndarray:
    height, width = picture.shape[:2]
    return (x >= 0) & (y >= 0) & (x < width) & (y < height)


def cut(picture: Picture, window: Window, fill: str, noise: Noise) -> Picture:
    """A part; what of it lies beyond the picture is `fill`."""
    left, top, width, height = window
    y, x = np.mgrid[top : top + height, left : left + width]
    return moved(picture, x, y, _inside(x, y, picture), fill, noise)


def painted(picture: Picture, window: Window, fill: str, noise: Noise) -> Picture:
    """With `fill` in that part."""
    left, top, width, height = window
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    covered = (x >= left) & (x < left + width) & (y >= top) & (y < top + height)
    return moved(picture, x, y, ~covered, fill, noise)


def resized(picture: Picture, width: int, height: int) -> Picture:
    """Pillow's bicubic for colours, the nearest pixel for numbers."""
    own_height, own_width = picture.shape[:2]
    if (own_width, own_height) == (width, height):
        return picture
    if picture.ndim == 3:
        return resize(np.ascontiguousarray(picture), width, height)
    y = np.floor((np.arange(height) + 0.5) * own_height / height).astype(np.int64)
    x = np.floor((np.arange(width) + 0.5) * own_width / width).astype(np.int64)
    return picture[y[:, None], x[None, :]]


def _warped(picture: Picture, x: np.ndarray, y: np.ndarray, fill: str, noise: Noise) -> Picture:
    """The pixels between (x, y)."""
    if picture.ndim == 2:
        near = rounded(x), rounded(y)
        return moved(picture, *near, _inside(*near, picture), fill, noise)
    height, width = picture.shape[:2]
    left, top = np.floor(x), np.floor(y)
    right, down = (x - left)[..., None], (y - top)[..., None]
    paint = _painted(picture, height, width, fill, noise)

    def at(dx: int, dy: int) -> np.ndarray:
        px, py = left.astype(np.int64) + dx, top.astype(np.int64) + dy
        picked = picture[np.clip(py, 0, height - 1), np.clip(px, 0, width - 1)]
        return np.where(_inside(px, py, picture)[..., None], picked, paint).astype(np.float64)

    upper = at(0, 0) * (1 - right) + at(1, 0) * right
    lower = at(0, 1) * (1 - right) + at(1, 1) * right
    return rounded(np.clip(upper * (1 - down) + lower * down, 0, 255)).astype(np.uint8)


def rotated(picture: Picture, angle: float, fill: str, noise: Noise) -> Picture:
    """Counter-clockwise around the middle."""
    height, width = picture.shape[:2]
    cos, sin = math.cos(angle), math.sin(angle)
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    row, column = np.mgrid[:height, :width]
    x = cos * (column - middle_x) - sin * (row - middle_y) + middle_x
    y = sin * (column - middle_x) + cos * (row - middle_y) + middle_y
    return _warped(picture, x, y, fill, noise)


def drawn_corners(distortion: float, dice: Dice) -> Corners:
    """The corners of a card, in shares of the picture, each moved inwards by up to `distortion` of half its side."""

    def inwards(start: int) -> float:
        return abs(start - (dice.uniform() * distortion) / 2)

    return [(inwards(x), inwards(y)) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]


def on_card(picture: Picture, corners: Corners, fill: str, noise: Noise) -> Picture:
    """The picture on a card with these corners: the homography of the unit square to them, undone by its adjugate (Heckbert 1989, 2.2.3)."""
    height, width = picture.shape[:2]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    whole = dx1 * dy2 - dx2 * dy1
    g, h = (sx * dy2 - dx2 * sy) / whole, (dx1 * sy - sx * dy1) / whole
    a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
    d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
    row, column = np.mgrid[:height, :width]
    x, y = (column + 0.5) / width, (row + 0.5) / height
    depth = (d * h - e * g) * x + (b * g - a * h) * y + a * e - b * d
    # behind the eye there is nothing
    seen = depth > 1e-6
    depth = np.where(seen, depth, 1)
    across = ((e - f * h) * x + (c * h - b) * y + b * f - c * e) / depth
    down = ((f * g - d) * x + (a - c * g) * y + c * d - a * f) / depth
    return _warped(
        picture, np.where(seen, across * width - 0.5, -2), np.where(seen, down * height - 0.5, -2), fill, noise
    )
