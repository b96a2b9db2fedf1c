"""Words of captions and measures of them by a package: `count_words.py <folder of the package> <texts.json> <found.json>`."""

import importlib
import json
import sys
from pathlib import Path

folder, texts = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8"))
sys.path.insert(0, str(folder.parent))
measures = importlib.import_module(f"{folder.name}.runtime.text_measures")
words = [measures.caption_words(text) for text in texts]
count = len(words)
judged = [measures.JudgedText(own, [words[(at + 1) % count], words[(at + 2) % count]]) for at, own in enumerate(words)]
numbers = [measures.bleu(judged, 1), measures.bleu(judged, 2), measures.rouge_l(judged), measures.cider(judged)]
Path(sys.argv[3]).write_text(json.dumps({"words": words, "numbers": numbers}), "utf-8")
