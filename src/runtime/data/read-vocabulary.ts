import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { VocabularyOrigin } from '../../compiler/program/vocabulary.ts';
import { projectFile } from '../hub/project-file.ts';
import { DataError } from './data-error.ts';
import { rowValue, wordOf, type Row } from './rows.ts';
import { piecesOf, readTokenizerFile } from './tokenizer-file.ts';

/** Words in order, and further columns of as many values. */
export interface VocabularyContent {
  readonly entries: readonly string[];
  readonly columns: Readonly<Record<string, readonly (number | string)[]>>;
}

/** Reads the words of a vocabulary from where they stand. Throws DataError CX8104, CX8105, CX8106, CX8110. */
export async function readVocabulary(
  name: string,
  origin: VocabularyOrigin,
  rowsOf: (data: string, column: string) => Promise<readonly Row[]>,
  projectFolder: string,
): Promise<VocabularyContent> {
  switch (origin.kind) {
    case 'columns': {
      const words: string[] = [];
      for (const { data, column } of origin.columns)
        words.push(...(await rowsOf(data, column)).flatMap((row) => wordsIn(rowValue(row, column))));
      return {
        entries: distinctWords(origin.top === undefined ? words : mostFrequent(words, origin.top)),
        columns: {},
      };
    }
    case 'lines':
      return { entries: unique(name, lines(readText(name, origin.path, projectFolder))), columns: {} };
    case 'csv':
      return readTable(name, origin, projectFolder);
    case 'pieces':
      return { entries: piecesOf(readTokenizerFile(projectFile(projectFolder, origin.path))), columns: {} };
  }
}

/** A cell with a list of words has all of them. */
const wordsIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(wordOf) : [wordOf(value)]);

/** Each once, sorted: numbers by size, words by code point. */
export function distinctWords(words: readonly string[]): string[] {
  const values = [...new Set(words)];
  const numeric = values.every((value) => value.trim() !== '' && Number.isFinite(Number(value)));
  return values.sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1));
}

/** The most frequent words; of equally frequent ones those that come first in the alphabet. */
function mostFrequent(words: readonly string[], count: number): string[] {
  const frequency = new Map<string, number>();
  for (const word of words) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const ranked = [...frequency].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return ranked.slice(0, count).map(([word]) => word);
}

const lines = (text: string): string[] => text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== ''); // prettier-ignore

function readTable(
  name: string,
  origin: Extract<VocabularyOrigin, { kind: 'csv' }>,
  projectFolder: string,
): VocabularyContent {
  const text = readText(name, origin.path, projectFolder);
  let rows: Record<string, string>[];
  try {
    rows = parse<Record<string, string>>(text, { columns: true, bom: true, skip_empty_lines: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError('world', 'CX8106', `${origin.path} can not be read: ${reason}`, { cause });
  }
  const cells = (column: string): string[] =>
    rows.map((row, index) => {
      const cell = row[column];
      if (cell !== undefined) return cell;
      const nearest = nearestName(column, Object.keys(row));
      throw new DataError('user', 'CX8104', `${origin.path}:${index + 2} has no column "${column}"`, {
        help: nearest === undefined ? `it has ${Object.keys(row).join(', ')}` : `did you mean "${nearest}"?`,
      });
    });
  const columns = Object.entries(origin.columns).map(([own, column]) => [own, asNumbers(cells(column))] as const);
  return { entries: unique(name, cells(origin.word)), columns: Object.fromEntries(columns) };
}

/** A column all of numbers is one of numbers. */
function asNumbers(cells: readonly string[]): readonly (number | string)[] {
  return cells.every((cell) => cell.trim() !== '' && Number.isFinite(Number(cell))) ? cells.map(Number) : cells;
}

function readText(name: string, path: string, projectFolder: string): string {
  try {
    return readFileSync(resolve(projectFolder, path), 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError('world', 'CX8106', `the words of vocabulary \`${name}\` can not be read from ${path}: ${reason}`, { cause }); // prettier-ignore
  }
}

function unique(name: string, words: readonly string[]): readonly string[] {
  const twin = words.find((word, index) => words.indexOf(word) !== index);
  if (twin === undefined) return words;
  throw new DataError('user', 'CX8105', `"${twin}" is in vocabulary \`${name}\` twice`, {
    help: 'two entries with one text can not be told apart',
  });
}
