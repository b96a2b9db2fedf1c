/** The ten small experiments: each passes the check with all its rows, can be planned, and is formatted; two are run. */
import { cpSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { parse } from '../../src/compiler/parse/parse.ts';
import { sourceFile } from '../../src/compiler/source/source-file.ts';
import { print } from '../../src/compiler/syntax/print.ts';
import { repositoryHost, repositoryText } from '../support/repository-host.ts';
import { clipx, newFolder } from '../cli/support.ts';

const root = join(import.meta.dirname, '../..');
const folder = 'experiments/smoke';
const files = readdirSync(join(root, folder)).filter((file) => file.endsWith('.clipx'));

it('are ten, and all are in the table', () => {
  expect(files).toHaveLength(10);
  for (const file of files) expect(repositoryText(`${folder}/README.md`)).toContain(`| [${file}](${file}) |`);
});

describe.each(files)('%s', (file) => {
  const path = `${folder}/${file}`;
  const text = repositoryText(path);

  it('is a program without an error, in every row', () => {
    const request = { path, text, host: repositoryHost };
    const full = compile(request);
    const rows = full.checked?.rows ?? [];
    for (const { diagnostics, program } of [full, ...rows.map(({ label }) => compile({ ...request, row: label }))]) {
      expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
      expect(program).toBeDefined();
    }
  });

  it('is formatted', () => {
    expect(print(parse(sourceFile(path, text)).file)).toBe(text);
  });
});

// Few pictures, so that also the slowest engine is done in seconds.
it.each([
  ['zero-shot.clipx', /sketchy single +[89]\d\.\d+ %/],
  ['video.clipx', /test top1 +(100|8\d)\.\d+ %/],
])(
  '%s runs',
  async (file, result) => {
    const cwd = newFolder('smoke');
    writeFileSync(join(cwd, 'clipx.json'), '{}');
    cpSync(join(root, folder), join(cwd, 'smoke'), { recursive: true });
    for (const shipped of ['data', 'weights']) symlinkSync(join(root, shipped), join(cwd, shipped));
    const { code, stdout, stderr } = await clipx(['run', `smoke/${file}`, '--progress', 'none'], { cwd });
    expect(stderr).not.toMatch(/error/);
    expect(code).toBe(0);
    expect(stdout).toMatch(result);
  },
  120_000,
);
