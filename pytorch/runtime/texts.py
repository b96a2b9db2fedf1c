"""Texts as token ids: CLIP's cleaning, the tokenizer's file, slots of vectors, and texts that are put together."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ftfy
import numpy as np
import tokenizers
from numpy.typing import NDArray

from .faults import RunFault
from .made_up import MadeUpWords
from .rows import number_text


def clean_clip_text(text: str) -> str:
    """What OpenAI's CLIP does before it splits a text: repair, undo HTML entities twice, one space between words, small letters."""
    text = html.unescape(html.unescape(ftfy.fix_text(text)))
    return re.sub(r"\s+", " ", text).strip(" ").lower()


_STARTS = ("<|startoftext|>", "[CLS]", "<s>")
_ENDS = ("<|endoftext|>", "[SEP]", "</s>")

#: spaces as ECMAScript has them
_SPACES = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))

#: what transformers mends where words were put together
_MENDED = (" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're")


class Tokenizer:
    """A Hugging Face `tokenizer.json`.

    One that says `"cleaning": "clip"` wants texts cleaned as OpenAI's tokenizer does before; its `"marks"` are pieces where they are a word.
    """

    def __init__(self, path: Path, context: int) -> None:
        try:
            parsed = json.loads(path.read_text("utf-8"))
            self._cleaning = parsed.pop("cleaning", None)
            marks = parsed.pop("marks", [])
            made_up = parsed.pop("made_up", None)
            # texts are cut and filled up here
            self._inner = tokenizers.Tokenizer.from_str(json.dumps({**parsed, "truncation": None, "padding": None}))
        except Exception as error:
            raise RunFault("world", "CX8110", f"tokenizer {path} can not be read: {error}") from error
        #: of random data: how words are named, and nothing is too long
        self._made_up = None if made_up is None else MadeUpWords(made_up["first"], made_up["count"])
        model = parsed.get("model") or {}
        self._suffix: str = model.get("end_of_word_suffix") or ""
        # spaces are parts of pieces: none is put right when words are put together
        self._is_exact = bool(marks) or model.get("type") == "Unigram"
        self._is_exact = self._is_exact or (model.get("type") == "BPE" and self._suffix != "</w>")
        self._words = {mark: self._inner.token_to_id(mark) for mark in marks}
        self.size = 1 + max(self._inner.get_vocab().values(), default=-1)
        self.context = context
        self.padding: int = (parsed.get("padding") or {}).get("pad_id", 0)
        self._before, self._after = self._marks(path)
        #: what a text begins with; where there is no such mark the padding, as T5 begins
        self.start = self._before[0] if self._before else self.padding
        self.end = self._after[-1]
        self._known: dict[str, list[int]] = {}

    def _marks(self, path: Path) -> tuple[list[int], list[int]]:
        """Ids around a text: those that the file's own last step puts there, else the usual names."""
        plain = self._inner.encode("a", add_special_tokens=False).ids
        marked = self._inner.encode("a", add_special_tokens=True).ids
        if len(marked) > len(plain):
            at = next(at for at in range(len(marked)) if marked[at : at + len(plain)] == plain)
            if at + len(plain) < len(marked):
                return marked[:at], marked[at + len(plain) :]
        found = [
            [id_ for name in names if (id_ := self._inner.token_to_id(name)) is not None] for names in (_STARTS, _ENDS)
        ]
        if not found[0] or not found[1]:
            raise RunFault("world", "CX8110", f"tokenizer {path} has no marks of begin and end")
        return found[0][:1], found[1][:1]

    def pieces(self, text: str) -> list[int]:
        """Ids of a text without start and end."""
        known = self._known.get(text)
        if known is None:
            cleaned = clean_clip_text(text) if self._cleaning == "clip" else text
            known = self._ids(cleaned if self._made_up is None else self._made_up.told(cleaned))
            self._known[text] = known
        return known

    def _ids(self, text: str) -> list[int]:
        def ids(part: str) -> list[int]:
            return self._inner.encode(part, add_special_tokens=False).ids

        if not any(mark in text for mark in self._words):
            return ids(text)
        words = [text[start:end] for _, (start, end) in self._inner.pre_tokenizer.pre_tokenize_str(text)]
        return [id_ for word in words for id_ in ([self._words[word]] if word in self._words else ids(word))]

    def decode(self, ids: list[int]) -> str:
        """The words of these ids, without marks."""
        text = self._inner.decode(ids, skip_special_tokens=True)
        if self._suffix:
            text = text.replace(self._suffix, " ").strip(_SPACES)
        for found in () if self._is_exact else _MENDED:
            text = text.replace(found, found.strip())
        return text.strip(_SPACES)

    def encode(
        self, texts: list[str], vectors: list[int] | None, most: int | None, what: str
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Ids [n, context], places of the end token [n], and where each slot of vectors begins [n, slots].

        Texts that are longer than the context are an error but where the experiment says `most`; `what` says whose they are.
        """
        slots = vectors or []
        ids = np.full((len(texts), self.context), self.padding, dtype=np.int32)
        length = np.zeros(len(texts), dtype=np.int32)
        starts = np.full((len(texts), len(slots)), -2 * self.context, dtype=np.int32)
        for row, text in enumerate(texts):
            content = self._with_vectors(text, slots, starts[row])
            marks = len(self._before) + len(self._after)
            kept = content[: max(0, min(self.context, self.context if most is None else most) - marks)]
            if most is None and len(kept) < len(content) and self._made_up is None:
                message = f'{what}: "{text}" is longer than the {self.context} tokens that its encoder reads'
                raise RunFault("user", "CX8111", message, f"`text(max: {self.context})` cuts longer texts")
            ids[row, : len(kept) + marks] = [*self._before, *kept, *self._after]
            length[row] = len(kept) + marks - 1
        return ids, length, starts

    def _with_vectors(self, text: str, slots: list[int], starts: NDArray[np.int32]) -> list[int]:
        if not slots:
            return self.pieces(text)
        content: list[int] = []
        for part in re.split("([\ue000-\uf8ff])", text):
            slot = ord(part) - 0xE000 if len(part) == 1 and "\ue000" <= part <= "\uf8ff" else -1
            if 0 <= slot < len(slots):
                if len(content) + slots[slot] > self.context - len(self._before) - len(self._after):
                    raise RunFault(
                        "user", "CX8112", f'"{text}" is longer than {self.context} tokens: its vectors would be cut'
                    )
                starts[slot] = len(content) + len(self._before)
                content += [self.padding] * slots[slot]
            elif part.strip() != "":
                content += self.pieces(part)
        return content


_ONE: dict[str, Callable[[float], float]] = {
    "neg": lambda x: -x,
    "abs": abs,
    "sign": lambda x: math.copysign(1, x) if x else 0,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "acos": math.acos,
    "not": lambda x: float(x == 0),
}
_TWO: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "max": max,
    "min": min,
    "atan2": math.atan2,
    "eq": lambda a, b: float(a == b),
    "ne": lambda a, b: float(a != b),
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "gt": lambda a, b: float(a > b),
    "ge": lambda a, b: float(a >= b),
    "and": lambda a, b: float(a != 0 and b != 0),
    "or": lambda a, b: float(a != 0 or b != 0),
}


def shown(value: float | str) -> str:
    """A whole number without a point, others with at most six digits."""
    if isinstance(value, str):
        return value
    return number_text(float(value)) if value == int(value) else number_text(float(f"{value:.6g}"))


class TextPlace:
    """Where the values of a text come from."""

    def __init__(
        self,
        column: Callable[[str], float | str],
        labels: Callable[[str, str], list[str]],
        words: Callable[[str, str | None, int], float | str],
        entry: tuple[int, ...],
    ) -> None:
        self.column, self.labels, self.words, self.entry = column, labels, words, entry

    def value(self, expression: dict[str, Any]) -> float | str:
        """The number or the text that an expression comes to."""
        match expression["kind"]:
            case "number" | "text":
                return expression["value"]
            case "column":
                return self.column(expression["column"])
            case "labels":
                return ", ".join(self.labels(expression["column"], expression["vocabulary"]))
            case "entry":
                return self.entry[expression["axis"]]
            case "words":
                return self.words(
                    expression["vocabulary"], expression.get("column"), int(self.number(expression["at"]))
                )
            case "one":
                return _ONE[expression["op"]](self.number(expression["of"]))
            case "two":
                return _TWO[expression["op"]](self.number(expression["left"]), self.number(expression["right"]))
            case _:
                chosen = "otherwise" if self.number(expression["condition"]) == 0 else "holds"
                return self.value(expression[chosen])

    def number(self, expression: dict[str, Any]) -> float:
        """The same as a number."""
        return float(self.value(expression))

    def render(self, parts: list[dict[str, Any]]) -> str:
        """The text of a template."""
        rendered = []
        for part in parts:
            if part["kind"] == "text":
                rendered.append(part["text"])
            elif part["kind"] == "vectors":
                rendered.append(chr(0xE000 + part["slot"]))
            else:
                rendered.append(shown(self.value(part["value"])))
        return "".join(rendered)
