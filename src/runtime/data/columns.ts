/** Decoders: what a column of a row becomes in a batch, by the column's type. */
import { invariant, unreachable } from '../../compiler/common/invariant.ts';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { Column } from '../../compiler/program/program.ts';
import {
  columnsOfTemplate, readableText, renderTemplate, vocabulariesOfTemplate, type TextTemplate,
} from '../../compiler/program/text-template.ts'; // prettier-ignore
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import type { RandomStream } from '../random.ts';
import { DataError } from './data-error.ts';
import { decodeImage } from './image/decode.ts';
import { sampleName } from './raw-sample.ts';
import type { VocabularyContent } from './read-vocabulary.ts';
import { rowValue, unmapped, wordOf, type Row } from './rows.ts';
import type { EncodedTexts, Tokenizer } from './tokenizer.ts';

type ColumnOf<Kind extends Column['kind']> = Extract<Column, { readonly kind: Kind }>;

/** What decoders need from the room they work in. */
export interface DecodingContext {
  tokenizer(id: string): Tokenizer;
  /** Words in order. */
  vocabulary(name: string): Promise<readonly string[]>;
  /** The number of an id string, the same for equal strings within a run. */
  identity(column: string, value: string): number;
  /** Words with their further columns. */
  vocabularyContent(name: string): Promise<VocabularyContent>;
  /** What the program declares of a column. */
  column(name: string): Column;
  /** A text of this column was longer than the tokenizer's context. */
  cut(column: string, sample: string, text: string): void;
}

/** Which caption a `draw` column gives: a row's number in its data set, and the epoch or nothing in evaluation. */
export interface Draw {
  readonly random: RandomStream;
  readonly count: number;
  readonly epoch: number | undefined;
}

/** The tensors of one column for these rows, by `columnKey`. `at` are the rows' numbers in the data set. */
export async function decodeColumn(
  column: Column,
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  const n = rows.length;
  const value = columnKey(column.name, 'value');
  switch (column.kind) {
    case 'image': {
      const { height, width } = column;
      const size = height * width * 3;
      const data = new Uint8Array(n * size);
      const decoded = await Promise.all(rows.map((row) => decodedImage(column, row)));
      decoded.forEach((pixels, row) => data.set(pixels, row * size));
      return { [value]: { dtype: 'u8', shape: [n, height, width, 3], data } };
    }
    case 'text': {
      if (column.template !== undefined)
        return templateColumn({ ...column, template: column.template }, rows, at, draw, context);
      const tokenizer = context.tokenizer(column.tokenizer);
      const ids = new Int32Array(n * tokenizer.context);
      const length = new Int32Array(n);
      rows.forEach((row, position) => {
        const encoded = encodedText(column, row, at[position] ?? 0, draw, tokenizer, context);
        ids.set(encoded.ids, position * tokenizer.context);
        length[position] = encoded.length[0] ?? 0;
      });
      return {
        [columnKey(column.name, 'ids')]: { dtype: 'i32', shape: [n, tokenizer.context], data: ids },
        [columnKey(column.name, 'length')]: { dtype: 'i32', shape: [n], data: length },
      };
    }
    case 'scalar': {
      const data = Float32Array.from(rows, (row) => numberOf(column, row, rowValue(row, column.name)) * column.scale);
      return { [value]: { dtype: 'f32', shape: [n], data } };
    }
    case 'vector': {
      const data = new Float32Array(n * column.size);
      rows.forEach((row, position) => data.set(vectorOf(column, row), position * column.size));
      return { [value]: { dtype: 'f32', shape: [n, column.size], data } };
    }
    case 'class': {
      const words = await context.vocabulary(column.vocabulary);
      const places = new Map(words.map((word, index) => [word, index]));
      const data = Int32Array.from(rows, (row) => classOf(column, row, places, words));
      return { [value]: { dtype: 'i32', shape: [n], data } };
    }
    case 'labels': {
      const words = await context.vocabulary(column.vocabulary);
      const places = new Map(words.map((word, index) => [word, index]));
      const data = new Float32Array(n * words.length);
      const mask = new Uint8Array(n * words.length);
      rows.forEach((row, position) => {
        labelsOf(column, row, places, words).forEach((label, word) => {
          data[position * words.length + word] = label === 1 ? 1 : 0;
          mask[position * words.length + word] = label === -1 ? 0 : 1;
        });
      });
      return {
        [value]: { dtype: 'f32', shape: [n, words.length], data },
        [columnKey(column.name, 'mask')]: { dtype: 'bool', shape: [n, words.length], data: mask },
      };
    }
    case 'id': {
      const data = Int32Array.from(rows, (row) => context.identity(column.name, wordOf(rowValue(row, column.name))));
      return { [value]: { dtype: 'i32', shape: [n], data } };
    }
    default:
      return unreachable(column);
  }
}

