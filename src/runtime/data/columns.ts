/** Decoders: what a column of a row becomes in a batch, by the column's type. */
import { invariant, unreachable } from '../../compiler/common/invariant.ts';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { Column } from '../../compiler/program/program.ts';
import {
  columnsOfTemplate, readableText, renderTemplate, vocabulariesOfTemplate, type TextTemplate,
} from '../../compiler/program/text-template.ts'; // prettier-ignore
import type { TensorValue } from '../backends/backend.ts';
import { elementCount } from '../../compiler/types/dtype.ts';
import { columnKey } from '../batch-source.ts';
import { zeros } from '../feeds.ts';
import { DataError } from './data-error.ts';
import { kindFault, type ColumnOf, type DecodingContext, type Draw } from './decoding.ts';
import { decodeAudio } from './audio-column.ts';
import { decodeFrames } from './film-column.ts';
import { decodedImage } from './image-column.ts';
import { decodeMaps, decodeMasks } from './plane-columns.ts';
import { decodePoints } from './points-column.ts';
import { memberOf, sampleName } from './raw-sample.ts';
import { isCutSaid, textsOf } from './texts-of.ts';
import { decodeView, textOf } from './views/decode-view.ts';
import type { VocabularyContent } from './read-vocabulary.ts';
import { rowValue, unmapped, wordOf, type Row } from './rows.ts';
import type { EncodedTexts, Tokenizer } from './tokenizer.ts';

/**
 * The tensors of one column for these rows, by `columnKey`. `at` are the rows' numbers in the data set. Of a list (`each`) every entry is
 * decoded like a sample of its own, and what is not there (`optional`, the end of a list) is zeros that part `present` says are none.
 */
export async function decodeColumn(
  column: Column,
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  const { each, optional, ...single } = column;
  if (each === undefined && optional === undefined) return decodeSingle(column, rows, at, draw, context);
  const base = baseOf(column, context);
  const most = each?.most ?? 1;
  const here = rows.map((row) => (optional === true && !isThere(base, row) ? [] : placedEntries(base, row)));
  const entries = here.flatMap((list, position) => list.map((entry) => ({ ...entry, position })));
  const packed = await decodeSingle(
    single,
    entries.map(({ row }) => row),
    entries.map(({ position }) => at[position] ?? 0),
    draw,
    context,
  );
  const outer = each === undefined ? [rows.length] : [rows.length, most];
  const tensors = Object.entries(packed).map(([key, value]): [string, TensorValue] => {
    const width = elementCount(value.shape.slice(1));
    const whole = zeros(value.dtype, [...outer, ...value.shape.slice(1)]);
    entries.forEach(({ position, place }, from) => {
      whole.data.set(value.data.subarray(from * width, (from + 1) * width), (position * most + place) * width);
    });
    return [key, whole];
  });
  const present = new Uint8Array(rows.length * most);
  for (const { position, place } of entries) present[position * most + place] = 1;
  const key = columnKey(column.name, 'present');
  return { ...Object.fromEntries(tensors), [key]: { dtype: 'bool', shape: outer, data: present } };
}

/** The column of the data that a view is made of. */
export function baseOf(column: Column, context: Pick<DecodingContext, 'column'>): Column {
  return column.view === undefined ? column : baseOf(context.column(column.view.of), context);
}

/** Whether a sample holds anything for an optional column. */
export function isThere(column: Column, row: Row): boolean {
  const source = row.columns[column.name];
  if (source === undefined) return false;
  try {
    if (isMedium(column) && column.each === undefined && source.kind === 'path') {
      const { member } = memberOf(row.sample, source.path, column.name);
      return member.kind !== 'value' || (member.value !== null && member.value !== '');
    }
    const value = rowValue(row, column.name);
    return value !== null && value !== '';
  } catch (error) {
    if (error instanceof DataError && error.code === 'CX8104') return false;
    throw error;
  }
}

/** The entries of a list as rows of their own; a column without `each` is one. */
export const entriesOf = (column: Column, row: Row): readonly Row[] => placedEntries(column, row).map((entry) => entry.row); // prettier-ignore

/** They, with their places in the list. */
function placedEntries(column: Column, row: Row): readonly { readonly row: Row; readonly place: number }[] {
  const { each, name } = column;
  if (each === undefined) return [{ row, place: 0 }];
  const value = listed(rowValue(row, name));
  if (!Array.isArray(value)) throw kindFault(name, row, 'a list', value);
  if (value.length > each.most) throw kindFault(name, row, `at most ${each.most} entries`, value, `raise \`each ${each.axis}(max: …)\`, or shorten the list`); // prettier-ignore
  return value.flatMap((entry: unknown, place) => {
    // a list of files may name none in some places
    if (isMedium(column) && (entry === null || entry === '')) return [];
    const own = { ...row, place: row.place === undefined ? String(place) : `${row.place}.${place}` };
    return [{ row: { ...own, given: { ...row.given, [name]: entry } }, place }];
  });
}

