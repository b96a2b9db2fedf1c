import { clipVocabulary, type BuiltInTokenizer } from '../../compiler/types/built-in-tokenizers.ts';
import { byteSymbols, placeOfByte } from './byte-symbols.ts';
import { byteIds, clipPieces, mergedId } from './clip-merges.ts';
import { cleanClipText } from './clip-text.ts';
import type { TextCutter } from './tokenizer.ts';

/** The two marks as they may stand in a text. OpenAI's tokenizer and open_clip's name them differently. */
export const markNames: Readonly<Record<BuiltInTokenizer, readonly [string, string]>> = {
  clip: ['<|startoftext|>', '<|endoftext|>'],
  open_clip: ['<start_of_text>', '<end_of_text>'],
};

/** `'s` and the like, runs of letters, single digits, runs of other signs (openai/CLIP, `simple_tokenizer.py`). */
const words =
  /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\p{L}\p{N}]+/giu; // oxlint-disable-line no-control-regex

/** Words of a caption come again: so many are kept, some 20 MB. */
const mostWords = 100_000;

/**
 * CLIP's byte-pair encoding of 49,408 ids (Radford et al. 2021; R. Sennrich et al. 2016), equal to OpenAI's `SimpleTokenizer` or, as
 * `open_clip`, to that of open_clip, which spells the two marks otherwise. Both clean a text by `cleanClipText`, and pad with 0.
 */
export function clipCutter(name: BuiltInTokenizer): TextCutter {
  const marks = markNames[name];
  const start = clipVocabulary - 2;
  const idOfMark = new Map(marks.map((mark, at) => [mark, start + at]));
  const split = new RegExp(`${marks.map((mark) => mark.replaceAll('|', '\\|')).join('|')}|${words.source}`, 'giu');
  const cut = new Map<string, readonly number[]>();

  return {
    vocabularySize: clipVocabulary,
    padding: 0,
    before: [start],
    after: [start + 1],
    pieces(text) {
      const ids: number[] = [];
      for (const [word] of cleanClipText(text).matchAll(split)) {
        const mark = idOfMark.get(word);
        if (mark !== undefined) {
          ids.push(mark);
          continue;
        }
        let parts = cut.get(word);
        if (parts === undefined) {
          parts = wordPieces(word);
          if (cut.size >= mostWords) cut.clear();
          cut.set(word, parts);
        }
        ids.push(...parts);
      }
      return ids;
    },
    decode(ids) {
      const pieces = clipPieces();
      const text = ids.map((id) => pieces[id] ?? marks[id - start] ?? '').join('');
      const bytes = Uint8Array.from(text, (symbol) => byteOfSymbol.get(symbol) ?? 0);
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replaceAll('</w>', ' ');
    },
  };
}

const byteOfSymbol: ReadonlyMap<string, number> = new Map(
  placeOfByte.map((place, byte) => [byteSymbols[place] ?? '', byte]),
);

/** The best merge of a word is made everywhere, then the next best, until none is left. */
function wordPieces(word: string): readonly number[] {
  let parts = Array.from(Buffer.from(word, 'utf8'), (byte) => placeOfByte[byte] ?? 0);
  // what ends a word is another piece
  parts[parts.length - 1] = (parts.at(-1) ?? 0) + byteIds / 2;
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    for (let at = 0; at + 1 < parts.length; at++) best = Math.min(best, mergedId(parts[at] ?? 0, parts[at + 1] ?? 0));
    if (best === Number.POSITIVE_INFINITY) return parts;
    const joined: number[] = [];
    for (let at = 0; at < parts.length; at++) {
      const [one = 0, other] = [parts[at], parts[at + 1]];
      const isBest = other !== undefined && mergedId(one, other) === best;
      joined.push(isBest ? best : one);
      if (isBest) at++;
    }
    parts = joined;
  }
}
