import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RunError } from '../../../../src/runtime/run-error.ts';
import { openWeights } from '../../../../src/runtime/weights/formats/open-weights.ts';
import { temporaryFolder } from '../../support/run-tiny.ts';
import { writeZip } from './write-zip.ts';

const archives = join(import.meta.dirname, '../../../oracles/archives');

type Part = string | readonly number[] | Buffer;

/** Bytes of a pickle of protocol 2; text stands for opcodes that are letters. */
const pickle = (...parts: readonly Part[]): Buffer =>
  Buffer.concat([Buffer.from([0x80, 2]), ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))]); // prettier-ignore

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const uint64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};

const text = (value: string): Buffer => Buffer.concat([Buffer.from('X'), uint32(value.length), Buffer.from(value)]);
const int = (value: number): Buffer => Buffer.concat([Buffer.from('J'), uint32(value)]);
const long = (value: bigint): Buffer => Buffer.concat([Buffer.from([0x8a, 8]), uint64(value)]);
const tuple = (...items: readonly Part[]): Buffer => pickle('(', ...items, 't').subarray(2);

const storage = (count: Buffer, key = '0'): Buffer =>
  Buffer.concat([tuple(text('storage'), 'ctorch\nFloatStorage\n', text(key), text('cpu'), count), Buffer.from('Q')]);

const tensor = (of: Buffer, offset: Buffer, shape: readonly Buffer[], stride: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n'), tuple(of, offset, tuple(...shape), tuple(...stride), [0x89], ')'), Buffer.from('R')]); // prettier-ignore

const good = tensor(storage(int(4)), int(0), [int(4)], [int(1)]);

/** An archive with this pickle and one storage of four numbers. */
function archive(content: Buffer): string {
  const path = join(temporaryFolder(), 'made.pt');
  writeFileSync(path, writeZip([{ name: 'made/data.pkl', content }, { name: 'made/byteorder', content: Buffer.from('little') }, { name: 'made/data/0', content: Buffer.alloc(16) }])); // prettier-ignore
  return path;
}

function read(path: string): Map<string, number> {
  const file = openWeights(path);
  try {
    return new Map(file.names.map((name) => [name, file.read(name).data.byteLength]));
  } finally {
    file.close();
  }
}

test('the archive of these tests opens as it should', () => {
  expect(read(archive(pickle('}', text('w'), good, 's.')))).toEqual(new Map([['w', 16]]));
});