/** The cell of a CSV file is text: a list in it is written as in JSON. */
function listed(value: unknown): unknown {
  if (typeof value !== 'string' || !value.trim().startsWith('[')) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

async function decodeSingle(
  column: Column,
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  const n = rows.length;
  const value = columnKey(column.name, 'value');
  if (column.view !== undefined) return decodeView({ ...column, view: column.view }, rows, at, draw, context);
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
      // no tower reads it: whether it is there is all that is asked
      if (column.tokenizer === '') return {};
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
      const unknown = new Set(rows.filter((row) => isUnknown(column, row, rowValue(row, column.name))));
      const data = Float32Array.from(rows, (row) => unknown.has(row) ? 0 : numberOf(column, row, rowValue(row, column.name)) * column.scale); // prettier-ignore
      return { [value]: { dtype: 'f32', shape: [n], data }, ...maskOfRows(column, rows, unknown) };
    }
    case 'vector': {
      const data = new Float32Array(n * column.size);
      const mask = new Uint8Array(data.length);
      rows.forEach((row, position) => {
        vectorOf(column, row).forEach((number, place) => {
          const known = number !== undefined;
          data[position * column.size + place] = number ?? 0;
          mask[position * column.size + place] = known ? 1 : 0;
        });
      });
      const shape = [n, column.size];
      return {
        [value]: { dtype: 'f32', shape, data },
        ...(column.unknown === true ? { [columnKey(column.name, 'mask')]: { dtype: 'bool', shape, data: mask } } : {}),
      };
    }
    case 'frames':
      return decodeFrames(column, rows, at, draw);
    case 'map':
      return decodeMaps(column, rows);
    case 'mask':
      return decodeMasks(column, rows, context);
    case 'points':
      return decodePoints(column, rows);
    case 'audio':
      return decodeAudio(column, rows);
    case 'class': {
      const words = await context.vocabulary(column.vocabulary);
      const places = new Map(words.map((word, index) => [word, index]));
      const unknown = new Set(rows.filter((row) => isUnknown(column, row, rowValue(row, column.name)) || (column.open === true && placeOf(rowValue(row, column.name), places, words) === undefined))); // prettier-ignore
      const data = Int32Array.from(rows, (row) => (unknown.has(row) ? 0 : classOf(column, row, places, words)));
      return { [value]: { dtype: 'i32', shape: [n], data }, ...maskOfRows(column, rows, unknown) };
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

/** Bytes of a file, not a value of a table. */
export const isMedium = ({ kind }: Column): boolean =>
  kind === 'image' || kind === 'frames' || kind === 'audio' || kind === 'points' || kind === 'map' || kind === 'mask';

/** `"json.y" unknown 255`, or nothing where a number may be unknown. */
function isUnknown(column: Column, row: Row, value: unknown): boolean {
  const source = row.columns[column.name];
  if (source?.kind !== 'path' || (column.unknown !== true && source.unknown === undefined)) return false;
  return value === null || (source.unknown !== undefined && Number(value) === source.unknown && value !== '');
}

function maskOfRows(column: Column, rows: readonly Row[], unknown: ReadonlySet<Row>): Record<string, TensorValue> {
  if (column.unknown !== true && !('open' in column && column.open)) return {};
  const data = Uint8Array.from(rows, (row) => (unknown.has(row) ? 0 : 1));
  return { [columnKey(column.name, 'mask')]: { dtype: 'bool', shape: [rows.length], data } };
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
      column: (name: string) => plainValue(context.column(name), row, at[position] ?? 0, draw, entriesOf, context),
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
  if (culprit !== undefined) context.tooLong(column.name, sampleName(culprit.sample), readableText(texts[cut] ?? ''), tokenizer.context); // prettier-ignore
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
  context: DecodingContext,
): number | string {
  switch (column.kind) {
    case 'scalar':
      return numberOf(column, row, rowValue(row, column.name)) * column.scale;
    case 'class': {
      const words = entriesOf(column.vocabulary);
      return classOf(column, row, new Map(words.map((word, index) => [word, index])), words);
    }
    case 'text': {
      // the words of a view are those that a tower which reads the view is given
      if (column.view !== undefined) return textOf(column, { row, at, place: 0 }, { draw, context });
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
  const key = `${JSON.stringify(source)}|${column.tokenizer}|${column.most ?? tokenizer.context}`;
  const slots = row.source.decoded<TextVariants>(key);
  // an entry of a list is another text of the same sample
  const isGiven = row.given !== undefined && Object.hasOwn(row.given, column.name);
  let variants = isGiven ? undefined : slots[row.ordinal];
  if (variants === undefined) {
    variants = { texts: textsOf(column.name, row), encoded: [] };
    if (!isGiven) slots[row.ordinal] = variants;
  }
  const { texts, encoded } = variants;
  const chosen = draw.epoch === undefined ? 0 : draw.random.integer(texts.length, draw.epoch * draw.count + at);
  const known = encoded[chosen];
  if (known !== undefined) return known;
  const text = texts[chosen];
  invariant(text !== undefined, 'a text column has at least one text');
  const result = tokenizer.encode([text], [], column.most);
  if (result.truncated[0] === true && !isCutSaid(column)) context.tooLong(column.name, sampleName(row.sample), text, tokenizer.context); // prettier-ignore
  encoded[chosen] = result;
  return result;
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

/** Undefined where an entry is unknown. */
function vectorOf(column: ColumnOf<'vector'>, row: Row): (number | undefined)[] {
  const value = rowValue(row, column.name);
  const entries: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.trim().split(/[\s,;]+/)
      : [value];
  if (entries.length !== column.size) throw kindFault(column.name, row, `${column.size} numbers`, value);
  return entries.map((entry) => (isUnknown(column, row, entry) ? undefined : numberOf(column, row, entry)));
}

function classOf(
  column: ColumnOf<'class'>,
  row: Row,
  places: ReadonlyMap<string, number>,
  words: readonly string[],
): number {
  const value = rowValue(row, column.name);
  const place = placeOf(value, places, words);
  if (place !== undefined) return place;
  throw outside(column.name, column.vocabulary, row, value, words);
}

function placeOf(value: unknown, places: ReadonlyMap<string, number>, words: readonly string[]): number | undefined {
  const place = places.get(wordOf(value));
  if (place !== undefined) return place;
  // A number that is no word itself counts along the vocabulary.
  const index = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)) ? Number(value) : -1;
  return Number.isInteger(index) && index >= 0 && index < words.length ? index : undefined;
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
