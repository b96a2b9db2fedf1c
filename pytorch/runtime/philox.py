"""Counter-based random numbers, bit for bit those of clipx.

The i-th number of a stream is a pure function of (seed, name, i). The generator is Philox4x32-10 (Salmon, Moraes, Dror &
Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


def philox4x32(counters: NDArray[np.uint64], key0: int, key1: int) -> NDArray[np.uint64]:
    """Ten rounds of Philox on counters [n, 4] of 32-bit words."""
    c0, c1, c2, c3 = (counters[:, lane].copy() for lane in range(4))
    k0, k1 = key0, key1
    for _ in range(10):
        product0 = np.uint64(0xD2511F53) * c0
        product1 = np.uint64(0xCD9E8D57) * c2
        c0 = (product1 >> _SHIFT) ^ c1 ^ np.uint64(k0)
        c1 = product1 & _MASK
        c2 = (product0 >> _SHIFT) ^ c3 ^ np.uint64(k1)
        c3 = product0 & _MASK
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1)


class Stream:
    """The stream called `name` of a run with this seed."""

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.sha256(f"clipx random 1\n{seed}\n{name}".encode()).digest()
        self.name = name
        self._key0 = int.from_bytes(digest[0:4], "little")
        self._key1 = int.from_bytes(digest[4:8], "little")
        self._kept: tuple[int, NDArray[np.uint64]] | None = None

    def words(self, start: int, count: int, domain: int = 0) -> NDArray[np.uint64]:
        """32-bit words `start … start + count`; domain 0 is the stream itself, domain e + 1 the permutation of epoch e."""
        if count == 0:
            return np.zeros(0, dtype=np.uint64)
        first, last = start // 4, (start + count - 1) // 4
        blocks = np.arange(last - first + 1, dtype=np.uint64) + np.uint64(first)
        counters = np.zeros((len(blocks), 4), dtype=np.uint64)
        counters[:, 0] = blocks & _MASK
        counters[:, 1] = blocks >> _SHIFT
        counters[:, 2] = np.uint64(domain & 0xFFFFFFFF)
        flat = philox4x32(counters, self._key0, self._key1).reshape(-1)
        return flat[start - 4 * first : start - 4 * first + count]

    def _word(self, index: int) -> int:
        """One word; those around it are kept, since dice are thrown one after the other."""
        stretch = 64
        base = index - index % stretch
        if self._kept is None or self._kept[0] != base:
            self._kept = (base, self.words(base, stretch))
        return int(self._kept[1][index - base])

    def uint32(self, index: int) -> int:
        """The i-th 32-bit word."""
        return self._word(index)

    def uniform(self, index: int) -> float:
        """Uniform on [0, 1), a multiple of 2^-24."""
        return (self._word(index) >> 8) / 16777216

    def integer(self, bound: int, index: int) -> int:
        """Uniform integer in 0 .. bound - 1."""
        high, low = self._word(2 * index) >> 5, self._word(2 * index + 1) >> 6
        return int(((high * 67108864 + low) / 9007199254740992) * bound)

    def uniforms(self, start: int, count: int) -> NDArray[np.float64]:
        """`uniform(start + k)` for k below count."""
        return (self.words(start, count) >> np.uint64(8)).astype(np.float64) / 16777216

    def normals(self, start: int, count: int) -> NDArray[np.float32]:
        """Standard normals rounded to float32 (Box & Muller 1958; numbers 2j and 2j + 1 share one pair of words)."""
        first = start - start % 2
        pairs = (start + count - first + 1) // 2
        drawn = self.uniforms(first, 2 * pairs)
        radius = np.sqrt(-2 * np.log(1 - drawn[0::2]))
        turn = 2 * np.pi * drawn[1::2]
        both = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1).reshape(-1)
        return both[start - first : start - first + count].astype(np.float32)

    def permutation(self, n: int, epoch: int) -> NDArray[np.int64]:
        """A shuffle of 0 .. n - 1, another one for each epoch (Fisher & Yates)."""
        words = self.words(0, 2 * n, epoch + 1)
        high = (words[0::2] >> np.uint64(5)).astype(np.float64)
        low = (words[1::2] >> np.uint64(6)).astype(np.float64)
        share = (high * 67108864 + low) / 9007199254740992
        others = np.floor(share * np.arange(1, n + 1, dtype=np.float64)).astype(np.int64).tolist()
        order = list(range(n))
        for position in range(n - 1, 0, -1):
            other = others[position]
            order[position], order[other] = order[other], order[position]
        return np.asarray(order, dtype=np.int64)
