"""Clouds of points: a list of triples in JSON, an array in a NumPy file, or a text of three numbers a line."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .media import decoded, list_of
from .rows import Row, unlike

Cloud = NDArray[np.float32]

_KINDS = ("<f4", "<f8", "<i4", "<i2", "|i1", "|u1", "<u2", "<i8")


def _numbers(entries: list[Any]) -> Cloud:
    """Triples, or their coordinates one after the other."""
    flat = [number for entry in entries for number in (entry if isinstance(entry, list) else [entry])]
    return _narrow(np.asarray([float(number) for number in flat], dtype=np.float64))


def _narrow(values: np.ndarray) -> Cloud:
    # what is too large for 32 bits is told as no number
    with np.errstate(over="ignore"):
        return values.astype(np.float64).astype(np.float32)


def _of_bytes(content: bytes) -> Cloud:
    if content.startswith(b"\x93N"):
        array = np.load(io.BytesIO(content), allow_pickle=False)
        if array.dtype.str not in _KINDS or not array.flags.c_contiguous:
            raise ValueError(f"its numbers are `{array.dtype.str}`, and {', '.join(_KINDS)} in C order are read")
        return _narrow(array.reshape(-1))
    text = content.decode("utf-8", "replace").strip()
    return _numbers(json.loads(text)) if text.startswith("[") else _numbers(re.split(r"[\s,;]+", text))


def cloud_of(column: dict[str, Any], row: Row) -> Cloud:
    """The first points of one sample [points, 3]."""
    listed = list_of(column["name"], row)
    numbers = _numbers(listed) if listed is not None else decoded(column, row, "cloud of points", _of_bytes)
    if len(numbers) % 3 != 0 or not np.isfinite(numbers).all():
        raise unlike(column["name"], row, "three numbers for each point", f"{len(numbers)} numbers")
    return numbers.reshape(-1, 3)[: column["points"]]


def cloud_arrays(column: dict[str, Any], clouds: list[Cloud], outer: tuple[int, ...]) -> dict[str, np.ndarray]:
    """A smaller cloud has the last points masked."""
    name, points = column["name"], column["points"]
    data = np.zeros((len(clouds), points, 3), dtype=np.float32)
    mask = np.zeros((len(clouds), points), dtype=bool)
    for position, cloud in enumerate(clouds):
        data[position, : len(cloud)] = cloud
        mask[position, : len(cloud)] = True
    return {name: data.reshape(*outer, points, 3), f"{name}.mask": mask.reshape(*outer, points)}