/** The picture of a row at the column's size, decoded once. Throws CX8103 and names the sample. */
export async function decodedImage(column: ColumnOf<'image'>, row: Row): Promise<Uint8Array> {
  const source = row.columns[column.name];
  if (source === undefined) throw unmapped(column.name, Object.keys(row.columns));
  if (source.kind !== 'path') {
    throw new DataError('user', 'CX8107', `column \`${column.name}\` is an image; "${source.kind}" gives text`);
  }
  const slots = row.source.decoded<Uint8Array>(`${source.path}|${column.height}x${column.width}|${column.fit}`);
  const known = slots[row.ordinal];
  if (known !== undefined) return known;
  const bytes = row.source.bytes(row.sample, source.path, column.name);
  try {
    const pixels = await decodeImage(bytes, column);
    slots[row.ordinal] = pixels;
    return pixels;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new DataError(
      'world',
      'CX8103',
      `the image \`${source.path}\` of sample ${sampleName(row.sample)} can not be decoded (${bytes.length} bytes): ${reason}`,
      { sample: sampleName(row.sample), help: 'repair or remove it, or let the data set say `on_bad: skip`', cause },
    );
  }
}

/** Texts put together of other columns of a row: a text for each template and combination of entries. */
async function templateColumn(
  column: ColumnOf<'text'> & { readonly template: TextTemplate },
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  const { template } = column;
  const tokenizer = context.tokenizer(column.tokenizer);
  const read = columnsOfTemplate(template).map((name) => context.column(name));
  const names = new Set([...template.over, ...vocabulariesOfTemplate(template), ...read.flatMap((one) => ('vocabulary' in one ? [one.vocabulary] : []))]); // prettier-ignore
  const vocabularies = new Map<string, VocabularyContent>();
  for (const name of names) vocabularies.set(name, await context.vocabularyContent(name));
  const entriesOf = (name: string): readonly string[] => vocabularies.get(name)?.entries ?? [];
  const counts = template.over.map((name) => entriesOf(name).length);
  const texts = rows.flatMap((row, position) => {
    const environment = {
      column: (name: string) => plainValue(context.column(name), row, at[position] ?? 0, draw, entriesOf),
      labels: (name: string, vocabulary: string) => labelWords(context.column(name), row, entriesOf(vocabulary)),
      words: (vocabulary: string, further: string | undefined, entry: number) =>
        (further === undefined ? entriesOf(vocabulary) : vocabularies.get(vocabulary)?.columns[further])?.[entry] ?? '',
    };
    return renderTemplate(template, counts, environment);
  });
  const each = texts.length / Math.max(rows.length, 1);
  const { ids, length, starts, truncated } = tokenizer.encode(texts, template.vectors);
  const cut = truncated.indexOf(true);
  const culprit = cut < 0 ? undefined : rows[Math.floor(cut / each)];
  if (culprit !== undefined) context.cut(column.name, sampleName(culprit.sample), readableText(texts[cut] ?? ''));
  // a list of templates is an axis, a single one is none
  const shape = [rows.length, ...(template.listed ? [template.templates.length] : []), ...counts];
  return {
    [columnKey(column.name, 'ids')]: { dtype: 'i32', shape: [...shape, tokenizer.context], data: ids },
    [columnKey(column.name, 'length')]: { dtype: 'i32', shape, data: length },
    [columnKey(column.name, 'starts')]: { dtype: 'i32', shape: [...shape, template.vectors.length], data: starts },
  };
}

