"""Numbers and classes of pixels: depth maps and segmentation masks, as grey pictures of 8 or 16 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .open_picture import open_picture
from .pictures import scaled
from .rows import Row

Plane = NDArray[np.int32]

_WIDE = ("I;16", "I;16L", "I;16B")


def decode_plane(content: bytes) -> Plane:
    """A picture of one channel with the numbers that stand in it: nothing is converted, and a palette is no number."""
    with open_picture(content) as image:
        if image.format in ("GIF", "WEBP") or image.mode not in ("1", "L", *_WIDE) or "transparency" in image.info:
            raise ValueError(f"it is of mode {image.mode}, and numbers of pixels are one grey channel")
        grey = image if image.mode in _WIDE else image.convert("L")
        return np.asarray(grey).astype(np.int32)


def fit_nearest(plane: Plane, width: int, height: int, how: str) -> Plane:
    """The number of the nearest pixel: numbers are not mixed. The window is that of pictures; −1 is outside of it."""
    own_height, own_width = plane.shape
    across, down = scaled(own_width, own_height, width, height, how)
    # Python's round is half to even
    x = np.arange(width) + round((across - width) / 2)
    y = np.arange(height) + round((down - height) / 2)
    columns = np.floor((x + 0.5) * own_width / across).astype(np.int64)
    rows = np.floor((y + 0.5) * own_height / down).astype(np.int64)
    picked = plane[np.clip(rows, 0, own_height - 1)[:, None], np.clip(columns, 0, own_width - 1)[None, :]]
    inside = ((y >= 0) & (y < down))[:, None] & ((x >= 0) & (x < across))[None, :]
    return np.where(inside, picked, -1).astype(np.int32)


def known_numbers(numbers: Plane, row: Row, base: str, classes: int | None) -> NDArray[np.bool_]:
    """Which of the numbers of one sample count: those of classes that there are, and that are not called unknown."""
    source = row.columns.get(base) or {}
    known = numbers >= 0
    if classes is not None:
        known &= numbers < classes
    if source.get("kind") == "path" and "unknown" in source:
        known &= numbers != source["unknown"]
    return known


def plane_arrays(
    column: dict[str, Any], planes: NDArray[np.int32], known: NDArray[np.bool_], outer: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """Classes as they are, measures times the scale of their column; what is not known is 0 and masked."""
    name, shape = column["name"], (*outer, *planes.shape[1:])
    kept = np.where(known, planes, 0).reshape(shape)
    if column["kind"] == "mask":
        return {name: kept.astype(np.int32), f"{name}.mask": known.reshape(shape)}
    scaled_numbers = (kept.astype(np.float64) * column["scale"]).astype(np.float32)
    return {name: scaled_numbers, **({f"{name}.mask": known.reshape(shape)} if column.get("unknown") else {})}
