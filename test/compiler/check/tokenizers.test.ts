/** A tokenizer of one's own: its axes, its calls, and what is wrong with it. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';

const files: Readonly<Record<string, string>> = {
  'words.txt': '[PAD]\n[CLS]\n[SEP]\ncat\n##s\n',
  'words.json': '{"model": {"vocab": {"a": 0, "b": 1, "c": 2}, "merges": []}}',
};

function check(tokenizer: string, body: string): readonly string[] {
  const text = `clipx 1
experiment t
input said : text
axis wide = 4
data d = jsonl("d.jsonl") { said: "said" }
tokenizer w = ${tokenizer}
trainable param one = 1
${body}
loss L = one
minimize L
train on d { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
`;
  const { diagnostics } = compile({ path: 't.clipx', text, host: { readText: (path) => files[path] }, until: 'check' });
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`);
}

const read = 'trainable module table = embedding(w.piece -> wide)\nlet x : [batch, w.token, wide] = table(w(said))\nevaluate on d { metric m = mean(x) }'; // prettier-ignore

describe('a tokenizer', () => {
  it.each([
    'wordpiece("words.txt", max: 12)',
    'bpe("words.json", max: 12)',
    'sentencepiece("spiece.model", max: 12)',
    'wordpiece("absent.txt", max: 12, pieces: 9)',
    'wordpiece("absent.txt", max: 12, lower: off)',
  ])('%s reads texts to an index of its pieces', (tokenizer) => {
    // a table that only a metric reads never trains
    expect(check(tokenizer, read)).toEqual(['CX4002: `table` is trainable, and no loss reaches it']);
  });

  it('has as many pieces as are said, or as the file turns out to have', () => {
    const sized = (count: number): string => `axis n = ${count}\nlet x = (index(n) + one)[n as w.piece]`;
    expect(check('wordpiece("words.txt", pieces: 5)', sized(5))).toEqual([]);
    expect(check('bpe("words.json", pieces: 3)', sized(4))).toEqual(['CX3002: `w.piece` has 3 entries, and here it would have 4 entries']); // prettier-ignore
    expect(check('bpe("words.json")', 'let x = size(w.piece) + index(w.piece)')).toEqual([]);
  });

  it('is told apart where it is malformed', () => {
    expect(check('wordpieces("words.txt")', '')).toEqual(['CX2012: there is no such tokenizer']);
    expect(check('wordpiece(12)', '')).toEqual(['CX3006: `wordpiece` reads its pieces from a file']);
    expect(check('bpe("words.txt", most: 3)', '')).toEqual(['CX2010: there is no option `most` here']);
    expect(check('bpe("words.txt")', '')).toEqual([
      'CX3006: pairs of bytes and their order stand in a `tokenizer.json`',
    ]);
    expect(check('sentencepiece("words.txt")', '')).toEqual([
      'CX3006: a model of SentencePiece is a `.model` or a `tokenizer.json`',
    ]);
    expect(check('sentencepiece("spiece.model", lower: off)', '')).toEqual(['CX2010: there is no option `lower` here']);
    expect(check('wordpiece("words.json", lower: off)', '')).toEqual(['CX3006: a `tokenizer.json` says itself what becomes of large letters']); // prettier-ignore
    expect(check('wordpiece("words.txt", max: 1)', '')).toEqual(['CX5006: a text has a mark at its begin and at its end: two places at least']); // prettier-ignore
  });

  it('has two axes, and reads texts', () => {
    expect(check('bpe("words.json")', 'let x = size(w.word)')).toEqual(['CX2010: `w` has no `word`']);
    expect(check('bpe("words.json")', 'let x = w(one)')).toEqual(['CX3007: `w` reads text']);
    expect(check('bpe("words.json")', 'let x = w + 1')).toEqual(['CX2009: this is a tokenizer, where a value is needed']); // prettier-ignore
  });
});
