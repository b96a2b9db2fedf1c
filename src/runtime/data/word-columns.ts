/** Columns of words: of a vocabulary (`class`, `labels`), or any at all (`id`). */
import { nearestName } from '../../compiler/common/suggest.ts';
import type { Column } from '../../compiler/program/column.ts';
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import { DataError } from './data-error.ts';
import { kindFault, type ColumnOf } from './decoding.ts';
import { sampleName } from './raw-sample.ts';
import { rowValue, wordOf, type Row } from './rows.ts';
import { isUnknown, maskOfRows } from './unknown-values.ts';

/** i32 [batch], places in the vocabulary; where a word may be unknown, part `mask` bool [batch]. Throws CX8105. */
export function decodeClasses(
  column: ColumnOf<'class'>,
  rows: readonly Row[],
  words: readonly string[],
): Record<string, TensorValue> {
  const places = placesOf(words);
  const unknown = new Set(rows.filter((row) => isUnknown(column, row, rowValue(row, column.name)) || (column.open === true && placeOf(rowValue(row, column.name), places, words) === undefined))); // prettier-ignore
  const data = Int32Array.from(rows, (row) => (unknown.has(row) ? 0 : classOf(column, row, places, words)));
  return {
    [columnKey(column.name, 'value')]: { dtype: 'i32', shape: [rows.length], data },
    ...maskOfRows(column, rows, unknown),
  };
}

/** f32 0/1 [batch, entries]; part `mask` bool of the same shape. Throws CX8105, CX8107. */
export function decodeLabels(
  column: ColumnOf<'labels'>,
  rows: readonly Row[],
  words: readonly string[],
): Record<string, TensorValue> {
  const places = placesOf(words);
  const data = new Float32Array(rows.length * words.length);
  const mask = new Uint8Array(data.length);
  rows.forEach((row, position) => {
    labelsOf(column, row, places, words).forEach((label, word) => {
      data[position * words.length + word] = label === 1 ? 1 : 0;
      mask[position * words.length + word] = label === -1 ? 0 : 1;
    });
  });
  const shape = [rows.length, words.length];
  return {
    [columnKey(column.name, 'value')]: { dtype: 'f32', shape, data },
    [columnKey(column.name, 'mask')]: { dtype: 'bool', shape, data: mask },
  };
}

/** The place of a row's word in its vocabulary. Throws CX8105. */
export function placeOfRow(column: ColumnOf<'class'>, row: Row, words: readonly string[]): number {
  return classOf(column, row, placesOf(words), words);
}

/** The words that a row has of a vocabulary. Throws CX8105, CX8107. */
export function labelWords(column: Column, row: Row, words: readonly string[]): string[] {
  if (column.kind !== 'labels') return [];
  const labels = labelsOf(column, row, placesOf(words), words);
  return words.filter((_, index) => labels[index] === 1);
}

const placesOf = (words: readonly string[]): ReadonlyMap<string, number> =>
  new Map(words.map((word, index) => [word, index]));

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
