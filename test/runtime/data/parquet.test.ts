/** Parquet as Arrow writes it (`test/oracles/make/make_parquet.py`): every type of cell, what is not there, and columns made of them. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Column } from '../../../src/compiler/program/column.ts';
import type { ColumnSource } from '../../../src/compiler/program/dataset.ts';
import { createDataRoom } from '../../../src/runtime/data/data-room.ts';
import type { Dataset } from '../../../src/runtime/data/dataset.ts';
import { readParquet } from '../../../src/runtime/data/readers/parquet.ts';
import { path, plan, spec, temporaryProject, write } from './fixtures.ts';

const project = temporaryProject();
mkdirSync(join(project, 'data'));
for (const name of ['table', 'zstd']) copyFileSync(`test/oracles/parquet/${name}.parquet`, join(project, `data/${name}.parquet`)); // prettier-ignore
write(project, 'data/broken.parquet', 'PAR1 and nothing else');

const expected = JSON.parse(readFileSync('test/oracles/parquet/table.json', 'utf8')) as Record<string, unknown>[];

/** Bytes as the table of expectations writes them. */
const shown = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shown(entry)])); // prettier-ignore
  return value;
};

const shots = { axis: 'shot', most: 2 };
const picture = { kind: 'image', height: 2, width: 2, fit: 'cover' } as const;
const columns: Column[] = [
  { ...picture, name: 'picture' },
  { ...picture, name: 'nested' },
  { ...picture, name: 'shots', each: shots },
  { ...picture, name: 'pictures', each: shots },
  { kind: 'points', name: 'cloud', points: 2 },
  { kind: 'vector', name: 'vector', size: 3 },
  { kind: 'scalar', name: 'whole', scale: 1, optional: true },
  { kind: 'scalar', name: 'size', scale: 1, optional: true },
  { kind: 'class', name: 'repeated', vocabulary: 'animal' },
  { kind: 'class', name: 'words', vocabulary: 'letter', open: true, optional: true, each: { axis: 'letter', most: 2 } },
];
const vocabularies = [{ name: 'animal', entries: ['cat', 'dog'], groups: {} }, { name: 'letter', entries: ['a', 'b'], groups: {} }]; // prettier-ignore

function opened(map: Readonly<Record<string, ColumnSource>>, file = 'table'): Promise<Dataset> {
  const data = [spec('d', { kind: 'parquet', path: `data/${file}.parquet` }, { columns: map })];
  return createDataRoom(plan({ columns, vocabularies, data }), { projectFolder: project, seed: 1 }).open('d');
}

const list = (data: ArrayLike<number> | undefined): number[] => Array.from(data ?? []);
/** The first pixel of each of `count` pictures of 2 × 2. */
const colours = (data: ArrayLike<number> | undefined, count: number): number[][] => Array.from({ length: count }, (_, at) => list(data).slice(at * 12, at * 12 + 3)); // prettier-ignore
const [red, green, blue, none] = [[200, 10, 20], [10, 200, 20], [10, 20, 200], [0, 0, 0]] as const; // prettier-ignore

describe('a Parquet file', () => {
  test('gives every cell as Arrow has it, over groups of rows', async () => {
    const samples = await readParquet('data/table.parquet', project);
    const rows = samples.map(({ members }) => Object.fromEntries([...members].map(([name, member]) => [name, member.kind === 'value' ? shown(member.value) : member.kind]))); // prettier-ignore
    expect(rows).toEqual(expected);
    expect(samples.map(({ key, origin }) => `${origin}#${key}`)).toEqual([0, 1, 2, 3].map((row) => `table.parquet#${row}`)); // prettier-ignore
  });

  test('holds pictures as bytes, as records of a Hugging Face set, and in lists', async () => {
    const set = await opened({ picture: path('picture'), nested: path('image.bytes'), shots: path('shots'), pictures: path('pictures') }); // prettier-ignore
    await set.prepare();
    const batch = await set.batch([0, 1, 2, 3], ['picture', 'nested', 'shots', 'pictures'], undefined);
    expect(colours(batch['picture']?.data, 4)).toEqual([red, green, blue, red]);
    expect(colours(batch['nested']?.data, 4)).toEqual([red, blue, green, red]);
    expect(colours(batch['shots']?.data, 8)).toEqual([red, blue, green, none, none, none, none, blue]);
    expect(list(batch['shots.present']?.data)).toEqual([1, 1, 1, 0, 0, 0, 0, 1]);
    expect(colours(batch['pictures']?.data, 8)).toEqual([red, blue, green, none, none, none, blue, red]);
  });

  test('holds numbers, clouds and words, and says what is not there', async () => {
    const map = { cloud: path('cloud'), vector: path('vector'), whole: path('whole'), size: path('record.size'), repeated: path('repeated'), words: path('words') }; // prettier-ignore
    const set = await opened(map);
    const batch = await set.batch([0, 1, 2, 3], Object.keys(map), undefined);
    expect(list(batch['cloud']?.data).slice(6, 12)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(list(batch['cloud.mask']?.data)).toEqual([1, 0, 1, 1, 0, 0, 1, 0]);
    expect(list(batch['vector']?.data).slice(0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(list(batch['whole']?.data)).toEqual([1, 2 ** 40, -3, 0]);
    expect(list(batch['whole.present']?.data)).toEqual([1, 1, 1, 0]);
    // of a record that is not there, nothing is
    expect(list(batch['size']?.data)).toEqual([1, 0, 0, 4]);
    expect(list(batch['size.present']?.data)).toEqual([1, 0, 0, 1]);
    expect(list(batch['repeated']?.data)).toEqual([0, 1, 0, 0]);
    expect(list(batch['words.present']?.data)).toEqual([1, 1, 0, 0, 0, 0, 1, 1]);
    expect(list(batch['words.mask']?.data)).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
  });

  test('that can not be read is told', async () => {
    await expect(readParquet('data/zstd.parquet', project)).rejects.toMatchObject({ code: 'CX8106' });
    await expect(readParquet('data/zstd.parquet', project)).rejects.toThrow(/ZSTD/);
    await expect(readParquet('data/broken.parquet', project)).rejects.toMatchObject({ code: 'CX8106' });
  });
});
