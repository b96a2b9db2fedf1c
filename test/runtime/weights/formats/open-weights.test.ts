import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openWeights } from '../../../../src/runtime/weights/formats/open-weights.ts';
import type { WeightsFile } from '../../../../src/runtime/weights/formats/weights-file.ts';
import { RunError } from '../../../../src/runtime/run-error.ts';
import { readSafetensors } from '../../../support/safetensors.ts';
import { writeZip } from './write-zip.ts';
import { temporaryFolder } from '../../support/run-tiny.ts';

/** Written by PyTorch (`test/oracles/make/make_archives.py`). */
const archives = join(import.meta.dirname, '../../../oracles/archives');

function opened<T>(path: string, look: (file: WeightsFile) => T): T {
  const file = openWeights(path);
  try {
    return look(file);
  } finally {
    file.close();
  }
}

function faultOf(path: string): RunError {
  try {
    openWeights(path).close();
  } catch (error) {
    if (error instanceof RunError) return error;
    throw error;
  }
  throw new Error(`${path} opens`);
}

describe('what PyTorch wrote has the numbers that PyTorch reads from it, bit by bit', () => {
  test.each([
    ['types.pt', 'types', 'torch'],
    ['protocol2.pt', 'model', 'torch'],
    ['protocol4.pt', 'model', 'torch'],
    ['nested.pt', 'model', 'torch'],
    ['wrapped.pth', 'model', 'torch'],
    ['list.pt', 'list', 'torch'],
    ['beside2.pt', 'beside', 'torch'],
    ['beside5.pt', 'beside', 'torch'],
    ['views.bin', 'views', 'torch'],
    ['legacy.pt', 'model', 'torch'],
    ['views-legacy.bin', 'views', 'torch'],
    ['traced.pt', 'traced', 'torchscript'],
    ['scripted.pt', 'scripted', 'torchscript'],
    ['sharded', 'sharded', 'sharded'],
    ['sharded/model.safetensors.index.json', 'sharded', 'sharded'],
  ] as const)('%s', (name, expected, format) => {
    const tensors = readSafetensors(join(archives, 'expected', `${expected}.safetensors`));
    opened(join(archives, name), (file) => {
      expect(file.format).toBe(format);
      expect(file.names.toSorted()).toEqual([...tensors.keys()].toSorted());
      for (const [key, { shape, data }] of tensors) {
        expect(file.shapeOf(key)).toEqual(shape);
        expect(file.read(key)).toEqual({ dtype: file.dtypeOf(key), shape, data });
      }
    });
  });

  test('also where a machine wrote the most significant byte first', () => {
    const number = Buffer.from('3fc00000c0200000', 'hex'); // 1.5 and -2.5
    const pickle = Buffer.from('\u0080\u0002}X\u0001\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\x000X\u0003\0\0\0cpuK\u0002tQK\u0000K\u0002\u0085K\u0001\u0085\u0089}tRs.', 'latin1'); // prettier-ignore
    const path = join(temporaryFolder(), 'big.pt');
    writeFileSync(path, writeZip([{ name: 'big/data.pkl', content: pickle }, { name: 'big/byteorder', content: Buffer.from('big') }, { name: 'big/data/0', content: number }])); // prettier-ignore
    expect(opened(path, (file) => file.read('w').data)).toEqual(Float32Array.of(1.5, -2.5));
  });

  test('in shards of PyTorch too', () => {
    const folder = temporaryFolder();
    for (const name of ['list.pt', 'protocol2.pt']) copyFileSync(join(archives, name), join(folder, name));
    const map = { '0': 'list.pt', '2': 'list.pt', 'visual.proj': 'protocol2.pt' };
    writeFileSync(join(folder, 'pytorch_model.bin.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
    const [list, model] = ['list', 'model'].map((name) =>
      readSafetensors(join(archives, 'expected', `${name}.safetensors`)),
    );
    opened(folder, (file) => {
      expect(file.names).toEqual(Object.keys(map));
      expect(file.read('2').data).toEqual(list?.get('2')?.data);
      expect(file.read('visual.proj').data).toEqual(model?.get('visual.proj')?.data);
    });
  });

  test('the types are told as they are stored', () => {
    opened(join(archives, 'types.pt'), (file) => {
      expect(file.names.map((name) => file.dtypeOf(name))).toEqual(
        ['F32', 'F16', 'BF16', 'F64', 'I64', 'I32', 'I16', 'I8', 'U8', 'BOOL', 'F32', 'F32'], // prettier-ignore
      );
    });
  });

  test('what was done to get at the tensors is said', () => {
    expect(opened(join(archives, 'nested.pt'), ({ notes }) => notes)).toEqual([
      'the tensors are those of `state_dict` (beside it: `epoch`, `best`, `optimizer`, `args`)',
      '`module.` before each name is left out',
    ]);
    expect(opened(join(archives, 'protocol2.pt'), ({ notes }) => notes)).toEqual([]);
  });

  test('the form is told by the content, not by the name', () => {
    const path = join(temporaryFolder(), 'weights.safetensors');
    copyFileSync(join(archives, 'protocol2.pt'), path);
    expect(opened(path, ({ format }) => format)).toBe('torch');
  });

  test('a name that is not there gets the nearest one', () => {
    opened(join(archives, 'protocol2.pt'), (file) => {
      expect(() => file.read('visual.projj')).toThrow(
        expect.objectContaining({ code: 'CX8205', help: 'the nearest name there is `visual.proj`' }),
      );
    });
  });
});

describe('a file that asks for code is refused by what it asks for, and nothing of it runs', () => {
  test.each([
    ['hostile-system.pt', 'asks for `posix.system` (GLOBAL at byte 242)'],
    ['hostile-getattr.pt', 'asks for `__builtin__.getattr` (GLOBAL at byte 82)'],
    ['hostile-legacy.pt', 'asks for `__builtin__.eval` (GLOBAL at byte 139)'],
    ['whole-module.pt', 'asks for `__main__.Model` (GLOBAL at byte 66)'],
  ])('%s', (name, words) => {
    const fault = faultOf(join(archives, name));
    expect(fault).toMatchObject({ code: 'CX8210', fault: 'user', help: expect.stringContaining('state_dict') });
    expect(fault.message).toContain(words);
    expect(existsSync('executed')).toBe(false);
  });
});

describe('forms that are not read say so with the way out', () => {
  test.each([
    ['an HDF5 file', '\u0089HDF\r\n\u001a\n', 'CX8217', /is an HDF5 file/],
    ['a bare pickle', '\u0080\u0004N.', 'CX8217', /pickle that torch\.save did not write/],
    ['gzip', '\u001f\u008b\u0008', 'CX8217', /compressed by gzip/],
    ['another zip', 'PK\u0003\u0004', 'CX8202', /truncated/],
    ['text', 'hello, this is no file of weights', 'CX8203', /is it a safetensors file/],
    ['JSON', '{ "hello": 1 }', 'CX8203', /no `weight_map`/],
    ['broken JSON', '{ "hello": ', 'CX8203', /no JSON/],
  ])('%s', (_, content, code, words) => {
    const path = join(temporaryFolder(), 'weights.bin');
    writeFileSync(path, content, 'latin1');
    const fault = faultOf(path);
    expect(fault.code).toBe(code);
    expect(fault.message).toMatch(words);
  });

  test('a folder without weights lists what it looks for', () => {
    expect(faultOf(temporaryFolder())).toMatchObject({ code: 'CX8201', help: expect.stringContaining('model.safetensors') }); // prettier-ignore
  });
});

describe('shards', () => {
  function shards(edit: (folder: string, index: { weight_map: Record<string, string> }) => void): string {
    const folder = temporaryFolder();
    cpSync(join(archives, 'sharded'), folder, { recursive: true });
    const path = join(folder, 'model.safetensors.index.json');
    const index = JSON.parse(readFileSync(path, 'utf8')) as { weight_map: Record<string, string> };
    edit(folder, index);
    writeFileSync(path, JSON.stringify(index));
    return folder;
  }

  test('that are missing are named', () => {
    const fault = faultOf(shards((folder) => rmSync(join(folder, 'model-00002-of-00002.safetensors'))));
    expect(fault).toMatchObject({ code: 'CX8201', message: expect.stringContaining('model-00002-of-00002.safetensors') }); // prettier-ignore
  });

  test('without a tensor that the index promises are named', () => {
    const fault = faultOf(shards((_, { weight_map: map }) => (map['layers.9.weight'] = 'model-00001-of-00002.safetensors'))); // prettier-ignore
    expect(fault.code).toBe('CX8205');
    expect(fault.message).toMatch(/model-00001-of-00002\.safetensors has no tensor `layers\.9\.weight`/);
  });

  test.each(['../outside.safetensors', '/etc/passwd', '..', 'a\\b', 'x\0y'])('may not lie at %j', (path) => {
    const fault = faultOf(shards((_, { weight_map: map }) => (map['ids'] = path)));
    expect(fault).toMatchObject({ code: 'CX8203', message: expect.stringContaining('leads out of its folder') });
  });

  test('may not be the index itself', () => {
    const fault = faultOf(shards((_, { weight_map: map }) => (map['ids'] = 'model.safetensors.index.json')));
    expect(fault).toMatchObject({ code: 'CX8203', message: expect.stringContaining('an index itself') });
  });
});

describe('a bit that turned over', () => {
  /** A copy of an archive, with one byte changed in the member whose name ends so; `sums`: as PyTorch writes it that is told to give none. */
  function damaged(name: string, member: string, sums: boolean): string {
    const path = join(temporaryFolder(), name);
    const bytes = Buffer.from(readFileSync(join(archives, name)));
    for (let at = 0; at + 46 < bytes.length; at++) {
      if (bytes.readUInt32LE(at) !== 0x02014b50) continue;
      const length = bytes.readUInt16LE(at + 28);
      const header = bytes.readUInt32LE(at + 42);
      const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
      if (!sums) bytes.writeUInt32LE(0, at + 16);
      if (bytes.toString('latin1', at + 46, at + 46 + length).endsWith(member)) bytes.writeUInt8((bytes[start + 2] ?? 0) ^ 4, start + 2); // prettier-ignore
    }
    writeFileSync(path, bytes);
    return path;
  }

  const readAll = (path: string): number => opened(path, (file) => file.names.map((each) => file.read(each)).length);

  test.each([
    ['types.pt', '/data/0'],
    ['views.bin', '/data/0'],
    ['traced.pt', '/data/1'],
  ])('is told where %s has sums of its members (%s)', (name, member) => {
    expect(readAll(join(archives, name))).toBeGreaterThan(0);
    const path = damaged(name, member, true);
    expect(() => readAll(path)).toThrow(/\/data\/\d` is not what was written/);
    expect(readAll(damaged(name, member, false))).toBeGreaterThan(0);
  });

  test('is told in the pickle before anything is made of it', () => {
    const fault = faultOf(damaged('types.pt', '/data.pkl', true));
    expect([fault.code, fault.message]).toEqual(['CX8203', expect.stringContaining('data.pkl` is not what was written')]); // prettier-ignore
  });
});
