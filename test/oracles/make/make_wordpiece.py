"""wordpiece: ids of transformers' BertTokenizer, with a small list of pieces of our own; and of pairs of bytes as RoBERTa's are.

    python -m venv v && v/bin/pip install transformers==5.23.0 tokenizers==0.23.3
    v/bin/python make/make_wordpiece.py --out out/wordpiece
"""
import argparse
import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import BertTokenizer

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = (
    "a the ball box man dog red blue big rises falls then first and is with of in two turns left right slow quick "
    "plays play run jump walks cube circle green says it don café cafe straße über ελ 中 文 一 naïve 3d Ball RED"
).split()
ENDS = "##s ##ing ##ed ##er ##ly ##n ##t ##ball ##box ##é ##e ##ß".split()
SIGNS = list(".,!?'\"-:;()/&%+=$@#*") + ["…", "“", "”", "—"]

TEXTS = [
    "", " ", "a red ball rises", "A RED ball, then: falls!", "the man's dog doesn't walk", "playing played plays player",
    "balls boxes redder quickly", "unknownword xyzzy qqq", "3d cubes & 2 circles (50% off)", "café naïve Über straße",
    "cafe\u0301 nai\u0308ve", "中文 ball中box", "tabs\tand\nlines\r\nhere", "  spaced   out  ", "zero\u200bwidth\u00adsoft",
    "non\u00a0breaking\u3000wide", "emoji 😀 ball 🚀", "a-b_c d.e.f", "don’t “quote” — it…", "control\u0001chars\u0007 gone",
    "\ufffd replacement", "[CLS] a [SEP] ball [MASK] [PAD] [UNK]", "[cls] ball", "x" * 99, "x" * 101, "a" * 250,
    "ΕΛ ελ", "İstanbul ǅ ﬁ", "first the red ball rises and then the blue box falls with two dogs", "1,000.50 + 3 = ?",
    "e-mail@a.b #tag *star* 'single' \"double\"", "ball" * 30, "à la carte àéîõü", "한국어 ball", "日本語テキスト",
    "𝒜 math 𝟛", "ball\u0000box", "a\u2028b\u2029c", "soft\u200dzwj", "A\u030angstrom Å", "ñ n\u0303 Ñ",
]


def pieces():
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    rest = list(LETTERS) + [f"##{c}" for c in LETTERS] + WORDS + ENDS + SIGNS
    return marks + list(dict.fromkeys(rest))


def pairs_of_bytes(out):
    """A byte-level tokenizer of a few hundred pieces, and its ids."""
    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(sorted(text for text in TEXTS if text.strip()) * 3, trainer)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    tokenizer.save(str(out / "bytes.json"))
    again = Tokenizer.from_file(str(out / "bytes.json"))
    again.no_padding()
    rows = [{"text": text, "ids": again.encode(text, add_special_tokens=False).ids} for text in TEXTS]
    for row in rows:
        row["decoded"] = again.decode(row["ids"])
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    listed = pieces()
    (out / "pieces.txt").write_text("\n".join(listed) + "\n", encoding="utf-8")
    cases = {}
    for name, lower in (("lower", True), ("cased", False)):
        tokenizer = BertTokenizer(vocab={piece: index for index, piece in enumerate(listed)}, do_lower_case=lower)
        rows = []
        for text in TEXTS:
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            cut = tokenizer(text, truncation=True, max_length=12, padding="max_length")
            rows.append({
                "text": text, "ids": ids, "cut": cut["input_ids"], "length": sum(cut["attention_mask"]) - 1,
                "decoded": tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=True),
            })
        cases[name] = rows
    cases["bytes"] = pairs_of_bytes(out)
    (out / "wordpiece.json").write_text(json.dumps(cases, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