/** The number or text that a slot writes of a row. */
function plainValue(
  column: Column,
  row: Row,
  at: number,
  draw: Draw,
  entriesOf: (vocabulary: string) => readonly string[],
): number | string {
  switch (column.kind) {
    case 'scalar':
      return numberOf(column, row, rowValue(row, column.name)) * column.scale;
    case 'class': {
      const words = entriesOf(column.vocabulary);
      return classOf(column, row, new Map(words.map((word, index) => [word, index])), words);
    }
    case 'text': {
      const texts = textsOf(column.name, row);
      return (
        texts[draw.epoch === undefined ? 0 : draw.random.integer(texts.length, draw.epoch * draw.count + at)] ?? ''
      );
    }
    default:
      return wordOf(rowValue(row, column.name));
  }
}

function labelWords(column: Column, row: Row, words: readonly string[]): string[] {
  if (column.kind !== 'labels') return [];
  const labels = labelsOf(column, row, new Map(words.map((word, index) => [word, index])), words);
  return words.filter((_, index) => labels[index] === 1);
}

interface TextVariants {
  readonly texts: readonly string[];
  readonly encoded: (EncodedTexts | undefined)[];
}

/** The ids of a row's text; each of its variants is encoded when it is first drawn, and once. */
function encodedText(
  column: ColumnOf<'text'>,
  row: Row,
  at: number,
  draw: Draw,
  tokenizer: Tokenizer,
  context: DecodingContext,
): EncodedTexts {
  const source = row.columns[column.name];
  if (source === undefined) throw unmapped(column.name, Object.keys(row.columns));
  const key = `${JSON.stringify(source)}|${column.tokenizer}|${tokenizer.context}`;
  const slots = row.source.decoded<TextVariants>(key);
  let variants = slots[row.ordinal];
  if (variants === undefined) {
    variants = { texts: textsOf(column.name, row), encoded: [] };
    slots[row.ordinal] = variants;
  }
  const { texts, encoded } = variants;
  const chosen = draw.epoch === undefined ? 0 : draw.random.integer(texts.length, draw.epoch * draw.count + at);
  const known = encoded[chosen];
  if (known !== undefined) return known;
  const text = texts[chosen];
  invariant(text !== undefined, 'a text column has at least one text');
  const result = tokenizer.encode([text]);
  if (result.truncated[0] === true) context.cut(column.name, sampleName(row.sample), text);
  encoded[chosen] = result;
  return result;
}

/** All texts a row may give: one, or the list that `draw` draws from. */
export function textsOf(column: string, row: Row): readonly string[] {
  const value = rowValue(row, column);
  const source = row.columns[column];
  if (source?.kind === 'draw') {
    if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')) return value;
    throw kindFault(column, row, 'a list of texts', value, 'draw("…") draws one entry of a list');
  }
  if (typeof value === 'string') return [value];
  throw kindFault(
    column,
    row,
    'a text',
    value,
    Array.isArray(value)
      ? `write draw("${source?.kind === 'path' ? source.path : '…'}") to draw one of the list`
      : undefined,
  );
}

function numberOf(column: Column, row: Row, value: unknown): number {
  const number =
    typeof value === 'string' && value.trim() !== ''
      ? Number(value)
      : typeof value === 'boolean'
        ? Number(value)
        : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw kindFault(column.name, row, 'a number', value);
  return number;
}

