import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clipMerges, tokenizerJson } from '../../../scripts/tokenizer/clip-bpe.ts';
import { cleanClipText } from '../../../src/runtime/data/clip-text.ts';
import { loadTokenizer, tokenizerOf } from '../../../src/runtime/data/tokenizer.ts';

const oracles = process.env['CLIPX_ORACLES'] ?? 'test/oracles';
interface Row {
  readonly kind: string;
  readonly text: string;
  readonly clean: string;
  readonly ids: readonly number[];
  readonly truncated?: readonly number[];
}
const oracle = JSON.parse(readFileSync(`${oracles}/tokenizer/tokenizer.json`, 'utf8')) as {
  readonly start: number;
  readonly end: number;
  readonly context: number;
  readonly rows: readonly Row[];
};

describe("the whole of CLIP's vocabulary", () => {
  const whole = tokenizerOf(tokenizerJson(clipMerges(), oracle.context), oracle.context, 'clip');

  test('has 49,408 ids and the two marks last', () => {
    expect([whole.vocabularySize, whole.start, whole.end]).toEqual([49408, oracle.start, oracle.end]);
  });

  test.each([
    ['a photo of a cat.', [320, 1125, 539, 320, 2368, 269]],
    ['point cloud depth map of a big airplane.', [2301, 3887, 10350, 3923, 539, 320, 1205, 16451, 269]],
    ["it's 2021", [585, 568, 273, 271, 273, 272]],
    ['naïve é', [1097, 35689, 563, 4166]],
    ['hello world!!!?', [3306, 1002, 1443, 6004]],
  ])('encodes %j as OpenAI does', (text, ids) => {
    expect(whole.pieces(text)).toEqual(ids);
  });

  test.each(oracle.rows.map((row) => [row.kind, row.text, row] as const))('%s %j', (_kind, _text, row) => {
    expect(cleanClipText(row.text)).toBe(row.clean);
    expect(whole.pieces(row.text)).toEqual(row.ids);
    const encoded = whole.encode([row.text]);
    const fits = row.ids.length + 2 <= oracle.context;
    const padded = fits ? [oracle.start, ...row.ids, oracle.end] : (row.truncated ?? []);
    const expected = [...padded, ...Array.from({ length: oracle.context - padded.length }, () => 0)];
    expect([...encoded.ids]).toEqual(expected);
    expect(encoded.truncated[0]).toBe(!fits);
    expect(encoded.ids[encoded.length[0] ?? -1]).toBe(oracle.end);
  });
});

function tokensOf(file: object): string[] {
  return Object.keys((file as { model: { vocab: object } }).model.vocab);
}

describe('data/tokenizer/clip-small.json', () => {
  const path = 'data/tokenizer/clip-small.json';
  const small = loadTokenizer(path, { context: 16 });
  const smallTokens = tokensOf(JSON.parse(readFileSync(path, 'utf8')) as object);
  const wholeFile = tokenizerJson(clipMerges(), 77);
  const wholeTokens = tokensOf(wholeFile);
  const whole = tokenizerOf(wholeFile, 77, 'clip');
  const { concepts } = JSON.parse(readFileSync('data/emoji-7/manifest.json', 'utf8')) as {
    readonly concepts: { readonly seen: readonly string[]; readonly unseen: readonly string[] };
  };

  test('splits every name of emoji-7 and the face prompts as the whole vocabulary does', () => {
    const names = [...concepts.seen, ...concepts.unseen].map((name) => `a drawing of a ${name}`);
    const faces = ['glasses', 'motion blur', 'a hat', 'pale skin', 'an open mouth', 'side light'].map(
      (factor) => `An image of a face with ${factor}.`,
    );
    for (const text of [...names, ...faces]) {
      const expected = whole.pieces(text).map((id) => wholeTokens[id]);
      expect(small.pieces(text).map((id) => smallTokens[id])).toEqual(expected);
    }
  });

  test('has its two marks last, pads with 0, and falls back to bytes for what it does not know', () => {
    expect([small.start, small.end]).toEqual([small.vocabularySize - 2, small.vocabularySize - 1]);
    expect([small.end, small.padding]).toEqual([smallTokens.length - 1, 0]);
    const { ids, length, truncated } = small.encode(['a cat', 'Ж']);
    expect(Array.from(ids.subarray(0, 16))).toEqual([
      small.start,
      ...small.pieces('a cat'),
      small.end,
      ...Array.from({ length: 12 }, () => 0),
    ]);
    expect([...length]).toEqual([3, 3]);
    expect(truncated).toEqual([false, false]);
    expect(small.decode(small.pieces('Ж')).trim()).toBe('ж');
  });

  test('cuts a text that is too long and ends it all the same', () => {
    const { ids, length, truncated } = small.encode([
      'one two three four five six seven eight nine ten one two three four five six',
    ]);
    expect(truncated).toEqual([true]);
    expect([length[0], ids[15], ids[0]]).toEqual([15, small.end, small.start]);
  });

  test('names a file that is absent or no tokenizer', () => {
    expect(() => loadTokenizer('data/tokenizer/none.json', { context: 16 })).toThrow(/CX8110|can not be read/);
    expect(() => loadTokenizer('package.json', { context: 16 })).toThrow(/tokenizer package.json/);
  });
});
