"""Texts that an evaluation generates: the likeliest by scores of the next word, found by a beam."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from .distributed import is_distributed, rank, world_size
from .faults import RunFault
from .feeds import Feed, columns_of, tensors
from .run import Run

Json = dict[str, Any]
Values = dict[str, Tensor]


@dataclass(frozen=True)
class Generation:
    """How the words of one text are scored."""

    #: what a sample gives, the same for all words
    memory: Callable[..., Values] | None
    #: log probabilities of every piece at a place, given the words before it
    scores: Callable[..., Values]
    #: columns whose place the words take that were found so far
    columns: tuple[str, ...]


def generated_texts(
    run: Run, evaluation: Json, constants: Any, others: Callable[[list[Feed]], Values]
) -> dict[str, list[str]]:
    """Every text that an evaluation generates, one for each sample. `others`: weights."""
    place = evaluation["metrics"]["id"].removesuffix("/metrics")
    return {
        spec["id"]: _texts_of(run, evaluation, spec, f"{place}/{spec['id']}", constants, others)
        for spec in evaluation["texts"]["generations"]
    }


def _texts_of(
    run: Run, evaluation: Json, spec: Json, key: str, constants: Any, others: Callable[[list[Feed]], Values]
) -> list[str]:
    generation: Generation = run.objective.GENERATIONS[key]  # type: ignore[attr-defined]
    feeds, tokenizer = run.feeds["generations"][key], run.room.tokenizer(spec["tokenizer"])
    source, known = run.room.open(evaluation["data"]), others(feeds)
    starts = range(0, evaluation["count"], evaluation["batch"])
    # parts of the model that are spread over all processes are asked by all of them at once
    is_shared = is_distributed() and run.sharded is None
    own: list[tuple[int, list[str]]] = []
    for number, start in enumerate(starts):
        if is_shared and number % world_size() != rank():
            continue
        indices = range(start, min(start + evaluation["batch"], evaluation["count"]))
        batch = {**known, **tensors(source.batch(indices, columns_of(feeds), None), run.device)}
        if generation.memory is not None:
            batch.update(run.module(generation.memory, batch, constants))
        rows, context = len(indices), tokenizer.context

        def scores(
            beginnings: list[list[int]], batch: Values = batch, rows: int = rows, context: int = context
        ) -> Tensor:
            length = len(beginnings[0])
            padded = [(ids + [tokenizer.padding] * context)[:context] for ids in beginnings]
            ids = torch.tensor(padded, device=run.device)
            ends = torch.full((rows,), length - 1, device=run.device)
            so_far = {f"{column}.ids": ids for column in generation.columns}
            so_far.update({f"{column}.length": ends for column in generation.columns})
            # the word at `length` is the next one
            logs = run.module(generation.scores, {**batch, **so_far}, constants, length - spec["ahead"])["scores"]
            if logs.isnan().any():
                message = f"scores of the text `{spec['id']}` are not numbers"
                raise RunFault(
                    "numerical", "CX8223", f"evaluation `{evaluation['name']}` on {evaluation['data']}: {message}"
                )
            return logs

        search = Search(tokenizer.start, tokenizer.end, spec["beam"], spec["most"], spec["penalty"])
        own.append((start, [tokenizer.decode(ids) for ids in search.run(rows, scores)]))
    if is_shared:
        everywhere: list[list[tuple[int, list[str]]]] = [[] for _ in range(world_size())]
        dist.all_gather_object(everywhere, own)
        own = sorted(part for parts in everywhere for part in parts)
    return [text for _, texts in own for text in texts]


@dataclass(frozen=True)
class Beginning:
    """Words that were found so far, with the mark of the begin."""

    ids: list[int]
    sum: float
    done: bool


@dataclass(frozen=True)
class Search:
    """At every word the `beam` best beginnings are kept, and one that has ended stands as it is.

    Ties go to the earlier beginning and the lower id. A search ends where no beginning can pass the best that has ended.
    """

    start: int
    end: int
    beam: int
    #: words of a text at most, its marks among them
    most: int
    #: a sum of log probabilities is judged over the number of words to this power
    penalty: float

    def run(self, rows: int, scores: Callable[[list[list[int]]], Tensor]) -> list[list[int]]:
        """The likeliest text of each row, without its marks. `scores`: [rows, pieces] behind beginnings of one length."""
        found = [[Beginning([self.start], 0.0, False)] for _ in range(rows)]
        length = 1
        while length < self.most and not all(self._is_over(beginnings) for beginnings in found):
            candidates: list[list[Beginning]] = [[] for _ in range(rows)]
            for slot in range(max(len(beginnings) for beginnings in found)):
                beginnings = [own[slot] if slot < len(own) else None for own in found]
                open_rows = [row for row, own in enumerate(beginnings) if own is not None and not own.done]
                for row, beginning in enumerate(beginnings):
                    if beginning is not None and beginning.done:
                        candidates[row].append(beginning)
                if not open_rows:
                    continue
                # every row takes part in a call; what stands in for one that has ended is not read
                stand = [self.start] * length
                ids = [stand if own is None or own.done else own.ids for own in beginnings]
                values, places = _largest(scores(ids), self.beam)
                for row in open_rows:
                    beginning = beginnings[row]
                    assert beginning is not None
                    for value, piece in zip(values[row], places[row], strict=True):
                        longer = Beginning([*beginning.ids, piece], beginning.sum + value, piece == self.end)
                        candidates[row].append(longer)
            found = [self._best(beginnings)[: self.beam] for beginnings in candidates]
            length += 1
        # what was cut off is weighed beside what has ended
        firsts = [self._best(beginnings)[0] for beginnings in found]
        return [first.ids[1:-1] if first.done else first.ids[1:] for first in firsts]

    def _judged(self, beginning: Beginning) -> float:
        return beginning.sum / max(len(beginning.ids) - 1, 1) ** self.penalty

    def _best(self, beginnings: Sequence[Beginning]) -> list[Beginning]:
        """Best first; of equal ones the earlier."""
        return sorted(beginnings, key=self._judged, reverse=True)

    def _is_over(self, beginnings: list[Beginning]) -> bool:
        best = max((self._judged(each) for each in beginnings if each.done), default=float("-inf"))
        # a sum only falls, and what it is divided by is bound by the most words there may be
        longest = max(self.most - 1, 1) ** self.penalty
        return all(each.done or max(self._judged(each), each.sum / longest) <= best for each in beginnings)


def _largest(logs: Tensor, count: int) -> tuple[list[list[float]], list[list[int]]]:
    """The largest of each row and where they stand, largest first; of equal ones the lower."""
    values, places = torch.sort(logs, dim=-1, descending=True, stable=True)
    return values[:, :count].double().tolist(), places[:, :count].tolist()