describe('what would run something is refused by name', () => {
  test.each<[string, Buffer, RegExp]>([
    ['a reduce of os.system', pickle('cposix\nsystem\n', tuple(text('true')), 'R.'), /asks for `posix\.system` \(GLOBAL/],
    ['a name on the stack', pickle(text('builtins'), text('exec'), [0x93], '.'), /asks for `builtins\.exec` \(STACK_GLOBAL/],
    ['a name of a dotted path', pickle(text('torch'), text('serialization.os.system'), [0x93], '.'), /asks for `torch\.serialization\.os\.system`/],
    ['getattr', pickle('c__builtin__\ngetattr\n.'), /asks for `__builtin__\.getattr`/],
    ['a nested pickle', pickle('ctorch.storage\n_load_from_bytes\n.'), /asks for `torch\.storage\._load_from_bytes`/],
    ['numpy', pickle('cnumpy.core.multiarray\nscalar\n.'), /asks for `numpy\.core\.multiarray\.scalar`/],
    ['a property of every object', pickle('c__main__\n__class__\n.'), /asks for `__main__\.__class__`/],
    ['a name that objects have in JavaScript', pickle('cconstructor\nconstructor\n.'), /asks for `constructor\.constructor`/],
    ['a class of TorchScript outside of it', pickle('c__torch__\nModel\n', ')', [0x81], '.'), /asks for `__torch__\.Model`/],
    ['a storage type that is called', pickle('ctorch\nFloatStorage\n', ')R.'), /calls `torch\.FloatStorage` which is no function/],
    ['a call of a call', pickle('ctorch._tensor\n_rebuild_from_type_v2\n', tuple('ctorch._tensor\n_rebuild_from_type_v2\n', 'N', ')', '}'), 'R.'), /within itself/],
    ['a call of what is no name', pickle('N)R.'), /calls what is no name/],
    ['a state for a name', pickle('ctorch\nSize\n', '}b.'), /gives a state to what has none/],
    ['INST', pickle('(iposix\nsystem\n.'), /uses the opcode INST/],
    ['OBJ', pickle('(o.'), /uses the opcode OBJ/],
    ['EXT1', pickle([0x82, 1], '.'), /uses the opcode EXT1/],
    ['NEWOBJ_EX', pickle([0x92], '.'), /uses the opcode NEWOBJ_EX/],
    ['PERSID', pickle('Pposix\n.'), /uses the opcode PERSID/],
    ['a storage of an unknown type', pickle(tuple(text('storage'), 'ctorch\nSize\n', text('0'), text('cpu'), int(4)), 'Q.'), /refers to a storage of `torch\.Size`/],
  ])('%s', (_, content, words) => {
    expect(() => read(archive(content))).toThrow(expect.objectContaining({ code: 'CX8210', message: expect.stringMatching(words) })); // prettier-ignore
  });
}); // prettier-ignore

describe('what would fill the memory or never end does neither', () => {
  const shared = (levels: number): Buffer =>
    pickle('}', [0x71, 0], text('w'), good, 's0', ...Array.from({ length: levels }, (_, level) => Buffer.concat([Buffer.from('}'), ...['a', 'b'].flatMap((key) => [text(key), Buffer.from([0x68, level]), Buffer.from('s')]), Buffer.from([0x71, level + 1]), Buffer.from('0')])), [0x68, levels], '.'); // prettier-ignore

  test.each<[string, Buffer, string]>([
    ['dictionaries that share what they hold, 2^60 leaves', shared(60), 'CX8203'],
    ['a dictionary within itself', pickle('}', [0x71, 0], text('w'), good, 's', text('self'), 'h', [0], 's.'), 'CX8203'],
    ['a list within itself', pickle(']', [0x71, 0], 'h', [0], 'a.'), 'CX8203'],
    ['200,000 lists within each other', pickle(']'.repeat(200_000), good, 'a'.repeat(200_000), '.'), 'CX8203'],
    ['six million values', pickle('N'.repeat(6_000_000), '.'), 'CX8203'],
    ['a text of 2^40 bytes', pickle([0x8d], uint64(2n ** 40n), '.'), 'CX8202'],
    ['a text of 2^63 bytes', pickle([0x8d], uint64(2n ** 63n), '.'), 'CX8203'],
    ['bytes of 4 GiB', pickle('B', uint32(0xffffffff), '.'), 'CX8202'],
    ['a whole number of 4 GiB', pickle([0x8b], uint32(0xffffffff), '.'), 'CX8203'],
    ['a name without an end', pickle('c', 'x'.repeat(5000)), 'CX8203'],
    ['a storage of 2^50 numbers', pickle(tensor(storage(long(2n ** 50n)), int(0), [long(2n ** 50n)], [int(1)]), '.'), 'CX8203'],
    ['a storage of more numbers than it has', pickle(tensor(storage(int(5)), int(0), [int(4)], [int(1)]), '.'), 'CX8202'],
    ['a tensor of 2^52 · 2^52 numbers from one', pickle(tensor(storage(int(4)), int(0), [long(2n ** 52n), long(2n ** 52n)], [int(0), int(0)]), '.'), 'CX8203'],
    ['a tensor of nothing by infinity', pickle(tensor(storage(int(4)), int(0), [...Array.from({ length: 30 }, () => long(2n ** 52n)), int(0)], Array.from({ length: 31 }, () => int(1))), '.'), 'CX8203'],
    ['a tensor that begins beyond its storage', pickle(tensor(storage(int(4)), int(1), [int(4)], [int(1)]), '.'), 'CX8203'],
    ['a tensor whose steps leave its storage', pickle(tensor(storage(int(4)), int(0), [int(2), int(2)], [int(3), int(1)]), '.'), 'CX8203'],
    ['a storage that is not in the archive', pickle(tensor(storage(int(4), '../../etc/passwd'), int(0), [int(4)], [int(1)]), '.'), 'CX8203'],
    ['a pickle without an end', pickle('}', text('w'), good, 's'), 'CX8202'],
    ['a stack that is empty', pickle('.'), 'CX8203'],
    ['a memo that is empty', pickle('h', [7], '.'), 'CX8203'],
    ['no tensor', pickle('}.'), 'CX8203'],
    ['protocol 0', Buffer.from('(dp0\n.'), 'CX8210'],
    ['protocol 9', Buffer.from([0x80, 9, 0x4e, 0x2e]), 'CX8203'],
  ])('%s', (_, content, code) => {
    const path = archive(content);
    const before = process.memoryUsage().rss;
    const began = performance.now();
    expect(() => read(path)).toThrow(expect.objectContaining({ name: 'RunError', code }));
    expect(performance.now() - began).toBeLessThan(40_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 2 ** 20);
  });
}); // prettier-ignore

/** Reads every tensor of what may be damaged: either it reads, and nothing is larger than the file allows, or it is a fault that is told. */
function holds(path: string, bytes: Uint8Array): void {
  writeFileSync(path, bytes);
  try {
    // one byte of a file is at most one number of 32 bits
    for (const size of read(path).values()) expect(size).toBeLessThanOrEqual(4 * bytes.length);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    expect(error.code).toMatch(/^CX82(02|03|10|17)$/);
    expect(error.fault).toBe('user');
  }
}

const originals = readdirSync(archives).filter((name) => /\.(pt|pth|bin)$/.test(name)).map((name) => readFileSync(join(archives, name))); // prettier-ignore
const path = (): string => join(temporaryFolder(), 'damaged.pt');

describe('damaged files are faults that are told', () => {
  test('cut anywhere', () => {
    const at = path();
    for (const original of originals) for (let length = 0; length < original.length; length += 1 + Math.floor(original.length / 50)) holds(at, original.subarray(0, length)); // prettier-ignore
  });

  test('with bytes changed, put in, taken out and moved', () => {
    const at = path();
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    const change = fc.record({ kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'copy'), place, other: place, value: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 1, max: 40 }) }); // prettier-ignore
    fc.assert(
      fc.property(fc.constantFrom(...originals), fc.array(change, { minLength: 1, maxLength: 6 }), (original, changes) => {
        let bytes: Buffer = Buffer.from(original);
        for (const { kind, place: where, other, value, length } of changes) {
          const index = Math.floor(where * bytes.length);
          const from = Math.floor(other * bytes.length);
          if (kind === 'set') bytes[index] = value;
          else if (kind === 'flip') bytes[index] = (bytes[index] ?? 0) ^ (1 << (value & 7));
          else if (kind === 'insert') bytes = Buffer.concat([bytes.subarray(0, index), Buffer.alloc(length, value), bytes.subarray(index)]);
          else if (kind === 'remove') bytes = Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + length)]);
          else bytes.copy(bytes, index, from, from + length);
        }
        holds(at, bytes);
      }),
      { numRuns: 400 },
    );
  }); // prettier-ignore

  test('with a pickle that is any sequence of opcodes', () => {
    const at = path();
    const opcodes = '.(0N}])atusbQRc'.split('').map((letter) => Buffer.from(letter, 'latin1'));
    const piece = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...opcodes, Buffer.from([0x88]), Buffer.from([0x81]), Buffer.from([0x85]), Buffer.from([0x93]), Buffer.from([0x94]), Buffer.from([0x90]), Buffer.from([0x8f])) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 5 }).map((index) => Buffer.from([0x71, index])) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 5 }).map((index) => Buffer.from([0x68, index])) },
      { weight: 1, arbitrary: fc.constantFrom(text('a'), text('storage'), text('0'), int(3), good, storage(int(4)), Buffer.from('ccollections\nOrderedDict\n'), Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n'), Buffer.from('ctorch._utils\n_rebuild_parameter\n'), Buffer.from('ctorch\nFloatStorage\n')) },
    ); // prettier-ignore
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        holds(at, writeZip([{ name: 'made/data.pkl', content: pickle(...pieces, '.') }, { name: 'made/data/0', content: Buffer.alloc(16) }])); // prettier-ignore
      }),
      { numRuns: 400 },
    );
  });
});

