"""The words of a caption as the captioning metrics count them.

pycocoevalcap cuts by Stanford's PTBTokenizer, makes letters small and drops punctuation. Here that is done by rule, and is equal for plain
sentences: words, numbers, hyphens within words, contractions and possessives ("don't" is "do n't", "dog's" is "dog 's").
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

#: what pycocoevalcap leaves out, and the quotation marks that PTBTokenizer writes so
_PUNCTUATION = {"''", "'", "``", "`", "-lrb-", "-rrb-", "-lcb-", "-rcb-", "--", "...", "", *'.?!,:-;"(){}'}

#: spaces as ECMAScript has them
_SPACES = re.compile("[\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+")

_NOT = "\ue000"


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """`n't` behind letters, what else is cut off behind an apostrophe, and a word: a number, a word with hyphens, or any other sign."""
    letter, number, mark = (_class(kind) for kind in "LNM")
    word = f"[{letter}{mark}{number}_]"
    ends = f"'(?:s|m|d|re|ve|ll)(?![{letter}{number}])"
    token = rf"[{number}]+(?:[.,:/][{number}]+)*(?:-?[{letter}]+)*|{word}+(?:-{word}+)*|{ends}|\.{{2,}}|-{{2,}}|."
    negated = rf"([{letter}]+)n't(?![{letter}{number}])"
    return re.compile(negated), re.compile(f"(?<=[{letter}]){ends}"), re.compile(token, re.DOTALL)


def _class(kind: str) -> str:
    """All characters of a kind of Unicode, as ranges of a pattern."""
    ranges: list[str] = []
    start: int | None = None
    for code in range(sys.maxunicode + 2):
        is_one = code <= sys.maxunicode and unicodedata.category(chr(code))[0] == kind
        if is_one and start is None:
            start = code
        elif not is_one and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(ranges)


def caption_words(text: str) -> list[str]:
    """Small words without punctuation."""
    plain = re.sub("[\u2018\u2019\u201b\u02bc]", "'", text.lower())
    plain = re.sub("[\u2013\u2014]", " -- ", re.sub("[\u201c\u201d\u201e]", '"', plain))
    words = [word for chunk in _SPACES.split(plain) for word in _cut(chunk)]
    return [word for word in words if word not in _PUNCTUATION]


def _cut(chunk: str) -> list[str]:
    negated, ends, token = _patterns()
    separated = ends.sub(lambda found: f" {found[0]}", negated.sub(rf"\1 {_NOT}", chunk))
    words: list[str] = []
    for part in separated.split(" "):
        for piece in re.split(f"({_NOT})", part):
            words.extend(["n't"] if piece == _NOT else token.findall(piece))
    return [part for word in words for part in (["can", "not"] if word == "cannot" else [word])]
