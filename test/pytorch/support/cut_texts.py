"""Ids of texts by the tokenizers of a package: `cut_texts.py <folder of the package> <texts.json> <context>` prints {tokenizer: rows of ids}."""

import importlib
import json
import sys
from pathlib import Path

folder, texts = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8"))
sys.path.insert(0, str(folder.parent))
program = json.loads((folder / "program.json").read_text("utf-8"))
context = int(sys.argv[3])
program["tokenizers"] = [{**spec, "context": context} for spec in program["tokenizers"]]
# nothing of the project is there to be read
room = importlib.import_module(f"{folder.name}.runtime.data").DataRoom(program, Path("nowhere"), 0)
found = {}
for spec in program["tokenizers"]:
    ids, _, _ = room.tokenizer(spec["id"]).encode(texts, None, context, "a text")
    found[spec["id"]] = ids.tolist()
print(json.dumps(found))
