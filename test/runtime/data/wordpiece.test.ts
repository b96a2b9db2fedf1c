import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/runtime/data/data-error.ts';
import { loadTokenizer } from '../../../src/runtime/data/file-tokenizer.ts';
import type { Tokenizer } from '../../../src/runtime/data/tokenizer.ts';
import { piecesOf, readTokenizerFile } from '../../../src/runtime/data/tokenizer-file.ts';
import { oracle } from '../../support/oracles.ts';

/** `test/oracles/make/make_wordpiece.py`: what transformers' BertTokenizer makes of the same list of pieces. */
interface Case {
  readonly text: string;
  readonly ids: readonly number[];
  /** To twelve places, with the marks. */
  readonly cut: readonly number[];
  readonly length: number;
  readonly decoded: string;
}

const cases = oracle('wordpiece').json('wordpiece.json') as Readonly<Record<'lower' | 'cased', readonly Case[]>> & {
  readonly bytes: readonly Pick<Case, 'text' | 'ids' | 'decoded'>[];
};
const list = join(import.meta.dirname, '..', '..', 'oracles', 'wordpiece', 'pieces.txt');

const loaded = (lower: boolean): Tokenizer =>
  loadTokenizer(list, { context: 12, cut: { kind: 'wordpiece', path: list, context: 12, lower } });

describe.each([['lower', true], ['cased', false]] as const)('a list of word pieces, %s', (name, lower) => {
  const tokenizer = loaded(lower);

  it.each(cases[name].map((each) => [JSON.stringify(each.text).slice(0, 60), each] as const))('cuts %s as BertTokenizer does', (_, each) => {
    expect(tokenizer.pieces(each.text)).toEqual(each.ids);
    const { ids, length } = tokenizer.encode([each.text]);
    expect([...ids]).toEqual(each.cut);
    expect(length[0]).toBe(each.length);
    expect(tokenizer.decode(each.ids)).toBe(each.decoded);
  });
}); // prettier-ignore

describe('pairs of bytes', () => {
  const path = join(import.meta.dirname, '..', '..', 'oracles', 'wordpiece', 'bytes.json');
  const tokenizer = loadTokenizer(path, { context: 12, cut: { kind: 'bpe', path, context: 12, lower: false } });

  it.each(cases.bytes.map((each) => [JSON.stringify(each.text).slice(0, 60), each] as const))(
    'of %s are those of the tokenizers library',
    (_, each) => {
      expect(tokenizer.pieces(each.text)).toEqual(each.ids);
      expect(tokenizer.decode(each.ids)).toBe(each.decoded);
    },
  );

  it('stand between the marks of the file, and its padding behind them', () => {
    expect(tokenizer).toMatchObject({ start: 0, end: 2, padding: 1 });
    const { ids, length } = tokenizer.encode(['a red ball']);
    const end = length[0] ?? 0;
    expect([...ids]).toEqual([0, ...tokenizer.pieces('a red ball'), 2, ...Array.from({ length: 11 - end }, () => 1)]);
  });
});

describe('a list of word pieces', () => {
  const written = (name: string, text: string): string => {
    const path = join(mkdtempSync(join(tmpdir(), 'pieces-')), name);
    writeFileSync(path, text);
    return path;
  };

  it('numbers its lines', () => {
    const path = written('words.txt', '[PAD]\n[UNK]\n[CLS]\n[SEP]\nball\n##s\n\n');
    expect(piecesOf(readTokenizerFile(path))).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'ball', '##s']);
  });

  it.each([
    ['lacks a mark', '[PAD]\n[UNK]\n[CLS]\nball\n', /lacks \[SEP\]/],
    ['says a piece twice', '[PAD]\n[UNK]\n[CLS]\n[SEP]\nball\nball\n', /"ball" twice/],
  ])('is refused where it %s', (_, text, message) => {
    expect(() => readTokenizerFile(written('words.txt', text))).toThrow(message);
  });

  it('has no more pieces than the experiment says', () => {
    const path = written('words.txt', '[PAD]\n[UNK]\n[CLS]\n[SEP]\nball\n');
    const load = (pieces: number): Tokenizer =>
      loadTokenizer(path, { context: 8, cut: { kind: 'wordpiece', path, context: 8, lower: true, pieces } });
    expect(load(5).vocabularySize).toBe(5);
    expect(() => load(4)).toThrow(DataError);
    expect(() => load(4)).toThrow(/has 5 pieces, and the experiment says 4/);
  });

  it('is no table of pairs of bytes', () => {
    const path = written('words.json', JSON.stringify({ model: { type: 'WordPiece', vocab: { '[CLS]': 0, '[SEP]': 1 } } })); // prettier-ignore
    expect(() => loadTokenizer(path, { context: 8, cut: { kind: 'bpe', path, context: 8, lower: false } })).toThrow(
      /cuts by WordPiece, and the experiment says `bpe`/,
    );
  });
});
