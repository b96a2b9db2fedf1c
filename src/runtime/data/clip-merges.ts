import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { clipVocabulary } from '../../compiler/types/built-in-tokenizers.ts';
import { invariant } from '../../compiler/common/invariant.ts';
import { packageRoot } from '../package-root.ts';
import { byteSymbols } from './byte-symbols.ts';

/** Ids of single bytes: 256, and 256 for the same at the end of a word. */
export const byteIds = 512;
const mergeCount = clipVocabulary - byteIds - 2;

/** Open addressing: three of four places are free. */
const places = 2 ** 18;

interface Merges {
  /** [merge, 2]: the two ids that it joins. */
  readonly pairs: Uint16Array;
  /** Place of a pair → 1 + its merge; 0 is free. */
  readonly table: Uint16Array;
}

let loaded: Merges | undefined;

/** Reads `data/tokenizer/clip/merges.bin.gz` at its first use, in some 20 ms. */
function merges(): Merges {
  if (loaded !== undefined) return loaded;
  const bytes = gunzipSync(readFileSync(join(packageRoot(), 'data/tokenizer/clip/merges.bin.gz')));
  if (endianness() === 'BE') bytes.swap16();
  const pairs = new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  invariant(pairs.length === 2 * mergeCount, 'all merges of CLIP ship with clipx');
  const table = new Uint16Array(places);
  for (let merge = 0; merge < mergeCount; merge++) {
    let place = placeOf(pairs[2 * merge] ?? 0, pairs[2 * merge + 1] ?? 0);
    while (table[place] !== 0) place = (place + 1) % places;
    table[place] = merge + 1;
  }
  return (loaded = { pairs, table });
}

/** Knuth's multiplicative hash. */
const placeOf = (left: number, right: number): number => Math.imul((left << 16) | right, 0x9e37_79b1) >>> 14;

/** The id that two ids become, or `Infinity`: the lower, the better the merge. */
export function mergedId(left: number, right: number): number {
  const { pairs, table } = merges();
  for (let place = placeOf(left, right); ; place = (place + 1) % places) {
    const merge = (table[place] ?? 0) - 1;
    if (merge < 0) return Number.POSITIVE_INFINITY;
    if (pairs[2 * merge] === left && pairs[2 * merge + 1] === right) return byteIds + merge;
  }
}

/** The two ids that a merge joins; merges count from the best one. */
function mergedPair(merge: number): readonly [left: number, right: number] {
  const { pairs } = merges();
  return [pairs[2 * merge] ?? 0, pairs[2 * merge + 1] ?? 0];
}

/** Spelt, best first. */
export function clipMerges(): (readonly [left: string, right: string])[] {
  const pieces = clipPieces();
  return Array.from({ length: mergeCount }, (_, at) => {
    const [left, right] = mergedPair(at);
    return [pieces[left] ?? '', pieces[right] ?? ''] as const;
  });
}

let spelt: readonly string[] | undefined;

/** The piece of each id but the two marks: symbols of bytes, and `</w>` where it ends a word. */
export function clipPieces(): readonly string[] {
  if (spelt !== undefined) return spelt;
  const pieces = [...byteSymbols, ...byteSymbols.map((symbol) => `${symbol}</w>`)];
  for (let merge = 0; merge < mergeCount; merge++) {
    const [left, right] = mergedPair(merge);
    pieces.push(`${pieces[left]}${pieces[right]}`);
  }
  return (spelt = pieces);
}
