"""Columns of texts: one of several, views of words, and texts that are put together of other columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cells import class_of, labels_of, number_of, texts_of
from .decoding import Arrays, Context, Draw
from .rows import Row, row_value, word_of
from .sample_draws import thrown
from .texts import TextPlace
from .views import text_step, through_chain


class TextColumns:
    """Token ids of the rows of one data set."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def decode(self, column: dict[str, Any], rows: list[Row], at: list[int], draw: Draw) -> Arrays:
        """Ids and lengths of a column of texts."""
        if "template" in column:
            return self._template(column, rows, at, draw)
        # no tower reads it: whether it is there is all that is asked
        if column["tokenizer"] == "":
            return {}
        texts = [self.text_of(column, row, number, draw) for row, number in zip(rows, at, strict=True)]
        return self.encoded(column, texts, (len(rows),))

    def encoded(self, column: dict[str, Any], texts: list[str], outer: tuple[int, ...]) -> Arrays:
        """Texts of a column, in the shape of the axes before the tokens."""
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
        dice, steps = thrown(view, at, place, draw)

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
