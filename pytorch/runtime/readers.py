"""Samples as their files hold them: shards of WebDataset, lines of JSON, rows of CSV, folders of files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .faults import RunFault


@dataclass(frozen=True)
class FileMember:
    """A member of a sample that is a file of its own, read when it is asked for."""

    path: str


@dataclass(eq=False)
class Sample:
    """Members by extension (`webp`, `json`) or columns of a table; bytes of a file, a file, or a value."""

    key: str
    origin: str
    members: dict[str, Any]
    #: where file names in the cells of a table start
    folder: str = ""
    parsed: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`shard.tar#key`: how messages call it."""
        return f"{self.origin}#{self.key}"


def expand_braces(pattern: str) -> list[str]:
    """`a{b,c}` and `a{08..11}`; braces do not nest."""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        return [pattern]
    numbers = re.fullmatch(r"(\d+)\.\.(\d+)", match[1])
    if numbers is None:
        choices = match[1].split(",")
    else:
        low, high = numbers[1], numbers[2]
        choices = [str(number).rjust(len(low), "0") for number in range(int(low), int(high) + 1)]
    return [one for choice in choices for one in expand_braces(pattern.replace(match[0], choice, 1))]


def _segment(segment: str) -> re.Pattern[str]:
    source = re.sub(r"[.+^$()|\\{}]", lambda found: "\\" + found[0], segment)
    return re.compile(source.replace("*", ".*").replace("?", "."))


def _names(folder: str) -> list[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def _matching(path: str, folders: bool) -> list[str]:
    if not re.search(r"[*?\[]", path):
        return [path] if folders or os.path.isfile(path) else []
    parent, name = os.path.split(path)
    pattern = _segment(name)
    found = [
        os.path.join(at, entry) for at in _matching(parent, True) for entry in _names(at) if pattern.fullmatch(entry)
    ]
    return [entry for entry in found if os.path.isdir(entry)] if folders else found


def match_files(pattern: str, root: Path) -> list[str]:
    """Files that match a pattern with `*`, `?`, `[…]` and `{a,b}` or `{000..012}`, sorted by name."""
    patterns = [
        form for one in expand_braces(pattern) for form in ([one, one + ".gz"] if one.endswith(".tar") else [one])
    ]
    found = {path for one in patterns for path in _matching(os.path.join(root, one), False)}
    if not found:
        # data that clipx renders at first use is not there before its first use
        raise RunFault(
            "world",
            "CX8101",
            f'no file matches "{pattern}" in {root}',
            "start in the project's folder, or say --data-root",
        )
    return sorted(found)


def read_shards(pattern: str, root: Path) -> Iterator[Sample]:
    """Members of a tar with one name up to the first dot after the last slash are one sample."""
    for file in match_files(pattern, root):
        opener = gzip.open if file.endswith(".gz") else open
        try:
            with opener(file, "rb") as stream, tarfile.open(fileobj=io.BytesIO(stream.read())) as archive:
                sample: Sample | None = None
                for entry in archive:
                    slash = entry.name.rfind("/")
                    dot = entry.name.find(".", slash + 1)
                    if not entry.isfile() or dot <= slash + 1:
                        continue
                    key, extension = entry.name[:dot], entry.name[dot + 1 :].lower()
                    content = archive.extractfile(entry)
                    if sample is None or sample.key != key:
                        if sample is not None:
                            yield sample
                        sample = Sample(key, os.path.basename(file), {})
                    sample.members[extension] = b"" if content is None else content.read()
        except (tarfile.TarError, EOFError, OSError) as error:
            raise RunFault("world", "CX8102", f"shard {file} is truncated or damaged: {error}") from error
        if sample is not None:
            yield sample


def read_json_lines(pattern: str, root: Path) -> Iterator[Sample]:
    """One JSON object a line; empty lines are skipped."""
    for file in match_files(pattern, root):
        text = Path(file).read_text("utf-8").removeprefix("\ufeff")
        for number, line in enumerate(re.split(r"\r?\n", text), 1):
            if line.strip() == "":
                continue
            try:
                yield Sample(str(number), os.path.basename(file), dict(json.loads(line)), os.path.dirname(file))
            except (ValueError, TypeError) as error:
                raise RunFault("world", "CX8106", f"{file}:{number} can not be read: {error}") from error


def read_csv(pattern: str, root: Path) -> Iterator[Sample]:
    """Rows of a CSV file with a header line; cells are text."""
    for file in match_files(pattern, root):
        with open(file, encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), 2):
                yield Sample(str(number), os.path.basename(file), dict(row), os.path.dirname(file))


