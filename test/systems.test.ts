/**
 * The systems that clipx was made to say, each written out as an experiment. Every file passes the check with all its rows, is formatted,
 * and is explained as it was: types, axes, masks, when values are known, what trains. `vitest run test/systems.test.ts -u` writes the
 * explanations anew: read the difference.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile, type Compilation } from '../src/compiler/compile.ts';
import { explanationOf } from '../src/compiler/explain/explain.ts';
import { renderExplainText } from '../src/compiler/explain/render-explain.ts';
import { parse } from '../src/compiler/parse/parse.ts';
import { sourceFile } from '../src/compiler/source/source-file.ts';
import { print } from '../src/compiler/syntax/print.ts';
import { repositoryHost, repositoryText } from './support/repository-host.ts';

const folder = 'test/fixtures/systems';

/** Experiments that do not pass yet, and why. One that passes has to leave this list. */
const notYet: Readonly<Record<string, string>> = {};

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.clipx')).sort(); // prettier-ignore
const isExperiment = (file: string): boolean => /^experiment /m.test(repositoryText(`${folder}/${file}`));
const systems = files.filter(isExperiment).map((file) => file.replace(/\.clipx$/, ''));

/** The experiment as it stands and each of its rows, as `clipx check` does. */
function checked(name: string): Compilation[] {
  const path = `${folder}/${name}.clipx`;
  const request = { path, text: repositoryText(path), host: repositoryHost, until: 'check' } as const;
  const full = compile(request);
  const failed = full.diagnostics.some(({ severity }) => severity === 'error');
  // points of a sweep differ in numbers alone: the first is enough
  const sweeps = new Set(full.checked?.sweeps.map((sweep) => sweep.name));
  const rows = (full.checked?.rows ?? []).filter(
    ({ ablation }, at, all) => !sweeps.has(ablation) || all.findIndex((row) => row.ablation === ablation) === at,
  );
  return failed ? [full] : [full, ...rows.map((row) => compile({ ...request, row: row.label }))];
} // prettier-ignore

/** Warnings and notes, each once. */
function said(compilations: readonly Compilation[]): string {
  const all = compilations.flatMap((each) => each.diagnostics);
  const lines = all.map(({ severity, code, message }) => `  ${severity} ${code}: ${message}\n`);
  return [...new Set(lines)].join('');
}

const errorsOf = (compilations: readonly Compilation[]): string[] =>
  compilations.flatMap(({ diagnostics }) =>
    diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`),
  );

/** Digests follow every change of the compiler, and are held elsewhere. */
const withoutDigests = (text: string): string => text.replace(/^ *(semantic|protocol) [0-9a-f]+\n/gm, '');

function explained(name: string): string {
  const path = `${folder}/${name}.clipx`;
  const { checked: whole, program, graph, diagnostics } = compile({ path, text: repositoryText(path), host: repositoryHost, unbuilt: 'stand-in' }); // prettier-ignore
  if (whole === undefined || program === undefined)
    throw new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return withoutDigests(renderExplainText(explanationOf({ checked: whole, program, graph })));
}

describe.each(files)('%s', (file) => {
  it('is formatted, and reads back as it was', () => {
    const text = repositoryText(`${folder}/${file}`);
    const first = parse(sourceFile(file, text));
    expect(first.diagnostics).toEqual([]);
    expect(print(first.file)).toBe(text);
  });
});

describe.each(systems.filter((name) => notYet[name] === undefined))('%s', (name) => {
  it('passes the check with all its rows, and is explained', async () => {
    const compilations = checked(name);
    expect(errorsOf(compilations)).toEqual([]);
    const remarks = said(compilations);
    const text = `${explained(name)}${remarks === '' ? '' : `\nsaid by the check\n${remarks}`}`;
    await expect(text).toMatchFileSnapshot(`golden/systems/${name}.txt`);
  });

  it('becomes a program, or says what of it has no body yet', () => {
    const path = `${folder}/${name}.clipx`;
    const { program, diagnostics } = compile({ path, text: repositoryText(path), host: repositoryHost });
    const codes = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(program === undefined ? ['CX0001'] : []));
  });
});

describe('what does not pass yet', () => {
  it('is among the systems, and fails', () => {
    for (const name of Object.keys(notYet)) {
      expect(systems).toContain(name);
      expect(errorsOf(checked(name)), `${name} passes now`).not.toEqual([]);
    }
  });

  it('has no explanation left over', () => {
    const told = readdirSync('test/golden/systems').map((file) => file.replace(/\.txt$/, ''));
    expect(told.filter((name) => !systems.includes(name))).toEqual([]);
  });
});
