import { readWhole } from '../../atomic-file.ts';
import { decodeInto, emptyData, storedBytes } from './stored-tensor.ts';
import type { StoredDType, StoredTensor } from './weights-file.ts';

/** One run of numbers in an open file. */
export interface StoredRange {
  /** For errors. */
  readonly path: string;
  readonly name: string;
  readonly dtype: StoredDType;
  /** The byte it starts at. */
  readonly start: number;
  /** Of elements. */
  readonly count: number;
  /** Written on a machine with the most significant byte first. */
  readonly swapped?: boolean;
}

/** Bytes that are read at once: what a tensor takes besides its values. */
const partBytes = 2 ** 20;

/** The numbers of a range, a part of it at a time; undefined where the file ends before. */
export function readStored(file: number, range: StoredRange): StoredTensor['data'] | undefined {
  const { dtype, start, count } = range;
  const data = emptyData(dtype, count);
  const size = storedBytes[dtype];
  const perPart = partBytes / size;
  const part = Buffer.alloc(Math.min(partBytes, count * size));
  for (let at = 0; at < count; at += perPart) {
    const bytes = part.subarray(0, Math.min(perPart, count - at) * size);
    if (!readPart(file, range, start + at * size, bytes, data, at)) return undefined;
  }
  return data;
}

/** Reads `bytes` from a position and puts their numbers into `data`, from its element `at` on; false where the file ends before. */
export function readPart(
  file: number,
  { path, name, dtype, swapped }: StoredRange,
  position: number,
  bytes: Buffer,
  data: StoredTensor['data'],
  at: number,
): boolean {
  if (readWhole(file, bytes, position) < bytes.byteLength) return false;
  if (swapped === true) swap(bytes, storedBytes[dtype]);
  decodeInto(data, at, dtype, bytes, `${path}: \`${name}\``);
  return true;
}

function swap(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  if (size === 4) bytes.swap32();
  if (size === 8) bytes.swap64();
}
