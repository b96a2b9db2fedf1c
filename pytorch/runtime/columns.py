"""What a column of some samples becomes in a batch, by the column's type: arrays by `face`, `caption.ids`, `tags.mask`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .cells import class_of, is_unknown, labels_of, number_of, place_of
from .decoding import Arrays, Context, Draw
from .faults import RunFault
from .media import is_there, placed_entries
from .pictures import Pixels
from .planes import Plane, plane_arrays
from .points import cloud_arrays
from .rows import Row, row_value, unlike, word_of
from .sounds import sound_arrays
from .text_columns import TextColumns
from .viewed_media import ViewedMedia

#: several draws of an evaluation are those of epochs that no training comes to
_FIRST_EPOCH = 2**17


class Decoder(ViewedMedia):
    """Decodes columns of the rows of one data set."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.texts = TextColumns(context)

    def decode(self, column: dict[str, Any], rows: list[Row], at: list[int], draw: Draw) -> Arrays:
        """Arrays of one column for these rows; `at` are their numbers in the data set."""
        name = column["name"]
        if "each" in column or column.get("optional"):
            return self._entries(column, rows, at, draw)
        if "view" in column:
            return self._view(column, rows, at, draw)
        match column["kind"]:
            case "image":
                return {name: _stacked(column, [self._picture(column, row) for row in rows])}
            case "frames":
                return self._film(column, rows, at, draw)
            case "text":
                return self.texts.decode(column, rows, at, draw)
            case "scalar":
                unknown = [is_unknown(column, row, row_value(row, name)) for row in rows]
                values = [
                    0.0 if off else number_of(name, row, row_value(row, name)) * column["scale"]
                    for row, off in zip(rows, unknown, strict=True)
                ]
                return {name: np.asarray(values, dtype=np.float32), **self._mask(column, unknown)}
            case "vector":
                return self._vector(column, rows)
            case "class":
                return self._classes(column, rows)
            case "labels":
                return self._labels(column, rows)
            case "id":
                numbers = [self._context.identity(name, word_of(row_value(row, name))) for row in rows]
                return {name: np.asarray(numbers, dtype=np.int32)}
            case "map" | "mask":
                return self._planes(column, [self._plane(column, row) for row in rows], rows, (len(rows),))
            case "points":
                return cloud_arrays(column, [self._cloud(column, row) for row in rows], (len(rows),))
            case "audio":
                return sound_arrays(column, [self._ears(column, row) for row in rows], (len(rows),))
            case kind:
                raise RunFault("user", "CX0001", f"the PyTorch target has no `{kind}` columns: `{name}`")

    def _entries(self, column: dict[str, Any], rows: list[Row], at: list[int], draw: Draw) -> Arrays:
        """Of a list every entry is decoded like a sample of its own; what is not there is zeros, and part `present` says so."""
        single = {name: value for name, value in column.items() if name not in ("each", "optional")}
        base, each = self._base(column), column.get("each")
        most = 1 if each is None else each["most"]
        entries = [
            (entry, position, place)
            for position, row in enumerate(rows)
            if not column.get("optional") or is_there(base, row)
            for entry, place in placed_entries(base, row)
        ]
        outer = (len(rows),) if each is None else (len(rows), most)
        present = np.zeros(len(rows) * most, dtype=bool)
        present[[position * most + place for _, position, place in entries]] = True
        arrays: Arrays = {f"{column['name']}.present": present.reshape(outer)}
        packed = self.decode(
            single, [entry for entry, _, _ in entries], [at[position] for _, position, _ in entries], draw
        )
        for key, value in packed.items():
            whole = np.zeros((len(rows) * most, *value.shape[1:]), dtype=value.dtype)
            whole[present] = value
            arrays[key] = whole.reshape(*outer, *value.shape[1:])
        return arrays

    def _mask(self, column: dict[str, Any], unknown: list[bool]) -> Arrays:
        if not column.get("unknown") and not column.get("open"):
            return {}
        return {f"{column['name']}.mask": ~np.asarray(unknown, dtype=bool)}

    def _vector(self, column: dict[str, Any], rows: list[Row]) -> Arrays:
        name, size = column["name"], column["size"]
        data = np.zeros((len(rows), size), dtype=np.float32)
        mask = np.ones((len(rows), size), dtype=bool)
        for position, row in enumerate(rows):
            value = row_value(row, name)
            entries = (
                value
                if isinstance(value, list)
                else value.replace(",", " ").replace(";", " ").split()
                if isinstance(value, str)
                else [value]
            )
            if len(entries) != size:
                raise unlike(name, row, f"{size} numbers", value)
            for place, entry in enumerate(entries):
                mask[position, place] = not is_unknown(column, row, entry)
                data[position, place] = number_of(name, row, entry) if mask[position, place] else 0
        return {name: data, **({f"{name}.mask": mask} if column.get("unknown") else {})}

    def _classes(self, column: dict[str, Any], rows: list[Row]) -> Arrays:
        words = self._context.words(column["vocabulary"])
        places = {word: index for index, word in enumerate(words)}
        values, unknown = [], []
        for row in rows:
            value = row_value(row, column["name"])
            off = is_unknown(column, row, value) or (
                bool(column.get("open")) and place_of(value, places, len(words)) is None
            )
            unknown.append(off)
            values.append(0 if off else class_of(column, row, words, places))
        return {column["name"]: np.asarray(values, dtype=np.int32), **self._mask(column, unknown)}

    def _labels(self, column: dict[str, Any], rows: list[Row]) -> Arrays:
        words = self._context.words(column["vocabulary"])
        places = {word: index for index, word in enumerate(words)}
        labels = np.asarray([labels_of(column, row, words, places) for row in rows]).reshape(len(rows), len(words))
        return {column["name"]: (labels == 1).astype(np.float32), f"{column['name']}.mask": labels != -1}

    # ── pictures ──

    def _planes(self, column: dict[str, Any], planes: list[Plane], rows: list[Row], outer: tuple[int, ...]) -> Arrays:
        shape = (len(planes), column["height"], column["width"])
        known = [self._known(column, plane, row) for plane, row in zip(planes, rows, strict=True)]
        numbers = np.asarray(planes, dtype=np.int32).reshape(shape)
        return plane_arrays(column, numbers, np.asarray(known, dtype=bool).reshape(shape), outer)

    def _film(self, column: dict[str, Any], rows: list[Row], at: list[int], draw: Draw) -> Arrays:
        films = [self._frames(column, row, number, draw) for row, number in zip(rows, at, strict=True)]
        return _packed_films(column, films)

    # ── views ──

    def _view(self, column: dict[str, Any], rows: list[Row], at: list[int], draw: Draw) -> Arrays:
        view = column["view"]
        if "draws" in view:
            whole = {**column, "view": {key: value for key, value in view.items() if key != "draws"}}
            each = [self._view(whole, rows, at, replace(draw, epoch=_FIRST_EPOCH + k)) for k in range(view["draws"])]
            return {key: np.stack([arrays[key] for arrays in each], axis=1) for key in each[0]}
        count = view.get("count", 1)
        outer = (len(rows),) if "count" not in view else (len(rows), count)
        samples = [(row, number, place) for row, number in zip(rows, at, strict=True) for place in range(count)]
        match column["kind"]:
            case "text":
                texts = [self.texts.text_of(column, *sample[:2], draw, sample[2]) for sample in samples]
                return self.texts.encoded(column, texts, outer)
            case "points":
                return cloud_arrays(column, [self._points(column, *sample, draw) for sample in samples], outer)
            case "audio":
                return sound_arrays(column, [self._heard(column, *sample, draw) for sample in samples], outer)
            case "image" | "frames" | "map" | "mask":
                films = [self._moved(column, *sample, draw) for sample in samples]
            case kind:
                raise RunFault("user", "CX0001", f"the PyTorch target has no views of `{kind}`: `{column['name']}`")
        if column["kind"] == "frames":
            return {key: value.reshape(*outer, *value.shape[1:]) for key, value in _packed_films(column, films).items()}
        if column["kind"] in ("map", "mask"):
            return self._planes(column, [film[0] for film in films], [sample[0] for sample in samples], outer)
        stacked = _stacked(column, [film[0] for film in films])
        return {column["name"]: stacked.reshape(*outer, *stacked.shape[1:])}


def _stacked(column: dict[str, Any], images: list[Pixels]) -> Pixels:
    return np.asarray(images, dtype=np.uint8).reshape(len(images), column["height"], column["width"], 3)


def _packed_films(column: dict[str, Any], films: list[list[Pixels]]) -> Arrays:
    frames, height, width, name = column["frames"], column["height"], column["width"], column["name"]
    data = np.zeros((len(films), frames, height, width, 3), dtype=np.uint8)
    mask = np.zeros((len(films), frames), dtype=bool)
    for position, film in enumerate(films):
        for place, frame in enumerate(film[:frames]):
            data[position, place] = frame
            mask[position, place] = True
    return {name: data, f"{name}.mask": mask}
