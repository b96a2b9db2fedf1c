"""What a cell of a table or a field of JSON says: numbers, texts, classes and labels."""

from __future__ import annotations

import math
from typing import Any

from .faults import RunFault
from .rows import Row, row_value, unlike, word_of, written


def number_of(column: str, row: Row, value: Any) -> float:
    """A finite number, also one in a cell of text."""
    try:
        if value is None or isinstance(value, (list, dict)) or (isinstance(value, str) and value.strip() == ""):
            raise ValueError
        number = float(value)
        if not math.isfinite(number):
            raise ValueError
        return number
    except ValueError:
        raise unlike(column, row, "a number", value) from None


def is_unknown(column: dict[str, Any], row: Row, value: Any) -> bool:
    source = row.columns.get(column["name"]) or {}
    if source.get("kind") != "path" or (not column.get("unknown") and "unknown" not in source):
        return False
    return value is None or ("unknown" in source and value != "" and _same_number(value, source["unknown"]))


def _same_number(value: Any, number: float) -> bool:
    try:
        return float(value) == number
    except (TypeError, ValueError):
        return False


def texts_of(column: str, row: Row) -> list[str]:
    """All texts that a row may give: one, or the list that `draw` draws from."""
    value = row_value(row, column)
    if row.columns[column]["kind"] == "draw":
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            return value
        raise unlike(column, row, "a list of texts", value)
    if isinstance(value, str):
        return [value]
    raise unlike(column, row, "a text", value)


def place_of(value: Any, places: dict[str, int], count: int) -> int | None:
    place = places.get(word_of(value))
    if place is not None:
        return place
    # a number that is no word itself counts along the vocabulary
    if isinstance(value, bool) or not (
        isinstance(value, (int, float)) or (isinstance(value, str) and value.isdecimal())
    ):
        return None
    index = float(value)
    return int(index) if index == int(index) and 0 <= index < count else None


def class_of(column: dict[str, Any], row: Row, words: list[str], places: dict[str, int]) -> int:
    """The number of a class."""
    value = row_value(row, column["name"])
    place = place_of(value, places, len(words))
    if place is None:
        name, vocabulary = column["name"], column["vocabulary"]
        message = f"`{name}` of sample {row.sample.name} is {written(value)}, which is none of the words of vocabulary `{vocabulary}`"
        raise RunFault("user", "CX8105", message)
    return place


def labels_of(column: dict[str, Any], row: Row, words: list[str], places: dict[str, int]) -> list[int]:
    """−1 masked, 0 absent, 1 present for each word."""

    def label(entry: Any) -> int:
        number = -1 if entry is None else entry
        if number in (-1, 0, 1):
            return int(number)
        raise unlike(column["name"], row, "labels of -1, 0 or 1", entry)

    value = row_value(row, column["name"])
    if isinstance(value, list) and value and not any(isinstance(entry, str) for entry in value):
        if len(value) != len(words):
            raise unlike(column["name"], row, f"{len(words)} labels", value)
        return [label(entry) for entry in value]
    if isinstance(value, list):
        labels = [0] * len(words)
        for word in value:
            if word_of(word) not in places:
                raise unlike(column["name"], row, f"words of `{column['vocabulary']}`", word)
            labels[places[word_of(word)]] = 1
        return labels
    if isinstance(value, dict):
        for word in words:
            if word not in value:
                raise unlike(column["name"], row, f'a label of "{word}"', list(value))
        return [label(value[word]) for word in words]
    raise unlike(column["name"], row, "a list of labels", value)
