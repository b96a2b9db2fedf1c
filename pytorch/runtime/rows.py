"""Which samples a data set has: origins and steps of the `data` statement, as lists of rows."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .faults import RunFault
from .philox import Stream
from .readers import Sample, value_of
from .schedules import round_half_up


@dataclass(eq=False)
class Row:
    """One sample of a data set, with what its columns are."""

    sample: Sample
    columns: dict[str, Any]
    #: values that stand for what the source says: an entry of an unfolded list
    given: dict[str, Any] | None = None
    #: which entry of a list it is: `2`, of a list within an unfolded one `0.2`
    place: str | None = None


def is_given(row: Row, column: str) -> bool:
    """Whether a value stands in the place of what the source says."""
    return row.given is not None and column in row.given


def unlike(column: str, row: Row, expected: str, found: Any) -> RunFault:
    """A column holds something else."""
    shown = written(found)[:60]
    return RunFault(
        "user", "CX8107", f"column `{column}` of sample {row.sample.name} should hold {expected}, found {shown}"
    )


def written(value: Any) -> str:
    """JSON as JavaScript writes it: no spaces, whole numbers without a point."""
    if isinstance(value, float) and math.isfinite(value):
        return number_text(value)
    if isinstance(value, list):
        return "[" + ",".join(written(entry) for entry in value) + "]"
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{written(entry)}" for name, entry in value.items())
            + "}"
        )
    return json.dumps(value, ensure_ascii=False)


def number_text(value: float) -> str:
    """A number as JavaScript writes it."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    if "e" not in text:
        return text
    digits, exponent = text.split("e")
    power = int(exponent)
    if -7 <= power < 0:
        sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
        return sign + "0." + "0" * (-power - 1) + digits.replace(".", "")
    return f"{digits}e{'+' if power > 0 else '-'}{abs(power)}"


def word_of(value: Any) -> str:
    """A value as a word of a vocabulary."""
    return value if isinstance(value, str) else written(value)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(entry) for entry in value)
    return value if isinstance(value, str) else written(value)


def _filled(text: str, value_at: Callable[[str], Any]) -> str:
    """`=The sound of {json.label}`; braces are doubled to stand for themselves."""

    def part(found: re.Match[str]) -> str:
        return found[0][0] if found[1] is None else _plain(value_at(found[1]))

    return re.sub(r"\{\{|\}\}|\{([^{}]+)\}", part, text.removeprefix("="))


def row_value(row: Row, column: str) -> Any:
    """The undecoded value of a column of a row."""
    if row.given is not None and column in row.given:
        return row.given[column]
    source = row.columns.get(column)
    if source is None:
        raise RunFault("user", "CX8108", f"the data set maps no column `{column}`; it maps {', '.join(row.columns)}")
    if source["kind"] == "template":
        return _filled(source["text"], lambda path: value_of(row.sample, path, column))
    return value_of(row.sample, source["path"], column)


def unfolded(rows: list[Row]) -> list[Row]:
    """`unfold "json.parts"`: a row for each entry of the list; several unfolded lists go along with each other."""
    result: list[Row] = []
    for row in rows:
        names = [name for name, source in row.columns.items() if source["kind"] == "unfold"]
        # unfolded already where the set it is made of was read
        if not names or row.given is not None:
            result.append(row)
            continue
        lists = {name: value_of(row.sample, row.columns[name]["path"], name) for name in names}
        for name, entries in lists.items():
            if not isinstance(entries, list):
                raise unlike(name, row, "a list", entries)
            if len(entries) != len(lists[names[0]]):
                raise unlike(name, row, f"as many entries as `{names[0]}`", entries)
        for at in range(len(lists[names[0]])):
            given = {name: entries[at] for name, entries in lists.items()}
            result.append(Row(row.sample, row.columns, given, str(at)))
    return result


def with_columns(row: Row, columns: dict[str, Any]) -> Row:
    """A row of another data set, as the columns of this one; what was unfolded stays so, a list of its own is read anew."""
    if not columns:
        return row
    same = row.given is not None and all(columns.get(name) == row.columns.get(name) for name in row.given)
    return Row(row.sample, columns, row.given if same else None, row.place)


