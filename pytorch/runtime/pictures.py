"""Pictures as CLIP sees them: decoded, on white where they are transparent, resized by Pillow's bicubic and cropped."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from .open_picture import open_picture

Pixels = NDArray[np.uint8]

FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


def _shallow(image: Image.Image) -> Image.Image:
    """Grey of 16 bits by its upper eight, as Pillow reads colours of 16: its own `convert` would hold all at 255, which is white."""
    if image.mode not in ("I;16", "I;16L", "I;16B"):
        return image
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def _flat(image: Image.Image) -> Pixels:
    """RGB [height, width, 3], laid on white by whole numbers as libvips does it."""
    image = _shallow(image)
    if image.mode == "CMYK":
        ink = np.asarray(image).astype(np.int64)
        light = 255 - ink[..., 3:4]
        return np.floor(light * (255 - ink[..., :3]) / 255 + 0.5).astype(np.uint8)
    if image.mode in ("I", "F"):
        raise ValueError(f"a picture of mode {image.mode} holds more than a byte a channel")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        own = np.asarray(image.convert("RGBA")).astype(np.int64)
        alpha = own[..., 3:4]
        return ((own[..., :3] * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)
    return np.asarray(image.convert("RGB")).copy()


def decode(content: bytes) -> Pixels:
    """Decoded RGB at its own size. The orientation tag of EXIF is not applied, as in CLIP's own preprocessing."""
    with open_picture(content) as image:
        return _flat(image)


def decode_film(content: bytes) -> list[Pixels]:
    """The frames of an animated WebP or GIF, each whole; a still picture is a film of one."""
    with open_picture(content) as image:
        return [_flat(frame.copy()) for frame in ImageSequence.Iterator(image)]


def resize(pixels: Pixels, width: int, height: int, interpolation: str = "bicubic") -> Pixels:
    """Pillow's, antialiased."""
    if pixels.shape[1] == width and pixels.shape[0] == height:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), FILTERS[interpolation]))


def scaled(own_width: int, own_height: int, width: int, height: int, how: str) -> tuple[int, int]:
    """The size that a picture is brought to; the side that does not decide is truncated, as torchvision does."""
    if how == "stretch":
        return width, height
    if (how == "cover") == (own_width * height <= own_height * width):
        return width, max(1, math.trunc((width * own_height) / own_width))
    return max(1, math.trunc((height * own_width) / own_height)), height


def _brought(own: tuple[int, int], width: int, height: int, how: str, crop: float) -> tuple[int, int]:
    """The size of the whole of which `crop` of each side is left."""
    return scaled(*own, math.floor(width / crop), math.floor(height / crop), how)


def fit(
    pixels: Pixels,
    width: int,
    height: int,
    how: str,
    crop: float = 1,
    interpolation: str = "bicubic",
) -> Pixels:
    """`cover` crops what hangs over, `contain` pads with white, `stretch` changes the proportions."""
    size = _brought((pixels.shape[1], pixels.shape[0]), width, height, how, crop)
    # Python's round is half to even
    return _window(resize(pixels, *size, interpolation), width, height, round)


def prepare(
    content: bytes,
    width: int,
    height: int,
    how: str,
    order: str,
    crop: float = 1,
    interpolation: str = "bicubic",
) -> Pixels:
    """A picture resized and cropped; `order` says what becomes of transparency and palettes, and where the middle is.

    `white`: RGB on white first. `clip`: resized in the file's own mode, then RGB, as OpenAI's and open_clip's code. `huggingface`: RGB first,
    transparency dropped, the middle rounded down, as transformers' CLIPImageProcessor. `torchvision`: RGB first, the middle rounded half to
    even. `crop`: the share of each side that is left of the resized picture (timm's `crop_pct`).
    """
    if order == "white":
        return fit(decode(content), width, height, how, crop, interpolation)
    with open_picture(content) as opened:
        own = _shallow(opened)
        image = own.copy() if order == "clip" else own.convert("RGB")
    size = _brought(image.size, width, height, how, crop)
    if size != image.size:
        image = image.resize(size, FILTERS[interpolation])
    return _window(np.asarray(image.convert("RGB")), width, height, math.floor if order == "huggingface" else round)


def _window(pixels: Pixels, width: int, height: int, half: Callable[[float], int]) -> Pixels:
    """The middle; outside is white."""
    own_height, own_width = pixels.shape[:2]
    left, top = half((own_width - width) / 2), half((own_height - height) / 2)
    if left == 0 and top == 0 and (own_width, own_height) == (width, height):
        return pixels
    out = np.full((height, width, 3), 255, dtype=np.uint8)
    x0, x1 = max(0, left), min(own_width, left + width)
    y0, y1 = max(0, top), min(own_height, top + height)
    out[y0 - top : y1 - top, x0 - left : x1 - left] = pixels[y0:y1, x0:x1]
    return out
