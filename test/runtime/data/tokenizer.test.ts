import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clipMerges, tokenizerJson } from '../../../scripts/tokenizer/clip-bpe.ts';
import { cleanClipText } from '../../../src/runtime/data/clip-text.ts';
import { tokenizerOf } from '../../../src/runtime/data/tokenizer.ts';

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
