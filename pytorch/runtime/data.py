"""All data sets of a program: which samples they have, and what their columns are in a batch. The same tensors as clipx makes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from .array_readers import read_features, read_idx
from .bad_samples import without_bad
from .columns import Decoder
from .decoding import Arrays, Context, Draw
from .faults import RunFault
from .made_up import made_up_samples
from .media import is_there, placed_entries
from .narrowed import narrowed_context, narrowed_rows
from .parquet import read_parquet
from .philox import Stream
from .readers import READERS, Sample
from .rows import Row, apply_step, mix_rows, row_value, split_rows, unfolded, with_columns, word_of
from .text_tables import EncodedTables
from .texts import Tokenizer

PACKAGE = Path(__file__).resolve().parent.parent


class DataRoom:
    """Opens nothing yet: sources are read when a data set is first asked for, once each."""

    def __init__(
        self,
        program: dict[str, Any],
        root: Path,
        seed: int,
        warn: Callable[[str, str], None] = lambda _code, _message: None,
    ) -> None:
        self._root, self._seed, self._warn = root, seed, warn
        self._is_random: bool = program.get("random", False)
        self._columns = {column["name"]: column for column in program["columns"]}
        self._vocabularies = {one["name"]: one for one in program["vocabularies"]}
        self._tokenizers = {one["id"]: one for one in program["tokenizers"]}
        self._data = {one["name"]: one for one in program["data"]}
        #: constant prompts
        self.texts = EncodedTables(program["texts"], self.tokenizer, warn)
        self._sources: dict[str, list[Sample]] = {}
        self._rows: dict[str, list[Row]] = {}
        self._opened: dict[str, Tokenizer] = {}
        self._streams: dict[str, Stream] = {}
        self._kept: dict[tuple[int, str], Any] = {}
        #: bytes that may still be kept
        self._room = _room_to_keep()
        self._identities: dict[str, dict[str, int]] = {}
        self._sets: dict[str, Dataset] = {}

    # ── what decoders ask ──

    def column(self, name: str) -> dict[str, Any]:
        """What the program declares of a column."""
        return self._columns[name]

    def tokenizer(self, identifier: str) -> Tokenizer:
        """A tokenizer of the program, from the file that came with the package."""
        if identifier not in self._opened:
            spec = self._tokenizers[identifier]
            packed = PACKAGE / "tokenizers" / f"{identifier}.json"
            path = packed if packed.exists() else self._root / spec["path"]
            opened = self._opened[identifier] = Tokenizer(path, spec["context"])
            if "random" in spec:
                return opened
            if opened.size > spec.get("entries", opened.size):
                message = f"tokenizer {spec['path']} has {opened.size} ids, and the table of `{identifier}` {spec['entries']} entries"
                help_ = f"name the tokenizer that the table was made for, or give it `vocabulary: {opened.size}`"
                raise RunFault("user", "CX8110", message, help_)
            if opened.end != spec.get("end", opened.end):
                message = f"tokenizer {spec['path']} ends a text with the id {opened.end}, and `{identifier}` reads its feature at the id {spec['end']}"
                help_ = "name the tokenizer that the weights were trained with, or correct `eos_token_id` in their `config.json`"
                raise RunFault("user", "CX8110", message, help_)
        return self._opened[identifier]

    def words(self, vocabulary: str) -> list[str]:
        """The words of a vocabulary."""
        return self._vocabularies[vocabulary]["entries"]

    def further(self, vocabulary: str, column: str) -> list[Any]:
        """A further column of a vocabulary."""
        return self._vocabularies[vocabulary]["columns"][column]

    def identity(self, column: str, word: str) -> int:
        """The number of an id string, the same for equal strings within a run."""
        return self._identities[column][word]

    def kept(self, row: Row, form: str, make: Callable[[], Any]) -> Any:
        """What was decoded once is kept, as far as there is room for it."""
        key = (id(row.sample), form)
        if key in self._kept:
            return self._kept[key]
        made = make()
        size = _bytes_of(made)
        if size <= self._room:
            self._room -= size
            self._kept[key] = made
        return made

    def stream(self, name: str) -> Stream:
        """A random stream of the run."""
        if name not in self._streams:
            self._streams[name] = Stream(self._seed, name)
        return self._streams[name]

    # ── data sets ──

    def open(self, data: str) -> Dataset:
        """One data set; its samples are known, pictures are decoded when first asked for."""
        if data not in self._sets:
            rows = self.rows(data)
            for name, column in self._columns.items():
                if column.get("optional") and name in self._data[data]["columns"]:
                    self._hold_somewhere(data, column, rows)
                # equal numbers on every rank: numbered by the samples of the set, not by who comes first in a batch
                if column["kind"] == "id" and "view" not in column:
                    known = self._identities.setdefault(name, {})
                    for row in (row for row in rows if name in row.columns):
                        if column.get("optional") and not is_there(column, row):
                            continue
                        for entry, _ in placed_entries(column, row):
                            known.setdefault(word_of(row_value(entry, name)), len(known))
            self._sets[data] = Dataset(self, data, rows, self._context_of(self._data[data]))
        return self._sets[data]

    def _hold_somewhere(self, data: str, column: dict[str, Any], rows: list[Row]) -> None:
        """A path that leads nowhere in every sample is no absence."""
        name = column["name"]
        if all(name in row.columns and not is_there(column, row) for row in rows):
            message = f"column `{name}` is optional, and no sample of `{data}` holds anything for it"
            raise RunFault("user", "CX8104", message, "correct its path, or leave it out of the column map")

    def rows(self, data: str) -> list[Row]:
        """The samples of a data set, undecoded."""
        if data not in self._rows:
            self._rows[data] = self._read(self._data[data])
        return self._rows[data]

    def _read(self, spec: dict[str, Any]) -> list[Row]:
        name = spec["name"]
        rows = self._origin(spec)
        if spec["onBad"] == "skip":
            rows = without_bad(rows, spec, self._columns, Decoder(self), self._warn)
        for position, step in enumerate(spec["steps"]):
            rows = apply_step(rows, step, Stream(0, f"{step['kind']}:{name}.{position}"), self.rows)
        if not rows:
            raise RunFault("user", "CX8109", f"data set `{name}` has no samples")
        # other words in the place of these: of all samples
        if "group" not in spec.get("narrow", {}):
            return rows
        return narrowed_rows(rows, spec, self._columns, self._context_of(spec).words(spec["narrow"]["vocabulary"]))

    def _context_of(self, spec: dict[str, Any]) -> Context:
        """How the columns of a data set are decoded: over a part of a vocabulary, its words are counted anew."""
        return narrowed_context(self, spec["narrow"], self._vocabularies) if "narrow" in spec else self

    def _origin(self, spec: dict[str, Any]) -> list[Row]:
        origin = spec["source"]
        match origin["kind"]:
            case "same":
                rows = self.rows(origin["data"])
            case "split":
                rows = split_rows(self.rows(origin["data"]), origin, Stream(0, f"split:{origin['data']}"))
            case "mix":
                rows = mix_rows([(self.rows(part["data"]), part["share"]) for part in origin["parts"]])
            case kind if kind in READERS or kind in ("idx", "features", "parquet"):
                key = f"{kind} {origin['path']} {origin.get('labels', '')}"
                if key not in self._sources:
                    self._sources[key] = list(self._samples(origin))
                return unfolded([Row(sample, spec["columns"]) for sample in self._sources[key]])
            case kind:
                raise RunFault("user", "CX0001", f"the PyTorch target does not read `{kind}` data: `{spec['name']}`")
        return unfolded([with_columns(row, spec["columns"]) for row in rows])

    def _samples(self, origin: dict[str, Any]) -> Iterable[Sample]:
        """What the files of an origin hold."""
        if self._is_random:
            return made_up_samples(PACKAGE / "made_up.json", origin)
        match origin["kind"]:
            case "idx":
                return read_idx(origin["path"], origin.get("labels"), self._root)
            case "features":
                return read_features(origin["path"], self._root)
            case "parquet":
                return read_parquet(origin["path"], self._root)
            case kind:
                return READERS[kind](origin["path"], self._root)


def _room_to_keep() -> int:
    """A quarter of the memory of the machine, for all its processes together."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 2**32
    return memory // 4 // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def _bytes_of(made: Any) -> int:
    if isinstance(made, list | tuple):
        return sum(_bytes_of(part) for part in made)
    return made.nbytes if isinstance(made, np.ndarray) else 64


