/** CLIP's byte-pair encoding as a Hugging Face `tokenizer.json`, whole or restricted to some of its merges. */
import { byteSymbols, placeOfByte } from '../../src/runtime/data/byte-symbols.ts';
import { clipStyleFile } from '../../src/runtime/data/byte-pair-file.ts';
import { cleanClipText } from '../../src/runtime/data/clip-text.ts';
import type { TokenizerFile } from '../../src/runtime/data/tokenizer-file.ts';

export type Merge = readonly [left: string, right: string];

const startToken = '<|startoftext|>';
const endToken = '<|endoftext|>';

/** The merges that encoding these texts performs, in their own order; with only these, the texts encode the same. */
export function usedMerges(texts: Iterable<string>, merges: readonly Merge[]): Merge[] {
  const rank = new Map(merges.map(([left, right], index) => [`${left} ${right}`, index]));
  const seen = new Set<string>();
  const used = new Set<number>();
  for (const text of texts) {
    for (const [word] of cleanClipText(text).matchAll(/'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/giu)) {
      if (seen.has(word)) continue;
      seen.add(word);
      let parts = [...Buffer.from(word, 'utf8')].map((byte) => byteSymbols[placeOfByte[byte] ?? 0] ?? '');
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

/** Ids: 256 symbols, the same with `</w>`, one per merge, start, end; 49,408 with all merges. Pads with 0. `cleaning`: before the file's own steps. */
export function tokenizerJson(merges: readonly Merge[], context: number, cleaning?: 'clip'): TokenizerFile {
  const tokens = [
    ...byteSymbols,
    ...byteSymbols.map((symbol) => `${symbol}</w>`),
    ...merges.map(([left, right]) => left + right),
  ];
  const file = {
    version: '1.0',
    ...(cleaning === undefined ? {} : { cleaning }),
    truncation: { direction: 'Right', max_length: context, strategy: 'LongestFirst', stride: 0 },
    padding: {
      strategy: { Fixed: context },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 0,
      pad_type_id: 0,
      pad_token: '!',
    },
    ...clipStyleFile(
      Object.fromEntries([...tokens, startToken, endToken].map((token, id) => [token, id])),
      merges.map(([left, right]) => `${left} ${right}`),
      [startToken, endToken],
    ),
  };
  return file;
}
