"""ftfy: text that was decoded wrongly in many ways, as OpenAI's CLIP cleans it; references of HTML as Python undoes them.

    python -m venv v && v/bin/pip install ftfy==6.3.1
    v/bin/python make/make_ftfy.py --out out/ftfy
"""
import argparse
import html
import html.entities
import json
import random
import re
from pathlib import Path

import ftfy
import ftfy.bad_codecs  # noqa: F401, registers the sloppy encodings

TEXTS = [
    "a photo of a café", "naïve résumé", "“quoted” – text…", "ünïcödé straße", "日本語の写真", "한국어 사진", "фото кошки", "φωτογραφία",
    "صورة قطة", "תמונה", "emoji 😀🎉", "price €5 £3 ¥9", "100° north", "don’t stop", "ﬁne ﬂow", "ｆｕｌｌ ｗｉｄｔｈ", "A&amp;B &lt;tag&gt; &eacute;",
    "½ cup ²", "São Paulo", "žluťoučký kůň", "Łódź", "ğüşiöç", "à la carte", "¿qué?", "œuvre", "™ ® ©", "\u00a0nbsp", "\x85 c1 \x92",
    "\r\nlines\r", "e\u0301 combining", "a photo of a cat.", "<b>&amp;</b>", "&notit; &amp;amp; &hellip;", "ﷺ", "Ǆ", "ĳ", "\ufeffbom",
    "\x1b[31mred\x1b[0m", "हिन्दी", "ไทย", "‘a’ ‚b‛ „c‟", "1×2 ÷", "□ ▒ │", "(ง'⌣')ง", "\ufffd lost", "ΟΔΟΣ İstanbul",
]
ENCODINGS = ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "sloppy-windows-1253",
             "sloppy-windows-1254", "sloppy-windows-1257", "iso-8859-2", "macroman", "cp437"]


def clean(text):
    text = html.unescape(html.unescape(ftfy.fix_text(text))).strip()
    return re.sub(r"\s+", " ", text).strip().lower()


def broken(text, rng):
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        try:
            text = text.encode("utf-8").decode(rng.choice(ENCODINGS))
        except UnicodeError:
            pass
    return text


def texts(rng, count):
    seen = {}
    while len(seen) < count:
        parts = []
        for _ in range(rng.choice([1, 1, 2])):
            text = rng.choice(TEXTS)
            if rng.random() < 0.6:
                text = broken(text, rng)
            if rng.random() < 0.1:
                text = text.replace("\xa0", " ")
            if rng.random() < 0.05:
                text = text[1:]
            parts.append(text)
        seen[" ".join(parts)] = None
    return list(seen)


def references(rng, count):
    names = sorted(html.entities.html5)
    rows = []
    for _ in range(count):
        text = ""
        for _ in range(rng.choice([1, 2, 3])):
            kind = rng.randrange(5)
            if kind == 0:
                text += "&" + rng.choice(names)
            elif kind == 1:
                text += "&" + rng.choice(names).rstrip(";") + rng.choice(["", "x", " ", "=", "é", ";;", "&"])
            elif kind == 2:
                text += f"&#{rng.choice([rng.randrange(300), rng.randrange(0xD800), 0xFFFE, 0x110000])}{rng.choice([';', '', 'x'])}"
            elif kind == 3:
                text += f"&#{rng.choice('xX')}{rng.choice([rng.randrange(300), rng.randrange(0xD800)]):x}{rng.choice([';', '', 'g'])}"
            else:
                text += rng.choice(["&", "& ", "&;", "&#;", "&#x;", "text", "<b>", "&abcdefghijklmnopqrstuvwxyzabcdefghijklmnop;"])
        rows.append([text, html.unescape(text)])
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    rng = random.Random(a.seed)
    a.out.mkdir(parents=True, exist_ok=True)
    rows = [[text, clean(text)] for text in texts(rng, 400)]
    body = {"ftfy": ftfy.__version__, "clean": rows, "html": references(rng, 500)}
    (a.out / "ftfy.json").write_text(json.dumps(body, ensure_ascii=True, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