class Dataset:
    """The samples of one data set, in a fixed order."""

    def __init__(self, room: DataRoom, name: str, rows: list[Row], context: Context, of: str = "") -> None:
        self.name = name
        self._room, self._rows, self._context, self._of = room, rows, context, of
        self._decoder = Decoder(context)

    @property
    def count(self) -> int:
        """How many samples it has."""
        return len(self._rows)

    def value(self, index: int, column: str) -> Any:
        """What a mapped column holds before decoding."""
        return row_value(self._rows[index], column)

    def texts(self, index: int, column: str) -> list[str]:
        """The words of a sample as an evaluation reads them; none where they are absent."""
        row, declared = self._rows[index], self._room.column(column)
        base = declared
        while "view" in base:
            base = self._room.column(base["view"]["of"])
        if base.get("optional") and not is_there(base, row):
            return []
        draw = Draw(self.name, len(self._rows), None, self._room.stream)
        return [
            self._decoder.texts.text_of(declared, entry, index, draw, place)
            for entry, place in placed_entries(base, row)
        ]

    def alone(self, index: int) -> tuple[str, Dataset]:
        """A sample as a set of its own, and its name, which is unique within its source and decides what is drawn of it."""
        row = self._rows[index]
        name = row.sample.key
        if row.given is not None:
            # samples of one list that was unfolded have one key
            name += f"[{sum(other.sample is row.sample for other in self._rows[:index])}]"
        return name, Dataset(self._room, self.name, [row], self._context, f"@{name}")

    def batch(self, indices: Iterable[int], columns: Iterable[str], epoch: int | None) -> Arrays:
        """The given columns of the given samples; `epoch` is None in an evaluation, where nothing is drawn."""
        at = [int(index) for index in indices]
        rows = [self._rows[index] for index in at]
        draw = Draw(self.name, len(self._rows), epoch, lambda stream: self._room.stream(f"{stream}{self._of}"))
        arrays: Arrays = {}
        for column in columns:
            arrays.update(self._decoder.decode(self._room.column(column), rows, at, draw))
        return arrays
