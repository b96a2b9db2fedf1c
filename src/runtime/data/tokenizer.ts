import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import type { TextCut, TokenizerSpec } from '../../compiler/program/program.ts';
import { readableText, vectorMark } from '../../compiler/program/text-template.ts';
import { cleanClipText } from './clip-text.ts';
import { DataError } from './data-error.ts';
import { piecesOf, readTokenizerFile, type TokenizerFile } from './tokenizer-file.ts';

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

export interface Tokenizer {
  readonly context: number;
  /** Ids there are: the rows of an embedding table. */
  readonly vocabularySize: number;
  readonly start: number;
  readonly end: number;
  readonly padding: number;
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

/** Names of the two marks in the files of CLIP, BERT and their kin, the first that occurs. */
const startNames = ['<|startoftext|>', '[CLS]', '<s>'];
const endNames = ['<|endoftext|>', '[SEP]', '</s>'];

/**
 * Reads a Hugging Face `tokenizer.json`. A byte-pair file whose words end in `</w>` is CLIP's: text is cleaned as OpenAI's
 * tokenizer does. Pads with the file's `padding.pad_id`, else 0. Throws CX8110.
 */
export function loadTokenizer(path: string, { context, cut }: Pick<TokenizerSpec, 'context' | 'cut'>): Tokenizer {
  const file = readTokenizerFile(path, cut?.lower);
  if (cut !== undefined) checkCut(file, cut, path);
  return tokenizerOf(file, context, path);
}

/** The law: a file is what the experiment says of it. */
function checkCut(file: TokenizerFile, { kind, pieces }: TextCut, path: string): void {
  const type = file.model?.type ?? 'none';
  if (type.toLowerCase() !== kind)
    throw new DataError('user', 'CX8110', `tokenizer ${path} cuts by ${type}, and the experiment says \`${kind}\``);
  const count = piecesOf(file).length;
  if (pieces !== undefined && count > pieces)
    throw new DataError('user', 'CX8110', `tokenizer ${path} has ${count} pieces, and the experiment says ${pieces}`, {
      help: `write \`pieces: ${count}\`, or leave it out`,
    });
}

/** The same from parsed JSON; `path` is for messages. */
export function tokenizerOf(file: object, context: number, path: string): Tokenizer {
  const parsed = file as TokenizerFile;
  const { model, added_tokens: added = [], padding } = parsed;
  let inner: HuggingFaceTokenizer;
  try {
    inner = new HuggingFaceTokenizer(file, {});
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError('world', 'CX8110', `tokenizer ${path} is no tokenizer.json that can be used: ${reason}`, {
      cause,
    });
  }
  const idOf = (names: readonly string[], what: string): number => {
    const name = names.find((one) => added.some((token) => token.content === one) || model?.vocab?.[one] !== undefined);
    const id =
      name === undefined ? undefined : (added.find((token) => token.content === name)?.id ?? model?.vocab?.[name]);
    if (id === undefined)
      throw new DataError('world', 'CX8110', `tokenizer ${path} has no ${what} token (${names.join(', ')})`);
    return id;
  };
  const start = idOf(startNames, 'start');
  const end = idOf(endNames, 'end');
  const pad = padding?.pad_id ?? 0;
  // spaces are bytes like others: none is put right when words are put together
  const isBytes = model?.type === 'BPE' && model.end_of_word_suffix !== '</w>';
  const isClip = model?.type === 'BPE' && model.end_of_word_suffix === '</w>';
  // a caption comes again at every epoch, and cutting it takes longer than a small step has time for
  const known = new Map<string, readonly number[]>();
  const pieces = (text: string): number[] => {
    const earlier = known.get(text);
    if (earlier !== undefined) return [...earlier];
    const { ids }: { readonly ids: number[] } = inner.encode(isClip ? cleanClipText(text) : text, { add_special_tokens: false }); // prettier-ignore
    if (known.size >= mostKept) known.clear();
    known.set(text, ids);
    return [...ids];
  };

  return {
    context,
    vocabularySize: piecesOf(parsed).length,
    start,
    end,
    padding: pad,
    pieces,
    encode(texts, vectors = [], most = context) {
      const ids = new Int32Array(texts.length * context).fill(pad);
      const length = new Int32Array(texts.length);
      const starts = new Int32Array(texts.length * vectors.length).fill(-2 * context);
      const truncated = texts.map((text, row) => {
        const content = withVectors(text, vectors, pieces, pad, (slot, at) => {
          if (at + (vectors[slot] ?? 0) > context - 2) throw tooLong(text, vectors, context);
          starts[row * vectors.length + slot] = at + 1;
        });
        const kept = content.slice(0, Math.max(0, Math.min(context, most) - 2));
        ids.set([start, ...kept, end], row * context);
        length[row] = kept.length + 1;
        return kept.length < content.length;
      });
      return { ids, length, starts, truncated };
    },
    decode: (ids) =>
      ids.length === 0
        ? ''
        : inner.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: !isBytes }),
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
