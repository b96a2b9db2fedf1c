import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { DatasetSpec } from '../../../src/compiler/program/dataset.ts';
import type { DataPlan } from '../../../src/runtime/data/data-plan.ts';
import { createDataRoom, type DataRoom } from '../../../src/runtime/data/data-room.ts';
import { DataError, type DataCode } from '../../../src/runtime/data/data-error.ts';
import { path, plainPng, plan, spec, tarOf, temporaryProject, write } from './fixtures.ts';

const project = temporaryProject();
const members: Record<string, string | Uint8Array> = {};
for (let k = 0; k < 6; k++) {
  members[`s${k}.png`] = await plainPng(40, 40, [k, 90, 200]);
  members[`s${k}.json`] = JSON.stringify({ label: k < 3 ? 'cat' : 'dog', captions: ['a cat', 'a dog'] });
}
const whole = await tarOf(members);

const columns: DataPlan['columns'] = [
  { kind: 'image', name: 'face', height: 8, width: 8, fit: 'cover' },
  { kind: 'class', name: 'label', vocabulary: 'animal' },
  { kind: 'text', name: 'said', tokenizer: 'clip' },
  { kind: 'scalar', name: 'angle', scale: 1 },
];

function open(data: DatasetSpec, warnings: string[] = []): ReturnType<ReturnType<typeof createDataRoom>['open']> {
  const room = createDataRoom(
    plan({
      columns,
      vocabularies: [{ name: 'animal', entries: ['cat', 'dog'], groups: {} }],
      tokenizers: [{ id: 'clip', path: `${process.cwd()}/data/tokenizer/clip-small.json`, context: 4 }],
      data: [data],
    }),
    { projectFolder: project, seed: 1, onWarning: (code, message) => warnings.push(`${code} ${message}`) },
  );
  return room.open(data.name);
}

function shards(pattern: string, rest: Partial<DatasetSpec> = {}): DatasetSpec {
  return spec(
    'd',
    { kind: 'shards', path: pattern },
    { columns: { face: path('png'), label: path('json.label') }, ...rest },
  );
}

async function failure(work: () => Promise<unknown>): Promise<DataError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

function expectFault(error: DataError, fault: 'user' | 'world', code: DataCode, message: RegExp, help: RegExp): void {
  expect([error.fault, error.code]).toEqual([fault, code]);
  expect(error.message).toMatch(message);
  expect(error.help ?? '').toMatch(help);
}

