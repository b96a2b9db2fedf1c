"""What a column of some samples becomes in a batch, by the column's type: arrays by `face`, `caption.ids`, `tags.mask`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .cells import class_of, is_unknown, labels_of, number_of, place_of, texts_of
from .decoding import Arrays, Draw
from .faults import RunFault
from .media import is_there, placed_entries
from .media_decoder import MediaDecoder
from .moves import Picture
from .picture_steps import PictureSite, picture_step
from .pictures import Pixels
from .planes import Plane, plane_arrays
from .points import Cloud, cloud_arrays
from .rows import Row, row_value, unlike, word_of
from .sound_steps import SoundSite, point_step, sound_step
from .sounds import Ear, sound_arrays
from .texts import TextPlace
from .views import Dice, evaluation_steps, text_step, through_chain

#: several draws of an evaluation are those of epochs that no training comes to
_FIRST_EPOCH = 2**17


class Decoder(MediaDecoder):
    """Decodes columns of the rows of one data set."""

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
                return self._text(column, rows, at, draw)
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

    # ── texts ──

    def _text(self, column: dict[str, Any], rows: list[Row], at: list[int], draw: Draw) -> Arrays:
        if "template" in column:
            return self._template(column, rows, at, draw)
        # no tower reads it: whether it is there is all that is asked
        if column["tokenizer"] == "":
            return {}
        texts = [self.text_of(column, row, number, draw) for row, number in zip(rows, at, strict=True)]
        return self._encoded(column, texts, (len(rows),))

    def _encoded(self, column: dict[str, Any], texts: list[str], outer: tuple[int, ...]) -> Arrays:
        tokenizer = self._context.tokenizer(column["tokenizer"])
        # the maximum of a tokenizer of the file is said there
        most = column.get("most", tokenizer.context if "cut" in column else None)
        ids, length, _ = tokenizer.encode(texts, None, most, f"column `{column['name']}`")
        name = column["name"]
        return {f"{name}.ids": ids.reshape(*outer, tokenizer.context), f"{name}.length": length.reshape(outer)}

    def text_of(self, column: dict[str, Any], row: Row, at: int, draw: Draw, place: int = 0) -> str:
        """The words of one sample; of a list the entry that the column draws."""
        view, name = column.get("view"), column["name"]
        if view is None:
            texts = texts_of(name, row)
            return texts[0 if draw.epoch is None else draw.of(name).integer(len(texts), draw.epoch * draw.count + at)]
        text = self.text_of(self._context.column(view["of"]), row, at, draw, place)
        dice, steps = _thrown(view, at, place, draw)

        def other(of: str) -> str:
            return self.text_of(self._context.column(of), row, at, draw, place)

        return through_chain(text, steps, dice, lambda value, step: text_step(value, step, dice, other))

    def _template(self, column: dict[str, Any], rows: list[Row], at: list[int], draw: Draw) -> Arrays:
        template, context = column["template"], self._context
        tokenizer = context.tokenizer(column["tokenizer"])
        counts = [len(context.words(name)) for name in template["over"]]
        texts: list[str] = []
        for row, number in zip(rows, at, strict=True):
            for parts in template["templates"]:
                for entry in np.ndindex(*counts):
                    place = TextPlace(
                        lambda name, row=row, number=number: self._plain(name, row, number, draw, column["name"]),
                        lambda name, vocabulary, row=row: self._label_words(name, row, vocabulary),
                        lambda name, further, index: (
                            context.words(name) if further is None else context.further(name, further)
                        )[index],
                        entry,
                    )
                    texts.append(place.render(parts))
        ids, length, starts = tokenizer.encode(texts, template["vectors"], None, f"column `{column['name']}`")
        shape = (len(rows), *([len(template["templates"])] if template["listed"] else []), *counts)
        name = column["name"]
        return {
            f"{name}.ids": ids.reshape(*shape, tokenizer.context),
            f"{name}.length": length.reshape(shape),
            f"{name}.starts": starts.reshape(*shape, len(template["vectors"])),
        }

    def _plain(self, name: str, row: Row, at: int, draw: Draw, into: str) -> float | str:
        """The number or text that a slot of column `into` writes of a row."""
        column = self._context.column(name)
        match column["kind"]:
            case "scalar":
                return number_of(name, row, row_value(row, name)) * column["scale"]
            case "class":
                words = self._context.words(column["vocabulary"])
                return class_of(column, row, words, {word: index for index, word in enumerate(words)})
            case "text" if "view" in column:
                return self.text_of(column, row, at, draw)
            case "text":
                # which of several texts is drawn by the column that they are written into
                texts = texts_of(name, row)
                return texts[
                    0 if draw.epoch is None else draw.of(into).integer(len(texts), draw.epoch * draw.count + at)
                ]
            case _:
                return word_of(row_value(row, name))

    def _label_words(self, name: str, row: Row, vocabulary: str) -> list[str]:
        column, words = self._context.column(name), self._context.words(vocabulary)
        labels = labels_of(column, row, words, {word: index for index, word in enumerate(words)})
        return [word for word, label in zip(words, labels, strict=True) if label == 1]

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
                texts = [self.text_of(column, *sample[:2], draw, sample[2]) for sample in samples]
                return self._encoded(column, texts, outer)
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

    def _moved(self, column: dict[str, Any], row: Row, at: int, place: int, draw: Draw) -> list[Picture]:
        """What a column gives of one sample as pictures: a film has several, anything else one."""
        view = column.get("view")
        if view is None:
            if column["kind"] == "frames":
                return self._frames(column, row, at, draw)
            if column["kind"] == "image":
                return [self._picture(column, row)]
            plane = self._plane(column, row)
            return [np.where(self._known(column, plane, row), plane, -1).astype(np.int32)]
        frames = self._moved(self._context.column(view["of"]), row, at, place, draw)
        # what a draw depends on goes through the same steps
        others = [self._context.column(other) for other in view.get("along", []) if other != view["of"]]
        along = [frame for other in others for frame in self._moved(other, row, at, place, draw)]
        dice, steps = _thrown(view, at, place, draw)
        noise = _noise(view, at, place, draw)
        site = PictureSite(dice, lambda count: noise(0, count), draw.epoch is None)
        moved = through_chain([*frames, *along], steps, dice, lambda value, step: picture_step(value, step, site))
        return moved[: len(moved) - len(along)]

    def _points(self, column: dict[str, Any], row: Row, at: int, place: int, draw: Draw) -> Cloud:
        view = column.get("view")
        if view is None:
            return self._cloud(column, row)
        cloud = self._points(self._context.column(view["of"]), row, at, place, draw)
        dice, steps = _thrown(view, at, place, draw)
        return through_chain(cloud, steps, dice, lambda value, step: point_step(value, step, dice))

    def _heard(self, column: dict[str, Any], row: Row, at: int, place: int, draw: Draw) -> list[Ear]:
        view = column.get("view")
        if view is None:
            return self._ears(column, row)
        ears = self._heard(self._context.column(view["of"]), row, at, place, draw)
        dice, steps = _thrown(view, at, place, draw)
        site = SoundSite(dice, _noise(view, at, place, draw), column["rate"], draw.epoch is None)
        return through_chain(ears, steps, dice, lambda value, step: sound_step(value, step, site))


def _thrown(view: dict[str, Any], at: int, place: int, draw: Draw) -> tuple[Dice, list[dict[str, Any]]]:
    """The dice of one sample, and the steps that are done: the same for all columns that are transformed together."""
    steps = evaluation_steps(view["steps"]) if draw.epoch is None else view["steps"]
    return Dice(draw.streams(view["stream"]), _counter(view, at, place, draw)), steps


def _counter(view: dict[str, Any], at: int, place: int, draw: Draw) -> int:
    return ((draw.epoch or 0) * draw.count + at) * view.get("count", 1) + place


def _noise(view: dict[str, Any], at: int, place: int, draw: Draw) -> Callable[[int, int], np.ndarray]:
    """Uniform numbers of one sample: from the first of them, so many."""
    start = _counter(view, at, place, draw) * 2**18
    return lambda first, count: draw.streams(f"{view['stream']}:noise").uniforms(start + first, count)


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
