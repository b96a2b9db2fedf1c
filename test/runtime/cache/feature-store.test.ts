import { readFileSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFeatureStore } from '../../../src/runtime/cache/feature-store.ts';
import type { FeatureStore } from '../../../src/runtime/cache/feature-store.ts';
import { sha256 } from '../../../src/runtime/digest.ts';
import { temporaryFolder } from '../support/run-tiny.ts';

const key = (index: number): string => sha256(`sample ${index}`);
const row = (index: number): Uint8Array => Uint8Array.from({ length: 12 }, (_, at) => (index * 31 + at) % 256);
const open = (folder: string): FeatureStore => openFeatureStore(folder, 12, { schema: 'test' });

function fill(store: FeatureStore, from: number, to: number): void {
  for (let index = from; index < to; index++) store.write(key(index), row(index));
}

test('gives back what was written, in this opening and the next', () => {
  const folder = join(temporaryFolder(), 'features');
  const first = open(folder);
  fill(first, 0, 5);
  expect(first.read(key(3))).toEqual(row(3));
  expect(first.read(key(9))).toBeUndefined();
  first.close();
  const second = open(folder);
  fill(second, 5, 8);
  second.close();
  const third = open(folder);
  for (let index = 0; index < 8; index++) expect(third.read(key(index))).toEqual(row(index));
  expect(third.bytes).toBe(8 * 12);
  third.close();
});

test('two runs may write at the same time', () => {
  const folder = temporaryFolder();
  const [a, b] = [open(folder), open(folder)];
  for (let index = 0; index < 10; index++) fill(index % 2 === 0 ? a : b, index, index + 1);
  a.close();
  b.close();
  const both = open(folder);
  for (let index = 0; index < 10; index++) expect(both.read(key(index))).toEqual(row(index));
  both.close();
});

test('wherever a crash cut the files, every row that is found is right', () => {
  const folder = temporaryFolder();
  const store = open(folder);
  fill(store, 0, 4);
  store.close();
  const [rows, index] = [readFileSync(join(folder, '1.rows')), readFileSync(join(folder, '1.index'))];
  for (let rowBytes = 0; rowBytes <= rows.length; rowBytes += 5) {
    for (let indexBytes = 0; indexBytes <= index.length; indexBytes += 7) {
      writeFileSync(join(folder, '1.rows'), rows.subarray(0, rowBytes));
      writeFileSync(join(folder, '1.index'), index.subarray(0, indexBytes));
      const cut = open(folder);
      const whole = Math.min(Math.floor(rowBytes / 12), Math.floor(indexBytes / 36));
      for (let at = 0; at < 4; at++) expect(cut.read(key(at))).toEqual(at < whole ? row(at) : undefined);
      cut.close();
    }
  }
});

test('a row whose bytes changed counts as unknown', () => {
  const folder = temporaryFolder();
  const store = open(folder);
  fill(store, 0, 3);
  store.close();
  const path = join(folder, '1.rows');
  const bytes = readFileSync(path);
  bytes[14] = (bytes[14] ?? 0) ^ 0x40;
  writeFileSync(path, bytes);
  const again = open(folder);
  expect([0, 1, 2].map((index) => again.read(key(index)) !== undefined)).toEqual([true, false, true]);
  expect(again.has(key(1))).toBe(false);
  again.close();
  truncateSync(path, statSync(path).size);
});

test('clear forgets everything, then writing begins anew', () => {
  const folder = temporaryFolder();
  const store = open(folder);
  fill(store, 0, 3);
  store.clear();
  expect(store.has(key(0))).toBe(false);
  fill(store, 1, 2);
  store.close();
  const again = open(folder);
  expect([0, 1].map((index) => again.has(key(index)))).toEqual([false, true]);
  again.close();
});
