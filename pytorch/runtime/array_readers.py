"""Samples as arrays hold them: the files of MNIST and its kin, and features that another program computed."""

from __future__ import annotations

import gzip
import io
import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors import SafetensorError
from safetensors.numpy import load_file

from .faults import RunFault
from .readers import Sample


def _damaged(path: str, why: object) -> RunFault:
    return RunFault("world", "CX8106", f"{path} can not be read: {why}")


def _existing(path: str, root: Path) -> str:
    file = os.path.join(root, path)
    if not os.path.isfile(file):
        raise RunFault("world", "CX8101", f'no file matches "{path}" in {root}')
    return file


def _idx_file(path: str, root: Path) -> np.ndarray:
    raw = Path(_existing(path, root)).read_bytes()
    content = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    if len(content) < 8 or content[:3] != b"\x00\x00\x08":
        raise _damaged(path, "it is no IDX file of bytes")
    shape = [int(extent) for extent in np.frombuffer(content, ">u4", content[3], 4)]
    data = np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])
    if len(data) != math.prod(shape):
        raise _damaged(path, f"it says {shape} and holds {len(data)} bytes")
    return data.reshape(shape)


def read_idx(images: str, labels: str | None, root: Path) -> Iterator[Sample]:
    """A sample for each picture, members `image` and, where a file of labels is named, `label`."""
    grey = _idx_file(images, root)
    if grey.ndim != 3:
        raise _damaged(images, f"its arrays have {grey.ndim} dimensions, and pictures have 3 together")
    marks = None if labels is None else _idx_file(labels, root)
    if marks is not None and marks.shape != grey.shape[:1]:
        raise _damaged(str(labels), f"it holds {marks.shape} labels for {len(grey)} pictures")
    folder = os.path.dirname(os.path.join(root, images))
    for index, picture in enumerate(grey):
        kept = io.BytesIO()
        Image.fromarray(np.repeat(picture[..., None], 3, axis=2)).save(kept, "png", compress_level=0)
        label = {} if marks is None else {"label": int(marks[index])}
        yield Sample(str(index), os.path.basename(images), {"image": kept.getvalue(), **label}, folder)


def read_features(path: str, root: Path) -> Iterator[Sample]:
    """Tensors of which the first dimension is the sample: a number where there is one a sample, otherwise a list."""
    file = _existing(path, root)
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, error) from error
    if len({len(tensor) if tensor.ndim > 0 else 0 for tensor in tensors.values()}) > 1:
        raise RunFault("user", "CX8106", f"{path} does not say one number of samples")
    count = len(next(iter(tensors.values()), ()))
    for index in range(count):
        members = {
            name: tensor[index].reshape(-1).tolist() if tensor.ndim > 1 else tensor[index].item()
            for name, tensor in tensors.items()
        }
        yield Sample(str(index), os.path.basename(path), members, os.path.dirname(file))
