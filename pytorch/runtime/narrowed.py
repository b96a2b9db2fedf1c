"""A data set as functions over a part of a vocabulary see it: other words, or fewer, counted anew."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .decoding import Context
from .faults import RunFault
from .rows import Row, row_value, word_of
from .texts import Tokenizer

Json = dict[str, Any]


def group_entries(vocabulary: Json, group: str) -> list[int]:
    """Numbers of the entries of a group, in order. Shares round up: of five, `first 50 %` are three."""
    if group in vocabulary["groups"]:
        return vocabulary["groups"][group]
    share, count = vocabulary.get("shares", {})[group], len(vocabulary["entries"])
    first, end = (min(count, math.ceil(share[at] * count - 1e-9)) for at in ("from", "to"))
    return list(range(first, end))


def narrowed_rows(rows: list[Row], spec: Json, columns: dict[str, Json], words: list[str]) -> list[Row]:
    """The samples of which every word of the vocabulary is among `words`."""
    name = spec["narrow"]["vocabulary"]
    classes = [
        column["name"]
        for column in columns.values()
        if column["kind"] == "class" and column["vocabulary"] == name and column["name"] in spec["columns"]
    ]
    known = set(words)
    kept = [row for row in rows if all(word_of(row_value(row, column)) in known for column in classes)]
    if not kept:
        message = f"none of {len(rows)} has a word of `{name}[{spec['narrow']['group']}]`"
        raise RunFault("user", "CX8109", f"data set `{spec['name']}` has no samples: {message}")
    return kept


@dataclass(frozen=True)
class NarrowedContext:
    """What decoders need, with other words of one vocabulary."""

    whole: Context
    vocabulary: str
    entries: list[str]
    columns: dict[str, list[Any]]

    def column(self, name: str) -> Json:
        """What the program declares of a column."""
        return self.whole.column(name)

    def tokenizer(self, identifier: str) -> Tokenizer:
        """A tokenizer of the program."""
        return self.whole.tokenizer(identifier)

    def words(self, vocabulary: str) -> list[str]:
        """The words that are left."""
        return self.entries if vocabulary == self.vocabulary else self.whole.words(vocabulary)

    def further(self, vocabulary: str, column: str) -> list[Any]:
        """A further column of them."""
        return self.columns[column] if vocabulary == self.vocabulary else self.whole.further(vocabulary, column)

    def identity(self, column: str, word: str) -> int:
        """The number of an id string."""
        return self.whole.identity(column, word)

    def kept(self, row: Row, form: str, make: Callable[[], Any]) -> Any:
        """What was decoded once is kept."""
        return self.whole.kept(row, form, make)


def narrowed_context(whole: Context, narrow: Json, vocabularies: dict[str, Json]) -> NarrowedContext:
    """The words of a group, or those of another vocabulary in their place."""
    name = narrow["vocabulary"]
    if "words" in narrow:
        other = vocabularies[narrow["words"]]
        return NarrowedContext(whole, name, other["entries"], other.get("columns", {}))
    vocabulary = vocabularies[name]
    chosen = group_entries(vocabulary, narrow["group"])
    columns = {key: [values[at] for at in chosen] for key, values in vocabulary.get("columns", {}).items()}
    return NarrowedContext(whole, name, [vocabulary["entries"][at] for at in chosen], columns)
