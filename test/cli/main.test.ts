import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageVersion } from '../../src/cli/package-version.ts';
import { clipx, newFolder } from './support.ts';
import { expectSchema } from './fits-schema.ts';

test('--version and --help are answers: stdout, exit 0', async () => {
  expect(await clipx(['--version'])).toEqual({ code: 0, stdout: `${packageVersion()}\n`, stderr: '' });
  const help = await clipx(['--help']);
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('Exit codes: 0 done');
  expect(help.stderr).toBe('');
});

test('without a command the help is no answer: stderr, exit 2', async () => {
  const called = await clipx([]);
  expect(called.code).toBe(2);
  expect(called.stdout).toBe('');
  expect(called.stderr).toContain('Usage: clipx');
});

test('every command has help', async () => {
  const { stdout } = await clipx(['--help']);
  const list = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Examples:'));
  const names = [...list.matchAll(/^ {2}([a-z]+) /gm)].map((it) => it[1] ?? '');
  expect(names).toEqual(
    expect.arrayContaining(['run', 'resume', 'watch', 'check', 'fmt', 'explain', 'plan', 'compile', 'diff', 'doctor']),
  );
  for (const name of names) {
    const help = await clipx([name, '--help']);
    expect(help.code, name).toBe(0);
    expect(help.stdout, name).toContain(`Usage: clipx ${name}`);
  }
});

test.each([
  [['chek', 'a.clipx'], 'Did you mean check?'],
  [['fmt', '--chek'], 'Did you mean --check?'],
  [['check'], "missing required argument 'files'"],
  [['--format', 'xml', 'fmt'], 'Allowed choices are text, json, github'],
  [['doctor', '--backend', 'tensorflo'], 'did you mean "tensorflow"?'],
  [['doctor', '--threads', '0'], 'expected a whole number from 1'],
])('%j is a wrong call: exit 2 and a way out', async (words, hint) => {
  const called = await clipx(words);
  expect(called.code).toBe(2);
  expect(called.stdout).toBe('');
  expect(called.stderr).toContain(hint);
});

test('a setting comes from the flag, else the environment, else clipx.json, else the default', async () => {
  const folder = newFolder('settings');
  writeFileSync(join(folder, 'clipx.json'), JSON.stringify({ backend: 'reference', threads: 3 }));
  const inner = join(folder, 'deep', 'er');
  mkdirSync(inner, { recursive: true });
  const settings = async (words: readonly string[], variables: Record<string, string>) => {
    const { stdout } = await clipx(['doctor', '--json', ...words], { cwd: inner, variables });
    const result = expectSchema(stdout, 'doctor') as {
      project: string;
      settings: { name: string; value: unknown; origin: string }[];
    };
    expect(result.project).toBe(folder);
    return Object.fromEntries(result.settings.map((it) => [it.name, [it.value, it.origin]]));
  };
  expect(await settings([], {})).toMatchObject({
    backend: ['reference', 'clipx.json'],
    threads: [3, 'clipx.json'],
    runs: ['runs', 'default'],
  });
  expect(await settings([], { CLIPX_THREADS: '2' })).toMatchObject({ threads: [2, 'environment'] });
  expect(await settings(['--threads', '1'], { CLIPX_THREADS: '2' })).toMatchObject({ threads: [1, 'flag'] });
});

test.each([
  ['{ "bakcend": "auto" }', 'did you mean "backend"?'],
  ['{ "threads": "many" }', 'threads must be integer'],
  ['{ "backend": "gpu" }', 'onnxruntime-node'],
  ['{ "threads": 1', 'is not JSON'],
])('a clipx.json of %s does not load: exit 3', async (content, words) => {
  const folder = newFolder('settings');
  writeFileSync(join(folder, 'clipx.json'), content);
  const called = await clipx(['doctor'], { cwd: folder });
  expect(called.code).toBe(3);
  expect(called.stderr).toContain(words);
});

test('colours go to terminals, to those who force them, and to nobody who declines', async () => {
  const escape = '\u001B';
  const folder = newFolder('color');
  writeFileSync(join(folder, 'bad.clipx'), 'clipx 1\n\nlet = 3\n');
  const check = (words: readonly string[], variables: Record<string, string>) =>
    clipx([...words, 'check', 'bad.clipx'], { cwd: folder, variables });
  expect((await check([], {})).stderr).not.toContain(escape);
  expect((await check([], { FORCE_COLOR: '1' })).stderr).toContain(escape);
  expect((await check([], { FORCE_COLOR: '1', NO_COLOR: '1' })).stderr).not.toContain(escape);
  expect((await check(['--color', 'always'], { NO_COLOR: '1' })).stderr).toContain(escape);
  expect((await check(['--color', 'never'], { FORCE_COLOR: '1' })).stderr).not.toContain(escape);
});
