"""What columns of files share: their bytes, the lists that stand in their place, and the entries of lists as samples of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .faults import RunFault
from .readers import FileMember, bytes_of, entry_bytes, member_of
from .rows import Row, is_given, row_value, unlike

Json = dict[str, Any]

#: bytes of a file, not a value of a table
_MEDIA = frozenset({"image", "frames", "audio", "points", "map", "mask"})


def is_medium(column: Json) -> bool:
    """Whether a column is read of files."""
    return column["kind"] in _MEDIA


def path_of(column: str, row: Row) -> str:
    """The path into the sample that a column of files has; of an entry that of its list."""
    source = row.columns.get(column)
    if source is None:
        raise RunFault("user", "CX8108", f"the data set maps no column `{column}`; it maps {', '.join(row.columns)}")
    if is_given(row, column):
        return source.get("path", column)
    if source["kind"] != "path":
        raise RunFault("user", "CX8107", f'column `{column}` is of files; "{source["kind"]}" gives text')
    return source["path"]


def medium_bytes(column: str, row: Row) -> bytes:
    """The bytes of the file that a column has of a row; of a list those of its entry."""
    path = path_of(column, row)
    if row.given is not None and is_given(row, column):
        return entry_bytes(row.sample, row.given[column], path, column)
    return bytes_of(row.sample, path, column)


def slot_of(column: str, row: Row) -> str:
    """What tells decoded files of one sample apart: the path, and in a list the place."""
    place = f"[{row.place}]" if is_given(row, column) else ""
    return f"{path_of(column, row)}{place}"


def list_of(column: str, row: Row) -> list[Any] | None:
    """The value of a table's cell or of JSON, where the column reads one and no file."""
    if row.given is not None and is_given(row, column):
        given = row.given[column]
        return given if isinstance(given, list) else None
    source = row.columns.get(column)
    if source is None or source["kind"] != "path":
        return None
    member = row.sample.members.get(source["path"])
    stands = source["path"] in row.sample.members and not isinstance(member, (bytes, FileMember))
    if not stands and re.search(r"(^|\.)json\.", source["path"]) is None:
        return None
    value = row_value(row, column)
    return value if isinstance(value, list) else None


def decoded(column: Json, row: Row, what: str, decode: Callable[[bytes], Any]) -> Any:
    """What `decode` makes of the bytes of a row."""
    name = column["name"]
    return decoded_bytes(row, f"{what} `{path_of(name, row)}`", medium_bytes(name, row), decode)


def decoded_bytes(row: Row, what: str, content: bytes, decode: Callable[[bytes], Any]) -> Any:
    """What `decode` makes of bytes of a sample."""
    try:
        return decode(content)
    except RunFault:
        raise
    except Exception as error:
        message = f"the {what} of sample {row.sample.name} can not be decoded ({len(content)} bytes): {error}"
        raise RunFault("world", "CX8103", message) from error


# ── lists and what is not there ──


def is_there(column: Json, row: Row) -> bool:
    """Whether a sample holds anything for an optional column."""
    name = column["name"]
    source = row.columns.get(name)
    if source is None:
        return False
    try:
        if is_medium(column) and "each" not in column and source["kind"] == "path":
            value, _, _ = member_of(row.sample, source["path"], name)
        else:
            value = row_value(row, name)
    except RunFault as error:
        if error.code == "CX8104":
            return False
        raise
    return value is not None and value != ""


def _listed(value: Any) -> Any:
    """The cell of a CSV file is text: a list in it is written as in JSON."""
    if not isinstance(value, str) or not value.strip().startswith("["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def placed_entries(column: Json, row: Row) -> list[tuple[Row, int]]:
    """The entries of a list as rows of their own, with their places; a column without `each` is one."""
    each, name = column.get("each"), column["name"]
    if each is None:
        return [(row, 0)]
    value = _listed(row_value(row, name))
    if not isinstance(value, list):
        raise unlike(name, row, "a list", value)
    if len(value) > each["most"]:
        raise unlike(name, row, f"at most {each['most']} entries", value)
    entries = []
    for place, entry in enumerate(value):
        # a list of files may name none in some places
        if is_medium(column) and (entry is None or entry == ""):
            continue
        within = str(place) if row.place is None else f"{row.place}.{place}"
        entries.append((replace(row, place=within, given={**(row.given or {}), name: entry}), place))
    return entries
