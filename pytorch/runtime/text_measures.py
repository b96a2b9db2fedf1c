"""Numbers that compare whole sets of texts: BLEU, ROUGE-L and CIDEr-D, as pycocoevalcap counts them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .caption_words import caption_words
from .data import Dataset
from .faults import RunFault
from .rows import number_text

Json = dict[str, Any]


@dataclass(frozen=True)
class JudgedText:
    """A text that was found beside those that people wrote, each cut into words."""

    found: list[str]
    references: list[list[str]]


def n_grams(words: list[str], n: int) -> dict[str, int]:
    """How often each run of n words occurs."""
    counts: dict[str, int] = {}
    for at in range(len(words) - n + 1):
        gram = " ".join(words[at : at + n])
        counts[gram] = counts.get(gram, 0) + 1
    return counts


def bleu(texts: list[JudgedText], order: int) -> float:
    """Corpus BLEU-n from 0 to 1 (Papineni et al. 2002), with pycocoevalcap's guards against empty counts."""
    right, total = [0] * order, [0] * order
    length = wanted = 0
    for text in texts:
        own = len(text.found)
        length += own
        wanted += min((len(reference) for reference in text.references), key=lambda each: (abs(each - own), each))
        for n in range(1, order + 1):
            most: dict[str, int] = {}
            for reference in text.references:
                for gram, count in n_grams(reference, n).items():
                    most[gram] = max(most.get(gram, 0), count)
            for gram, count in n_grams(text.found, n).items():
                right[n - 1] += min(count, most.get(gram, 0))
                total[n - 1] += count
    product = 1.0
    for count, of in zip(right, total, strict=True):
        product *= (count + 1e-15) / (of + 1e-9)
    ratio = (length + 1e-15) / (wanted + 1e-9)
    return product ** (1 / order) * (math.exp(1 - 1 / ratio) if ratio < 1 else 1)


def rouge_l(texts: list[JudgedText], beta: float = 1.2) -> float:
    """ROUGE-L from 0 to 1 (Lin 2004): F of the longest common subsequence, of the best precision and the best recall among the references."""

    def score(text: JudgedText) -> float:
        common = [(_longest_common(text.found, reference), len(reference)) for reference in text.references]
        precision = max((shared / max(len(text.found), 1) for shared, _ in common), default=0)
        recall = max((shared / max(of, 1) for shared, of in common), default=0)
        if precision == 0 or recall == 0:
            return 0
        return ((1 + beta**2) * precision * recall) / (recall + beta**2 * precision)

    return sum(score(text) for text in texts) / max(len(texts), 1)


def _longest_common(a: list[str], b: list[str]) -> int:
    """Words that both have in one order, with gaps."""
    row = [0] * (len(b) + 1)
    for word in a:
        diagonal = 0
        for at, other in enumerate(b, 1):
            above = row[at]
            row[at] = diagonal + 1 if other == word else max(above, row[at - 1])
            diagonal = above
    return row[-1]


_ORDERS = (1, 2, 3, 4)
_SIGMA = 6


def cider(texts: list[JudgedText]) -> float:
    """CIDEr-D (Vedantam et al. 2015), the mean over texts of 0 to 10: what pycocoevalcap calls CIDEr."""
    frequency: dict[str, int] = {}
    for text in texts:
        for gram in {gram for words in text.references for n in _ORDERS for gram in n_grams(words, n)}:
            frequency[gram] = frequency.get(gram, 0) + 1
    log_count = math.log(len(texts))

    def weigh(words: list[str]) -> tuple[list[dict[str, float]], list[float], int]:
        grams = [
            {
                gram: count * (log_count - math.log(max(1, frequency.get(gram, 0))))
                for gram, count in n_grams(words, n).items()
            }
            for n in _ORDERS
        ]
        # pairs of neighbouring words are pycocoevalcap's length
        return grams, [math.hypot(*weights.values()) for weights in grams], max(0, len(words) - 1)

    def likeness(own: tuple[list[dict[str, float]], list[float], int], reference: list[str]) -> float:
        grams, norms, length = own
        others, other_norms, other_length = weigh(reference)
        penalty = math.exp(-((length - other_length) ** 2) / (2 * _SIGMA**2))
        total = 0.0
        for weights, against, norm, other_norm in zip(grams, others, norms, other_norms, strict=True):
            product = sum(min(weight, against.get(gram, 0)) * against.get(gram, 0) for gram, weight in weights.items())
            total += product / (norm * other_norm) if norm * other_norm != 0 else product
        return penalty * total / len(_ORDERS)

    def score(text: JudgedText) -> float:
        own = weigh(text.found)
        return 10 * sum(likeness(own, each) for each in text.references) / max(len(text.references), 1)

    return sum(score(text) for text in texts) / max(len(texts), 1)


def measure_texts(evaluation: Json, source: Dataset, written: dict[str, list[str]]) -> dict[str, float]:
    """The measures of an evaluation by their ids, of what was generated and of the columns beside."""
    results: dict[str, float] = {}
    for measure in evaluation["texts"]["measures"]:
        judged = _judged(measure, evaluation["count"], source, written)
        if not judged:
            name, data = evaluation["name"], evaluation["data"]
            raise RunFault("user", "CX8223", f"evaluation `{name}` on {data}: no sample has a text and references")
        results[measure["id"]] = _number(measure, judged)
    return results


def _number(measure: Json, judged: list[JudgedText]) -> float:
    match measure["measure"]:
        case "bleu":
            return bleu(judged, measure.get("n", 4))
        case "rouge_l":
            return rouge_l(judged)
        case _:
            return cider(judged)


def _judged(measure: Json, count: int, source: Dataset, written: dict[str, list[str]]) -> list[JudgedText]:
    """One for each sample, or for each content of `by` with the first text and all references. What is absent is not judged."""
    groups: dict[Any, tuple[list[str], list[str]]] = {}
    for index in range(count):
        key = content(source.value(index, measure["by"])) if "by" in measure else index
        found, references = groups.setdefault(key, ([], []))
        found.extend(texts_at(measure["found"], index, source, written))
        references.extend(texts_at(measure["references"], index, source, written))
    return [
        JudgedText(caption_words(found[0]), [caption_words(each) for each in references])
        for found, references in groups.values()
        if found and references
    ]


def content(value: Any) -> Any:
    """What a cell holds, to be compared: equal where JSON would be the same."""
    if isinstance(value, list):
        return ("list", *(content(each) for each in value))
    if isinstance(value, dict):
        return ("object", *((key, content(each)) for key, each in value.items()))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ("number", number_text(float(value)))
    return (type(value).__name__, value)


def texts_at(text: Json, index: int, source: Dataset, written: dict[str, list[str]]) -> list[str]:
    """The texts of one sample: what was generated, or those of a column."""
    if text["kind"] == "generated":
        return [written[text["id"]][index]]
    return source.texts(index, text["column"])


#: so many samples are shown of a text
_SHOWN = 16


def shown_texts(evaluation: Json, source: Dataset, written: dict[str, list[str]]) -> list[Json]:
    """The first texts beside the references that the first measure of them reads."""
    measures, shown = evaluation["texts"]["measures"], []
    for name, texts in written.items():
        measure = next((one for one in measures if one["found"] == {"kind": "generated", "id": name}), None)
        for sample, found in enumerate(texts[:_SHOWN]):
            references = [] if measure is None else texts_at(measure["references"], sample, source, written)
            shown.append({"name": name, "sample": sample, "found": found, "references": references})
    return shown
