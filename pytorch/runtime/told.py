"""What a run says of a stage: its plan, and what each step came to."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .clock import StageClock
from .faults import RunFault
from .folder import finite
from .run import changed_by
from .schedules import weight_at

Json = dict[str, Any]


def plan_event(program: Json, stage: Json, steps: int, steps_per_epoch: int, kept: bool) -> Json:
    """What is trained, frozen and constant. `kept`: features of samples are computed once."""
    trained, changed = set(stage["trainable"]), changed_by(stage)

    def total(wanted: Callable[[str], bool]) -> Json:
        chosen = [parameter for parameter in program["parameters"] if wanted(parameter["name"])]
        return {"tensors": len(chosen), "count": sum(math.prod(parameter["shape"]) for parameter in chosen)}

    def planned(term: Json) -> Json:
        weight = weight_at(term["weight"], 0, steps_per_epoch)
        told: Json = {"name": term["name"], "formula": term["formula"], "weight": weight}
        counted = term.get("counted", [])
        if counted and not any("left" in each for each in counted):
            batches = stage.get("accumulate", 1)
            told["count"] = min(each["elements"] * (batches if each.get("perBatch") else 1) for each in counted)
        return told

    return {
        "stage": stage["name"],
        "steps": steps,
        "epochs": steps / steps_per_epoch,
        "stepsPerEpoch": steps_per_epoch,
        "batch": stage["batch"],
        "trainable": total(lambda name: name in trained),
        "frozen": total(lambda name: name not in changed),
        "constants": list(dict.fromkeys(stage.get("constants", {}).get("describes", {}).values())),
        "cached": list(dict.fromkeys(stage.get("features", {}).get("describes", {}).values())) if kept else [],
        "terms": [planned(term) for term in stage["terms"]],
    }


def step_event(stage: Json, values: list[dict[str, float]], norm: float, clock: StageClock) -> Json:
    """The total and each term of an update (of several batches their means): raw, weighted and as a share of all."""
    step, per_epoch = clock.step, clock.steps_per_epoch
    mean = {name: sum(one[name] for one in values) / len(values) for name in values[0]}
    raw = {term["name"]: mean.get(term["name"], math.nan) for term in stage["terms"]}
    weighted = {
        term["name"]: raw[term["name"]] * weight_at(term["weight"], clock.local_step, per_epoch)
        for term in stage["terms"]
    }
    size = sum(abs(value) for value in weighted.values())
    numbers = {**raw, "total": mean["objective"], "gradient": norm}
    bad = [name for name, value in numbers.items() if not math.isfinite(value)]
    terms = [
        {
            "name": term["name"],
            "raw": finite(raw[term["name"]]),
            "weighted": finite(weighted[term["name"]]),
            "share": 0.0 if size == 0 else finite(abs(weighted[term["name"]]) / size),
            **_masked_count(term, values),
        }
        for term in stage["terms"]
    ]
    return {
        "stage": stage["name"],
        "step": step + 1,
        "epoch": step // per_epoch + 1,
        "total": finite(mean["objective"]),
        "terms": terms,
        "gradientNorm": finite(norm),
        **({"nonfinite": bad} if bad else {}),
    }


def nonfinite_fault(event: Json) -> RunFault | None:
    """Why a step can not be taken."""
    if "nonfinite" not in event:
        return None
    names = ", ".join(f"`{name}`" for name in event["nonfinite"])
    message = f"{names} is not finite in step {event['step']} of stage {event['stage']}"
    return RunFault("numerical", "CX8221", message, "lower the learning rate, or look for a division by zero")


def _masked_count(term: Json, values: list[dict[str, float]]) -> Json:
    """How many elements a term averaged, where masks decide it; of several means the fewest."""
    counted = term.get("counted", [])
    if all("left" not in each for each in counted):
        return {}
    counts: list[int] = []
    for each in counted:
        batches = values if each.get("perBatch") else values[-1:]
        counts.append(sum(each["elements"] * (round(one[each["left"]]) if "left" in each else 1) for one in batches))
    return {"count": min(counts)}
