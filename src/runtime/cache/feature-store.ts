/**
 * Rows of per-sample features on disk, found by content. A folder holds numbered segments; a writer always makes a new one, so several runs
 * may share a folder. A segment is two append-only files: `<n>.rows`, rows of equal size one after another, and `<n>.index`, for each row
 * the 32-byte key and the CRC-32 of the row. A row is written before its index entry, so a crash leaves at most an unfinished tail, which
 * opening ignores; a row is checked against its sum on first use.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { invariant } from '../../compiler/common/invariant.ts';
import { writeJsonAtomic, writeWhole } from '../atomic-file.ts';
import { describeSystemError } from '../run-error.ts';

const entryBytes = 36;

export interface FeatureStore {
  /** Bytes of one row. */
  readonly rowBytes: number;
  has(key: string): boolean;
  /** The row of a key, or nothing where it is unknown or its sum is wrong (it then counts as unknown). */
  read(key: string): Uint8Array | undefined;
  /** Appends a row; visible at once. */
  write(key: string, row: Uint8Array): void;
  /** Bytes of all rows known. */
  readonly bytes: number;
  /** Forgets every row on disk and in memory. */
  clear(): void;
  close(): void;
}

interface Place {
  readonly file: number;
  readonly row: number;
  readonly sum: number;
}

/** Opens or creates a folder of rows. `about` says in words what the rows are, for people who look inside. */
export function openFeatureStore(folder: string, rowBytes: number, about: unknown): FeatureStore {
  invariant(rowBytes > 0, 'a feature row has bytes');
  const places = new Map<string, Place>();
  const files: number[] = [];
  let writer: { rows: number; index: number; count: number } | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    if (!existsSync(join(folder, 'about.json'))) writeJsonAtomic(join(folder, 'about.json'), about);
    for (const segment of segmentsOf(folder)) readSegment(folder, segment, rowBytes, places, files);
  } catch (error) {
    throw describeSystemError(error, `the feature cache ${folder} could not be opened`);
  }

  function openWriter(): { rows: number; index: number; count: number } {
    // `wx` fails where another run took the number first.
    for (let number = (segmentsOf(folder).at(-1) ?? 0) + 1; ; number++) {
      try {
        const rows = openSync(join(folder, `${number}.rows`), 'wx+');
        files.push(rows);
        const index = openSync(join(folder, `${number}.index`), 'wx');
        files.push(index);
        return { rows, index, count: 0 };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
    }
  }

  function closeAll(): void {
    for (const file of files) closeSync(file);
    files.length = 0;
    places.clear();
    writer = undefined;
  }

  return {
    rowBytes,
    has: (key) => places.has(key),
    read(key) {
      const place = places.get(key);
      if (place === undefined) return undefined;
      const row = new Uint8Array(rowBytes);
      const count = readSync(place.file, row, 0, rowBytes, place.row * rowBytes);
      if (count === rowBytes && crc32(row) === place.sum) return row;
      places.delete(key);
      return undefined;
    },
    write(key, row) {
      invariant(row.byteLength === rowBytes, 'a row has the size of its store');
      try {
        writer ??= openWriter();
        writeWhole(writer.rows, row, writer.count * rowBytes);
        const sum = crc32(row);
        const entry = Buffer.alloc(entryBytes);
        entry.write(key, 0, 32, 'hex');
        entry.writeUInt32LE(sum, 32);
        writeWhole(writer.index, entry, writer.count * entryBytes);
        places.set(key, { file: writer.rows, row: writer.count, sum });
        writer.count++;
      } catch (error) {
        throw describeSystemError(error, `the feature cache ${folder} could not be written`);
      }
    },
    get bytes() {
      return places.size * rowBytes;
    },
    clear() {
      closeAll();
      for (const segment of segmentsOf(folder)) {
        rmSync(join(folder, `${segment}.rows`), { force: true });
        rmSync(join(folder, `${segment}.index`), { force: true });
      }
    },
    close: closeAll,
  };
}

function segmentsOf(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => /^(\d+)\.index$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function readSegment(
  folder: string,
  segment: number,
  rowBytes: number,
  places: Map<string, Place>,
  files: number[],
): void {
  const rowsPath = join(folder, `${segment}.rows`);
  if (!existsSync(rowsPath)) return;
  const file = openSync(rowsPath, 'r');
  files.push(file);
  const index = readFileSync(join(folder, `${segment}.index`));
  const rows = Math.min(Math.floor(index.length / entryBytes), Math.floor(fstatSync(file).size / rowBytes));
  for (let row = 0; row < rows; row++) {
    const at = row * entryBytes;
    places.set(index.toString('hex', at, at + 32), { file, row, sum: index.readUInt32LE(at + 32) });
  }
}
