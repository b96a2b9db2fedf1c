"""Rows of Parquet files. A cell may hold bytes (`image.bytes` of a Hugging Face set), numbers, texts, lists or records."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from .faults import RunFault
from .readers import Sample, match_files


def read_parquet(pattern: str, root: Path) -> Iterator[Sample]:
    """One sample a row."""
    try:
        # packages without such data do not require it
        import pyarrow.parquet
    except ImportError as error:
        help_ = "`python3 -m pip install -r requirements.txt`"
        raise RunFault("world", "CX8106", f'"{pattern}" can not be read without pyarrow', help_) from error
    for file in match_files(pattern, root):
        try:
            rows = pyarrow.parquet.read_table(file).to_pylist()
        except (OSError, pyarrow.ArrowException) as error:
            raise RunFault("world", "CX8106", f"{file} can not be read: {error}") from error
        for number, row in enumerate(rows):
            members = {name: _plain(value) for name, value in row.items()}
            yield Sample(str(number), os.path.basename(file), members, os.path.dirname(file))


def _plain(value: Any) -> Any:
    """Whole numbers as clipx has them, times as text."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, int) and abs(value) > 2**53:
        return float(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime.datetime):
        utc = value if value.tzinfo is None else value.astimezone(datetime.UTC)
        return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
    if isinstance(value, datetime.date):
        return f"{value:%Y-%m-%d}T00:00:00.000Z"
    return value
