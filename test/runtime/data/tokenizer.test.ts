import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { tokenizerJson } from '../../../scripts/tokenizer/clip-bpe.ts';
import { clipMerges } from '../../../src/runtime/data/clip-merges.ts';
import { cleanClipText } from '../../../src/runtime/data/clip-text.ts';
import { loadTokenizer, tokenizerOf } from '../../../src/runtime/data/file-tokenizer.ts';
import { openTokenizer } from '../../../src/runtime/data/open-tokenizer.ts';
import { tokenizerWith, type Tokenizer } from '../../../src/runtime/data/tokenizer.ts';
import { unescapeHtml } from '../../../src/runtime/data/unescape-html.ts';
import { oracle as oracleOf } from '../../support/oracles.ts';

/** `test/oracles/make/make_tokenizer.py`: what OpenAI's, open_clip's and transformers' tokenizers make of the same strings. */
interface Row {
  readonly kind: string;
  readonly text: string;
  readonly clean: string;
  readonly ids: readonly number[];
  readonly decoded: string;
  readonly truncated?: readonly number[];
  readonly openClipIds?: readonly number[];
  readonly hfInputIds?: readonly number[];
}
const oracle = oracleOf('tokenizer').json('tokenizer.json') as {
  readonly start: number;
  readonly end: number;
  readonly context: number;
  readonly rows: readonly Row[];
};
const rows = oracle.rows.map((row) => [row.kind, row.text, row] as const);

/** With its marks and zeros, cut to the context. */
function padded(row: Row, ids = row.ids): readonly number[] {
  const fits = ids.length + 2 <= oracle.context;
  const whole = fits ? [oracle.start, ...ids, oracle.end] : (row.truncated ?? []);
  return [...whole, ...Array.from({ length: oracle.context - whole.length }, () => 0)];
}

const builtIn = (path: string): Tokenizer => openTokenizer({ id: 'clip.text', path, context: oracle.context }, '.');

describe("OpenAI's tokenizer", () => {
  const whole = builtIn('clip');

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

  test.each(rows)('%s %j', (_kind, _text, row) => {
    expect(cleanClipText(row.text)).toBe(row.clean);
    expect(whole.pieces(row.text)).toEqual(row.ids);
    expect(whole.decode(row.ids)).toBe(row.decoded);
    const encoded = whole.encode([row.text]);
    expect([...encoded.ids]).toEqual(padded(row));
    expect(encoded.truncated[0]).toBe(row.truncated !== undefined);
    expect(encoded.ids[encoded.length[0] ?? -1]).toBe(oracle.end);
  });

  test('loads in a tenth of a second and cuts twenty thousand texts in one', async () => {
    const nouns = Array.from(readFileSync('README.md', 'utf8').matchAll(/[a-z]{3,}/g), ([word]) => word);
    const texts = Array.from({ length: 4000 }, (_, at) =>
      Array.from({ length: 10 }, (_word, place) => nouns[(at * 7919 + place * 104_729) % nouns.length]).join(' '),
    );
    vi.resetModules();
    const again = (await import('../../../src/runtime/data/clip-tokenizer.ts')).clipCutter;
    const begun = performance.now();
    const fresh = tokenizerWith(again('clip'), 77);
    expect(fresh.pieces('a photo of a cat.')).toHaveLength(6);
    const made = performance.now();
    for (const text of texts) fresh.pieces(text);
    const warm = performance.now();
    for (const text of texts) fresh.pieces(`${text}.`);
    const cut = performance.now();
    // five times as slow as it is on an idle machine
    expect(made - begun).toBeLessThan(500);
    expect((cut - warm) / texts.length).toBeLessThan(0.25);
  });
});

test('what ships of the vocabulary is what the script made of the published file', () => {
  const packed = readFileSync('data/tokenizer/clip/merges.bin.gz');
  const digest = createHash('sha256').update(gunzipSync(packed)).digest('hex');
  expect(digest).toBe('88d5677a60bb2d33e2c2b0e57fcd83b2b64fe832ff26e0395aff9a749db6f546');
  expect(readFileSync('data/tokenizer/clip/LICENSE', 'utf8')).toContain('Copyright (c) 2021 OpenAI');
});

describe("open_clip's tokenizer", () => {
  const whole = builtIn('open_clip');

  test.each(rows)('%s %j', (_kind, _text, row) => {
    expect(whole.pieces(row.text)).toEqual(row.openClipIds ?? row.ids);
  });
});

describe('a tokenizer.json of CLIP, as transformers reads it', () => {
  const whole = tokenizerOf(tokenizerJson(clipMerges(), oracle.context), oracle.context, 'clip');

  test.each(rows)('%s %j', (_kind, _text, row) => {
    const { ids, length } = whole.encode([row.text]);
    const expected = row.hfInputIds ?? padded(row).slice(0, Math.min(row.ids.length + 2, oracle.context));
    expect([...ids.subarray(0, (length[0] ?? 0) + 1)]).toEqual(expected);
  });
});

describe('vocab.json and merges.txt of CLIP, as transformers reads them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clip-slow-'));
  const { model } = tokenizerJson(clipMerges(), oracle.context) as { readonly model: { readonly vocab: object; readonly merges: readonly string[] } }; // prettier-ignore
  writeFileSync(join(folder, 'vocab.json'), JSON.stringify(model.vocab));
  writeFileSync(join(folder, 'merges.txt'), `#version: 0.2\n${model.merges.join('\n')}\n`);
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ pad_token: '<|endoftext|>' }));
  const whole = loadTokenizer(join(folder, 'vocab.json'), { context: oracle.context });

  test('cut every text so', () => {
    const cut = rows.map(([, text]) => {
      const { ids, length } = whole.encode([text]);
      return [...ids.subarray(0, (length[0] ?? 0) + 1)];
    });
    expect(cut).toEqual(rows.map(([, , row]) => row.hfInputIds ?? padded(row).slice(0, Math.min(row.ids.length + 2, oracle.context)))); // prettier-ignore
  });

  test('pad with what tokenizer_config.json says', () => {
    expect([...whole.encode(['a']).ids.subarray(0, 5)]).toEqual([oracle.start, 320, oracle.end, oracle.end, oracle.end]); // prettier-ignore
  });

  test('are refused where they are not of CLIP', () => {
    const other = mkdtempSync(join(tmpdir(), 'not-clip-'));
    writeFileSync(join(other, 'vocab.json'), JSON.stringify({ a: 0, b: 1 }));
    writeFileSync(join(other, 'merges.txt'), '');
    expect(() => loadTokenizer(join(other, 'vocab.json'), { context: 8 })).toThrow(/is not CLIP's/);
  });
});

describe('what is done with a text before it is cut', () => {
  /** `test/oracles/make/make_ftfy.py`: ftfy and Python's html module. */
  const made = oracleOf('ftfy').json('ftfy.json') as {
    readonly clean: readonly (readonly [string, string])[];
    readonly html: readonly (readonly [string, string])[];
  };

  test('repairs what ftfy repairs', () => {
    expect(made.clean.length).toBeGreaterThan(300);
    expect(made.clean.map(([text]) => [text, cleanClipText(text)])).toEqual(made.clean);
  });

  test("undoes references as Python's html.unescape", () => {
    expect(made.html.length).toBeGreaterThan(300);
    expect(made.html.map(([text]) => [text, unescapeHtml(text)])).toEqual(made.html);
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
