import { readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileDigest } from '../../../src/runtime/digest.ts';
import { stream } from '../../../src/runtime/random.ts';
import { Checkpoint } from '../../../src/runtime/weights/checkpoint.ts';
import { floatToHalf, halfToFloat } from '../../../src/runtime/weights/formats/half.ts';
import { readSafetensors, SafetensorsFile, writeSafetensors } from '../../../src/runtime/weights/safetensors.ts';
import { temporaryFolder } from '../support/run-tiny.ts';

/** A file put together by hand, byte by byte, as the format's page says. */
function write(path: string, header: unknown, data: Uint8Array): void {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(json.length, 0);
  writeFileSync(path, Buffer.concat([prefix, json, data]));
}

describe('reading', () => {
  test('widens half and bfloat16 exactly and takes integers and bytes', () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    // 1.5, -2 in half; 1.5, -2 in bfloat16; 7, -1 as i32; i64 9; bytes.
    const data = Buffer.from(['003e00c0', 'c03f00c0', '07000000ffffffff', '0900000000000000', '0105'].join(''), 'hex');
    write(
      path,
      {
        __metadata__: { format: 'pt' },
        half: { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
        brain: { dtype: 'BF16', shape: [1, 2], data_offsets: [4, 8] },
        ints: { dtype: 'I32', shape: [2], data_offsets: [8, 16] },
        long: { dtype: 'I64', shape: [], data_offsets: [16, 24] },
        bytes: { dtype: 'U8', shape: [2], data_offsets: [24, 26] },
      },
      data,
    );
    const tensors = readSafetensors(path);
    expect(tensors.get('half')?.data).toEqual(Float32Array.of(1.5, -2));
    expect(tensors.get('brain')).toMatchObject({ shape: [1, 2], data: Float32Array.of(1.5, -2) });
    expect(tensors.get('ints')?.data).toEqual(Int32Array.of(7, -1));
    expect(tensors.get('long')?.data).toEqual(Int32Array.of(9));
    expect(tensors.get('bytes')?.data).toEqual(Uint8Array.of(1, 5));
  });

  test.each([
    ['absent', () => undefined, 'CX8201', /cannot be opened/],
    ['empty', (path: string) => writeFileSync(path, ''), 'CX8202', /truncated: 0 bytes/],
    [
      'cut in the header',
      (path: string) => writeFileSync(path, Buffer.from('ff00000000000000', 'hex')),
      'CX8202',
      /expected at least 263/,
    ],
    [
      'of another kind',
      (path: string) => writeFileSync(path, 'PK\u0003\u0004 a zip file'),
      'CX8203',
      /is it a safetensors file/,
    ],
    [
      'without JSON',
      (path: string) => writeFileSync(path, Buffer.from('02000000000000007b7b', 'hex')),
      'CX8203',
      /not JSON/,
    ],
    ['of an unknown type', (path: string) => write(path, { a: { dtype: 'F8', shape: [1], data_offsets: [0, 1] } }, new Uint8Array(1)), 'CX8203', /`a` is stored as "F8"/], // prettier-ignore
    ['with a wrong size', (path: string) => write(path, { a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, new Uint8Array(8)), 'CX8203', /`a` \[3\] should take 12 bytes and takes 8/], // prettier-ignore
    ['cut in the data', (path: string) => write(path, { a: { dtype: 'F32', shape: [3], data_offsets: [0, 12] } }, new Uint8Array(11)), 'CX8202', /truncated/], // prettier-ignore
  ] as const)('a file that is %s is an error of its own', (_, make, code, message) => {
    const path = join(temporaryFolder(), 'weights.safetensors');
    make(path);
    expect(() => new SafetensorsFile(path)).toThrow(
      expect.objectContaining({ code, fault: 'user', message: expect.stringMatching(message) }),
    );
  });

  test('names every tensor that is missing or of another shape, with both shapes and the nearest name', () => {
    const path = join(temporaryFolder(), 'weights.safetensors');
    writeSafetensors(path, new Map([['conv1.weight', { shape: [2, 3], data: new Float32Array(6) }]]));
    const file = new SafetensorsFile(path);
    const wanted = new Map([
      ['conv1.weight', { shape: [3, 2] }],
      ['conv1.wieght', { shape: [2, 3] }],
    ]);
    expect(() => new Checkpoint(file).expect(wanted)).toThrow(
      /`conv1.weight` is \[2, 3\], expected \[3, 2\]\n.*`conv1.wieght` is missing \(expected \[2, 3\], the nearest name is `conv1.weight`\)/,
    );
    expect(() => file.read('conv2.weight')).toThrow(
      expect.objectContaining({ code: 'CX8205', help: expect.stringContaining('conv1.weight') }),
    );
    file.close();
  });
});

describe('writing', () => {
  test('reads back, starts its data on a multiple of eight, keeps metadata', () => {
    const path = join(temporaryFolder(), 'weights.safetensors');
    const floats = stream(1, 'weights').fillNormal(new Float32Array(35));
    const tensors = new Map([
      ['a.b', { shape: [5, 7], data: floats }],
      ['scalar', { shape: [], data: Float32Array.of(Math.PI) }],
      ['empty', { shape: [0, 3], data: new Float32Array() }],
      ['ids', { shape: [3], data: Int32Array.of(1, -2, 2 ** 31 - 1) }],
    ]);
    const { bytes, sha256 } = writeSafetensors(path, tensors, { step: '7' });
    const content = readFileSync(path);
    expect(content).toHaveLength(bytes);
    expect(fileDigest(path)).toBe(sha256);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    expect(content.readUInt32LE(0) % 8).toBe(0);
    expect(new SafetensorsFile(path).metadata).toEqual({ step: '7' });
    for (const [name, tensor] of readSafetensors(path)) expect(tensor).toMatchObject(tensors.get(name) ?? {});
  });

  test('half precision rounds to nearest, ties to even, over every half there is', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfToFloat(bits);
      if (Number.isNaN(value)) continue;
      expect(floatToHalf(value)).toBe(Object.is(value, -0) ? 0x8000 : bits);
      // Halfway to the next half: the even one of the two.
      if ((bits & 0x7fff) < 0x7bff) {
        const between = (value + halfToFloat(bits + 1)) / 2;
        expect(floatToHalf(between)).toBe(bits % 2 === 0 ? bits : bits + 1);
      }
    }
    expect([1e6, -1e6, 65519, 65520, 1e-9, NaN].map(floatToHalf)).toEqual([0x7c00, 0xfc00, 0x7bff, 0x7c00, 0, 0x7e00]);
  });
});
