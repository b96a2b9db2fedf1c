import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { DataError } from '../data-error.ts';
import type { Member, RawSample } from '../raw-sample.ts';
import { matchFiles } from './glob.ts';

/** Rows of a CSV file with a header line; cells are text. File names in cells are relative to the CSV file. Throws CX8106 with the line. */
export function readCsv(pattern: string, projectFolder: string): RawSample[] {
  return matchFiles(pattern, projectFolder).flatMap((file) => {
    let rows: Record<string, string>[];
    try {
      rows = parse<Record<string, string>>(readFileSync(file), { columns: true, bom: true, skip_empty_lines: true });
    } catch (cause) {
      throw unreadable(file, cause);
    }
    return rows.map((row, index) => rowSample(file, index + 2, Object.entries(row)));
  });
}

/** One JSON object a line; empty lines are skipped. Throws CX8106 with the line number. */
export function readJsonLines(pattern: string, projectFolder: string): RawSample[] {
  return matchFiles(pattern, projectFolder).flatMap((file) => {
    const samples: RawSample[] = [];
    readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .forEach((line, index) => {
        if (line.trim() === '') return;
        let value: unknown;
        try {
          value = JSON.parse(line);
        } catch (cause) {
          throw unreadable(`${file}:${index + 1}`, cause);
        }
        if (typeof value !== 'object' || value === null || Array.isArray(value)) {
          throw unreadable(`${file}:${index + 1}`, 'a line must be one JSON object');
        }
        samples.push(rowSample(file, index + 1, Object.entries(value)));
      });
    return samples;
  });
}

/** The key is the line, so that a message leads to it. */
function rowSample(file: string, line: number, entries: readonly (readonly [string, unknown])[]): RawSample {
  const folder = dirname(file);
  const members = new Map<string, Member>(entries.map(([name, value]) => [name, { kind: 'value', value, folder }]));
  return { key: String(line), origin: basename(file), members };
}

function unreadable(place: string, cause: unknown): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError('world', 'CX8106', `${place} can not be read: ${reason}`, { help: 'repair the line', cause });
}