function vectorOf(column: ColumnOf<'vector'>, row: Row): number[] {
  const value = rowValue(row, column.name);
  const entries: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.trim().split(/[\s,;]+/)
      : [value];
  if (entries.length !== column.size) throw kindFault(column.name, row, `${column.size} numbers`, value);
  return entries.map((entry) => numberOf(column, row, entry));
}

function classOf(
  column: ColumnOf<'class'>,
  row: Row,
  places: ReadonlyMap<string, number>,
  words: readonly string[],
): number {
  const value = rowValue(row, column.name);
  const place = places.get(wordOf(value));
  if (place !== undefined) return place;
  // A number that is no word itself counts along the vocabulary.
  const index = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)) ? Number(value) : -1;
  if (Number.isInteger(index) && index >= 0 && index < words.length) return index;
  throw outside(column.name, column.vocabulary, row, value, words);
}

/** −1 masked, 0 absent, 1 present for each word: from such a list, from a record of words, or from a list of the present words. */
function labelsOf(
  column: ColumnOf<'labels'>,
  row: Row,
  places: ReadonlyMap<string, number>,
  words: readonly string[],
): number[] {
  const value = rowValue(row, column.name);
  const place = (word: string): number => {
    const found = places.get(word);
    if (found === undefined) throw outside(column.name, column.vocabulary, row, word, words);
    return found;
  };
  if (Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry !== 'string')) {
    if (value.length !== words.length) throw kindFault(column.name, row, `${words.length} labels`, value);
    return value.map((entry) => labelOf(column, row, entry));
  }
  if (Array.isArray(value)) {
    const labels = words.map(() => 0);
    for (const word of value) labels[place(wordOf(word))] = 1;
    return labels;
  }
  if (typeof value === 'object' && value !== null) {
    // The vocabulary chooses among the words that the record speaks of; one it does not speak of is a slip of the pen.
    return words.map((word) => {
      if (Object.hasOwn(value, word)) return labelOf(column, row, (value as Record<string, unknown>)[word]);
      throw unspoken(column, row, word, Object.keys(value));
    });
  }
  throw kindFault(column.name, row, 'a list of labels', value);
}

function labelOf(column: Column, row: Row, entry: unknown): number {
  const label = typeof entry === 'boolean' ? Number(entry) : (entry ?? -1);
  if (label === -1 || label === 0 || label === 1) return label;
  throw kindFault(column.name, row, 'labels of -1, 0 or 1', entry);
}

function unspoken(column: ColumnOf<'labels'>, row: Row, word: string, spoken: readonly string[]): DataError {
  const nearest = nearestName(word, spoken);
  return new DataError(
    'user',
    'CX8105',
    `vocabulary \`${column.vocabulary}\` has "${word}", of which \`${column.name}\` of sample ${sampleName(row.sample)} says nothing`,
    {
      sample: sampleName(row.sample),
      help: nearest === undefined ? `it says: ${spoken.slice(0, 12).join(', ')}` : `the nearest word is "${nearest}"`,
    },
  );
}

function outside(column: string, vocabulary: string, row: Row, value: unknown, words: readonly string[]): DataError {
  const nearest = nearestName(wordOf(value), words);
  return new DataError(
    'user',
    'CX8105',
    `\`${column}\` of sample ${sampleName(row.sample)} is ${JSON.stringify(value)}, which is none of the ${words.length} words of vocabulary \`${vocabulary}\``,
    {
      sample: sampleName(row.sample),
      help: nearest === undefined ? 'add the word, or filter such samples out' : `the nearest word is "${nearest}"`,
    },
  );
}

function kindFault(column: string, row: Row, expected: string, found: unknown, help?: string): DataError {
  const shown = JSON.stringify(found) ?? String(found);
  return new DataError(
    'user',
    'CX8107',
    `column \`${column}\` of sample ${sampleName(row.sample)} should hold ${expected}, found ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`,
    { sample: sampleName(row.sample), ...(help === undefined ? {} : { help }) },
  );
}
