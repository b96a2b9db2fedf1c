import { stream } from '../../random.ts';
import { tokenizerOf } from '../file-tokenizer.ts';
import type { Tokenizer } from '../tokenizer.ts';

const marks = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

interface RandomTokenizerFile {
  /** Which ids stand for words: so many from the first. */
  readonly made_up: { readonly first: number; readonly count: number };
  readonly [field: string]: unknown;
}

/**
 * The file of a tokenizer that knows names of tokens alone, `w17`. Packages for PyTorch are handed it: `pytorch/runtime/made_up.py` names words
 * as `randomTokenizer` does.
 */
export function randomTokenizerFile(entries: number): RandomTokenizerFile {
  const count = Math.max(entries, marks.length + 3);
  const names = Array.from({ length: count }, (_, id) => marks[id] ?? `w${id}`);
  const vocab = Object.fromEntries(names.map((name, id) => [name, id]));
  const added = marks.map((content, id) => ({ id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false })); // prettier-ignore
  return {
    made_up: { first: marks.length, count: count - marks.length },
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    padding: { pad_id: 0 },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
  }; // prettier-ignore
}

/** A tokenizer where no file is read: a word is one of `entries` tokens, the same word always the same one. */
export function randomTokenizer(entries: number, context: number): Tokenizer {
  const { made_up: words, ...file } = randomTokenizerFile(entries);
  const real = tokenizerOf(file, context, 'of random data');
  const numbers = new Map<string, number>();
  const numberOf = (word: string): number => {
    const known = numbers.get(word) ?? stream(0, `random token:${word}`).integer(words.count, 0) + words.first;
    numbers.set(word, known);
    return known;
  };
  // what is neither word nor sign, such as the places of vectors, stays as it is
  const told = (text: string): string =>
    text.toLowerCase().replace(/[\p{L}\p{N}]+|[\p{P}\p{S}]/gu, (word) => ` w${numberOf(word)} `);
  return {
    ...real,
    pieces: (text) => real.pieces(told(text)),
    encode: (texts, vectors, most) => real.encode(texts.map(told), vectors, most),
  };
}
