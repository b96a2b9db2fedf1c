import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clipx, newFolder } from './support.ts';

const untidy = 'clipx 1\n\naxis   a=3   # three\nconst b    = 2\n';

test('fmt writes in place, names what it changed, and then finds nothing more', async () => {
  const cwd = newFolder('fmt');
  writeFileSync(join(cwd, 'a.clipx'), untidy);
  expect(await clipx(['fmt', '--check'], { cwd })).toMatchObject({ code: 1, stdout: 'a.clipx\n' });
  expect(readFileSync(join(cwd, 'a.clipx'), 'utf8')).toBe(untidy);
  expect(await clipx(['fmt'], { cwd })).toMatchObject({ code: 0, stdout: 'a.clipx\n' });
  const formatted = readFileSync(join(cwd, 'a.clipx'), 'utf8');
  expect(formatted).toContain('# three');
  expect(await clipx(['fmt', '--check'], { cwd })).toMatchObject({ code: 0, stdout: '' });
  expect(await clipx(['fmt', '-'], { cwd, stdin: untidy })).toMatchObject({ code: 0, stdout: formatted });
});

test('fmt --diff prints what patch(1) understands and writes nothing', async () => {
  const cwd = newFolder('fmt');
  writeFileSync(join(cwd, 'a.clipx'), untidy);
  const { code, stdout } = await clipx(['fmt', '--diff', 'a.clipx'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^--- a\.clipx\n\+\+\+ a\.clipx \(formatted\)\n@@ -1,4 \+1,4 @@\n/);
  expect(stdout).toContain('-axis   a=3   # three\n');
  expect(readFileSync(join(cwd, 'a.clipx'), 'utf8')).toBe(untidy);
});

test('fmt leaves a file with syntax errors as it is and exits 3', async () => {
  const cwd = newFolder('fmt');
  const text = 'clipx 1\n\naxis = = 3\n';
  writeFileSync(join(cwd, 'a.clipx'), text);
  const called = await clipx(['fmt'], { cwd });
  expect(called.code).toBe(3);
  expect(called.stderr).toMatch(/error\[CX1\d{3}\]/);
  expect(readFileSync(join(cwd, 'a.clipx'), 'utf8')).toBe(text);
});

test('check tells every syntax error at once and exits 1; what is asked for as JSON is on stdout', async () => {
  const cwd = newFolder('check');
  writeFileSync(join(cwd, 'a.clipx'), 'clipx 1\n\naxis = 3\nlet x 4\nloss = mean(x)\n');
  const text = await clipx(['check', 'a.clipx'], { cwd });
  expect(text.code).toBe(1);
  expect(text.stdout).toBe('');
  for (const line of [3, 4, 5]) expect(text.stderr).toContain(`a.clipx:${line}:`);
  const json = await clipx(['check', 'a.clipx', '--json'], { cwd });
  expect(json.code).toBe(1);
  expect((JSON.parse(json.stdout) as { counts: { error: number } }).counts.error).toBeGreaterThanOrEqual(3);
  const github = await clipx(['--format', 'github', 'check', 'a.clipx'], { cwd });
  expect(github.stdout).toMatch(/^::error file=a\.clipx,line=3,/);
});

test.each([
  [['check', 'absent.clipx'], 3, 'there is no such file'],
  [['check', '.'], 3, 'is a folder'],
  [['check', 'latin.clipx'], 3, 'is not UTF-8'],
  [['check', 'large.clipx'], 3, 'expected at most'],
  [['watch', 'absent'], 3, 'there is no run "absent"'],
  [['watch', 'latest'], 3, 'there is no run in'],
  [['watch', 'x', '--replay', 'fast'], 2, 'expected a number above 0'],
  [['resume', 'absent'], 3, 'there is no run "absent"'],
  [['explain', 'CX9'], 2, 'there is no code CX9'],
  [['diff', 'nowhere:a.clipx', 'a.clipx'], 3, ''],
])('%j is answered with exit %i and a sentence', async (words, code, sentence) => {
  const cwd = newFolder('bad');
  writeFileSync(join(cwd, 'latin.clipx'), Buffer.from('# \xE9', 'latin1'));
  writeFileSync(join(cwd, 'large.clipx'), '#'.repeat(10 * 2 ** 20));
  const called = await clipx(words, { cwd });
  expect(called.stderr).toContain(sentence);
  expect(called.code).toBe(code);
  expect(called.stdout).toBe('');
  expect(called.stderr).not.toContain('    at ');
});
