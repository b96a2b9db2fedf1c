import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDataRoom, type DataRoom } from '../../../src/runtime/data/data-room.ts';
import type { Dataset } from '../../../src/runtime/data/dataset.ts';
import { path, plan, sha256, spec } from './fixtures.ts';

interface Manifest {
  readonly samples: number;
  readonly concepts: Readonly<Record<string, readonly string[]>>;
  readonly shards: readonly {
    readonly file: string;
    readonly split: string;
    readonly style: string;
    readonly samples: number;
    readonly bytes: number;
    readonly sha256: string;
    readonly contentSha256: string;
    readonly licence: string;
  }[];
  readonly licences: readonly { readonly id: string; readonly notice: string; readonly shareAlike: boolean }[];
}

const folder = 'data/emoji-7';
const manifest = JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')) as Manifest;
const columns = {
  image: path('webp'),
  caption: { kind: 'draw', path: 'json.captions' },
  label: path('json.name'),
  style: path('json.style'),
  category: path('json.category'),
} as const;

function open(): DataRoom {
  return createDataRoom(
    plan({
      columns: [
        { kind: 'image', name: 'image', height: 48, width: 48, fit: 'cover' },
        { kind: 'text', name: 'caption', tokenizer: 'clip' },
        { kind: 'class', name: 'label', vocabulary: 'class' },
        { kind: 'class', name: 'category', vocabulary: 'kind' },
        { kind: 'id', name: 'style' },
      ],
      vocabularies: [
        {
          name: 'class',
          entries: [],
          from: { kind: 'columns', columns: [{ data: 'unseen', column: 'label' }] },
          groups: {},
        },
        {
          name: 'kind',
          entries: [],
          from: { kind: 'columns', columns: [{ data: 'seen', column: 'category' }] },
          groups: {},
        },
      ],
      tokenizers: [{ id: 'clip', path: 'data/tokenizer/clip-small.json', context: 32 }],
      data: [
        spec('seen', { kind: 'shards', path: `${folder}/seen-*.tar` }, { columns }),
        spec('unseen', { kind: 'shards', path: `${folder}/unseen-*.tar` }, { columns }),
        spec(
          'held',
          { kind: 'same', data: 'seen' },
          {
            steps: [
              { kind: 'filter', condition: { kind: 'compare', operator: '==', column: 'style', value: 'noto-v1' } },
            ],
            mark: 'test',
          },
        ),
      ],
    }),
    { projectFolder: process.cwd(), seed: 1 },
  );
}

describe('the manifest of emoji-7', () => {
  test('keeps its schema', () => {
    const validate = new Ajv({ allErrors: true }).compile(
      JSON.parse(readFileSync('schemas/data-manifest.json', 'utf8')) as object,
    );
    expect(validate(manifest), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...manifest, shards: [{ ...manifest.shards[0], sha256: 'no' }] })).toBe(false);
  });

  test.each(manifest.shards.map((shard) => [shard.file, shard] as const))('tells the truth about %s', (file, shard) => {
    const bytes = readFileSync(`${folder}/${file}`);
    expect([bytes.length, sha256(bytes), sha256(gunzipSync(bytes))]).toEqual([
      shard.bytes,
      shard.sha256,
      shard.contentSha256,
    ]);
  });

  test('gives every shard one licence, with a notice beside it', () => {
    for (const shard of manifest.shards) {
      const licence = manifest.licences.find((one) => one.id === shard.licence);
      expect(licence, shard.file).toBeDefined();
      expect(readFileSync(`${folder}/${licence?.notice}`, 'utf8')).toMatch(/licen[cs]e/i);
    }
    expect(manifest.licences.filter((one) => one.shareAlike).map((one) => one.id)).toEqual(['openmoji']);
  });

  test('stays below five megabytes', () => {
    expect(manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0)).toBeLessThan(5_000_000);
  });
});

