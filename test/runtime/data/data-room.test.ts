import { describe, expect, test } from 'vitest';
import type { DatasetSpec } from '../../../src/compiler/program/dataset.ts';
import type { DataPlan } from '../../../src/runtime/data/data-plan.ts';
import { createDataRoom, type DataRoom } from '../../../src/runtime/data/data-room.ts';
import { path, plainPng, plan, sha256, spec, tarOf, temporaryProject, write } from './fixtures.ts';

const project = temporaryProject();

/** Forty samples in two shards: a 6 × 4 picture of grey 5k, a class, a person, numbers, labels and captions. */
const words = ['cat', 'dog', 'fish', 'owl'];
const count = 40;
for (const shard of [0, 1]) {
  const members: Record<string, string | Uint8Array> = {};
  for (let k = shard * 20; k < shard * 20 + 20; k++) {
    members[`s${k}.png`] = await plainPng(6, 4, [5 * k, 5 * k, 5 * k]);
    members[`s${k}.json`] = JSON.stringify({
      label: words[k % 4],
      person: `p${Math.floor(k / 5)}`,
      angle: k,
      gaze: [k, k / 2, 1],
      factors: k % 2 === 0 ? ['cat', 'owl'] : [1, 0, -1, 0],
      captions: [`a cat ${k}`, 'a dog', 'an owl', 'a fish'],
    });
  }
  write(project, `data/set-${shard}.tar`, await tarOf(members));
}

const all: DatasetSpec = spec(
  'all',
  { kind: 'shards', path: 'data/set-*.tar' },
  {
    columns: {
      face: path('png'),
      label: path('json.label'),
      person: path('json.person'),
      angle: path('json.angle'),
      gaze: path('json.gaze'),
      factors: path('json.factors'),
      said: { kind: 'draw', path: 'json.captions' },
      told: { kind: 'template', text: '=a {json.label} seen by {json.person} {{so}}' },
    },
  },
);
const columns: DataPlan['columns'] = [
  { kind: 'image', name: 'face', height: 4, width: 4, fit: 'cover' },
  { kind: 'class', name: 'label', vocabulary: 'animal' },
  { kind: 'id', name: 'person' },
  { kind: 'scalar', name: 'angle', scale: Math.PI / 180 },
  { kind: 'vector', name: 'gaze', size: 3 },
  { kind: 'labels', name: 'factors', vocabulary: 'animal' },
  { kind: 'text', name: 'said', tokenizer: 'clip' },
  { kind: 'text', name: 'told', tokenizer: 'clip' },
];

function room(data: readonly DatasetSpec[], parts: Partial<DataPlan> = {}, seed = 1): DataRoom {
  return createDataRoom(
    plan({
      columns,
      vocabularies: [
        {
          name: 'animal',
          entries: [],
          from: { kind: 'columns', columns: [{ data: 'all', column: 'label' }] },
          groups: {},
        },
      ],
      tokenizers: [{ id: 'clip', path: `${process.cwd()}/data/tokenizer/clip-small.json`, context: 12 }],
      data: [all, ...data],
      ...parts,
    }),
    { projectFolder: project, seed },
  );
}