def few_shot(rows: list[Row], count: int, per: str, random: Stream) -> list[Row]:
    """So many samples of each value of a column."""
    taken: dict[str, int] = {}
    kept: set[int] = set()
    for at in random.permutation(len(rows), 0).tolist():
        value = word_of(row_value(rows[at], per))
        if taken.get(value, 0) < count:
            taken[value] = taken.get(value, 0) + 1
            kept.add(at)
    return [row for at, row in enumerate(rows) if at in kept]


def sampled(rows: list[Row], step: dict[str, Any], random: Stream) -> list[Row]:
    """So many samples, or so large a share of them."""
    wanted = step["count"] if "count" in step else round_half_up(step.get("share", 1) * len(rows))
    kept = set(random.permutation(len(rows), 0)[:wanted].tolist())
    return [row for at, row in enumerate(rows) if at in kept]


def apply_step(rows: list[Row], step: dict[str, Any], random: Stream, other: Callable[[str], list[Row]]) -> list[Row]:
    """Applies one step; order is kept."""
    match step["kind"]:
        case "filter":
            return [row for row in rows if holds(step["condition"], row)]
        case "few-shot":
            return few_shot(rows, step["count"], step["per"], random)
        case "sample":
            return sampled(rows, step, random)
        case "except":
            excluded = {id(row.sample) for row in other(step["data"])}
            return [row for row in rows if id(row.sample) not in excluded]
        case kind:
            raise RunFault("internal", "CX8299", f"there is no data step {kind}")


def split_rows(rows: list[Row], part: dict[str, Any], random: Stream) -> list[Row]:
    """The rows of `split(d, …)` between two shares of the whole; with `by`, rows of one value stay together."""
    groups: dict[str, list[int]] = {}
    by = part.get("by")
    for at, row in enumerate(rows):
        # the entries of an unfolded list are of one sample: they stay together
        alone = str(at) if row.given is None else row.sample.name
        groups.setdefault(alone if by is None else word_of(row_value(row, by)), []).append(at)
    # sorted as JavaScript sorts, by UTF-16 units: the split must not depend on the order of shards
    ordered = list(groups.values()) if by is None else [groups[name] for name in utf16_sorted(groups)]
    kept: set[int] = set()
    before = 0
    for position in random.permutation(len(ordered), 0).tolist():
        members = ordered[position]
        middle = (before + len(members) / 2) / len(rows)
        inside = part["from"] <= middle < part["to"]
        if inside != (part.get("outside") is True):
            kept.update(members)
        before += len(members)
    return [row for at, row in enumerate(rows) if at in kept]


def utf16_sorted(words: Iterable[str]) -> list[str]:
    """In the order of their UTF-16 units."""
    return sorted(words, key=lambda word: word.encode("utf-16-be", "surrogatepass"))


def mix_rows(parts: list[tuple[list[Row], float]]) -> list[Row]:
    """As few rows as hold every row of every part and keep the proportions; what is too short for its share repeats."""
    whole = sum(share for _, share in parts)
    total = max(len(rows) * whole / share for rows, share in parts)
    return [rows[at % len(rows)] for rows, share in parts for at in range(round_half_up((total * share) / whole))]


def _comparable(row: Row, column: str, beside: str | float) -> str | float:
    value = row_value(row, column)
    if isinstance(beside, str):
        return word_of(value)
    try:
        if value is None or isinstance(value, (list, dict)):
            raise ValueError
        return float(value)
    except ValueError:
        message = f"column `{column}` of {row.sample.name} is compared with {beside}, but holds {written(value)}"
        raise RunFault("user", "CX8107", message, "compare it with a string in quotes") from None


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def holds(condition: dict[str, Any], row: Row) -> bool:
    """Whether a condition on the columns of a sample holds."""
    match condition["kind"]:
        case "compare":
            left = _comparable(row, condition["column"], condition["value"])
            return _COMPARE[condition["operator"]](left, condition["value"])
        case "in":
            return any(_comparable(row, condition["column"], value) == value for value in condition["values"])
        case "and":
            return all(holds(part, row) for part in condition["parts"])
        case "or":
            return any(holds(part, row) for part in condition["parts"])
        case _:
            return not holds(condition["part"], row)
