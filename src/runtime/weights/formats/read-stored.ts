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
}

/** Bytes that are read at once: what a tensor takes besides its values. */
const partBytes = 2 ** 20;

/** The numbers of a range, a part of it at a time; undefined where the file ends before. */
export function readStored(
  file: number,
  { path, name, dtype, start, count }: StoredRange,
): StoredTensor['data'] | undefined {
  const data = emptyData(dtype, count);
  const size = storedBytes[dtype];
  const perPart = partBytes / size;
  const part = new Uint8Array(Math.min(partBytes, count * size));
  for (let at = 0; at < count; at += perPart) {
    const bytes = part.subarray(0, Math.min(perPart, count - at) * size);
    if (readWhole(file, bytes, start + at * size) < bytes.byteLength) return undefined;
    decodeInto(data, at, dtype, bytes, `${path}: \`${name}\``);
  }
  return data;
}
