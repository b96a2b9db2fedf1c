/** Films, sounds, clouds, maps, lists and absent values, against files whose content is known by how they were made. */
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Column } from '../../../src/compiler/program/column.ts';
import type { ColumnSource, DataOrigin } from '../../../src/compiler/program/dataset.ts';
import { readWave, resampled } from '../../../src/runtime/data/audio-column.ts';
import { createDataRoom } from '../../../src/runtime/data/data-room.ts';
import type { Dataset } from '../../../src/runtime/data/dataset.ts';
import { pickedFrames } from '../../../src/runtime/data/film-column.ts';
import { writeSafetensors } from '../../../src/runtime/weights/safetensors.ts';
import { path, plainPng, plan, spec, tarOf, temporaryProject, write } from './fixtures.ts';

const project = temporaryProject();
const words = ['cat', 'dog', 'fish'];

async function opened(
  source: DataOrigin,
  columns: readonly Column[],
  map: Readonly<Record<string, ColumnSource>>,
): Promise<Dataset> {
  // prettier-ignore
  const vocabularies = [{ name: 'animal', entries: words, groups: {} }];
  const data = [spec('d', source, { columns: map })];
  return createDataRoom(plan({ columns, vocabularies, data }), { projectFolder: project, seed: 1 }).open('d');
}

async function grey(width: number, height: number, values: readonly number[]): Promise<Buffer> {
  return sharp(Uint8Array.from(values), { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

async function grey16(width: number, height: number, values: readonly number[]): Promise<Buffer> {
  return sharp(Uint16Array.from(values), { raw: { width, height, channels: 1 } }).toColourspace('grey16').png().toBuffer(); // prettier-ignore
}

function wave(rate: number, channels: number, samples: readonly number[]): Buffer {
  const data = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, at) => data.writeInt16LE(sample, at * 2));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * 2, 28);
  head.writeUInt16LE(channels * 2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

function npy(shape: string, numbers: readonly number[]): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117) + '\n';
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  return Buffer.concat([head, Buffer.from(header), Buffer.from(Float32Array.from(numbers).buffer)]);
}

const numbers = (values: ArrayLike<number> | undefined): number[] => Array.from(values ?? []);

