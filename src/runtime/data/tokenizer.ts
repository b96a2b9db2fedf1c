import { readableText, vectorMark } from '../../compiler/program/text-template.ts';
import { DataError } from './data-error.ts';

export interface EncodedTexts {
  /** [n, context], row-major: start, pieces, end, padding. */
  readonly ids: Int32Array;
  /** [n]: position of the end token, where CLIP reads the sentence. */
  readonly length: Int32Array;
  /** [n, slots]: where each slot of vectors begins; far outside where the text has no such slot. */
  readonly starts: Int32Array;
  /** [n]: the text was too long; its last id is the end token all the same. */
  readonly truncated: readonly boolean[];
}

/** How a text becomes ids and ids a text. */
export interface TextCutter {
  /** Ids there are: the rows of an embedding table. */
  readonly vocabularySize: number;
  readonly padding: number;
  /** Ids that stand before every text: CLIP's and BERT's begin; T5 and SigLIP have none. */
  readonly before: readonly number[];
  /** Ids that stand behind every text; the last one is its end. */
  readonly after: readonly number[];
  /** Ids of a text without its marks. */
  pieces(text: string): readonly number[];
  decode(ids: readonly number[]): string;
}

export interface Tokenizer {
  readonly context: number;
  /** Ids there are: the rows of an embedding table. */
  readonly vocabularySize: number;
  /** What a text begins with; where a tokenizer has no such mark, its padding, as T5 begins. */
  readonly start: number;
  readonly end: number;
  readonly padding: number;
  /** How many ids stand around the pieces of every text. */
  readonly marks: number;
  /** Ids of a text without start and end, untruncated. */
  pieces(text: string): number[];
  /**
   * A `vectorMark` in a text takes as many positions as `vectors` says of its slot. Texts are cut to `most` tokens, or to the context.
   * Throws CX8112 where vectors do not fit.
   */
  encode(texts: readonly string[], vectors?: readonly number[], most?: number): EncodedTexts;
  decode(ids: readonly number[]): string;
}

/** So many cut texts are kept, some 50 MB. */
const mostKept = 100_000;

/** Rows of `context` ids from what cuts a text into pieces. */
export function tokenizerWith(cutter: TextCutter, context: number): Tokenizer {
  const { vocabularySize, before, after, padding } = cutter;
  const marks = before.length + after.length;
  // a caption comes again at every epoch, and cutting it takes longer than a small step has time for
  const known = new Map<string, readonly number[]>();
  const pieces = (text: string): number[] => {
    const earlier = known.get(text);
    if (earlier !== undefined) return [...earlier];
    const ids = cutter.pieces(text);
    if (known.size >= mostKept) known.clear();
    known.set(text, ids);
    return [...ids];
  };

  return {
    context,
    vocabularySize,
    start: before[0] ?? padding,
    end: after.at(-1) ?? padding,
    padding,
    marks,
    pieces,
    encode(texts, vectors = [], most = context) {
      const ids = new Int32Array(texts.length * context).fill(padding);
      const length = new Int32Array(texts.length);
      const starts = new Int32Array(texts.length * vectors.length).fill(-2 * context);
      const truncated = texts.map((text, row) => {
        const content = withVectors(text, vectors, pieces, padding, (slot, at) => {
          if (at + (vectors[slot] ?? 0) > context - marks) throw tooLong(text, vectors, context);
          starts[row * vectors.length + slot] = at + before.length;
        });
        const kept = content.slice(0, Math.max(0, Math.min(context, most) - marks));
        ids.set([...before, ...kept, ...after], row * context);
        length[row] = kept.length + marks - 1;
        return kept.length < content.length;
      });
      return { ids, length, starts, truncated };
    },
    decode: (ids) => (ids.length === 0 ? '' : cutter.decode(ids)),
  };
}

/** Ids of the text between its marks; the positions of vectors hold padding, which nobody reads. */
function withVectors(
  text: string,
  vectors: readonly number[],
  pieces: (text: string) => number[],
  padding: number,
  place: (slot: number, at: number) => void,
): number[] {
  if (vectors.length === 0) return pieces(text);
  const content: number[] = [];
  for (const part of text.split(/([\ue000-\uf8ff])/u)) {
    const slot = vectors.findIndex((_, at) => part === vectorMark(at));
    if (slot < 0) {
      if (part.trim() !== '') content.push(...pieces(part));
      continue;
    }
    place(slot, content.length);
    content.push(...Array.from({ length: vectors[slot] ?? 0 }, () => padding));
  }
  return content;
}

function tooLong(text: string, vectors: readonly number[], context: number): DataError {
  const total = vectors.reduce((sum, count) => sum + count, 0);
  return new DataError('user', 'CX8112', `"${readableText(text)}" is longer than ${context} tokens, ${total} of them vectors: its vectors would be cut`, {
    help: 'take fewer vectors, or a shorter text around them',
  }); // prettier-ignore
}
