import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pairsOf } from './byte-pair-file.ts';
import { DataError } from './data-error.ts';
import { sentencePieceFile, unfound } from './sentencepiece-file.ts';

/** One step of what is done with a text before it is cut. */
export interface NormalizerStep {
  readonly type: string;
  readonly lowercase?: boolean;
  readonly normalizers?: readonly NormalizerStep[];
}

/** What is read of a Hugging Face `tokenizer.json`. */
export interface TokenizerFile {
  readonly model?: {
    readonly type?: string;
    readonly end_of_word_suffix?: string | null;
    /** Pieces with their ids; of a Unigram model, pieces with their scores, by id. */
    readonly vocab?: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
  };
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
  readonly normalizer?: NormalizerStep | null;
  readonly padding?: { readonly pad_id?: number } | null;
  /** Ours: what is done with a text before the file's own steps. */
  readonly cleaning?: 'clip';
  /** Ours: pieces that stand for themselves where they are a word of a text. */
  readonly marks?: readonly string[];
}

/**
 * A `tokenizer.json`; `vocab.json` with the `merges.txt` beside it; a `spiece.model` of SentencePiece; or a list of word pieces with one a
 * line, as BERT's `vocab.txt` is (J. Devlin et al. 2019): then `lower` says whether it is "uncased". Throws CX8110.
 */
export function readTokenizerFile(path: string, lower = true): TokenizerFile {
  if (path.endsWith('.model')) return withPadding(sentencePieceFile(bytesOf(path), path), path);
  const text = bytesOf(path)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  if (!path.endsWith('.json')) return wordPieces(linesOf(text), lower, path);
  const parsed = json(text, path);
  if (basename(path) !== 'vocab.json' || isTokenizer(parsed)) return withPadding(parsed, path);
  const merges = bytesOf(join(dirname(path), 'merges.txt')).toString('utf8');
  return withPadding(pairsOf(parsed as Record<string, number>, merges, path), path); // a table of pieces, as its name says
}

/** Not a table of pieces, in which "model" may be one. */
const isTokenizer = (parsed: object): parsed is TokenizerFile => 'model' in parsed && typeof parsed.model === 'object';

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function json(text: string, path: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw new DataError('world', 'CX8110', `tokenizer ${path} is no tokenizer.json`);
}

function unreadable(path: string, cause: unknown): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError('world', 'CX8110', `tokenizer ${path} can not be read: ${reason}`, { cause });
}

/** What pads a text a folder of Hugging Face says in its `tokenizer_config.json`, and goes before what the tokenizer itself says. */
function withPadding(file: TokenizerFile, path: string): TokenizerFile {
  const beside = join(dirname(path), 'tokenizer_config.json');
  if (!existsSync(beside)) return file;
  const { pad_token: token } = json(readFileSync(beside, 'utf8'), beside) as { readonly pad_token?: unknown };
  const name = typeof token === 'object' && token !== null && 'content' in token ? token.content : token;
  const id = typeof name === 'string' ? piecesOf(file).findIndex((piece) => piece === name || piece === unfound(name)) : -1; // prettier-ignore
  return id < 0 ? file : { ...file, padding: { pad_id: id } };
}

/** A piece stands on its line as it is: only the ends of lines and what follows the last one are no piece. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

const marks = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** The steps of BERT's tokenizer around its pieces; the id of a piece is its line. */
function wordPieces(pieces: readonly string[], lower: boolean, path: string): TokenizerFile {
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const missing = ['[UNK]', '[CLS]', '[SEP]'].filter((mark) => vocab[mark] === undefined);
  if (missing.length > 0)
    throw new DataError('user', 'CX8110', `the list of pieces ${path} lacks ${missing.join(', ')}`, {
      help: 'a word that is no piece, the begin and the end of a text have a line each; [PAD] comes first',
    });
  const twin = pieces.find((piece, id) => vocab[piece] !== id);
  if (twin !== undefined) throw new DataError('user', 'CX8110', `the list of pieces ${path} has "${twin}" twice`);
  const file = {
    added_tokens: marks.flatMap((content) =>
      vocab[content] === undefined
        ? []
        : [{ id: vocab[content], content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }],
    ),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: lower },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    padding: { pad_id: vocab['[PAD]'] ?? 0 },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
  }; // prettier-ignore
  return file;
}

/** All pieces, by id; a number that no piece has is the empty one. */
export function piecesOf({ model, added_tokens: added = [] }: TokenizerFile): readonly string[] {
  const pieces: string[] = [];
  const place = (piece: string, id: number): void => {
    while (pieces.length <= id) pieces.push('');
    pieces[id] = piece;
  };
  const vocabulary = model?.vocab ?? {};
  if (Array.isArray(vocabulary)) for (const [id, [piece]] of vocabulary.entries()) place(piece, id);
  else for (const [piece, id] of Object.entries(vocabulary)) place(piece, id);
  for (const { content, id } of added) place(content, id);
  return pieces;
}
