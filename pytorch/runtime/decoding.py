"""What the decoders of columns share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .philox import Stream
from .rows import Row
from .texts import Tokenizer

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Draw:
    """Which numbers are drawn of a data set: those of an epoch, or none in an evaluation."""

    data: str
    count: int
    epoch: int | None
    streams: Callable[[str], Stream]

    def of(self, column: str) -> Stream:
        """The stream that decides which text of a list a column gives."""
        return self.streams(f"draw:{self.data}.{column}")


class Context(Protocol):
    """What decoders need from the room they work in."""

    def column(self, name: str) -> dict[str, Any]: ...
    def tokenizer(self, identifier: str) -> Tokenizer: ...
    def words(self, vocabulary: str) -> list[str]: ...
    def further(self, vocabulary: str, column: str) -> list[Any]: ...
    def identity(self, column: str, word: str) -> int: ...
    def kept(self, row: Row, form: str, make: Callable[[], Any]) -> Any: ...
