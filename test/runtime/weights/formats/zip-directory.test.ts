import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { openPromise } from 'yauzl';
import { ZipDirectory } from '../../../../src/runtime/weights/formats/zip-directory.ts';
import { temporaryFolder } from '../../support/run-tiny.ts';
import { writeZip } from './write-zip.ts';

const archives = join(import.meta.dirname, '../../../oracles/archives');

function directoryOf<T>(path: string, look: (zip: ZipDirectory) => T): T {
  const file = openSync(path, 'r');
  try {
    return look(new ZipDirectory(path, file));
  } finally {
    closeSync(file);
  }
}

/** Every stored member as yauzl reads it. */
async function byYauzl(path: string): Promise<Map<string, Buffer>> {
  const zip = await openPromise(path, { autoClose: false });
  const members = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    if (entry.compressionMethod !== 0) continue;
    const parts: Buffer[] = [];
    for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Buffer);
    members.set(entry.fileName, Buffer.concat(parts));
  }
  zip.close();
  return members;
}

const [one, two] = [Buffer.from('the first'), Buffer.alloc(70_000, 7)];
const made = (options: Parameters<typeof writeZip>[1]): string => {
  const path = join(temporaryFolder(), 'made.zip');
  writeFileSync(path, writeZip([{ name: 'a/one', content: one }, { name: 'a/two', content: two }, { name: 'none', content: Buffer.alloc(0) }], options)); // prettier-ignore
  return path;
};

describe('members lie where yauzl finds them', () => {
  test.each([
    ['of torch.save', () => join(archives, 'types.pt')],
    ['of torch.jit.save', () => join(archives, 'traced.pt')],
    ['plain', () => made({})],
    ['with a comment at its end', () => made({ comment: 'made by hand' })],
    ['zip64', () => made({ wide: true })],
  ])('%s', async (_, path) => {
    const expected = await byYauzl(path());
    expect(expected.size).toBeGreaterThan(2);
    const content = readFileSync(path());
    directoryOf(path(), (zip) => {
      for (const [name, bytes] of expected) {
        const member = zip.member(name);
        expect(content.subarray(member?.start, (member?.start ?? 0) + (member?.bytes ?? 0))).toEqual(bytes);
      }
    });
  });
});

test('a member past 4 GiB is found: only its directory is read', () => {
  const path = join(temporaryFolder(), 'large.zip');
  const small = writeZip([{ name: 'a/one', content: one }], { wide: true });
  // the same archive with a hole of 5 GiB before it, which takes no space on the disk
  const hole = 5 * 2 ** 30;
  const moved = Buffer.from(small);
  const directory = moved.indexOf('PK\u0001\u0002', 0, 'latin1');
  const [end, locator] = [moved.indexOf('PK\u0006\u0006', 0, 'latin1'), moved.indexOf('PK\u0006\u0007', 0, 'latin1')];
  moved.writeBigUInt64LE(BigInt(hole), directory + 46 + 5 + 20);
  moved.writeBigUInt64LE(BigInt(hole + directory), end + 48);
  moved.writeBigUInt64LE(BigInt(hole + end), locator + 8);
  const file = openSync(path, 'w');
  writeSync(file, moved, 0, moved.length, hole);
  closeSync(file);
  expect(directoryOf(path, (zip) => zip.member('a/one'))).toEqual({
    name: 'a/one',
    start: hole + 35,
    bytes: 9,
    sum: crc32(one),
  });
});

test('a compressed member is told with the way out', () => {
  const path = join(temporaryFolder(), 'packed.zip');
  writeFileSync(path, zipSync({ 'a/data.pkl': new Uint8Array(1000) }, { level: 9 }));
  expect(() => directoryOf(path, (zip) => zip.member('a/data.pkl'))).toThrow(
    expect.objectContaining({ code: 'CX8217', message: expect.stringContaining('`a/data.pkl` compressed') }),
  );
});

test('a name that stands twice is refused: programs differ in which they take', () => {
  const path = join(temporaryFolder(), 'twice.zip');
  writeFileSync(path, writeZip([{ name: 'a', content: one }, { name: 'a', content: two }])); // prettier-ignore
  expect(() => directoryOf(path, () => undefined)).toThrow(expect.objectContaining({ code: 'CX8203' }));
});
