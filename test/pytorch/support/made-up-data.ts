/** Samples with a member of every kind, and a program that reads all of them: what the data of the repository do not have. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import type { Column } from '../../../src/compiler/program/column.ts';
import type { DatasetSpec } from '../../../src/compiler/program/dataset.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import type { View, ViewStep } from '../../../src/compiler/program/view.ts';
import { stream } from '../../../src/runtime/random.ts';
import { path, spec, tarOf } from '../../runtime/data/fixtures.ts';

const numbers = stream(5, 'made-up data');
let drawn = 0;
/** 0 … bound − 1 */
const below = (bound: number): number => Math.floor(numbers.uniform(drawn++) * bound);
const many = (count: number, bound: number): number[] => Array.from({ length: count }, () => below(bound));

const things = ['sky', 'sea', 'sand', 'rock'];

const colours = (width: number, height: number): Promise<Buffer> =>
  sharp(Uint8Array.from(many(width * height * 3, 256)), { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();

function grey(width: number, height: number, bound: number): Promise<Buffer> {
  const values = many(width * height, bound);
  const [pixels, space] = bound > 256 ? ([Uint16Array.from(values), 'grey16'] as const) : ([Uint8Array.from(values), 'b-w'] as const); // prettier-ignore
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace(space)
    .png()
    .toBuffer();
}

function wave(rate: number, channels: number, bits: 8 | 16 | 24 | 32, samples: number): Buffer {
  const width = bits / 8;
  const data = Buffer.alloc(samples * channels * width);
  for (let at = 0; at < samples * channels; at++) {
    if (bits === 8) data.writeUInt8(below(256), at);
    else if (bits === 32) data.writeFloatLE(below(2001) / 1000 - 1, at * width);
    else data.writeIntLE(below(2 ** bits) - 2 ** (bits - 1), at * width, width);
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(bits === 32 ? 3 : 1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * width, 28);
  head.writeUInt16LE(channels * width, 32);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

function npy(points: number): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${points}, 3), }`.padEnd(117) + '\n';
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  const values = Float32Array.from(many(points * 3, 1000), (value) => value / 7 - 60);
  return Buffer.concat([head, Buffer.from(header), Buffer.from(values.buffer)]);
}

const kinds = [8, 16, 24, 32] as const;
const rates = [8000, 16000, 11025] as const;

/** What sample `at` has; some samples have less. */
async function members(at: number): Promise<Record<string, string | Uint8Array>> {
  const [width, height] = [24 + below(20), 20 + below(20)];
  const shots = many(below(4), 3).map((shot) => (shot === 0 ? null : `${shot}.png`));
  const json = {
    label: things[at % 4],
    votes: many(below(4), 4).map((place) => things[place]),
    scores: many(below(4), 9),
    ages: many(2, 90),
    who: many(below(3), 5).map((person) => `person ${person}`),
    shots,
    said: Array.from({ length: 1 + below(3) }, (_, k) => `a ${things[k]} seen ${at} times`),
    captions: Array.from({ length: 1 + below(2) }, (_, k) => `a ${things[k]} of day ${at}`),
    starts: [] as number[],
    ...(at % 3 === 0 ? {} : { maybe: at / 8, asks: at % 5 === 0 ? null : `is it ${at}` }),
  };
  json.starts = json.captions.map((_, k) => k + at / 4);
  return {
    'json': JSON.stringify(json),
    'png': await colours(width, height),
    'depth.png': await grey(width, height, 3000),
    'mask.png': await grey(width, height, 6),
    '1.png': await colours(18, 16),
    '2.png': await colours(15, 19),
    ...(at % 2 === 0 ? { 'npy': npy(10 + below(12)) } : { npy: many(3 * (3 + below(3)), 50).join(' ') }),
    ...(at % 4 === 3 ? {} : { 'wav': wave(rates[at % 3] ?? 8000, 1 + (at % 2), kinds[at % 4] ?? 16, 300 + below(900)) }),
    ...(at % 5 === 4 ? {} : { 'other.png': await colours(20, 20) }),
  };
} // prettier-ignore

function write(folder: string, name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

const sampleCount = 16;

/** Vectors and classes of safetensors. */
function features(): Buffer {
  const vectors = Buffer.from(Float32Array.from(many(sampleCount * 6, 1000), (value) => value / 7).buffer);
  const classes = Buffer.from(BigInt64Array.from(many(sampleCount, 4), BigInt).buffer);
  const header = Buffer.from(JSON.stringify({
    seen: { dtype: 'F32', shape: [sampleCount, 2, 3], data_offsets: [0, vectors.length] },
    kind: { dtype: 'I64', shape: [sampleCount], data_offsets: [vectors.length, vectors.length + classes.length] },
  })); // prettier-ignore
  const length = Buffer.alloc(8);
  length.writeUInt32LE(header.length);
  return Buffer.concat([length, header, vectors, classes]);
}

/** The same with pictures, sounds and numbers that can not be read, and samples that lack a member. */
function broken(shard: Readonly<Record<string, string | Uint8Array>>): Record<string, string | Uint8Array> {
  const cut = (name: string): Uint8Array => Buffer.from(shard[name] ?? '').subarray(0, 90);
  const { 's5.json': _lacking, ...rest } = shard;
  return { ...rest, 's1.png': cut('s1.png'), 's4.depth.png': 'no picture', 's6.wav': cut('s6.wav').subarray(0, 20), 's9.png': '', 's10.npy': cut('s10.npy') };
} // prettier-ignore

/** Writes the samples into `project`: as a shard, and as a folder of a class each. */
export async function writeSamples(project: string): Promise<void> {
  const shard: Record<string, string | Uint8Array> = {};
  for (let at = 0; at < sampleCount; at++)
    for (const [extension, content] of Object.entries(await members(at))) {
      shard[`s${at}.${extension}`] = content;
      write(project, `data/tree/${things[at % 4] ?? ''}/s${at}.${extension}`, content);
    }
  write(project, 'data/all.tar', await tarOf(shard));
  copyFileSync('test/oracles/parquet/table.parquet', join(project, 'data/table.parquet'));
  write(project, 'data/broken.tar', await tarOf(broken(shard)));
  const rows = Array.from({ length: sampleCount }, (_, at) => JSON.stringify({ cloud: Array.from({ length: at % 9 }, () => many(3, 100).map((value) => value / 8)), frames: many(1 + (at % 3), 3).map((k) => `tree/sky/s0.${['png', '1.png', '2.png'][k] ?? ''}`) })); // prettier-ignore
  write(project, 'data/table.jsonl', rows.join('\n'));
  write(
    project,
    'data/digits-idx3',
    Buffer.from([0, 0, 8, 3, 0, 0, 0, sampleCount, 0, 0, 0, 7, 0, 0, 0, 9, ...many(sampleCount * 63, 256)]),
  );
  write(
    project,
    'data/digits-idx1.gz',
    gzipSync(Buffer.from([0, 0, 8, 1, 0, 0, 0, sampleCount, ...many(sampleCount, 4)])),
  );
  write(project, 'data/seen.safetensors', features());
}

const arrays: readonly Column[] = [
  { kind: 'image', name: 'digit', height: 12, width: 12, fit: 'cover' },
  { kind: 'class', name: 'number', vocabulary: 'thing' },
];
const featured: readonly Column[] = [
  { kind: 'vector', name: 'seen', size: 6 },
  { kind: 'class', name: 'kind', vocabulary: 'thing' },
];

const shot = { axis: 'shot', most: 2 } as const;
const tiny = { kind: 'image', height: 2, width: 2, fit: 'cover' } as const;
/** Of a table that Arrow wrote. */
const arrow: readonly Column[] = [
  { ...tiny, name: 'bytes' },
  { ...tiny, name: 'nested' },
  { ...tiny, name: 'records', each: shot },
  { ...tiny, name: 'pictures', each: shot },
  { kind: 'points', name: 'places', points: 2 },
  { kind: 'vector', name: 'vector', size: 3 },
  { kind: 'scalar', name: 'whole', scale: 1, optional: true },
  { kind: 'scalar', name: 'size', scale: 1, optional: true },
  { kind: 'id', name: 'when', optional: true },
  { kind: 'id', name: 'repeated' },
  { kind: 'scalar', name: 'double', scale: 1 },
];

const size = { height: 16, width: 20 } as const;
const vote = { axis: 'vote', most: 4 } as const;

const sampled: readonly Column[] = [
  { kind: 'image', name: 'room', ...size, fit: 'cover' },
  { kind: 'image', name: 'grey', ...size, fit: 'cover' },
  { kind: 'image', name: 'deep', height: 12, width: 12, fit: 'stretch', preprocess: 'torchvision', crop: 0.9 },
  { kind: 'map', name: 'depth', ...size, fit: 'cover', scale: 0.001, unknown: true },
  { kind: 'map', name: 'near', height: 30, width: 9, fit: 'contain', scale: 0.1 },
  { kind: 'mask', name: 'thing', ...size, fit: 'stretch', vocabulary: 'thing' },
  { kind: 'points', name: 'cloud', points: 12 },
  { kind: 'audio', name: 'sound', rate: 8000, samples: 700, ears: 1, optional: true },
  { kind: 'audio', name: 'ears', rate: 16000, samples: 900, ears: 2, optional: true },
  { kind: 'image', name: 'other', ...size, fit: 'cover', optional: true },
  { kind: 'scalar', name: 'maybe', scale: 2, optional: true },
  { kind: 'scalar', name: 'never', scale: 1, optional: true },
  { kind: 'text', name: 'asks', tokenizer: 'words', optional: true, most: 12 },
  { kind: 'class', name: 'votes', vocabulary: 'thing', each: vote },
  { kind: 'scalar', name: 'scores', scale: 1, each: vote },
  { kind: 'text', name: 'said', tokenizer: 'words', each: vote },
  { kind: 'id', name: 'who', each: vote },
  {
    kind: 'image',
    name: 'shots',
    height: 12,
    width: 12,
    fit: 'cover',
    preprocess: 'torchvision',
    crop: 0.8,
    interpolation: 'bilinear',
    each: vote,
  },
  { kind: 'text', name: 'drawn', tokenizer: 'words' },
  {
    kind: 'text',
    name: 'told',
    tokenizer: 'words',
    template: {
      templates: [
        [
          { kind: 'text', text: 'of ' },
          { kind: 'value', value: { kind: 'column', column: 'drawn' } },
        ],
      ],
      over: [],
      listed: false,
      vectors: [],
    },
  },
  { kind: 'text', name: 'caption', tokenizer: 'words' },
  { kind: 'scalar', name: 'start', scale: 1 },
  { kind: 'class', name: 'folder', vocabulary: 'thing' },
];
/** Texts of each sample over the words that are seen, and their further column. */
const wide: readonly Column[] = [
  { kind: 'class', name: 'label', vocabulary: 'thing' },
  {
    kind: 'text',
    name: 'sentence',
    tokenizer: 'words',
    template: {
      templates: [
        [
          { kind: 'value', value: { kind: 'column', column: 'drawn' } },
          { kind: 'text', text: ' or ' },
          { kind: 'value', value: { kind: 'words', vocabulary: 'thing', at: { kind: 'entry', axis: 0 } } },
          { kind: 'value', value: { kind: 'words', vocabulary: 'thing', column: 'colour', at: { kind: 'entry', axis: 0 } } },
        ],
      ],
      over: ['thing'],
      listed: false,
      vectors: [],
    },
  },
]; // prettier-ignore
const tabled: readonly Column[] = [
  { kind: 'points', name: 'listed', points: 5 },
  { kind: 'frames', name: 'film', frames: 2, height: 8, width: 8, fit: 'cover', pick: 'uniform' },
];

const map: DatasetSpec['columns'] = {
  room: path('png'), grey: path('depth.png'), deep: path('depth.png'), depth: { kind: 'path', path: 'depth.png', unknown: 7 }, near: path('depth.png'), thing: { kind: 'path', path: 'mask.png', unknown: 2 },
  cloud: path('npy'), sound: path('wav'), ears: path('wav'), other: path('other.png'), maybe: path('json.maybe'), asks: path('json.asks'), votes: path('json.votes'),
  scores: path('json.scores'), said: path('json.said'), drawn: { kind: 'draw', path: 'json.said' }, who: path('json.who'), shots: path('json.shots'),
}; // prettier-ignore

const labelled: DatasetSpec['columns'] = { label: path('json.label'), room: path('png'), thing: path('mask.png'), drawn: { kind: 'draw', path: 'json.said' } }; // prettier-ignore

const view = (of: string, steps: readonly ViewStep[], more: Partial<View> = {}): { readonly view: View } => ({ view: { of, stream: `view:${of}`, steps, ...more } }); // prettier-ignore

const colour = { kind: 'image', fit: 'cover', ...size } as const;
const still = [1, 1] as const;

/** Every operation of views, those that change colours or forget pixels on numbers of pixels too. */
const views: readonly Column[] = [
  { ...colour, name: 'cropped', ...view('room', [{ kind: 'crop', area: [0.3, 0.9], aspect: [0.7, 1.4] }, { kind: 'flip', along: 'width', chance: 0.5 }, { kind: 'flip', along: 'height', chance: 0.5 }]) },
  { ...colour, name: 'aside', height: 10, width: 26, ...view('room', [{ kind: 'scale', factor: [0.6, 1.5] }, { kind: 'window', height: 10, width: 26, fill: 'mean', mostOfOne: 0.4 }], { stream: 'together', along: ['room', 'thing'] }) },
  { kind: 'mask', name: 'beside', height: 10, width: 26, fit: 'cover', vocabulary: 'thing', ...view('thing', [{ kind: 'scale', factor: [0.6, 1.5] }, { kind: 'window', height: 10, width: 26, fill: 'mean', mostOfOne: 0.4 }], { stream: 'together', along: ['room', 'thing'] }) },
  { ...colour, name: 'turned', ...view('room', [{ kind: 'rotate', angle: [-0.6, 0.6], fill: 'random', chance: 0.8 }, { kind: 'erase', area: [0.1, 0.3], aspect: [0.3, 3.3], fill: 'mean', chance: 0.7 }], { count: 2 }) },
  { kind: 'map', name: 'leaning', ...size, fit: 'cover', scale: 0.001, unknown: true, ...view('depth', [{ kind: 'rotate', angle: [0.2, 0.2], fill: 'black', chance: 1 }, { kind: 'crop', area: [0.5, 0.9], aspect: [1, 1] }, { kind: 'jitter', brightness: [0.5, 2], contrast: still, saturation: still, hue: [0, 0], chance: 1 }]) },
  { ...colour, name: 'carded', ...view('room', [{ kind: 'perspective', distortion: 0.6, fill: 'white', chance: 0.9 }, { kind: 'cutout', side: 0.4, fill: 'random', chance: 0.8 }]) },
  { ...colour, name: 'many', ...view('room', [{ kind: 'multi_scale_crop', scales: [1, 0.875, 0.75, 0.66] }, { kind: 'rand_augment', count: 3, strength: 20 }], { count: 6 }) },
  { ...colour, name: 'tinted', ...view('room', [{ kind: 'choose', count: 2, replace: true, of: [[{ kind: 'jitter', brightness: [0.5, 1.5], contrast: [0.5, 1.5], saturation: [0.5, 1.5], hue: [-0.2, 0.2], chance: 1 }], [{ kind: 'gray', chance: 0.5 }], [{ kind: 'blur', sigma: [0.1, 2], chance: 1 }]] }]) },
  { kind: 'mask', name: 'pieces', ...size, fit: 'cover', vocabulary: 'thing', ...view('thing', [{ kind: 'perspective', distortion: 0.5, fill: 'white', chance: 1 }, { kind: 'erase', area: [0.1, 0.2], aspect: [1, 1], fill: 'black', chance: 1 }]) },
  { ...colour, name: 'elsewhere', optional: true, ...view('other', [{ kind: 'maybe', chance: 0.5, of: [{ kind: 'flip', along: 'width', chance: 1 }] }]) },
  { kind: 'image', name: 'looks', height: 12, width: 12, fit: 'cover', each: vote, ...view('shots', [{ kind: 'crop', area: [0.3, 0.9], aspect: [1, 1] }]) },
  { kind: 'points', name: 'jolted', points: 12, ...view('cloud', [{ kind: 'point_scale', factor: [0.6, 1.5], apart: true }, { kind: 'point_shift', by: [-0.2, 0.2], apart: true }, { kind: 'point_scale', factor: [0.9, 1.1], apart: false }, { kind: 'point_order' }]) },
  { kind: 'audio', name: 'heard', rate: 8000, samples: 500, ears: 1, optional: true, ...view('sound', [{ kind: 'sound_reverse', chance: 0.5 }, { kind: 'sound_speed', factor: [0.8, 1.2] }, { kind: 'sound_gain', factor: [0.5, 2], chance: 0.5 }, { kind: 'sound_window', seconds: 0.05, pad: 'edge', leastDeviation: 0.9 }, { kind: 'sound_noise', snr: [10, 40], chance: 0.8 }]) },
  { kind: 'audio', name: 'around', rate: 16000, samples: 900, ears: 2, optional: true, ...view('ears', [{ kind: 'sound_noise', snr: [10, 40], chance: 1 }, { kind: 'sound_window', seconds: 0.03, pad: 'silence' }], { draws: 3 }) },
]; // prettier-ignore

const onFilm: readonly Column[] = [
  { kind: 'image', name: 'one', height: 8, width: 8, fit: 'cover', ...view('film', [{ kind: 'frame', test: 'middle' }, { kind: 'flip', along: 'width', chance: 0.5 }]) },
]; // prettier-ignore

const stage = (name: string, data: string, columns: readonly Column[]): object => {
  const inputs = Object.fromEntries(columns.map((column) => [column.name, { kind: 'column', column: column.name, part: 'value' }]));
  return { name, data, batch: 4, sampler: { kind: 'shuffle' }, step: { id: name, inputs, outputs: [], graph: { name, nodes: [], outputs: [{ name: 'total', node: 0 }] } }, parameters: [], evaluations: [{ data, metrics: { id: name, inputs, outputs: [] } }, { data, views: 'random', metrics: { id: name, inputs, outputs: [] } }] };
}; // prettier-ignore

/** Reads all of it. */
export function programOfAll(): Program {
  const columns = [...sampled, ...wide, ...tabled, ...onFilm, ...arrays, ...featured, ...arrow, ...views];
  const isOf = (names: readonly string[]) => (column: Column): boolean => names.includes(column.name); // prettier-ignore
  const program = {
    columns,
    vocabularies: [
      { name: 'thing', entries: things, groups: { wet: [1, 3] }, shares: { later: { from: 0.3, to: 1 } }, columns: { colour: [' blue', ' green', ' yellow', ' grey'] } },
      { name: 'place', entries: ['rock', 'beach', 'sea', 'sky', 'sand'], groups: {}, columns: { colour: [' a', ' b', ' c', ' d', ' e'] } },
    ],
    tokenizers: [{ id: 'words', path: 'data/tokenizer.json', context: 20 }],
    texts: [],
    parameters: [],
    data: [
      spec('all', { kind: 'shards', path: 'data/all.tar' }, { columns: map }),
      spec('broken', { kind: 'shards', path: 'data/broken.tar' }, { columns: map, onBad: 'skip' }),
      spec('seen over thing[wet]', { kind: 'same', data: 'seen' }, { columns: labelled, narrow: { vocabulary: 'thing', group: 'wet' } }),
      spec('seen over thing[later]', { kind: 'same', data: 'seen' }, { columns: labelled, narrow: { vocabulary: 'thing', group: 'later' } }),
      spec('seen with thing = place', { kind: 'same', data: 'seen' }, { columns: labelled, narrow: { vocabulary: 'thing', words: 'place' } }),
      spec('seen', { kind: 'shards', path: 'data/all.tar' }, { columns: labelled }),
      spec('tree', { kind: 'folder', path: 'data/tree' }, { columns: { ...map, folder: path('folder'), start: path('json.label') } }),
      spec('pairs', { kind: 'shards', path: 'data/all.tar' }, { columns: { room: path('png'), caption: { kind: 'unfold', path: 'json.captions' }, start: { kind: 'unfold', path: 'json.starts' } } }),
      spec('part', { kind: 'split', data: 'pairs', from: 0.3, to: 1 }),
      spec('again', { kind: 'same', data: 'part' }),
      spec('digits', { kind: 'idx', path: 'data/digits-idx3', labels: 'data/digits-idx1.gz' }, { columns: { digit: path('image'), number: path('label') } }),
      spec('features', { kind: 'features', path: 'data/seen.safetensors' }, { columns: { seen: path('seen'), kind: path('kind') } }),
      spec('arrow', { kind: 'parquet', path: 'data/table.parquet' }, { columns: { bytes: path('picture'), nested: path('image.bytes'), records: path('shots'), pictures: path('pictures'), places: path('cloud'), vector: path('vector'), whole: path('whole'), size: path('record.size'), when: path('when'), repeated: path('repeated'), double: path('double') } }),
      spec('table', { kind: 'jsonl', path: 'data/table.jsonl' }, { columns: { listed: path('cloud'), film: path('frames') } }),
    ],
    stages: [
      stage('all', 'all', columns.filter((column) => !isOf(['caption', 'start', 'folder'])(column) && ![...wide, ...tabled, ...onFilm, ...arrays, ...featured, ...arrow].includes(column))),
      stage('broken', 'broken', sampled.filter(isOf(['room', 'depth', 'sound', 'cloud', 'shots', 'drawn']))),
      ...['seen', 'seen over thing[wet]', 'seen over thing[later]', 'seen with thing = place'].map((data) => stage(data, data, columns.filter(isOf(['label', 'sentence', 'thing', 'drawn'])))),
      stage('tree', 'tree', sampled.filter((column) => !isOf(['caption', 'start'])(column))),
      stage('pairs', 'pairs', sampled.filter(isOf(['room', 'caption', 'start']))),
      stage('again', 'again', sampled.filter(isOf(['caption', 'start']))),
      stage('digits', 'digits', arrays),
      stage('features', 'features', featured),
      stage('arrow', 'arrow', arrow),
      stage('table', 'table', [...tabled, ...onFilm]),
    ],
  };
  return program as unknown as Program;
} // prettier-ignore
