/** `clipx init`: files to begin with, each of which checks; the default one is trained. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { parse } from '../../src/compiler/parse/parse.ts';
import { sourceFile } from '../../src/compiler/source/source-file.ts';
import { print } from '../../src/compiler/syntax/print.ts';
import { defaultTemplate, shippedFolders, templates } from '../../src/cli/templates.ts';
import { repositoryHost } from '../support/repository-host.ts';
import { clipx, newFolder } from './support.ts';

describe.each(templates().map((each) => [each.name, each] as const))('the template %s', (name, { text, title }) => {
  it('is a program without an error, in every row', () => {
    const request = { path: `${name}.clipx`, text, host: repositoryHost };
    const full = compile(request);
    const rows = full.checked?.rows ?? [];
    for (const { diagnostics, program } of [full, ...rows.map(({ label }) => compile({ ...request, row: label }))]) {
      expect(diagnostics.filter(({ severity }) => severity !== 'note')).toEqual([]);
      expect(program).toBeDefined();
    }
  });

  it('is formatted, commented and has a title', () => {
    expect(print(parse(sourceFile(name, text)).file)).toBe(text);
    expect(text.match(/^# /gm)?.length).toBeGreaterThan(5);
    expect(title).not.toBe('');
  });
});

test('lists the templates, the default one first', async () => {
  const { code, stdout } = await clipx(['init', '--list'], { cwd: newFolder('init') });
  expect(code).toBe(0);
  const names = stdout.trimEnd().split('\n').map((line) => line.split(' ')[0]); // prettier-ignore
  expect(names).toEqual(templates().map(({ name }) => name));
  expect(names[0]).toBe(defaultTemplate);
  expect(names).toContain('prompt-learning');
  const json = await clipx(['init', '--list', '--json'], { cwd: newFolder('init') });
  expect(JSON.parse(json.stdout)).toHaveLength(names.length);
});

test('writes what checks and trains, into a folder that becomes a project', async () => {
  const cwd = newFolder('init');
  const written = await clipx(['init', 'first-try'], { cwd });
  expect([written.code, written.stdout]).toEqual([0, 'first-try.clipx\n']);
  expect(readFileSync(join(cwd, 'clipx.json'), 'utf8')).toBe('{}\n');
  expect(readFileSync(join(cwd, 'first-try.clipx'), 'utf8')).toMatch(/^experiment first_try "/m);
  expect((await clipx(['check', 'first-try.clipx'], { cwd })).code).toBe(0);
  const trained = await clipx(['run', 'first-try.clipx', '--progress', 'none'], { cwd });
  expect(trained.stderr).not.toMatch(/error/);
  expect(trained.code).toBe(0);
  // 150 pictures of eight categories, the largest of which holds a fifth of them
  const [, top1] = /test top1 +([\d.]+) %/.exec(trained.stdout) ?? [];
  expect(Number(top1)).toBeGreaterThan(35);
}, 180_000);

test('overwrites nothing, and leaves a project as it is', async () => {
  const cwd = newFolder('init');
  const inner = join(cwd, 'tries');
  mkdirSync(inner);
  writeFileSync(join(cwd, 'clipx.json'), '{ "threads": 2 }');
  expect((await clipx(['init', '--template', 'contrastive'], { cwd: inner })).code).toBe(0);
  expect(readFileSync(join(cwd, 'clipx.json'), 'utf8')).toBe('{ "threads": 2 }');
  expect(existsSync(join(inner, 'clipx.json'))).toBe(false);
  expect(existsSync(join(cwd, 'data/emoji-7/manifest.json'))).toBe(true);
  const before = readFileSync(join(inner, 'contrastive.clipx'), 'utf8');
  const again = await clipx(['init', 'contrastive'], { cwd: inner });
  expect(again.code).toBe(3);
  expect(again.stderr).toContain('contrastive.clipx is there already');
  expect(readFileSync(join(inner, 'contrastive.clipx'), 'utf8')).toBe(before);
});

test('names experiments by words that are free', async () => {
  const cwd = newFolder('init');
  for (const [name, experiment] of [
    ['sweep', 'my_sweep'],
    ['2-shots', 'my_2_shots'],
  ]) {
    // prettier-ignore
    expect((await clipx(['init', name ?? '', '--template', 'zero-shot'], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, `${name}.clipx`), 'utf8')).toContain(`experiment ${experiment} `);
    expect((await clipx(['check', `${name}.clipx`], { cwd })).code).toBe(0);
  }
});

test.each([
  [['init', '../up'], '../up is no name of a file'],
  [['init', '--template', 'zero-short'], 'did you mean zero-shot?'],
])('%j is refused', async (words, said) => {
  const cwd = newFolder('init');
  const { code, stderr } = await clipx(words, { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain(said);
  expect(existsSync(join(cwd, 'clipx.json'))).toBe(false);
});

test('knows what a text reads', () => {
  const text = 'shards("data/gaze/source-*.tar") clip("weights/clipx-tiny") jsonl("mine.jsonl")';
  expect(shippedFolders(text)).toEqual(['data/gaze', 'data/tokenizer', 'weights/clipx-tiny']);
});
