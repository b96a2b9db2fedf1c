"""Constant prompts of an experiment as token ids, told to the run where a tokenizer makes two of them one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from .decoding import Arrays
from .feeds import tensors
from .texts import Tokenizer

_PARTS = ("ids", "length", "starts")

Json = dict[str, Any]


class EncodedTables:
    """The tables of a run, each encoded when it is first read."""

    def __init__(
        self, specs: list[Json], tokenizer: Callable[[str], Tokenizer], warn: Callable[[str, str], None]
    ) -> None:
        self._specs = {spec["id"]: spec for spec in specs}
        self._tokenizer, self._warn = tokenizer, warn
        self._encoded: dict[str, Arrays] = {}

    @property
    def names(self) -> list[str]:
        """All of them."""
        return list(self._specs)

    def arrays(self, name: str) -> Arrays:
        """`ids`, `length` and `starts` of a table."""
        if name not in self._encoded:
            self._encoded[name] = self._encode(self._specs[name])
        return self._encoded[name]

    def _encode(self, spec: Json) -> Arrays:
        tokenizer = self._tokenizer(spec["tokenizer"])
        slots, shape = spec.get("vectors", []), tuple(spec["shape"])
        ids, length, starts = tokenizer.encode(spec["texts"], slots, None, spec["id"])
        twins = same_tokens(spec["texts"], [row.tobytes() for row in ids])
        if twins:
            first, second = (readable_text(text) for text in twins[0])
            more = "" if len(twins) == 1 else f" (and {len(twins) - 1} more)"
            message = f'"{first}" and "{second}" give the same tokens{more}: no model can tell them apart'
            self._warn("CX8114", f"{spec['id']}: {message}")
        return {
            "ids": ids.reshape(*shape, tokenizer.context),
            "length": length.reshape(shape),
            "starts": starts.reshape(*shape, len(slots)),
        }


class TextTables(Mapping[str, Tensor]):
    """The tables on a device: `<table>.ids`, `<table>.length`, `<table>.starts`."""

    def __init__(self, tables: EncodedTables, device: torch.device) -> None:
        self._tables, self._device = tables, device
        self._there: dict[str, Tensor] = {}

    def __getitem__(self, key: str) -> Tensor:
        if key not in self._there:
            table, _, part = key.rpartition(".")
            self._there.update(tensors({key: self._tables.arrays(table)[part]}, self._device))
        return self._there[key]

    def __iter__(self) -> Iterator[str]:
        return (f"{name}.{part}" for name in self._tables.names for part in _PARTS)

    def __len__(self) -> int:
        return len(self._tables.names) * len(_PARTS)


def readable_text(text: str) -> str:
    """Places of learned vectors in words."""
    return re.sub("[\ue000-\uf8ff]", lambda mark: f"{{vectors {ord(mark[0]) - 0xE000 + 1}}}", text)


def same_tokens(texts: list[str], ids: list[bytes]) -> list[tuple[str, str]]:
    """Texts that differ and are the same once they are cut into tokens: each with the first that it is like."""
    first: dict[bytes, str] = {}
    pairs = [(first.setdefault(key, text), text) for text, key in zip(texts, ids, strict=True)]
    return [pair for pair in pairs if pair[0] != pair[1]]
