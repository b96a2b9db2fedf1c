"""What one sample has of a column of files, decoded when it is first asked for and then kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import pictures
from .decoding import Context, Draw
from .media import decoded, decoded_bytes, list_of, slot_of
from .philox import Stream
from .pictures import Pixels
from .planes import Plane, decode_plane, fit_nearest, known_numbers
from .points import Cloud, cloud_of
from .readers import file_bytes
from .rows import Row, unlike
from .sounds import Ear, ears_of


class MediaDecoder:
    """Decodes files of the rows of one data set."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _base(self, column: dict[str, Any]) -> dict[str, Any]:
        """The column of the data that a view is made of."""
        return self._base(self._context.column(column["view"]["of"])) if "view" in column else column

    def look(self, column: dict[str, Any], row: Row) -> None:
        """Decodes what a column of files holds of one sample, which is kept; raises where it can not be read."""
        match column["kind"]:
            case "image":
                self._picture(column, row)
            case "frames":
                self._frames(column, row, 0, Draw("", 1, None, lambda name: Stream(0, name)))
            case "map" | "mask":
                self._plane(column, row)
            case "points":
                self._cloud(column, row)
            case "audio":
                self._ears(column, row)

    def _kept(self, column: dict[str, Any], row: Row, form: str, make: Callable[[], Any]) -> Any:
        """What is made of the file of a row, once."""
        return self._context.kept(row, f"{slot_of(column['name'], row)}|{form}", make)

    def _picture(self, column: dict[str, Any], row: Row) -> Pixels:
        height, width, how = column["height"], column["width"], column["fit"]
        order = column.get("preprocess", "white")
        crop, interpolation = column.get("crop", 1), column.get("interpolation", "bicubic")

        def prepare(content: bytes) -> Pixels:
            return pictures.prepare(content, width, height, how, order, crop, interpolation)

        form = f"{height}x{width}|{how}|{order}|{crop}|{interpolation}"
        return self._kept(column, row, form, lambda: decoded(column, row, "image", prepare))

    def _frames(self, column: dict[str, Any], row: Row, at: int, draw: Draw) -> list[Pixels]:
        """The frames of a film that one sample has."""
        height, width, how, name = column["height"], column["width"], column["fit"], column["name"]

        def make() -> list[Pixels]:
            files = list_of(name, row)
            if files is None:
                films = decoded(column, row, "film", pictures.decode_film)
            else:
                films = [
                    decoded_bytes(row, f"frame `{file}`", file_bytes(row.sample, file, name), pictures.decode)
                    for file in files
                ]
            return [pictures.fit(frame, width, height, how) for frame in films]

        film = self._kept(column, row, f"{height}x{width}|{how}|frames", make)
        count, length = column["frames"], len(film)
        if column["pick"] == "all" and length > count:
            raise unlike(name, row, f"at most {count} frames", length)
        if length <= count:
            return film
        if column["pick"] in ("head", "all"):
            return film[:count]
        chosen = []
        for segment in range(count):
            share = 0.5
            if column["pick"] == "segments" and draw.epoch is not None:
                share = draw.of(name).uniform((draw.epoch * draw.count + at) * count + segment)
            chosen.append(film[min(length - 1, math.floor(((segment + share) * length) / count))])
        return chosen

    def _plane(self, column: dict[str, Any], row: Row) -> Plane:
        height, width, how = column["height"], column["width"], column["fit"]

        def make() -> Plane:
            return fit_nearest(decoded(column, row, column["kind"], decode_plane), width, height, how)

        return self._kept(column, row, f"{height}x{width}|{how}|{column['kind']}", make)

    def _known(self, column: dict[str, Any], plane: Plane, row: Row) -> np.ndarray:
        """Which of the numbers of a sample's pixels count."""
        classes = len(self._context.words(column["vocabulary"])) if column["kind"] == "mask" else None
        return known_numbers(plane, row, self._base(column)["name"], classes)

    def _cloud(self, column: dict[str, Any], row: Row) -> Cloud:
        return self._kept(column, row, f"{column['points']} points", lambda: cloud_of(column, row))

    def _ears(self, column: dict[str, Any], row: Row) -> list[Ear]:
        heard = self._kept(column, row, f"{column['rate']}|{column['ears']}", lambda: ears_of(column, row))
        return [channel[: column["samples"]] for channel in heard]
