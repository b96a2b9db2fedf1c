import protobuf from 'protobufjs/minimal.js';
import { DataError } from './data-error.ts';
import type { TokenizerFile } from './tokenizer-file.ts';

/** Kinds of pieces in `sentencepiece_model.proto`. */
const kinds = { unknown: 2, control: 3, userDefined: 4, unused: 5 } as const;
/** They stand for something, and are found in no text. */
const signs: ReadonlySet<number> = new Set([kinds.unknown, kinds.control, kinds.unused]);

interface Piece {
  readonly text: string;
  readonly score: number;
  readonly kind: number;
}

interface Model {
  readonly pieces: Piece[];
  type: number;
  unknown: number;
  end: number;
  padding: number;
  normalizer: string;
  prefix: boolean;
  squeeze: boolean;
}

/**
 * The `spiece.model` of T5, SigLIP and their kin as a `tokenizer.json`: a Unigram model (T. Kudo 2018) with the end of a text behind it.
 * The rules of its normaliser are those of its name (`nmt_nfkc`); a table of rules of one's own is not read. Throws CX8110.
 */
export function sentencePieceFile(bytes: Uint8Array, path: string): TokenizerFile {
  let model: Model;
  try {
    model = read(bytes);
  } catch (cause) {
    throw new DataError('world', 'CX8110', `tokenizer ${path} is no model of SentencePiece`, { cause });
  }
  const { pieces, type, unknown, end, padding, normalizer } = model;
  if (type !== 1 || pieces.length === 0)
    throw new DataError('user', 'CX8110', `tokenizer ${path} is a model of SentencePiece that is not of the Unigram kind`, {
      help: 'save it as a `tokenizer.json`: `AutoTokenizer.from_pretrained(…).save_pretrained(…)` of transformers writes one',
    }); // prettier-ignore
  const folds = normalizer.endsWith('_cf');
  const isPlain = normalizer === 'identity';
  const names = pieces.map(({ text, kind }) => (signs.has(kind) ? unfound(text) : text)); // prettier-ignore
  const file = {
    added_tokens: pieces.flatMap(({ text, kind }, id) =>
      kind === kinds.userDefined
        ? [{ id, content: text, special: false, single_word: false, lstrip: false, rstrip: false, normalized: false }]
        : [],
    ),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(isPlain ? [] : [{ type: 'Precompiled', precompiled_charsmap: '' }]),
        ...(folds ? [{ type: 'Lowercase' }] : []),
        ...(model.squeeze ? [{ type: 'Strip', strip_left: true, strip_right: true }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }] : []),
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: model.prefix ? 'always' : 'never', split: true },
    post_processor: end < 0 ? null : {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: names[end], type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: names[end], type_id: 0 } }],
      special_tokens: { [names[end] ?? '']: { id: names[end], ids: [end], tokens: [names[end]] } },
    },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: model.prefix ? 'always' : 'never', split: true },
    padding: { pad_id: padding >= 0 ? padding : Math.max(end, 0) },
    model: { type: 'Unigram', unk_id: unknown, vocab: pieces.map(({ score }, id): readonly [string, number] => [names[id] ?? '', score]), byte_fallback: false },
  }; // prettier-ignore
  return file;
}

/** The name of a piece that only marks a text: it is in none. */
export const unfound = (piece: string): string => `\u{10fffe}${piece}`;

function read(bytes: Uint8Array): Model {
  const model: Model = { pieces: [], type: 1, unknown: 0, end: 2, padding: -1, normalizer: '', prefix: true, squeeze: true }; // prettier-ignore
  fields(bytes, (field, reader) => {
    if (field === 1) model.pieces.push(piece(reader.bytes()));
    else if (field === 2) trainer(reader.bytes(), model);
    else if (field === 3) normaliser(reader.bytes(), model);
    else return false;
    return true;
  });
  return model;
}

function piece(bytes: Uint8Array): Piece {
  let [text, score, kind] = ['', 0, 1];
  fields(bytes, (field, reader) => {
    if (field === 1) text = reader.string();
    else if (field === 2) score = reader.float();
    else if (field === 3) kind = reader.int32();
    else return false;
    return true;
  });
  return { text, score, kind };
}

function trainer(bytes: Uint8Array, model: Model): void {
  fields(bytes, (field, reader) => {
    if (field === 3) model.type = reader.int32();
    else if (field === 40) model.unknown = reader.int32();
    else if (field === 42) model.end = reader.int32();
    else if (field === 43) model.padding = reader.int32();
    else return false;
    return true;
  });
}

function normaliser(bytes: Uint8Array, model: Model): void {
  fields(bytes, (field, reader) => {
    if (field === 1) model.normalizer = reader.string();
    else if (field === 3) model.prefix = reader.bool();
    else if (field === 4) model.squeeze = reader.bool();
    else return false;
    return true;
  });
}

/** Every field of a message; those that are not taken are skipped. */
function fields(bytes: Uint8Array, take: (field: number, reader: protobuf.Reader) => boolean): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!take(tag >>> 3, reader)) reader.skipType(tag & 7);
  }
}
