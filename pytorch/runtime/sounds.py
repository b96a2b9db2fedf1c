"""Sounds as RIFF WAVE files of PCM or float samples."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .media import decoded
from .rows import Row
from .schedules import round_half_up

#: what one ear hears
Ear = NDArray[np.float32]

#: half the length of the kernel, in samples of the slower of the two rates
_LOBES = 16


def _pcm24(content: bytes) -> np.ndarray:
    wide = np.frombuffer(content, np.uint8).reshape(-1, 3).astype(np.int32)
    whole = wide[:, 0] | (wide[:, 1] << 8) | (wide[:, 2] << 16)
    return np.where(whole >= 2**23, whole - 2**24, whole) / 2**23


_READERS: dict[tuple[int, int], Callable[[bytes], np.ndarray]] = {
    (1, 8): lambda content: (np.frombuffer(content, np.uint8).astype(np.float64) - 128) / 128,
    (1, 16): lambda content: np.frombuffer(content, "<i2").astype(np.float64) / 2**15,
    (1, 24): _pcm24,
    (1, 32): lambda content: np.frombuffer(content, "<i4").astype(np.float64) / 2**31,
    (3, 32): lambda content: np.frombuffer(content, "<f4").astype(np.float64),
}


def read_wave(content: bytes) -> tuple[int, list[Ear]]:
    """Samples a second, and the samples −1..1 of each channel."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError("it is no RIFF WAVE file")
    layout: tuple[int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(content):
        name, (size,), start = content[at : at + 4], struct.unpack_from("<I", content, at + 4), at + 8
        if name == b"fmt ":
            kind, channels, rate = struct.unpack_from("<HHI", content, start)
            (bits,) = struct.unpack_from("<H", content, start + 14)
            # WAVE_FORMAT_EXTENSIBLE names its own in the first bytes of a GUID
            if kind == 0xFFFE:
                (kind,) = struct.unpack_from("<H", content, start + 24)
            layout = (kind, channels, rate, bits)
        if name == b"data" and layout is not None:
            kind, channels, rate, bits = layout
            read = _READERS.get((kind, bits))
            if read is None:
                raise ValueError(f"its samples are of format {kind} with {bits} bits, and PCM or float are read")
            width = bits // 8 * channels
            count = min(size, len(content) - start) // width
            both = read(content[start : start + count * width]).astype(np.float32).reshape(count, channels)
            return rate, [np.ascontiguousarray(both[:, channel]) for channel in range(channels)]
        at = start + size + size % 2
    raise ValueError("it has no samples")


def _in_ears(channels: list[Ear], ears: int) -> list[Ear]:
    """One ear hears the mean of all channels; a sound of one channel is the same in both."""
    if ears == 2:
        return [channels[0], channels[min(1, len(channels) - 1)]]
    if len(channels) == 1:
        return channels
    total = np.zeros(len(channels[0]), dtype=np.float64)
    for channel in channels:
        total = total + channel
    return [(total / len(channels)).astype(np.float32)]


def resampled(sound: Ear, given: float, wanted: float) -> Ear:
    """Another rate by a windowed sinc (Hann), cut off at the lower of both Nyquist frequencies; weights sum to one."""
    if given == wanted:
        return sound
    cutoff = min(1, wanted / given)
    reach = _LOBES / cutoff
    centre = np.arange(round_half_up(len(sound) * wanted / given)) * (given / wanted)
    first = np.maximum(0, np.ceil(centre - reach)).astype(np.int64)
    last = np.minimum(len(sound) - 1, np.floor(centre + reach)).astype(np.int64)
    total, weights = np.zeros(len(centre)), np.zeros(len(centre))
    # one place of the kernel after the other: sums are made in the order of the samples
    for offset in range(int((last - first).max(initial=-1)) + 1):
        at = first + offset
        distance = at - centre
        phase = np.pi * distance * cutoff
        sinc = np.where(phase == 0, 1, np.sin(phase) / np.where(phase == 0, 1, phase))
        weight = sinc * (0.5 + 0.5 * np.cos((np.pi * distance) / reach))
        weight = np.where(at <= last, weight, 0)
        total += weight * sound[np.minimum(at, len(sound) - 1)]
        weights += weight
    return np.where(weights == 0, 0, total / np.where(weights == 0, 1, weights)).astype(np.float32)


def ears_of(column: dict[str, Any], row: Row) -> list[Ear]:
    """What each ear hears of one sample: its real samples, at the rate of the column."""

    def heard(content: bytes) -> list[Ear]:
        rate, channels = read_wave(content)
        return [resampled(channel, rate, column["rate"]) for channel in _in_ears(channels, column["ears"])]

    return decoded(column, row, "sound", heard)


def sound_arrays(column: dict[str, Any], sounds: list[list[Ear]], outer: tuple[int, ...]) -> dict[str, np.ndarray]:
    """A shorter sound has the rest masked, a longer one is cut."""
    name, samples, ears = column["name"], column["samples"], column["ears"]
    data = np.zeros((len(sounds), ears, samples), dtype=np.float32)
    mask = np.zeros((len(sounds), samples), dtype=bool)
    for position, channels in enumerate(sounds):
        for ear, channel in enumerate(channels):
            data[position, ear, : len(channel)] = channel[:samples]
        mask[position, : min(samples, len(channels[0]) if channels else 0)] = True
    shape = (*outer, 2, samples) if ears == 2 else (*outer, samples)
    return {name: data.reshape(shape), f"{name}.mask": mask.reshape(*outer, samples)}


def mean_square(ear: Ear) -> float:
    """Summed one after the other, as clipx does."""
    squares = ear.astype(np.float64) ** 2
    return float(np.add.accumulate(squares)[-1]) / len(ear) if len(ear) > 0 else 0.0


def deviation(ear: Ear) -> float:
    """Of the samples around their mean."""
    mean = float(np.add.accumulate(ear.astype(np.float64))[-1]) / len(ear) if len(ear) > 0 else 0.0
    return math.sqrt(max(0.0, mean_square(ear) - mean * mean))
