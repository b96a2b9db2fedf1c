import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../../src/runtime/data/file-tokenizer.ts';
import type { Tokenizer } from '../../../src/runtime/data/tokenizer.ts';
import { oracle, oraclesFolder } from '../../support/oracles.ts';

/** `test/oracles/make/make_sentencepiece.py`: ids by the sentencepiece and the tokenizers libraries, of one small model. */
interface Row {
  readonly text: string;
  readonly sentencepiece: readonly number[];
  readonly tokenizers: readonly number[];
  readonly marked: readonly number[];
  readonly decoded: string;
}
const rows = oracle('sentencepiece').json('sentencepiece.json') as readonly Row[];
const named = rows.map((row) => [JSON.stringify(row.text).slice(0, 60), row] as const);
const place = join(oraclesFolder, 'sentencepiece');
const loaded = (file: string): Tokenizer => loadTokenizer(join(place, file), { context: 16 });

describe('a tokenizer.json of the Unigram kind, as of T5 and SigLIP', () => {
  const tokenizer = loaded('tokenizer.json');

  it.each(named)('cuts %s as the tokenizers library does', (_, row) => {
    expect(tokenizer.pieces(row.text)).toEqual(row.tokenizers);
  });

  it('has an end and no begin, and pads with what the folder says', () => {
    expect(tokenizer).toMatchObject({ end: 1, padding: 1, marks: 1 });
    for (const { text, marked } of rows.filter((row) => row.marked.length <= 16)) {
      const { ids, length, truncated } = tokenizer.encode([text]);
      expect([...ids]).toEqual([...marked, ...Array.from({ length: 16 - marked.length }, () => 1)]);
      expect(length[0]).toBe(marked.length - 1);
      expect(truncated).toEqual([false]);
    }
  });

  it('keeps the end of a text that is cut', () => {
    const long = rows.find((row) => row.marked.length > 16) ?? expect.fail('no text is long');
    const { ids, truncated } = tokenizer.encode([long.text]);
    expect([...ids]).toEqual([...long.tokenizers.slice(0, 15), 1]);
    expect(truncated).toEqual([true]);
  });

  it('puts words together again', () => {
    const plain = rows.filter(({ text, decoded }) => text === decoded && text !== '');
    expect(plain.length).toBeGreaterThan(4);
    for (const { tokenizers, decoded } of plain) expect(tokenizer.decode(tokenizers)).toBe(decoded);
  });
});

describe('a model of SentencePiece', () => {
  const tokenizer = loaded('spiece.model');

  it.each(named)('cuts %s as the sentencepiece library does', (_, row) => {
    expect(tokenizer.pieces(row.text)).toEqual(row.sentencepiece);
  });

  it('ends a text by its own mark', () => {
    expect(tokenizer).toMatchObject({ end: 1, padding: 1, marks: 1 });
  });

  it('is what a file may say a tokenizer is', () => {
    const path = join(place, 'spiece.model');
    const cut = { kind: 'sentencepiece', path, context: 16, lower: false } as const;
    expect(loadTokenizer(path, { context: 16, cut }).vocabularySize).toBe(tokenizer.vocabularySize);
    expect(() => loadTokenizer(path, { context: 16, cut: { ...cut, kind: 'bpe' } })).toThrow(/cuts by Unigram, and the experiment says `bpe`/); // prettier-ignore
  });

  it('is refused where it is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spiece-'));
    const path = join(folder, 'spiece.model');
    writeFileSync(path, 'no model');
    expect(() => loadTokenizer(path, { context: 8 })).toThrow(/spiece\.model is no model of SentencePiece|not of the Unigram kind/); // prettier-ignore
    copyFileSync(join(place, 'spiece.model'), path);
    expect(loadTokenizer(path, { context: 8 }).padding).toBe(0);
  });
});
