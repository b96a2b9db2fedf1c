"""Samples and tokenizers of a package that was compiled for random data (`--random-data`): clipx made them up and sent them along."""

from __future__ import annotations

import base64
import json
import unicodedata
from pathlib import Path
from typing import Any

from .philox import Stream
from .readers import Sample

Json = dict[str, Any]

RANDOM_DATA = "RANDOM DATA, a small model: the file runs, and the numbers mean nothing"


def made_up_samples(file: Path, origin: Json) -> list[Sample]:
    """What stands for the files of an origin."""
    places: list[Json] = json.loads(file.read_text("utf-8"))
    place = next(one for one in places if (one["kind"], one["path"]) == (origin["kind"], origin["path"]))
    return [
        Sample(
            one["key"],
            one["origin"],
            {name: _content(value) for name, value in one["members"].items()},
            str(file.parent),
        )
        for one in place["samples"]
    ]


def _content(value: Any) -> Any:
    """A member, with the bytes of files in their places."""
    if isinstance(value, list):
        return [_content(entry) for entry in value]
    if isinstance(value, dict) and value.keys() == {"$bytes"}:
        return base64.b64decode(value["$bytes"])
    return value


class MadeUpWords:
    """Tokens of words where there is no tokenizer: one of so many, the same word always the same one. What is neither word nor sign stays."""

    def __init__(self, first: int, count: int) -> None:
        self._first, self._count = first, count
        self._known: dict[str, str] = {}

    def told(self, text: str) -> str:
        """The text in names of tokens, `w17`."""
        parts: list[str] = []
        word = ""
        for character in text.lower():
            kind = unicodedata.category(character)[0]
            if kind in "LN":
                word += character
                continue
            parts.append(self._name(word))
            word = ""
            parts.append(self._name(character) if kind in "PS" else character)
        parts.append(self._name(word))
        return "".join(parts)

    def _name(self, word: str) -> str:
        if word == "":
            return ""
        if word not in self._known:
            number = self._first + Stream(0, f"random token:{word}").integer(self._count, 0)
            self._known[word] = f" w{number} "
        return self._known[word]
