import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { writeFileAtomic } from '../../src/runtime/atomic-file.ts';
import { temporaryFolder } from './support/run-tiny.ts';

test('a file is replaced as a whole and nothing else is left behind', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'deeper', 'file.txt');
  writeFileAtomic(path, 'one');
  writeFileAtomic(path, [Buffer.from('two '), Buffer.from('parts')]);
  expect(readFileSync(path, 'utf8')).toBe('two parts');
  expect(readdirSync(join(folder, 'deeper'))).toEqual(['file.txt']);
});

test('where the disk is full the old file stays and the error says so', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'file.bin');
  writeFileSync(path, 'old');
  const script = `
    import { writeFileAtomic } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../src/runtime/atomic-file.ts')).href)};
    try { writeFileAtomic(${JSON.stringify(path)}, new Uint8Array(1 << 20)); }
    catch (error) { console.log(JSON.stringify({ code: error.code, fault: error.fault, message: error.message })); }`;
  writeFileSync(join(folder, 'write.mts'), script);
  // A limit on file size is a real error of write(2) in the middle of a file.
  const command = `trap '' XFSZ; ulimit -f 100; exec ${process.execPath} --import tsx ${join(folder, 'write.mts')}`;
  const answer = execFileSync('bash', ['-c', command], { encoding: 'utf8' });
  expect(JSON.parse(answer)).toMatchObject({ code: 'CX8211', fault: 'world' });
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder).sort()).toEqual(['file.bin', 'write.mts']);
});

test('a folder that cannot be made is an error of the world with the path in it', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  expect(() => writeFileAtomic(join(folder, 'file', 'below'), '')).toThrow(/file.below could not be written/);
});
