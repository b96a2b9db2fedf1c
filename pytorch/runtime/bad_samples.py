"""`on_bad: skip`: files that do not decode and samples that lack a column are left out and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .columns import Decoder
from .faults import RunFault
from .media import is_medium, is_there, placed_entries
from .rows import Row, row_value

Json = dict[str, Any]

#: no such file, no picture, no such member: what is said of one sample alone
_OF_A_SAMPLE = frozenset({"CX8101", "CX8103", "CX8104"})


def without_bad(
    rows: list[Row], spec: Json, columns: dict[str, Json], decoder: Decoder, warn: Callable[[str, str], None]
) -> list[Row]:
    """The samples all of whose columns can be read; a warning says how many can not, and why the first one can not."""
    reasons: list[str] = []
    kept: list[Row] = []
    for row in rows:
        try:
            _read(row, columns, decoder)
            kept.append(row)
        except RunFault as fault:
            if fault.code not in _OF_A_SAMPLE:
                raise
            reasons.append(fault.message)
    name = spec["name"]
    if not kept:
        first = reasons[0] if reasons else ""
        raise RunFault(
            "user", "CX8109", f"data set `{name}` has no samples: all {len(rows)} are bad; the first: {first}"
        )
    if reasons:
        warn("CX8103", f"{name}: {len(reasons)} of {len(rows)} samples skipped; the first: {reasons[0]}")
    return kept


def _read(row: Row, columns: dict[str, Json], decoder: Decoder) -> None:
    """All that a sample is mapped to; files are decoded, views of them are not made."""
    for name in row.columns:
        column = columns.get(name)
        if column is not None and column.get("optional") and not is_there(column, row):
            continue
        if column is None or not is_medium(column) or "view" in column:
            row_value(row, name)
            continue
        for entry, _ in placed_entries(column, row):
            decoder.look(column, entry)