def _files_under(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files_under(entry.path)
        elif entry.is_file(follow_symlinks=False):
            yield entry.path


def read_folder(path: str, root: Path) -> Iterator[Sample]:
    """Files of one name but for their extensions are one sample, keyed by their path.

    Besides its extensions a sample has `folder`, the sub-folder it stands in ("" at the top), and `file`, its name.
    """
    base = os.path.join(root, path)
    if not os.path.isdir(base):
        raise RunFault("world", "CX8101", f'there is no folder "{path}" in {root}')
    samples: dict[str, Sample] = {}
    for file in _files_under(base):
        stem, dot, extension = os.path.basename(file).partition(".")
        if dot == "" or stem == "":
            continue
        within = os.path.relpath(os.path.dirname(file), base).replace(os.sep, "/")
        within = "" if within == "." else within
        key = stem if within == "" else f"{within}/{stem}"
        sample = samples.setdefault(key, Sample(key, os.path.basename(os.path.normpath(base)), {}, base))
        sample.members.update({extension.lower(): FileMember(file), "folder": within.split("/")[0], "file": stem})
    if not samples:
        raise RunFault("world", "CX8101", f'folder "{path}" holds no files with an extension')
    # as JavaScript sorts, by UTF-16 units
    yield from sorted(samples.values(), key=lambda sample: sample.key.encode("utf-16-be", "surrogatepass"))


READERS = {"shards": read_shards, "jsonl": read_json_lines, "csv": read_csv, "folder": read_folder}


def _steps(parts: list[str]) -> list[str | int]:
    steps: list[str | int] = []
    for part in parts:
        name = re.sub(r"\[.*$", "", part)
        if name:
            steps.append(name)
        steps.extend(int(index) for index in re.findall(r"\[(\d+)\]", part))
    return steps


def _field(path: str, members: dict[str, Any]) -> tuple[str, list[str | int]]:
    """`webp`, `json.label`, `json.captions[0]`; where a member of that whole name exists, it wins."""
    if path in members:
        return path, []
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        member = ".".join(parts[:length])
        if member in members:
            return member, _steps(parts[length:])
    indexed = re.fullmatch(r"(.*?)\[(\d+)\]", parts[0])
    if indexed is not None and indexed[1] in members:
        return indexed[1], _steps([parts[0][len(indexed[1]) :], *parts[1:]])
    return parts[0], _steps(parts[1:])


def _missing(sample: Sample, path: str, column: str, part: str, held: Any) -> RunFault:
    """`held`: where it was looked for."""
    present = ", ".join(list(held)[:12]) if isinstance(held, dict) and held else "nothing of that kind"
    message = f'column `{column}` reads "{path}", but sample {sample.name} has no `{part}`; it has {present}'
    return RunFault("user", "CX8104", message)


def member_of(sample: Sample, path: str, column: str) -> tuple[Any, str, list[str | int]]:
    """The member that a path names, its name, and the way into it."""
    name, steps = _field(path, sample.members)
    if name in sample.members:
        return sample.members[name], name, steps
    # in a JSON line or a CSV row `json.label` and `label` are one and the same
    if name == "json" and steps and isinstance(steps[0], str) and steps[0] in sample.members:
        return sample.members[steps[0]], steps[0], steps[1:]
    looked_for = steps[0] if name == "json" and steps and isinstance(steps[0], str) else name
    raise _missing(sample, path, column, looked_for, sample.members)


def value_of(sample: Sample, path: str, column: str) -> Any:
    """The value under `json.label`, `label`, `__key__`: a string, number, boolean or list."""
    if path == "__key__":
        return sample.key
    value, name, steps = member_of(sample, path, column)
    if isinstance(value, (bytes, FileMember)):
        if name not in sample.parsed:
            content = value if isinstance(value, bytes) else _read(sample, value.path, column)
            text = content.decode("utf-8", "replace")
            is_json = name == "json" or name.endswith(".json")
            sample.parsed[name] = json.loads(text) if is_json else re.sub(r"\r?\n$", "", text)
        value = sample.parsed[name]
    for step in steps:
        is_entry = isinstance(step, int) and isinstance(value, list) and step < len(value)
        if not is_entry and not (isinstance(value, dict) and step in value):
            raise _missing(sample, path, column, str(step), value)
        value = value[step]
    return value


def bytes_of(sample: Sample, path: str, column: str) -> bytes:
    """The bytes of a member, or of the file that a table cell names."""
    member, _, _ = member_of(sample, path, column)
    if isinstance(member, bytes):
        return member
    if isinstance(member, FileMember):
        return _read(sample, member.path, column)
    return file_bytes(sample, value_of(sample, path, column), column)


def entry_bytes(sample: Sample, entry: Any, path: str, column: str) -> bytes:
    """The bytes that an entry of a list of files is or names: a member of the sample, else a file beside the table."""
    own = sample.members.get(entry, sample.members.get(entry.lower())) if isinstance(entry, str) else None
    if isinstance(own, bytes):
        return own
    if isinstance(own, FileMember):
        return _read(sample, own.path, column)
    member, _, _ = member_of(sample, path, column)
    first = next(iter(sample.members.values()), None)
    folder = sample.folder
    if isinstance(member, (bytes, FileMember)):
        folder = os.path.dirname(first.path) if isinstance(first, FileMember) else ""
    if isinstance(entry, str) and folder == "" and not os.path.isabs(entry):
        message = f"column `{column}` of {sample.name} names `{entry}`, which is no member of the sample"
        raise RunFault("user", "CX8107", message)
    return _named(sample, entry, folder, column)


def file_bytes(sample: Sample, name: Any, column: str) -> bytes:
    """The bytes of a file beside the table."""
    own = sample.members.get(name) if isinstance(name, str) else None
    return own if isinstance(own, bytes) else _named(sample, name, sample.folder, column)


def _named(sample: Sample, name: Any, folder: str, column: str) -> bytes:
    """Bytes that stand for a file, or the file of this name."""
    # a picture of a Hugging Face set is a record
    held = name.get("bytes") if isinstance(name, dict) else name
    if isinstance(held, bytes):
        return held
    if not isinstance(name, str):
        message = f"column `{column}` of {sample.name} should name a file, found {json.dumps(name, default=repr)}"
        raise RunFault("user", "CX8107", message)
    return _read(sample, os.path.join(folder, name), column)


def _read(sample: Sample, file: str, column: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise RunFault(
            "world", "CX8101", f"column `{column}` of {sample.name} names {file}, which can not be read"
        ) from error