describe('the split of emoji-7', () => {
  const { seen = [], unseen = [] } = manifest.concepts;

  test('holds out 150 names; none stands on both sides', () => {
    expect(unseen).toHaveLength(150);
    expect(seen.length + unseen.length).toBeGreaterThan(1000);
    expect(unseen.filter((name) => seen.includes(name))).toEqual([]);
  });

  test.each([
    ['locked'],
    ['globe'],
    ['banknote'],
    ['camera'],
    ['fist'],
    ['umbrella'],
    ['monkey'],
    ['chart'],
    ['mailbox'],
    ['taxi'],
  ])('keeps all of %s on one side', (word) => {
    const has = (name: string): boolean => name.split(' ').includes(word);
    expect([seen.some(has), unseen.some(has)].filter(Boolean)).toHaveLength(1);
  });
});

describe('the samples of emoji-7', () => {
  let seen: Dataset;
  let unseen: Dataset;
  let held: Dataset;
  const room = open();
  beforeAll(async () => {
    [seen, unseen, held] = await Promise.all([room.open('seen'), room.open('unseen'), room.open('held')]);
  });

  test('are as many as the manifest says, of the concepts of their side', () => {
    expect(seen.count + unseen.count).toBe(manifest.samples);
    expect(seen.distinct('label')).toEqual([...(manifest.concepts['seen'] ?? [])].sort());
    expect(unseen.distinct('label')).toEqual([...(manifest.concepts['unseen'] ?? [])].sort());
    expect(held.count).toBe(manifest.shards.find((shard) => shard.file === 'seen-noto-v1.tar.gz')?.samples);
    expect(held.mark).toBe('test');
  });

  test('have eight captions, the plain one first, each within 32 tokens but for a handful', () => {
    const clip = room.tokenizer('clip');
    let long = 0;
    for (let index = 0; index < seen.count; index += 7) {
      const captions = seen.value(index, 'caption') as readonly string[];
      expect(captions).toHaveLength(8);
      expect(captions[0]).toBe(`a drawing of a ${String(seen.value(index, 'label'))}`);
      long += clip.encode(captions).truncated.filter(Boolean).length;
    }
    expect(long).toBeLessThanOrEqual(3);
  });

  test('decode to 48 x 48 pictures that are neither empty nor all alike', async () => {
    await unseen.prepare();
    const indices = Array.from({ length: unseen.count }, (_, index) => index);
    const batch = await unseen.batch(indices, ['image', 'label', 'category'], undefined);
    const { data, shape } = batch['image'] ?? { data: new Uint8Array(), shape: [] };
    expect(shape).toEqual([unseen.count, 48, 48, 3]);
    const digests = new Set<string>();
    for (const index of indices) {
      const picture = Uint8Array.from(data.subarray(index * 6912, (index + 1) * 6912));
      digests.add(sha256(picture));
      const darkest = picture.reduce((least, value) => Math.min(least, value), 255);
      expect(darkest, unseen.sample(index)).toBeLessThan(225);
    }
    expect(digests.size).toBeGreaterThan(0.99 * unseen.count);
    expect(await room.vocabulary('kind')).toHaveLength(8);
    expect(Math.max(...(batch['category']?.data ?? []))).toBe(7);
  });

  test('differ between a style and another: the held-out style is no copy', async () => {
    const byName = new Map<string, number>();
    for (let index = 0; index < seen.count; index++) {
      if (seen.value(index, 'style') === 'noto') byName.set(String(seen.value(index, 'label')), index);
    }
    let near = 0;
    let pairs = 0;
    for (let index = 0; index < held.count; index += 5) {
      const other = byName.get(String(held.value(index, 'label')));
      if (other === undefined) continue;
      const a = (await held.batch([index], ['image'], undefined))['image']?.data ?? [];
      const b = (await seen.batch([other], ['image'], undefined))['image']?.data ?? [];
      let difference = 0;
      for (let at = 0; at < a.length; at++) difference += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
      pairs++;
      if (difference / a.length < 4) near++;
    }
    expect(pairs).toBeGreaterThan(100);
    expect(near / pairs).toBeLessThan(0.05);
  });
});
