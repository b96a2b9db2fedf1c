"""When each evaluation of a stage is due, which parameters were best, and the final ones on what was selected."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

from .faults import RunFault
from .schedules import duration_in_steps

Json = dict[str, Any]
#: metrics of an evaluation, and what was generated of its first samples
Measured = tuple[list[Json], list[Json]]
Measure = Callable[[Json], Measured]


class Selected(Protocol):
    """Keeps the best parameters."""

    def save(self, best: Json) -> None: ...

    def load(self, best: Json) -> None: ...


def metric_values(evaluation: Json, outputs: dict[str, Any]) -> list[Json]:
    """Metrics in table order. A mean or an extreme of nothing is no number: it is null."""
    faults: list[str] = []
    metrics: list[Json] = []
    for spec in evaluation["table"]:
        numbers: list[float] = outputs[spec["name"]].double().cpu().reshape(-1).tolist()
        empty, count = _taken_in(spec, outputs, len(numbers))
        for at, number in enumerate(numbers):
            if at not in empty and not math.isfinite(number):
                faults.append(f"`{spec['name']}` is {number}")
                break
        there = [number for at, number in enumerate(numbers) if at not in empty]
        value: Json = {"name": spec["name"], "value": sum(there) / len(there) if there else None}
        if "unit" in spec:
            value["unit"] = spec["unit"]
        if count is not None:
            value["count"] = count
        if spec["shape"]:
            value["values"] = [None if at in empty else number for at, number in enumerate(numbers)]
        if "entries" in spec:
            value["entries"] = spec["entries"]
        metrics.append(value)
    if faults:
        name, data = evaluation["name"], evaluation["data"]
        raise RunFault("numerical", "CX8223", f"evaluation `{name}` on {data}: {', '.join(faults)}")
    return metrics


def _taken_in(spec: Json, outputs: dict[str, Any], entries: int) -> tuple[set[int], int | None]:
    """The entries that average nothing, and the fewest elements of its reductions."""
    empty: set[int] = set()
    counts: list[int] = []
    for each in spec.get("counted", []):
        left = each.get("left")
        if left is None:
            counts.append(each["elements"])
            continue
        if left not in outputs:
            return empty, None
        numbers = outputs[left].double().cpu().reshape(-1).tolist()
        empty.update(place for place, number in enumerate(numbers[:entries]) if number == 0)
        counts.append(each["elements"] * round(sum(numbers)))
    return empty, min(counts) if counts else None


def empty_metrics(metrics: list[Json]) -> str | None:
    """Metrics that averaged nothing, in words; none where there are none."""
    found: list[str] = []
    for metric in metrics:
        values, entries = metric.get("values", []), metric.get("entries", [])
        none = [entries[at] if at < len(entries) else str(at) for at, value in enumerate(values) if value is None]
        if metric["value"] is None and len(none) == len(values):
            found.append(f"`{metric['name']}`")
        elif none:
            shown = ", ".join(f'"{entry}"' for entry in none[:3])
            more = f" and {len(none) - 3} more" if len(none) > 3 else ""
            found.append(f"`{metric['name']}` of {shown}{more}")
    return ", ".join(found) if found else None


class StageEvaluations:
    """The evaluations of one stage."""

    def __init__(
        self,
        program: Json,
        stage: Json,
        steps_per_epoch: int,
        measure: Measure,
        emit: Callable[..., None],
        parameters: Selected,
    ) -> None:
        self._marks = {spec["name"]: spec.get("mark") for spec in program["data"]}
        self._stage, self._steps_per_epoch = stage, steps_per_epoch
        self._measure, self._emit, self._parameters = measure, emit, parameters
        self.best: Json | None = None
        self.selected: Json | None = None
        self.results: list[Json] = []

    def _every(self, evaluation: Json) -> int | None:
        """Steps between evaluations; none where it is evaluated at the end alone, as test data always are."""
        if self._marks.get(evaluation["data"]) == "test":
            return None
        decides = "best" in evaluation or self._stage.get("stop", {}).get("evaluation") == evaluation["name"]
        period = evaluation.get("every") or ({"value": 1, "unit": "epoch"} if decides else None)
        return None if period is None else max(1, duration_in_steps(period, self._steps_per_epoch))

    def _is_fresh(self, evaluation: Json, step: int) -> bool:
        place = (evaluation["name"], evaluation["data"], step)
        return any((one["evaluation"], one["data"], one["step"]) == place for one in self.results)

    def run_due(self, step: int) -> None:
        """Evaluates what is due after `step` steps; test data never are."""
        for evaluation in self._stage["evaluations"] if step > 0 else []:
            every = self._every(evaluation)
            if every is not None and step % every == 0 and not self._is_fresh(evaluation, step):
                self._run(evaluation, step, False)

    def run_selecting(self, step: int) -> None:
        """Measures what selects, where the parameters are about to go."""
        selecting = next((one for one in self._stage["evaluations"] if "best" in one), None)
        if selecting is not None and not self._is_fresh(selecting, step):
            self._run(selecting, step, False)

    def run_final(self, steps: int) -> None:
        """The selected parameters come back, then everything is evaluated on them: test data for the first and only time."""
        self.run_selecting(steps)
        if self.best is not None and self.best["step"] != steps:
            self._parameters.load(self.best)
        if self.selected is not None:
            self._keep(self.selected)
        for evaluation in self._stage["evaluations"]:
            step = steps if self.best is None else self.best["step"]
            if not self._is_fresh(evaluation, step):
                self._run(evaluation, step, self.best is not None)

    def _run(self, evaluation: Json, step: int, selected: bool) -> None:
        metrics, texts = self._measure(evaluation)
        best = selected or self._keep_if_best(evaluation, step, metrics)
        mark = self._marks.get(evaluation["data"])
        shared: Json = {
            "stage": self._stage["name"],
            "evaluation": evaluation["name"],
            "data": evaluation["data"],
            "step": step,
            "samples": evaluation["count"],
            "metrics": metrics,
            "best": best,
        }
        result = shared if mark is None else {**shared, "mark": mark}
        if best and not selected:
            self.selected = result
        self._keep(result)
        self._emit("eval", **shared, **({"texts": texts} if texts else {}))
        empty = empty_metrics(metrics)
        if empty is not None:
            message = f"evaluation `{evaluation['name']}` on {evaluation['data']}: nothing to average for {empty}"
            self._emit("warning", code="CX8224", message=message)

    def _keep(self, result: Json) -> None:
        """Replaces the last result of an evaluation; the order is that of the stage."""
        place = (result["evaluation"], result["data"])
        kept: list[Json] = []
        for evaluation in self._stage["evaluations"]:
            own = (evaluation["name"], evaluation["data"])
            found = (
                [result] if own == place else [one for one in self.results if (one["evaluation"], one["data"]) == own]
            )
            kept.extend(found)
        self.results = kept

    def _keep_if_best(self, evaluation: Json, step: int, metrics: list[Json]) -> bool:
        rule = evaluation.get("best")
        if rule is None:
            return False
        value = next(metric["value"] for metric in metrics if metric["name"] == rule["metric"])
        if value is None:
            return False
        before = None if self.best is None else self.best["value"]
        if before is not None and (value <= before if rule["direction"] == "max" else value >= before):
            return False
        self.best = {"evaluation": evaluation["name"], "metric": rule["metric"], "value": value, "step": step}
        self._parameters.save(self.best)
        return True


class Patience:
    """Waits for a metric to become better, and says when it has waited long enough."""

    def __init__(self, rule: Json, steps_per_epoch: int) -> None:
        self._rule = rule
        self._steps = max(1, duration_in_steps(rule["patience"], steps_per_epoch))
        self.state: Json | None = None

    def is_over(self, step: int, results: list[Json]) -> bool:
        """Whether the stage ends after `step` steps."""
        rule = self._rule
        for result in results:
            if result["evaluation"] != rule["evaluation"] or result["step"] != step:
                continue
            value = next((one["value"] for one in result["metrics"] if one["name"] == rule["metric"]), None)
            if value is not None:
                before = None if self.state is None else self.state["value"]
                gain = math.inf if before is None else value - before if rule["direction"] == "max" else before - value
                if gain > rule["change"]:
                    self.state = {"value": value, "step": step}
        return self.state is not None and step - self.state["step"] >= self._steps


def combined_metrics(program: Json, earlier: list[Json], own: list[Json]) -> list[Json]:
    """Metrics of metrics: those of which `own` measures something and whose parts have all been measured."""
    measured = {result["evaluation"] for result in own}
    found: list[Json] = []
    for spec in program.get("combined", []):
        if not _reads_one(spec["value"], measured):
            continue
        number = _formula(spec["value"], [*earlier, *own])
        if number is not None:
            unit = {"unit": spec["unit"]} if "unit" in spec else {}
            found.append({"name": spec["name"], "value": number if math.isfinite(number) else None, **unit})
    return found


def _reads_one(formula: Json, measured: set[str]) -> bool:
    match formula["kind"]:
        case "metric":
            return formula["evaluation"] in measured
        case "one":
            return _reads_one(formula["of"], measured)
        case "two":
            return _reads_one(formula["left"], measured) or _reads_one(formula["right"], measured)
        case _:
            return False


_ONE: dict[str, Callable[[float], float]] = {
    "neg": lambda x: -x,
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "abs": abs,
}
_TWO: dict[str, Callable[[float, float], float]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "min": min,
    "max": max,
}


def _formula(formula: Json, results: list[Json]) -> float | None:
    match formula["kind"]:
        case "number":
            return formula["value"]
        case "metric":
            for result in reversed(results):
                if result["evaluation"] == formula["evaluation"]:
                    return next((one["value"] for one in result["metrics"] if one["name"] == formula["metric"]), None)
            return None
        case "one":
            of = _formula(formula["of"], results)
            return None if of is None else _tried(lambda: _ONE[formula["op"]](of))
        case _:
            left, right = _formula(formula["left"], results), _formula(formula["right"], results)
            return None if left is None or right is None else _tried(lambda: _TWO[formula["op"]](left, right))


def _tried(work: Callable[[], float]) -> float:
    """Not a number where arithmetic has none."""
    try:
        return work()
    except (ArithmeticError, ValueError):
        return math.nan
