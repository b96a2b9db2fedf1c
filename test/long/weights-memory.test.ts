import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWeights } from '../../src/runtime/weights/formats/open-weights.ts';
import { writeSafetensors } from '../../src/runtime/weights/safetensors.ts';
import { writeZip } from '../runtime/weights/formats/write-zip.ts';

/** Twelve tensors of 25 MB, as a large tower has them, and the same as PyTorch stores them: row by row, transposed, in half precision. */
const folder = mkdtempSync(join(tmpdir(), 'clipx-memory-'));
const rows = 2560;
const count = 12;
const values = Float32Array.from({ length: rows * rows }, (_, at) => at % 997);

beforeAll(() => {
  const tensors = Array.from({ length: count }, (_, at) => [`blocks.${at}.weight`, { shape: [rows, rows], data: values }] as const); // prettier-ignore
  writeSafetensors(join(folder, 'a.safetensors'), new Map(tensors));
  writeFileSync(join(folder, 'rows.pt'), archive('FloatStorage', [rows, 1], Buffer.from(values.buffer)));
  writeFileSync(join(folder, 'transposed.pt'), archive('FloatStorage', [1, rows], Buffer.from(values.buffer)));
  writeFileSync(join(folder, 'half.pt'), archive('HalfStorage', [rows, 1], Buffer.alloc(2 * rows * rows)));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What torch.save writes of such tensors. */
function archive(type: string, stride: readonly number[], content: Buffer): Buffer {
  const number = (value: number): Buffer => Buffer.from([0x4d, value & 0xff, value >> 8]);
  const whole = (value: number): Buffer =>
    Buffer.from([0x4a, ...[0, 8, 16, 24].map((shift) => (value >> shift) & 0xff)]);
  const text = (value: string): Buffer => Buffer.from([0x8c, value.length, ...Buffer.from(value)]);
  const parts: Buffer[] = [Buffer.from([0x80, 4]), Buffer.from('}')];
  for (let at = 0; at < count; at++) {
    parts.push(text(`blocks.${at}.weight`), Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n(('));
    parts.push(text('storage'), Buffer.from(`ctorch\n${type}\n`), text(String(at)), text('cpu'), whole(rows * rows), Buffer.from('tQ'), number(0)); // prettier-ignore
    parts.push(number(rows), number(rows), Buffer.from([0x86]), ...stride.map(number), Buffer.from([0x86, 0x89]), Buffer.from(')tRs')); // prettier-ignore
  }
  const members = Array.from({ length: count }, (_, at) => ({ name: `a/data/${at}`, content }));
  return writeZip([{ name: 'a/data.pkl', content: Buffer.concat([...parts, Buffer.from('.')]) }, ...members]);
}

function measured(...words: string[]): { readonly kept: number; readonly taken: number } {
  const child = join(import.meta.dirname, 'weights-child.ts');
  return JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', child, ...words], { encoding: 'utf8' })) as ReturnType<typeof measured>; // prettier-ignore
}

const files = ['a.safetensors', 'rows.pt', 'transposed.pt', 'half.pt'];

describe.skipIf(process.platform !== 'linux')('memory of weights', () => {
  test('the files hold what was put into them', () => {
    const file = openWeights(join(folder, 'transposed.pt'));
    const { data } = file.read('blocks.3.weight');
    file.close();
    expect([data[1], data[rows]]).toEqual([values[rows], values[1]]);
  });

  test.each(files)('reading %s takes at most 1.3 times the tensors kept', (name) => {
    const { kept, taken } = measured('read', join(folder, name));
    expect(kept).toBe(count * 4 * rows * rows);
    console.log(`${name}: ${(statSync(join(folder, name)).size / 2 ** 20).toFixed(0)} MiB, kept ${(kept / 2 ** 20).toFixed(0)} MiB, peak ${(taken / kept).toFixed(2)} x`); // prettier-ignore
    expect(taken).toBeGreaterThan(0.9 * kept);
    expect(taken).toBeLessThanOrEqual(1.3 * kept);
  });

  test.each(files)('converting %s holds eight of twelve tensors at most', (name) => {
    const { taken } = measured('convert', join(folder, name), join(folder, 'converted.safetensors'));
    console.log(`convert ${name}: peak ${(taken / 2 ** 20).toFixed(0)} MiB`);
    expect(taken).toBeLessThanOrEqual(8 * 4 * rows * rows);
  });
});
