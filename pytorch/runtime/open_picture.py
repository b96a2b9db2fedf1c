"""Opens files of pictures, and refuses the damaged ones that clipx refuses and Pillow would read."""

from __future__ import annotations

import io
import math
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

#: what clipx reads (of the formats that Pillow knows)
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF")

_PNG = b"\x89PNG\r\n\x1a\n"


def open_picture(content: bytes) -> Image.Image:
    """As Pillow opens it. Raises where the file is of another format or damaged; what is damaged within the bits of a JPEG is not told."""
    if content.startswith(b"\xff\xd8"):
        _check_jpeg(content)
    if content.startswith(_PNG):
        content = _checked_png(content)
    return Image.open(io.BytesIO(content), formats=_FORMATS)


# ── PNG: the data of the pixels are whole, by their sums and by their length ──

#: what a decoder must know; others are left out by whoever does not
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")


@dataclass(frozen=True)
class _Chunk:
    kind: bytes
    data: bytes
    #: as it stands in the file
    whole: bytes
    is_right: bool

    @property
    def is_needed(self) -> bool:
        return self.kind[:1].isupper()


def _chunks(content: bytes) -> Iterator[_Chunk]:
    at = len(_PNG)
    while at + 8 <= len(content):
        size = struct.unpack_from(">I", content, at)[0]
        whole = content[at : at + 12 + size]
        kind, data = whole[4:8], whole[8 : 8 + size]
        yield _Chunk(kind, data, whole, whole[8 + size :] == struct.pack(">I", zlib.crc32(kind + data)))
        if kind == b"IEND":
            return
        at += 12 + size


def _checked_png(content: bytes) -> bytes:
    """The file without what is damaged and not needed."""
    chunks = list(_chunks(content))
    for chunk in chunks:
        if chunk.is_needed and chunk.kind not in _CRITICAL:
            raise ValueError(f"a PNG with a chunk {chunk.kind!r} that has to be known")
        if chunk.is_needed and chunk.kind != b"IEND" and not chunk.is_right:
            raise ValueError(f"the chunk {chunk.kind.decode()} of a PNG is damaged")
    header = next((chunk.data for chunk in chunks if chunk.kind == b"IHDR"), b"")
    if len(header) != 13:
        raise ValueError("a PNG without a header")
    inflate = zlib.decompressobj()
    found = sum(len(inflate.decompress(chunk.data)) for chunk in chunks if chunk.kind == b"IDAT")
    if not inflate.eof or found < _png_size(header):
        raise ValueError("the data of a PNG end too soon")
    if all(chunk.is_right for chunk in chunks):
        return content
    return _PNG + b"".join(chunk.whole for chunk in chunks if chunk.is_needed or chunk.is_right)


def _png_size(header: bytes) -> int:
    """Bytes of all rows, with one before each that says how it is filtered."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)

    def rows(wide: int, high: int) -> int:
        return high * (1 + math.ceil(wide * bits / 8)) if wide > 0 else 0

    if not interlaced:
        return rows(width, height)
    # Adam7: from which column and row, and every how many
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    return sum(rows(math.ceil((width - x) / across), math.ceil((height - y) / down)) for x, y, across, down in passes)


# ── JPEG: the marks within the data of a scan are those that belong there (ITU-T T.81, annex B) ──

_MARK = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)

_START_OF_SCAN, _END, _INTERVAL = 0xDA, 0xD9, 0xDD
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_RESTARTS = range(0xD0, 0xD8)
#: what may follow a scan: the end, the number of lines, comments and what applications add; where more scans follow they and their tables
_BEHIND_LAST = frozenset({_END, 0xDC, 0xFE, *range(0xE0, 0xF0)})
_BEHIND = _BEHIND_LAST | {_START_OF_SCAN, 0xC4, 0xCC, 0xDB, _INTERVAL}


@dataclass(frozen=True)
class _Frame:
    width: int
    height: int
    is_sequential: bool
    #: how often each component is sampled, across and down
    sampling: dict[int, tuple[int, int]]

    def is_whole(self, components: list[int]) -> bool:
        """Whether a scan of these components is all of the picture."""
        return self.is_sequential and len(components) == len(self.sampling)

    def units(self, components: list[int]) -> int:
        """How many units a scan of these components has, between which marks may stand."""
        most_across, most_down = (max(pair[side] for pair in self.sampling.values()) for side in (0, 1))
        if len(components) > 1:
            return math.ceil(self.width / (8 * most_across)) * math.ceil(self.height / (8 * most_down))
        across, down = self.sampling[components[0]]
        columns, rows = math.ceil(self.width * across / most_across), math.ceil(self.height * down / most_down)
        return math.ceil(columns / 8) * math.ceil(rows / 8)


def _check_jpeg(content: bytes) -> None:
    """Raises where a scan has marks that do not belong into it. What can not be read at all is left to Pillow."""
    at, interval, frame, is_read = 2, 0, None, False
    while (mark := _MARK.match(content, at)) is not None and mark[1][0] != _END:
        kind = mark[1][0]
        size = int.from_bytes(content[mark.end() : mark.end() + 2], "big")
        segment = content[mark.end() + 2 : mark.end() + size]
        at = mark.end() + size
        if kind == _INTERVAL:
            interval = int.from_bytes(segment[:2], "big")
        elif kind in _FRAMES:
            height, width, count = struct.unpack_from(">HHB", segment, 1)
            parts = [segment[6 + 3 * part : 9 + 3 * part] for part in range(count)]
            sampling = {part[0]: (part[1] >> 4, part[1] & 15) for part in parts}
            frame = _Frame(width, height, kind < 0xC2, sampling)
        elif kind == _START_OF_SCAN and frame is not None:
            components = [segment[1 + 2 * part] for part in range(segment[0])]
            at = _check_scan(content, at, interval, frame, components)
            is_read = frame.is_whole(components)
    if is_read and mark is None and at != len(content):
        raise ValueError("a mark within the data of a JPEG")


def _check_scan(content: bytes, at: int, interval: int, frame: _Frame, components: list[int]) -> int:
    """Where a scan ends that begins at `at`."""
    restarts: list[re.Match[bytes]] = []
    end = None
    for mark in _MARK.finditer(content, at):
        if mark[1][0] not in _RESTARTS:
            end = mark
            break
        restarts.append(mark)
    if end is None:
        return len(content)
    # marks behind the last unit are passed over
    behind = end.start()
    while restarts and restarts[-1].end() == behind:
        behind = restarts.pop().start()
    known = frame.height > 0 and all(component in frame.sampling for component in components)
    wanted = math.ceil(frame.units(components) / interval) - 1 if known and interval else 0
    found = [mark[1][0] - _RESTARTS[0] for mark in restarts]
    if known and found != [number % 8 for number in range(wanted)]:
        raise ValueError("marks within the data of a JPEG are missing, or do not belong there")
    if end[1][0] not in (_BEHIND_LAST if frame.is_whole(components) else _BEHIND):
        raise ValueError(f"a mark {end[1][0]:#x} within the data of a JPEG")
    return end.start()
