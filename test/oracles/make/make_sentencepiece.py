"""sentencepiece: ids of a small Unigram model of our own, by the sentencepiece library and, as a tokenizer.json, by the tokenizers library.

    python -m venv v && v/bin/pip install sentencepiece==0.2.3 tokenizers==0.23.3 protobuf
    v/bin/python make/make_sentencepiece.py --out out/sentencepiece
"""
import argparse
import io
import json
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, Regex

CORPUS = (
    "a photo of a cat on a mat . a photo of a dog in the park . two people walk along the street at night . "
    "a red ball rises , then the blue box falls ! the man's dog doesn't walk , it runs . a drawing of a house with three windows . "
    "an old painting of a woman holding an umbrella in the rain . what is on the table ? 12 apples and 34 pears . "
    "a small bird sits on a branch over the river . the children play with a ball in the garden . café naïve über straße "
    "a black and white photo of a city with cars and buses . she said : \"it's a boat\" . high mountains behind a green lake ."
)

TEXTS = [
    "", " ", "a photo of a cat", "A Photo of a CAT", "a red ball, then: falls!", "the man's dog doesn't walk",
    "photographs photographing", "xyzzy qqq", "3d cubes & 2 circles (50% off)", "café naïve über straße", "cafe\u0301 nai\u0308ve",
    "tabs\tand\nlines\r\nhere", "  spaced   out  ", "zero\u200bwidth", "non\u00a0breaking\u3000wide", "emoji 😀 ball 🚀", "a-b_c d.e.f",
    "don’t “quote” — it…", "ﬁne ﬂow ½ ²", "ｆｕｌｌ ｗｉｄｔｈ", "中文 日本語 한국어", "x" * 60, "▁already marked", "a </s> b", "<pad> <unk>",
    "1,000.50 + 3 = ?", "the the the the", "à la carte", "A\u030angstrom Å", "what is on the table ? 12 apples",
]


def trained(out):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS.split(" . ")), model_writer=model, vocab_size=180, model_type="unigram", pad_id=0, eos_id=1, unk_id=2,
        bos_id=-1, hard_vocab_limit=False, minloglevel=2, num_threads=1,
    )
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    # the table of NFKC, a quarter of a megabyte, is the same in every such model; its name stays
    bare = sentencepiece_model_pb2.ModelProto()
    bare.CopyFrom(proto)
    bare.normalizer_spec.precompiled_charsmap = b""
    (out / "spiece.model").write_bytes(bare.SerializeToString())
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue()), proto


def fast(proto):
    """What transformers' converter makes of such a model for T5 and SigLIP."""
    vocabulary = [(piece.piece, piece.score) for piece in proto.pieces]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=proto.trainer_spec.unk_id, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
        normalizers.Replace(Regex(" {2,}"), " "),
    ])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in ("<pad>", "</s>", "<unk>")])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    spm, proto = trained(a.out)
    tokenizer = fast(proto)
    file = json.loads(tokenizer.to_str())
    file["normalizer"]["normalizers"][0]["precompiled_charsmap"] = ""
    (a.out / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=True) + "\n", encoding="utf-8")
    (a.out / "tokenizer_config.json").write_text(json.dumps({"pad_token": "</s>", "eos_token": {"content": "</s>"}}) + "\n")
    rows = []
    for text in TEXTS:
        encoded = tokenizer.encode(text, add_special_tokens=False).ids
        rows.append({"text": text, "sentencepiece": spm.encode(text), "tokenizers": encoded, "marked": tokenizer.encode(text).ids,
                     "decoded": tokenizer.decode(encoded)})
    (a.out / "sentencepiece.json").write_text(json.dumps(rows, ensure_ascii=True, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