async function keysOf(data: DatasetSpec, more: readonly DatasetSpec[] = []): Promise<string[]> {
  const set = await room([data, ...more]).open(data.name);
  return Array.from({ length: set.count }, (_, index) => set.sample(index).replace(/.*#s/, ''));
}

/** Lengths of the captions that all samples give. */
async function captionLengths(epoch: number | undefined, seed = 1): Promise<number[]> {
  const set = await room([], {}, seed).open('all');
  const indices = Array.from({ length: count }, (_, k) => k);
  const batch = await set.batch(indices, ['said'], epoch);
  return Array.from(batch['said.length']?.data ?? []);
}

function peopleOf(keys: readonly string[]): Set<number> {
  return new Set(keys.map((key) => Math.floor(Number(key) / 5)));
}

describe('a batch', () => {
  test('holds every column in the shape and type its input says', async () => {
    const set = await room([]).open('all');
    expect(set.count).toBe(count);
    const batch = await set.batch(
      [3, 21],
      columns.map((column) => column.name),
      undefined,
    );
    expect(batch['face']).toMatchObject({ dtype: 'u8', shape: [2, 4, 4, 3] });
    expect([batch['face']?.data[0], batch['face']?.data[48], batch['face']?.data[95]]).toEqual([15, 105, 105]);
    expect(batch['label']).toEqual({ dtype: 'i32', shape: [2], data: Int32Array.of(3, 1) });
    expect(batch['angle']?.data[1]).toBeCloseTo((21 * Math.PI) / 180, 6);
    expect(batch['gaze']).toEqual({ dtype: 'f32', shape: [2, 3], data: Float32Array.of(3, 1.5, 1, 21, 10.5, 1) });
    expect(batch['factors']?.data).toEqual(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0));
    expect(batch['factors.mask']).toEqual({
      dtype: 'bool',
      shape: [2, 4],
      data: Uint8Array.of(1, 1, 0, 1, 1, 1, 0, 1),
    });
    expect(batch['said.ids']?.shape).toEqual([2, 12]);
  });

  test('gives words of a list as labels, and one number to equal ids', async () => {
    const set = await room([]).open('all');
    const batch = await set.batch([0, 4, 5, 1], ['factors', 'person'], undefined);
    expect(Array.from(batch['factors']?.data.slice(0, 4) ?? [])).toEqual([1, 0, 0, 1]);
    expect(Array.from(batch['factors.mask']?.data.slice(0, 4) ?? [])).toEqual([1, 1, 1, 1]);
    const [a, b, c, d] = batch['person']?.data ?? [];
    expect([a === b, a === d, a === c]).toEqual([true, true, false]);
  });

  test('takes the words of the vocabulary from a record, and names one that the record lacks', async () => {
    const record = { cat: 1, dog: 0, fish: null, owl: true, crow: 1 };
    write(
      project,
      'record.jsonl',
      `${JSON.stringify({ factors: record })}\n${JSON.stringify({ factors: { cat: 1, dgo: 0 } })}\n`,
    );
    const vocabularies = [{ name: 'animal', entries: words, groups: {} }];
    const data = [spec('all', { kind: 'jsonl', path: 'record.jsonl' }, { columns: { factors: path('factors') } })];
    const set = await room([], { data, vocabularies }).open('all');
    const batch = await set.batch([0], ['factors'], undefined);
    expect(Array.from(batch['factors']?.data ?? [])).toEqual([1, 0, 0, 1]);
    expect(Array.from(batch['factors.mask']?.data ?? [])).toEqual([1, 1, 0, 1]);
    await expect(set.batch([1], ['factors'], undefined)).rejects.toThrow(
      /has "dog", of which `factors` of sample record.jsonl#2 says nothing/,
    );
  });

  test('fills templates and tokenises them', async () => {
    const open = room([]);
    const set = await open.open('all');
    expect(set.value(6, 'told')).toBe('a fish seen by p1 {so}');
    const batch = await set.batch([6], ['told'], undefined);
    const clip = open.tokenizer('clip');
    const pieces = clip.pieces('a fish seen by p1 {so}').slice(0, 10);
    expect(Array.from(batch['told.ids']?.data ?? [])).toEqual([clip.start, ...pieces, clip.end]);
    expect(batch['told.length']?.data[0]).toBe(11);
  });

  test('draws one caption of the list per epoch in training, the first in evaluation, the same for the same seed', async () => {
    // The first caption alone has a number in it, and is longer.
    expect((await captionLengths(undefined)).every((length) => length >= 4)).toBe(true);
    const epochs = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((epoch) => captionLengths(epoch)));
    const firsts = epochs.flat().filter((length) => length >= 4).length;
    // One in four of 320 draws: within four deviations.
    expect(Math.abs(firsts - 80)).toBeLessThan(4 * Math.sqrt(320 * 0.25 * 0.75));
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(await captionLengths(3)).toEqual(epochs[3]);
    expect(await captionLengths(3, 2)).not.toEqual(epochs[3]);
  });
});

describe('steps', () => {
  const same = { kind: 'same', data: 'all' } as const;

  test('filter keeps what the condition says, by number, word and list', async () => {
    const kept = await keysOf(
      spec('few', same, {
        steps: [
          {
            kind: 'filter',
            condition: {
              kind: 'and',
              parts: [
                { kind: 'in', column: 'label', values: ['cat', 'dog'] },
                { kind: 'not', part: { kind: 'compare', operator: '==', column: 'person', value: 'p0' } },
                {
                  kind: 'or',
                  parts: [
                    { kind: 'compare', operator: '<', column: 'angle', value: 10 },
                    { kind: 'compare', operator: '>=', column: 'angle', value: 36 },
                  ],
                },
              ],
            },
          },
        ],
      }),
    );
    expect(kept).toEqual(['5', '8', '9', '36', '37']);
  });

  test('few_shot takes so many of each class, always the same, and except takes the others', async () => {
    const few = spec('few', same, { steps: [{ kind: 'few-shot', count: 3, per: 'label' }] });
    const rest = spec('rest', same, { steps: [{ kind: 'except', data: 'few' }] });
    const kept = await keysOf(few);
    const classes = kept.map((key) => Number(key) % 4);
    expect(words.map((_, word) => classes.filter((one) => one === word).length)).toEqual([3, 3, 3, 3]);
    expect(await keysOf(few)).toEqual(kept);
    const others = await keysOf(rest, [few]);
    expect([...kept, ...others].sort()).toEqual(Array.from({ length: count }, (_, k) => String(k)).sort());
  });

  test('sample takes a number or a share', async () => {
    expect(await keysOf(spec('some', same, { steps: [{ kind: 'sample', count: 7 }] }))).toHaveLength(7);
    expect(await keysOf(spec('some', same, { steps: [{ kind: 'sample', share: 0.25 }] }))).toHaveLength(10);
  });

  test('split by a column keeps its values together, and its parts are the whole', async () => {
    const parts = [
      spec('a', { kind: 'split', data: 'all', from: 0, to: 0.75, by: 'person' }),
      spec('b', { kind: 'split', data: 'all', from: 0.75, to: 1, by: 'person' }),
    ];
    const [a = [], b = []] = await Promise.all(parts.map((part) => keysOf(part)));
    expect([a.length, b.length]).toEqual([30, 10]);
    expect([...peopleOf(a)].filter((person) => peopleOf(b).has(person))).toEqual([]);
    expect(new Set([...a, ...b]).size).toBe(count);
  });

  test('mix holds every sample and keeps the proportions', async () => {
    const cats = spec('cats', same, {
      steps: [{ kind: 'filter', condition: { kind: 'compare', operator: '==', column: 'label', value: 'cat' } }],
    });
    const mix = spec('mix', {
      kind: 'mix',
      parts: [
        { data: 'all', share: 0.5 },
        { data: 'cats', share: 0.5 },
      ],
    });
    const keys = await keysOf(mix, [cats]);
    expect(keys).toHaveLength(80);
    expect(new Set(keys).size).toBe(count);
    expect(keys.filter((key) => key === '4')).toHaveLength(5);
  });
});

