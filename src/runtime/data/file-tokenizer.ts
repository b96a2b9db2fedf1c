import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import type { TextCut, TokenizerSpec } from '../../compiler/program/tokenizer.ts';
import { cleanClipText } from './clip-text.ts';
import { DataError } from './data-error.ts';
import { piecesOf, readTokenizerFile, type NormalizerStep, type TokenizerFile } from './tokenizer-file.ts';
import { tokenizerWith, type Tokenizer } from './tokenizer.ts';

/** Names of the two marks in the files of CLIP, BERT and their kin, the first that occurs. */
const startNames = ['<|startoftext|>', '[CLS]', '<s>'];
const endNames = ['<|endoftext|>', '[SEP]', '</s>'];

/**
 * Reads a Hugging Face `tokenizer.json`: texts are cut as transformers cuts them. A file that says `"cleaning": "clip"` wants them cleaned
 * as OpenAI's tokenizer does before. Pads with the file's `padding.pad_id`, else 0. Throws CX8110.
 */
export function loadTokenizer(path: string, { context, cut }: Pick<TokenizerSpec, 'context' | 'cut'>): Tokenizer {
  const file = readTokenizerFile(path, cut?.lower);
  if (cut !== undefined) checkCut(file, cut, path);
  return tokenizerOf(file, context, path);
}

/** The law: a file is what the experiment says of it. */
function checkCut(file: TokenizerFile, { kind, pieces }: TextCut, path: string): void {
  const type = file.model?.type ?? 'none';
  if (type.toLowerCase() !== (kind === 'sentencepiece' ? 'unigram' : kind))
    throw new DataError('user', 'CX8110', `tokenizer ${path} cuts by ${type}, and the experiment says \`${kind}\``);
  const count = piecesOf(file).length;
  if (pieces !== undefined && count > pieces)
    throw new DataError('user', 'CX8110', `tokenizer ${path} has ${count} pieces, and the experiment says ${pieces}`, {
      help: `write \`pieces: ${count}\`, or leave it out`,
    });
}

/** The same from parsed JSON; `path` is for messages. */
export function tokenizerOf(file: TokenizerFile, context: number, path: string): Tokenizer {
  const { model, padding, cleaning } = file;
  let inner: HuggingFaceTokenizer;
  try {
    inner = new HuggingFaceTokenizer(file, {});
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError('world', 'CX8110', `tokenizer ${path} is no tokenizer.json that can be used: ${reason}`, {
      cause,
    });
  }
  // spaces are parts of pieces: none is put right when words are put together
  const isExact = model?.type === 'Unigram' || (model?.type === 'BPE' && model.end_of_word_suffix !== '</w>');
  const encode = (text: string, marked: boolean): readonly number[] => {
    const { ids }: { readonly ids: number[] } = inner.encode(text, { add_special_tokens: marked });
    return ids;
  };
  const prepare = preparation(file);
  const cutter = {
    vocabularySize: piecesOf(file).length,
    padding: padding?.pad_id ?? 0,
    ...marksOf(file, encode, path),
    pieces: (text: string) => encode(prepare(cleaning === 'clip' ? cleanClipText(text) : text), false),
    decode: (ids: readonly number[]): string =>
      inner.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: !isExact }),
  };
  return tokenizerWith(cutter, context);
}

/**
 * Where the JavaScript library differs from the Rust one that transformers uses: Rust makes every letter small by itself, so that a word
 * never ends in ς for Σ; and a text that is a mark only once its letters are small is no mark. Behind a space, which CLIP's files drop, it is
 * none here either.
 */
function preparation({ normalizer, model }: TokenizerFile): (text: string) => string {
  const lowers = (one: NormalizerStep | null | undefined): boolean =>
    one?.type === 'Lowercase' || one?.lowercase === true || (one?.normalizers ?? []).some(lowers);
  if (!lowers(normalizer)) return (text) => text;
  const behind = model?.type === 'BPE' && model.end_of_word_suffix === '</w>' ? ' ' : '';
  return (text) => text.replaceAll('Σ', 'σ') + behind;
}

/** Ids around a text: those that the file's own last step puts there, else the usual names. */
function marksOf(
  file: TokenizerFile,
  encode: (text: string, marked: boolean) => readonly number[],
  path: string,
): { readonly before: readonly number[]; readonly after: readonly number[] } {
  const [plain, marked] = [encode('a', false), encode('a', true)];
  const at = marked.findIndex((_, from) => plain.every((id, place) => marked[from + place] === id));
  const after = marked.slice(at + plain.length);
  if (plain.length > 0 && at >= 0 && after.length > 0) return { before: marked.slice(0, at), after };
  const { model, added_tokens: added = [] } = file;
  const vocabulary = model?.vocab ?? {};
  const numbered = Array.isArray(vocabulary) ? new Map(vocabulary.map(([piece], id) => [piece, id])) : new Map(Object.entries(vocabulary)); // prettier-ignore
  const idOf = (names: readonly string[], what: string): number => {
    const ids = names.map((name) => added.find((token) => token.content === name)?.id ?? numbered.get(name));
    const id = ids.find((each) => each !== undefined);
    if (id === undefined)
      throw new DataError('world', 'CX8110', `tokenizer ${path} has no ${what} token (${names.join(', ')})`);
    return id;
  };
  return { before: [idOf(startNames, 'start')], after: [idOf(endNames, 'end')] };
}