describe('a film', () => {
  const column: Column = {
    kind: 'frames',
    name: 'film',
    frames: 3,
    height: 2,
    width: 2,
    fit: 'cover',
    pick: 'uniform',
  };

  test('is read of an animated WebP or of a list of files, and masked where it is shorter', async () => {
    const stills = await Promise.all([10, 60, 110, 160, 210].map((level) => plainPng(2, 2, [level, level, level])));
    const animated = await sharp(stills, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    write(project, 'data/films.tar', await tarOf({ 'a.webp': animated, 'b.webp': await sharp(stills[0]).webp({ lossless: true }).toBuffer() })); // prettier-ignore
    const films = await opened({ kind: 'shards', path: 'data/films.tar' }, [column], { film: path('webp') });
    const batch = await films.batch([0, 1], ['film'], undefined);
    expect(batch['film']?.shape).toEqual([2, 3, 2, 2, 3]);
    // the middle of each third of five frames: the first, the third and the fifth
    expect([0, 12, 24, 36].map((at) => batch['film']?.data[at])).toEqual([10, 110, 210, 10]);
    expect(numbers(batch['film.mask']?.data)).toEqual([1, 1, 1, 1, 0, 0]);
    stills.forEach((still, at) => write(project, `data/list/${at}.png`, still));
    write(project, 'data/list/films.jsonl', `${JSON.stringify({ files: ['3.png', '1.png'] })}\n`);
    const lists = await opened({ kind: 'jsonl', path: 'data/list/films.jsonl' }, [column], { film: path('files') });
    const list = await lists.batch([0], ['film'], undefined);
    expect([0, 12, 24].map((at) => list['film']?.data[at])).toEqual([160, 60, 0]);
    expect(numbers(list['film.mask']?.data)).toEqual([1, 1, 0]);
  });

  test('has one frame of each segment: drawn in training, the middle one otherwise', () => {
    const none = (): undefined => undefined;
    expect(pickedFrames(9, 3, 'segments', none)).toEqual([1, 4, 7]);
    expect(pickedFrames(9, 3, 'head', none)).toEqual([0, 1, 2]);
    expect(pickedFrames(9, 3, 'segments', (segment) => [0, 0.99, 0.4][segment])).toEqual([0, 5, 7]);
    expect(pickedFrames(2, 3, 'segments', () => 0.99)).toEqual([0, 1]);
  });
});

describe('numbers of pixels', () => {
  test('are taken as they stand, of 8 and of 16 bits, nearest, and masked where unknown', async () => {
    const depth = await grey16(4, 2, [0, 1500, 2500, 65535, 1000, 0, 3000, 4000]);
    const label = await grey(4, 2, [0, 1, 2, 255, 2, 2, 1, 9]);
    write(project, 'data/planes.tar', await tarOf({ 'a.depth.png': depth, 'a.mask.png': label }));
    const columns: Column[] = [
      { kind: 'map', name: 'depth', height: 2, width: 4, fit: 'cover', scale: 0.001, unknown: true },
      { kind: 'mask', name: 'label', height: 2, width: 4, fit: 'cover', vocabulary: 'animal' },
      { kind: 'mask', name: 'small', height: 1, width: 1, fit: 'cover', vocabulary: 'animal' },
    ];
    const planes = await opened({ kind: 'shards', path: 'data/planes.tar' }, columns, {
      depth: { kind: 'path', path: 'depth.png', unknown: 0 },
      label: { kind: 'path', path: 'mask.png', unknown: 2 },
      small: path('mask.png'),
    });
    const batch = await planes.batch([0], ['depth', 'label', 'small'], undefined);
    expect(numbers(batch['depth']?.data).map((x) => Math.round(x * 1000))).toEqual([0, 1500, 2500, 65535, 1000, 0, 3000, 4000]); // prettier-ignore
    expect(numbers(batch['depth.mask']?.data)).toEqual([0, 1, 1, 1, 1, 0, 1, 1]);
    expect(numbers(batch['label']?.data)).toEqual([0, 1, 0, 0, 0, 0, 1, 0]);
    expect(numbers(batch['label.mask']?.data)).toEqual([1, 1, 0, 0, 0, 0, 1, 0]);
    // scaled to 2 x 1 of which the left half is kept: its centre lies in the second column of the second row
    expect(numbers(batch['small']?.data)).toEqual([2]);
  });

  test('a colour picture holds none', async () => {
    write(project, 'data/colour.tar', await tarOf({ 'a.png': await plainPng(2, 2, [1, 2, 3]) }));
    const column: Column = { kind: 'mask', name: 'label', height: 2, width: 2, fit: 'cover', vocabulary: 'animal' };
    const set = await opened({ kind: 'shards', path: 'data/colour.tar' }, [column], { label: path('png') });
    await expect(set.batch([0], ['label'], undefined)).rejects.toThrow(/channels/);
  });
});

describe('clouds and sounds', () => {
  test('points are read of NumPy files and of lists', async () => {
    const column: Column = { kind: 'points', name: 'cloud', points: 2 };
    write(project, 'data/clouds.tar', await tarOf({ 'a.npy': npy('3, 3', [1, 2, 3, 4, 5, 6, 7, 8, 9]) }));
    const clouds = await opened({ kind: 'shards', path: 'data/clouds.tar' }, [column], { cloud: path('npy') });
    expect(numbers((await clouds.batch([0], ['cloud'], undefined))['cloud']?.data)).toEqual([1, 2, 3, 4, 5, 6]);
    write(project, 'data/clouds.jsonl', '{"points": [[1, 2, 3]]}\n');
    const lists = await opened({ kind: 'jsonl', path: 'data/clouds.jsonl' }, [column], { cloud: path('points') });
    const batch = await lists.batch([0], ['cloud'], undefined);
    expect(numbers(batch['cloud']?.data)).toEqual([1, 2, 3, 0, 0, 0]);
    expect(numbers(batch['cloud.mask']?.data)).toEqual([1, 0]);
  });

  test('a sound is read of a WAVE file, in one ear or two, and masked after its end', async () => {
    const column: Column = { kind: 'audio', name: 'sound', rate: 8000, samples: 4, ears: 1 };
    write(project, 'data/sounds.tar', await tarOf({ 'a.wav': wave(8000, 2, [16384, 0, -16384, 0, 8192, 8192]) }));
    const mono = await opened({ kind: 'shards', path: 'data/sounds.tar' }, [column], { sound: path('wav') });
    const batch = await mono.batch([0], ['sound'], undefined);
    expect(numbers(batch['sound']?.data)).toEqual([0.25, -0.25, 0.25, 0]);
    expect(numbers(batch['sound.mask']?.data)).toEqual([1, 1, 1, 0]);
    const stereo = await opened({ kind: 'shards', path: 'data/sounds.tar' }, [{ ...column, ears: 2 }], { sound: path('wav') }); // prettier-ignore
    const both = await stereo.batch([0], ['sound'], undefined);
    expect(both['sound']?.shape).toEqual([1, 2, 4]);
    expect(numbers(both['sound']?.data)).toEqual([0.5, -0.5, 0.25, 0, 0, 0, 0.25, 0]);
    expect(readWave(wave(8000, 1, [32767])).channels[0]?.[0]).toBeCloseTo(1, 4);
  });

  test('at another rate a slow tone is the same tone', () => {
    const tone = (rate: number): Float32Array => Float32Array.from({ length: rate / 4 }, (_, k) => Math.sin((2 * Math.PI * 100 * k) / rate)); // prettier-ignore
    const found = resampled(tone(16000), 16000, 8000);
    const wanted = tone(8000);
    const middle = Array.from({ length: 1500 }, (_, k) => Math.abs((found[k + 200] ?? 0) - (wanted[k + 200] ?? 0)));
    expect(Math.max(...middle)).toBeLessThan(2e-3);
  });
});

describe('lists and absent values', () => {
  const lines = [
    { a: [1, 2], label: 'dog', marks: ['cat', 'horse'], texts: ['x', 'y'] },
    { a: [], label: 'horse', marks: ['fish'], texts: ['z'] },
    { label: 'cat', marks: [], score: -1, texts: [] },
  ];
  const columns: Column[] = [
    { kind: 'scalar', name: 'a', scale: 2, optional: true, each: { axis: 'ref', most: 3 } },
    { kind: 'class', name: 'label', vocabulary: 'animal', open: true },
    { kind: 'class', name: 'marks', vocabulary: 'animal', open: true, each: { axis: 'mark', most: 2 } },
    { kind: 'scalar', name: 'score', scale: 1, optional: true },
    { kind: 'id', name: 'text' },
  ];
  const source: DataOrigin = { kind: 'jsonl', path: 'data/lists.jsonl' };
  write(project, 'data/lists.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));

  test('fill an axis of items and say what is there', async () => {
    const map = { a: path('a'), label: path('label'), marks: path('marks'), score: path('score') };
    const set = await opened(source, columns, map);
    const batch = await set.batch([0, 1, 2], ['a', 'label', 'marks', 'score'], undefined);
    expect(batch['a']?.shape).toEqual([3, 3]);
    expect(numbers(batch['a']?.data)).toEqual([2, 4, 0, 0, 0, 0, 0, 0, 0]);
    expect(numbers(batch['a.present']?.data)).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(numbers(batch['label']?.data)).toEqual([1, 0, 0]);
    expect(numbers(batch['label.mask']?.data)).toEqual([1, 0, 1]);
    expect(numbers(batch['marks']?.data)).toEqual([0, 0, 2, 0, 0, 0]);
    expect(numbers(batch['marks.mask']?.data)).toEqual([1, 0, 1, 0, 0, 0]);
    expect(numbers(batch['marks.present']?.data)).toEqual([1, 1, 1, 0, 0, 0]);
    expect(numbers(batch['score']?.data)).toEqual([0, 0, -1]);
    expect(numbers(batch['score.present']?.data)).toEqual([0, 0, 1]);
  });

  test('of files are decoded one by one, and what is named by nothing is not there', async () => {
    const colours = { red: [200, 10, 20], green: [10, 200, 20], blue: [10, 20, 200] } as const;
    for (const [name, colour] of Object.entries(colours)) write(project, `data/lists/${name}.png`, await plainPng(2, 2, colour)); // prettier-ignore
    const shots: Column = { kind: 'image', name: 'shots', height: 2, width: 2, fit: 'cover', each: { axis: 'shot', most: 3 } }; // prettier-ignore
    const clouds: Column = { kind: 'points', name: 'clouds', points: 2, each: { axis: 'shot', most: 3 } };
    const films: Column = { kind: 'frames', name: 'films', frames: 2, height: 2, width: 2, fit: 'cover', pick: 'head', each: { axis: 'shot', most: 3 } }; // prettier-ignore
    const rows = [
      { shots: ['red.png', null, 'blue.png'], clouds: [[[1, 2, 3]], [[4, 5, 6], [7, 8, 9]]], films: [['red.png', 'green.png'], ['blue.png']] },
      { shots: ['green.png'], clouds: [], films: [] },
    ]; // prettier-ignore
    write(project, 'data/lists/table.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
    write(project, 'data/lists/table.csv', 'shots\n"[""red.png"", """", ""blue.png""]"\n"[""green.png""]"\n');
    const members = { 'a.json': JSON.stringify({ shots: ['1.png', null, '2.png'] }), 'a.1.png': await plainPng(2, 2, colours.red), 'a.2.png': await plainPng(2, 2, colours.blue), 'b.json': JSON.stringify({ shots: ['1.png'] }), 'b.1.png': await plainPng(2, 2, colours.green) }; // prettier-ignore
    write(project, 'data/lists/all.tar', await tarOf(members));
    const first = (data: ArrayLike<number> | undefined): number[][] => Array.from({ length: 6 }, (_, at) => numbers(data).slice(at * 12, at * 12 + 3)); // prettier-ignore
    const wanted = [colours.red, [0, 0, 0], colours.blue, colours.green, [0, 0, 0], [0, 0, 0]];
    const sources: readonly (readonly [DataOrigin, string])[] = [
      [{ kind: 'jsonl', path: 'data/lists/table.jsonl' }, 'shots'],
      [{ kind: 'csv', path: 'data/lists/table.csv' }, 'shots'],
      [{ kind: 'shards', path: 'data/lists/all.tar' }, 'json.shots'],
    ];
    const keys = new Set<string>();
    for (const [origin, at] of sources) {
      const set = await opened(origin, [shots], { shots: path(at) });
      await set.prepare(['shots']);
      const batch = await set.batch([0, 1], ['shots'], undefined);
      expect(batch['shots']?.shape).toEqual([2, 3, 2, 2, 3]);
      expect(first(batch['shots']?.data)).toEqual(wanted.map((colour) => [...colour]));
      expect(numbers(batch['shots.present']?.data)).toEqual([1, 0, 1, 1, 0, 0]);
      keys.add(await set.contentKey(0, ['shots']));
      expect(await set.contentKey(1, ['shots'])).not.toBe(await set.contentKey(0, ['shots']));
    }
    // the same pictures have the same key, whatever they are called
    expect(keys.size).toBe(1);
    const set = await opened({ kind: 'jsonl', path: 'data/lists/table.jsonl' }, [clouds, films], { clouds: path('clouds'), films: path('films') }); // prettier-ignore
    const batch = await set.batch([0, 1], ['clouds', 'films'], undefined);
    expect(numbers(batch['clouds']?.data).slice(0, 18)).toEqual([1, 2, 3, 0, 0, 0, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0]); // prettier-ignore
    expect(numbers(batch['clouds.mask']?.data).slice(0, 6)).toEqual([1, 0, 1, 1, 0, 0]);
    expect(batch['films']?.shape).toEqual([2, 3, 2, 2, 2, 3]);
    expect(first(batch['films']?.data).slice(0, 3)).toEqual([[...colours.red], [...colours.green], [...colours.blue]]);
    expect(numbers(batch['films.mask']?.data).slice(0, 6)).toEqual([1, 1, 1, 0, 0, 0]);
    expect(numbers(batch['films.present']?.data)).toEqual([1, 1, 0, 0, 0, 0]);
  });

  test('of files say which can not be read', async () => {
    const shots: Column = { kind: 'image', name: 'shots', height: 2, width: 2, fit: 'cover', each: { axis: 'shot', most: 3 } }; // prettier-ignore
    write(project, 'data/lists/lost.jsonl', '{"shots": ["nowhere.png"]}\n{"shots": [7]}\n');
    const set = await opened({ kind: 'jsonl', path: 'data/lists/lost.jsonl' }, [shots], { shots: path('shots') });
    await expect(set.batch([0], ['shots'], undefined)).rejects.toThrow(/nowhere.png, which can not be read/);
    await expect(set.batch([1], ['shots'], undefined)).rejects.toThrow(/should name a file, found 7/);
    const members = { 'a.json': '{"shots": ["9.png"]}', 'a.1.png': await plainPng(2, 2, [1, 2, 3]) };
    write(project, 'data/lists/lost.tar', await tarOf(members));
    const shard = await opened({ kind: 'shards', path: 'data/lists/lost.tar' }, [shots], { shots: path('json.shots') }); // prettier-ignore
    await expect(shard.batch([0], ['shots'], undefined)).rejects.toThrow(/names `9.png`, which is no member/);
  });

  test('a view of a list moves each of its pictures', async () => {
    const shots: Column = { kind: 'image', name: 'shots', height: 2, width: 2, fit: 'cover', each: { axis: 'shot', most: 3 } }; // prettier-ignore
    const steps = [{ kind: 'gray', chance: 1 }] as const;
    const grey: Column = { ...shots, name: 'grey', view: { of: 'shots', stream: 'augment:grey', steps } };
    const set = await opened({ kind: 'jsonl', path: 'data/lists/table.jsonl' }, [shots, grey], { shots: path('shots') }); // prettier-ignore
    const batch = await set.batch([0, 1], ['shots', 'grey'], 0);
    expect(batch['grey']?.shape).toEqual([2, 3, 2, 2, 3]);
    expect(numbers(batch['grey.present']?.data)).toEqual(numbers(batch['shots.present']?.data));
    const [r = 0, g = 0, b = 0] = numbers(batch['grey']?.data);
    expect([r, g, b]).toEqual([r, r, r]);
    // the weights of ITU-R 601
    expect(Math.abs(r - (0.299 * 200 + 0.587 * 10 + 0.114 * 20))).toBeLessThanOrEqual(1);
  });

  test('a path that leads nowhere in any sample is told', async () => {
    await expect(opened(source, columns, { score: path('scroe') })).rejects.toThrow(/no sample of `d` holds/);
  });

  test('a list that is unfolded is a sample for each entry', async () => {
    const set = await opened(source, columns, { text: { kind: 'unfold', path: 'texts' }, label: path('label') });
    expect(set.count).toBe(3);
    expect([0, 1, 2].map((index) => set.value(index, 'text'))).toEqual(['x', 'y', 'z']);
    expect([0, 1, 2].map((index) => set.value(index, 'label'))).toEqual(['dog', 'dog', 'horse']);
  });
});

describe('files of arrays', () => {
  test('MNIST’s files give pictures and labels', async () => {
    const pixels = [0, 50, 100, 150, 200, 250, 255, 5];
    write(project, 'data/idx/images.gz', gzipSync(Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, ...pixels]))); // prettier-ignore
    write(project, 'data/idx/labels', Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 2, 0]));
    const columns: Column[] = [
      { kind: 'image', name: 'image', height: 2, width: 2, fit: 'cover' },
      { kind: 'class', name: 'label', vocabulary: 'animal' },
    ];
    const source: DataOrigin = { kind: 'idx', path: 'data/idx/images.gz', labels: 'data/idx/labels' };
    const set = await opened(source, columns, { image: path('image'), label: path('label') });
    const batch = await set.batch([0, 1], ['image', 'label'], undefined);
    expect(numbers(batch['image']?.data).filter((_, at) => at % 3 === 0)).toEqual(pixels);
    expect(numbers(batch['label']?.data)).toEqual([2, 0]);
  });

  test('features that another program computed are a row for each sample', async () => {
    write(project, 'data/keep', '');
    writeSafetensors(`${project}/data/f.safetensors`, new Map([
      ['image', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['label', { shape: [2], data: Float32Array.of(1, 2) }],
    ])); // prettier-ignore
    const columns: Column[] = [
      { kind: 'vector', name: 'f', size: 3 },
      { kind: 'class', name: 'label', vocabulary: 'animal' },
    ];
    const source: DataOrigin = { kind: 'features', path: 'data/f.safetensors' };
    const set = await opened(source, columns, { f: path('image'), label: path('label') });
    const batch = await set.batch([1, 0], ['f', 'label'], undefined);
    expect(numbers(batch['f']?.data)).toEqual([4, 5, 6, 1, 2, 3]);
    expect(numbers(batch['label']?.data)).toEqual([2, 1]);
  });
});