describe('safetensors', () => {
  /** A header as it is given, and eight bytes. */
  const container = (header: string): Buffer => {
    const text = Buffer.from(header);
    return Buffer.concat([uint64(BigInt(text.length)), text, Buffer.alloc(8)]);
  };

  test.each([
    ['two tensors in the same bytes', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', /`b` lies in the bytes of another/],
    ['a type that objects have', '{"a":{"dtype":"toString","shape":[2],"data_offsets":[0,8]}}', /stored as "toString"/],
    ['a name that clears the screen', '{"a\\u001b[2J":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', /`a\uFFFD\[2J` in it has characters that cannot be shown$/],
    ['nesting without end', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, /is not an object/],
    ['a type of nesting without end', `{"a":{"dtype":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`, /has no type/],
    ['a shape of many axes', `{"a":{"dtype":"F32","shape":[${'1,'.repeat(100)}2],"data_offsets":[0,8]}}`, /has no shape/],
  ])('%s', (_, header, words) => {
    const at = path();
    writeFileSync(at, container(header));
    expect(() => read(at)).toThrow(expect.objectContaining({ code: 'CX8203', message: expect.stringMatching(words) }));
  }); // prettier-ignore

  test('metadata of nesting without end are left out', () => {
    const at = path();
    writeFileSync(at, container(`{"__metadata__":{"deep":${'['.repeat(50_000)}${']'.repeat(50_000)},"by":"us"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`)); // prettier-ignore
    const file = openWeights(at);
    expect(file.metadata).toEqual({ by: 'us' });
    file.close();
  });

  test('damaged anyhow', () => {
    const at = path();
    const original = readFileSync(join(archives, 'expected/types.safetensors'));
    const change = fc.record({ index: fc.nat(original.length - 1), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(original.length), (changes, cut) => {
        const bytes = Buffer.from(original);
        for (const { index, value } of changes) bytes[index] = value;
        holds(at, cut % 3 === 0 ? bytes.subarray(0, cut) : bytes);
      }),
      { numRuns: 400 },
    );
  });
});

test('a name of Python that would clear the screen is shown without that', () => {
  const content = pickle('cposix\u001b[2J\nsystem\n.');
  expect(() => read(archive(content))).toThrow(expect.objectContaining({ message: expect.stringContaining('`posix\uFFFD[2J.system`') })); // prettier-ignore
});

test('the readers can run nothing: they import the file system alone, and a checksum', () => {
  const folder = join(import.meta.dirname, '../../../../src/runtime/weights/formats');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(12);
  for (const name of sources) {
    const source = readFileSync(join(folder, name), 'utf8').replace("import { crc32 } from 'node:zlib';", '');
    const imports = [...source.matchAll(/from '([^'.][^']*)'/g)].map(([, module]) => module);
    expect(imports.filter((module) => module !== 'node:fs' && module !== 'node:path')).toEqual([]);
    expect(source).not.toMatch(/\beval\(|\bnew Function\b|\bimport\(|\brequire\(/);
  }
});