describe('a shard', () => {
  test.each([
    ['within a member', whole.subarray(0, 1200)],
    ['within a header', whole.subarray(0, 4096 + 100)],
    ['between two samples', whole.subarray(0, 4 * 512)],
    ['before its end mark', whole.subarray(0, whole.length - 1024)],
  ])('that ends %s is reported as truncated', async (_where, bytes) => {
    write(project, 'cut-0.tar', bytes);
    expectFault(
      await failure(() => open(shards('cut-*.tar'))),
      'world',
      'CX8102',
      /cut-0\.tar is truncated or damaged after \d+ whole samples/,
      /again/,
    );
  });

  test('whose compressed stream is cut or damaged is reported too', async () => {
    const bytes = gzipSync(whole);
    write(project, 'gz/cut-0.tar.gz', bytes.subarray(0, bytes.length - 30));
    expectFault(
      await failure(() => open(shards('gz/cut-*.tar'))),
      'world',
      'CX8102',
      /cut-0\.tar\.gz is truncated/,
      /again/,
    );
    const damaged = Buffer.from(bytes);
    damaged.fill(7, 60, 90);
    write(project, 'gz/bad-0.tar.gz', damaged);
    expectFault(await failure(() => open(shards('gz/bad-*.tar'))), 'world', 'CX8102', /bad-0\.tar\.gz/, /again/);
  });

  test('that is no tar at all is reported', async () => {
    write(project, 'text-0.tar', 'this is no archive '.repeat(100));
    expectFault(await failure(() => open(shards('text-*.tar'))), 'world', 'CX8102', /text-0\.tar/, /again/);
  });

  test('that is not there: the message says what is', async () => {
    write(project, 'data/gaze/source-0.tar', whole);
    expectFault(
      await failure(() => open(shards('data/gaze/sorce-0.tar'))),
      'world',
      'CX8101',
      /data\/gaze` holds source-0\.tar/,
      /did you mean "data\/gaze\/source-0\.tar"/,
    );
    expectFault(
      await failure(() => open(shards('data/gase/*.tar'))),
      'world',
      'CX8101',
      /no file matches "data\/gase\/\*\.tar"/,
      /did you mean "data\/gaze"/,
    );
  });
});

describe('an image', () => {
  const face = Buffer.from(members['s2.png'] ?? '');
  const broken: Record<string, Uint8Array> = {
    truncated: face.subarray(0, face.length - 30),
    scrambled: Buffer.concat([face.subarray(0, 60), Buffer.alloc(40, 170), face.subarray(100)]),
    empty: Buffer.alloc(0),
    'a text': Buffer.from('<html>not found</html>'),
  };

  test.each(Object.entries(broken))('that is %s names its sample', async (_what, bytes) => {
    write(project, 'broken-0.tar', await tarOf({ ...members, 's2.png': bytes }));
    const set = await open(shards('broken-*.tar'));
    const good = await set.batch([0, 1], ['face'], undefined);
    expect(good['face']?.shape).toEqual([2, 8, 8, 3]);
    const error = await failure(() => set.prepare());
    expectFault(error, 'world', 'CX8103', /image `png` of sample broken-0\.tar#s2 can not be decoded/, /on_bad: skip/);
    expect(error.sample).toBe('broken-0.tar#s2');
  });

  test('is left out and counted where the data set says skip', async () => {
    const warnings: string[] = [];
    write(project, 'skip-0.tar', await tarOf({ ...members, 's2.png': broken['truncated'] ?? '', 's4.png': 'x' }));
    const set = await open(shards('skip-*.tar', { onBad: 'skip' }), warnings);
    expect(set.count).toBe(4);
    expect(set.skipped.map((one) => one.sample)).toEqual(['skip-0.tar#s2', 'skip-0.tar#s4']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/2 of 6 samples skipped.*skip-0\.tar#s2/);
    await set.prepare();
  });
});

describe('a column', () => {
  test('that no sample has offers the nearest', async () => {
    write(project, 'good-0.tar', whole);
    const json = await open(shards('good-*.tar', { columns: { label: path('json.lable') } }));
    expectFault(
      await failure(() => json.batch([0], ['label'], undefined)),
      'user',
      'CX8104',
      /`label` reads "json\.lable", but sample good-0\.tar#s0 has no `lable`; it has label, captions/,
      /did you mean "json\.label"/,
    );
    const member = await open(shards('good-*.tar', { columns: { face: path('pgn') } }));
    expectFault(
      await failure(() => member.batch([0], ['face'], undefined)),
      'user',
      'CX8104',
      /it has png, json/,
      /did you mean "png"/,
    );
  });

  test('that the data set does not map is named in steps and batches', async () => {
    const set = await open(shards('good-*.tar'));
    expectFault(
      await failure(() => set.batch([0], ['angle'], undefined)),
      'user',
      'CX8108',
      /no column `angle`; it maps face, label/,
      /add `angle`/,
    );
    const few = shards('good-*.tar', { steps: [{ kind: 'few-shot', count: 1, per: 'lable' }] });
    expectFault(await failure(() => open(few)), 'user', 'CX8108', /no column `lable`/, /did you mean `label`/);
  });

  test('that is absent in one sample only is found there', async () => {
    write(project, 'hole-0.tar', await tarOf({ ...members, 's3.json': '{"captions":[]}' }));
    const set = await open(shards('hole-*.tar'));
    expectFault(
      await failure(() => set.batch([0, 3], ['label'], undefined)),
      'user',
      'CX8104',
      /hole-0\.tar#s3 has no `label`/,
      /path/,
    );
  });

  test('whose label is no word of the vocabulary is named with the nearest word', async () => {
    write(project, 'odd-0.tar', await tarOf({ ...members, 's1.json': '{"label":"doog"}' }));
    const set = await open(shards('odd-*.tar'));
    expectFault(
      await failure(() => set.batch([1], ['label'], undefined)),
      'user',
      'CX8105',
      /odd-0\.tar#s1 is "doog", which is none of the 2 words of vocabulary `animal`/,
      /nearest word is "dog"/,
    );
  });

  test('of the wrong kind is named', async () => {
    const set = await open(
      shards('good-*.tar', { columns: { angle: path('json.label'), said: path('json.captions') } }),
    );
    expectFault(
      await failure(() => set.batch([0], ['angle'], undefined)),
      'user',
      'CX8107',
      /should hold a number, found "cat"/,
      /^/,
    );
    expectFault(
      await failure(() => set.batch([0], ['said'], undefined)),
      'user',
      'CX8107',
      /should hold a text, found \["a cat"/,
      /draw\("json\.captions"\)/,
    );
  });

  test('whose text is too long for its encoder is named, and the way to cut it', async () => {
    const set = await open(
      shards('good-*.tar', { columns: { said: { kind: 'template', text: '=a {json.label} and a dog and a cat' } } }),
    );
    expectFault(
      await failure(() => set.batch([0, 1, 2], ['said'], undefined)),
      'user',
      'CX8111',
      /`said` of good-0\.tar#s0 is longer than the \d+ tokens .*: "a cat and a dog and a cat"/,
      /`text\(max: \d+\)` cuts longer texts/,
    );
  });

  test('whose text is to be cut is cut, and keeps the end token', async () => {
    const said = { kind: 'template', text: '=a {json.label} and a dog and a cat' } as const;
    const tokenizers = [{ id: 'clip', path: `${process.cwd()}/data/tokenizer/clip-small.json`, context: 4 }];
    const cut = columns.map((column) => (column.kind === 'text' ? { ...column, most: 4 } : column));
    const data = [shards('good-*.tar', { columns: { said } })];
    const set = await createDataRoom(plan({ columns: cut, tokenizers, data }), { projectFolder: project, seed: 1 }).open('d'); // prettier-ignore
    const batch = await set.batch([0], ['said'], undefined);
    expect(batch['said.ids']?.data).toHaveLength(4);
    expect(batch['said.ids']?.data[3]).toBe(4299);
  });

  test('of a prompt that is too long is an error too, but for random data', async () => {
    const tokenizers = [{ id: 'clip', path: `${process.cwd()}/data/tokenizer/clip-small.json`, context: 4 }];
    const texts = [{ id: 'p', tokenizer: 'clip', shape: [2], texts: ['a cat', 'a cat and a dog'] }];
    const room = (random: boolean): DataRoom =>
      createDataRoom(plan({ tokenizers, texts, ...(random ? { random } : {}) }), { projectFolder: project, seed: 1 });
    expectFault(
      await failure(() => room(false).texts('p')),
      'user',
      'CX8111',
      /p: 1 of 2 prompts are longer than the 4 tokens .*: "a cat and a dog"/,
      /clipx plan/,
    );
    await expect(room(true).texts('p')).resolves.toBeDefined();
  });

  test.each(['clip', 'small'])(
    'by more ids than its encoder has entries is told with both numbers: %s',
    async (which) => {
      const [file, ids] =
        which === 'clip' ? ['clip', 49408] : [`${process.cwd()}/data/tokenizer/clip-small.json`, 4300];
      const texts = [{ id: 'p', tokenizer: 'words', shape: [1], texts: ['a cat'] }];
      const room = (entries: number): DataRoom =>
      createDataRoom(plan({ tokenizers: [{ id: 'words', path: file, context: 8, entries }], texts }), { projectFolder: project, seed: 1 }); // prettier-ignore
      expectFault(
        await failure(() => room(512).texts('p')),
        'user',
        'CX8110',
        new RegExp(`tokenizer .* has ${ids} ids, and the table of \`words\` 512 entries`),
        new RegExp(`vocabulary: ${ids}`),
      );
      await expect(room(ids).texts('p')).resolves.toBeDefined();
    },
  );
});

