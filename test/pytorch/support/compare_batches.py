"""Reads what clipx fed its engines and makes the same of the same files: every byte is compared."""

import json
import sys
from pathlib import Path

import numpy as np

from pytorch.runtime.data import DataRoom
from pytorch.runtime.sampler import epoch_order

KINDS = {"u8": np.uint8, "i32": np.int32, "f32": np.float32, "bool": np.bool_}

folder, root = Path(sys.argv[1]), Path(sys.argv[2])
program = json.loads((folder / "program.json").read_text())
told = json.loads((folder / "batches.json").read_text())
content = (folder / "batches.bin").read_bytes()
warnings: list[tuple[str, str]] = []
room = DataRoom(program, root, told["seed"], lambda code, message: warnings.append((code, message)))
stages = {stage["name"]: stage for stage in program["stages"]}
kinds = {column["name"]: column["kind"] for column in program["columns"]}
faults: list[str] = []
compared = 0


def compare(place: str, wanted: dict, found: np.ndarray | None, present: np.ndarray | None = None) -> None:
    global compared
    kind = KINDS[wanted["dtype"]]
    size = int(np.prod(wanted["shape"], dtype=np.int64))
    expected = np.frombuffer(content, kind, size, wanted["at"]).reshape(wanted["shape"])
    if found is None or found.shape != expected.shape or found.dtype != expected.dtype:
        faults.append(
            f"{place} {wanted['key']}: {None if found is None else (found.dtype, found.shape)}, expected {expected.dtype} {expected.shape}"
        )
        return
    compared += size
    if kinds.get(wanted["key"]) == "id":
        # any numbers that are equal where the ids are; what is not there has none
        there = np.ones(found.shape, dtype=bool) if present is None else present
        found, expected = found[there], expected[there]
        _, found = np.unique(found, return_inverse=True)
        _, expected = np.unique(expected, return_inverse=True)
        pairs = set(zip(found.tolist(), expected.tolist(), strict=True))
        if len(pairs) != len(set(found.tolist())) or len(pairs) != len(set(expected.tolist())):
            faults.append(f"{place} {wanted['key']}: other samples are the same")
        return
    if not np.array_equal(found, expected):
        differ = found != expected
        most = np.abs(found.astype(np.float64) - expected.astype(np.float64)).max()
        faults.append(f"{place} {wanted['key']}: {int(differ.sum())} of {size} differ, by up to {most}")


for number, batch in enumerate(told["batches"]):
    source = room.open(batch["data"])
    stage = stages[batch["stage"]]
    place = f"{batch['stage']} {batch['data']} epoch {batch['epoch']} batch {number}"
    if batch["trained"]:
        order = epoch_order(stage.get("sampler"), source, stage["batch"], told["seed"])
        chosen = order(batch["epoch"]).tolist()
        size = stage["batch"]
        if batch["indices"] not in [chosen[at : at + size] for at in range(0, len(chosen), size)]:
            faults.append(f"{place}: other samples")
    columns = list(
        dict.fromkeys(
            column
            for column in kinds
            for wanted in batch["tensors"]
            if wanted["key"] == column or wanted["key"].startswith(column + ".")
        )
    )
    found = source.batch(batch["indices"], columns, batch["epoch"])
    for wanted in batch["tensors"]:
        compare(place, wanted, found.get(wanted["key"]), found.get(f"{wanted['key']}.present"))
for wanted in told["texts"]:
    table, part = wanted["key"].rsplit(".", 1)
    compare("texts", wanted, room.texts.arrays(table)[part])
# why a file does not decode is said in the words of who decodes it
said, expected = (
    [(code, message.split(" can not be decoded")[0]) for code, message in each] for each in (warnings, told["warnings"])
)
if said != expected:
    faults.append(f"warnings {said}, expected {expected}")
print(json.dumps({"compared": compared, "faults": faults}))