describe('content', () => {
  test('keys change with the columns read and with nothing else', async () => {
    const first = await room([]).open('all');
    const again = await room([], {}, 9).open('all');
    expect(await again.contentKey(2, ['face'])).toBe(await first.contentKey(2, ['face']));
    const keys = await Promise.all([
      first.contentKey(2, ['face']),
      first.contentKey(2, ['label']),
      first.contentKey(3, ['face']),
      first.contentKey(2, ['face', 'label']),
    ]);
    expect(new Set(keys).size).toBe(4);
    // Samples 2 and 6 have the same label.
    expect(await first.contentKey(6, ['label'])).toBe(await first.contentKey(2, ['label']));
    expect(await first.digest()).toBe(await again.digest());
    expect(await first.contentKey(2, ['face'])).toBe(
      sha256(Buffer.from(`face ${sha256(await plainPng(6, 4, [10, 10, 10]))}`)),
    );
  });

  test('a vocabulary from a column is its sorted distinct values', async () => {
    const open = room([]);
    expect(await open.vocabulary('animal')).toEqual(words);
    expect((await open.open('all')).distinct('angle').slice(0, 3)).toEqual(['0', '1', '2']);
  });

  test('a table of prompts keeps its shape', async () => {
    const open = room([], {
      texts: [{ id: 'p', tokenizer: 'clip', shape: [2, 1], texts: ['a cat', 'a dog and an owl'] }],
    });
    const { ids, length } = await open.texts('p');
    expect([ids.shape, length.shape]).toEqual([
      [2, 1, 12],
      [2, 1],
    ]);
    expect(Array.from(length.data)).toEqual([3, 6]);
  });
});

describe('other sources', () => {
  test('a folder of class folders', async () => {
    for (const [name, grey] of [
      ['cat/a', 10],
      ['cat/b', 20],
      ['dog/a', 30],
    ] as const) {
      write(project, `pictures/${name}.png`, await plainPng(4, 4, [grey, grey, grey]));
    }
    const data = spec(
      'all',
      { kind: 'folder', path: 'pictures' },
      { columns: { face: path('png'), label: path('folder') } },
    );
    const set = await room([], { data: [data] }).open('all');
    const batch = await set.batch([0, 1, 2], ['face', 'label'], undefined);
    expect(Array.from(batch['label']?.data ?? [])).toEqual([0, 0, 1]);
    expect([0, 48, 96].map((at) => batch['face']?.data[at])).toEqual([10, 20, 30]);
  });

  test('CSV and JSON lines, with pictures by file name', async () => {
    write(
      project,
      'table/rows.csv',
      'file,label,angle,gaze\n../pictures/cat/b.png,cat,90,1 2 3\n"../pictures/dog/a.png",dog,-45,"4, 5, 6"\n',
    );
    write(
      project,
      'table/rows.jsonl',
      '{"file":"../pictures/cat/b.png","label":"cat","angle":90,"gaze":[1,2,3]}\n\n{"file":"../pictures/dog/a.png","label":"dog","angle":-45,"gaze":[4,5,6]}\n',
    );
    const mapping = { face: path('file'), label: path('label'), angle: path('angle'), gaze: path('gaze') };
    for (const kind of ['csv', 'jsonl'] as const) {
      const set = await room([], {
        data: [spec('all', { kind, path: `table/rows.${kind}` }, { columns: mapping })],
      }).open('all');
      const batch = await set.batch([1, 0], ['face', 'label', 'angle', 'gaze'], undefined);
      expect([batch['face']?.data[0], batch['face']?.data[48]]).toEqual([30, 20]);
      expect(Array.from(batch['label']?.data ?? [])).toEqual([1, 0]);
      expect(batch['angle']?.data[1]).toBeCloseTo(Math.PI / 2, 6);
      expect(Array.from(batch['gaze']?.data ?? [])).toEqual([4, 5, 6, 1, 2, 3]);
    }
  });
});
