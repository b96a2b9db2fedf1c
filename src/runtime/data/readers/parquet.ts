import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DataError } from '../data-error.ts';
import type { Member, RawSample } from '../raw-sample.ts';
import { matchFiles } from './glob.ts';

/** Rows of Parquet files. A cell may hold bytes (`image.bytes` of a Hugging Face set), numbers, texts, lists or records. Throws CX8106. */
export async function readParquet(pattern: string, projectFolder: string): Promise<RawSample[]> {
  // loaded on first use: most experiments read none
  const { parquetReadObjects } = await import('hyparquet');
  const samples: RawSample[] = [];
  for (const file of matchFiles(pattern, projectFolder)) {
    const bytes = readFileSync(file);
    let rows: Record<string, unknown>[];
    try {
      const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      rows = await parquetReadObjects({ file: buffer, utf8: false });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DataError('world', 'CX8106', `${file} can not be read: ${reason}`, {
        help: 'snappy and uncompressed Parquet are read: write it anew with one of them',
        cause,
      });
    }
    rows.forEach((row, index) => {
      const members = new Map<string, Member>(
        Object.entries(row).map(([name, value]) => [
          name,
          { kind: 'value', value: plain(value), folder: dirname(file) },
        ]),
      );
      samples.push({ key: String(index), origin: basename(file), members });
    });
  }
  return samples;
}

/** Whole numbers of 64 bits as numbers, times as text, a list or record that is not there as `null`. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  return value;
}