describe('a table', () => {
  test.each([
    ['csv', 'rows.csv', 'label,angle\ncat,1\ndog\n', /rows\.csv can not be read: .*line 3/i],
    ['jsonl', 'rows.jsonl', '{"label":"cat"}\n{"label":\n', /rows\.jsonl:2 can not be read/],
    ['jsonl', 'list.jsonl', '[1, 2]\n', /list\.jsonl:1 .*one JSON object/],
  ] as const)('%s %s with a broken line is reported with the line', async (kind, file, content, message) => {
    write(project, file, content);
    expectFault(
      await failure(() => open(spec('d', { kind, path: file }, { columns: { label: path('label') } }))),
      'world',
      'CX8106',
      message,
      /repair/,
    );
  });

  test('that names a picture which is not there', async () => {
    write(project, 'faces.csv', 'file\nnone.png\n');
    const set = await open(spec('d', { kind: 'csv', path: 'faces.csv' }, { columns: { face: path('file') } }));
    expectFault(
      await failure(() => set.prepare()),
      'world',
      'CX8101',
      /faces\.csv#2 names .*none\.png/,
      /relative to the table/,
    );
  });
});

describe('a data set', () => {
  test('that a filter empties says so', async () => {
    const none = shards('good-*.tar', {
      steps: [{ kind: 'filter', condition: { kind: 'compare', operator: '==', column: 'label', value: 'cow' } }],
    });
    expectFault(
      await failure(() => open(none)),
      'user',
      'CX8109',
      /`d` has no samples: `filter` leaves none of 6/,
      /condition/,
    );
  });

  test('with a broken JSON member names the sample', async () => {
    write(project, 'json-0.tar', await tarOf({ ...members, 's5.json': '{"label": ' }));
    const set = await open(shards('json-*.tar'));
    expectFault(
      await failure(() => set.batch([5], ['label'], undefined)),
      'world',
      'CX8106',
      /json-0\.tar#s5: `json` is no JSON/,
      /^/,
    );
  });

  test('of an unknown folder or a file in its place', async () => {
    expectFault(
      await failure(() => open(spec('d', { kind: 'folder', path: 'nowhere' }))),
      'world',
      'CX8101',
      /no file matches "nowhere"/,
      /./,
    );
    expectFault(
      await failure(() => open(spec('d', { kind: 'folder', path: 'good-0.tar' }))),
      'user',
      'CX8101',
      /is a file/,
      /^/,
    );
  });
});
