/**
 * What a package computes ahead: features of what does not train once a stage, and of an evaluated set a minibatch at a time. The numbers are those
 * of clipx; how often a part is called, and with how many samples, is counted.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writePytorchPackage } from '../../src/cli/pytorch-package.ts';
import { compile } from '../../src/compiler/compile.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import { gatherFacts } from '../../src/runtime/data/gather-facts.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { readRun } from '../../src/runtime/records/run-folder.ts';
import { runProgram } from '../../src/runtime/run.ts';
import { repositoryHost } from '../support/repository-host.ts';
import { findPython, runPython } from './support/python.ts';
import { launcher } from './support/train-package.ts';

const python = findPython();
if (python === undefined) console.warn('features in Python are not tested: no Python with torch; see CLIPX_PYTHON');

const root = mkdtempSync(join(tmpdir(), 'clipx-ahead-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const support = join(import.meta.dirname, 'support');

/** Every number of every step and evaluation. */
const numbers = (events: readonly RunEvent[]): readonly (readonly [string, number])[] =>
  events.flatMap((event) => {
    if (event.event === 'step') return event.terms.map(({ name, raw }) => [`${event.stage} ${event.step} ${name}`, raw ?? NaN] as const);
    if (event.event !== 'eval') return [];
    return event.metrics.map(({ name, value }) => [`${event.stage} ${event.step} ${event.evaluation} ${name}`, value ?? NaN] as const);
  }); // prettier-ignore

let evaluated = 0;
let expected: readonly (readonly [string, number])[] = [];

beforeAll(async () => {
  const points = Array.from({ length: 300 }, (_, at) => {
    const x = [0, 1, 2, 3].map((k) => Math.sin(1.7 * at + k));
    return JSON.stringify({ x, y: [0, 1, 2].map((k) => (x[k] ?? 0) * (x[k + 1] ?? 0)) });
  });
  writeFileSync(join(root, 'points.jsonl'), `${points.join('\n')}\n`);
  const request = { path: 'test/pytorch/support/ahead.clipx', text: readFileSync(join(support, 'ahead.clipx'), 'utf8'), host: repositoryHost }; // prettier-ignore
  const nominal = compile(request);
  if (nominal.program === undefined) throw new Error(nominal.diagnostics.map(({ message }) => message).join('\n'));
  const compiled = compile({ ...request, facts: await gatherFacts(nominal.program, { projectFolder: root, seed: 0 }) });
  const { program } = compiled;
  if (program === undefined) throw new Error(compiled.diagnostics.map(({ message }) => message).join('\n'));
  const { diagnostics } = await writePytorchPackage(compiled, { folder: join(root, 'points'), seed: 1, projectRoot: root, runsFolder: join(root, 'runs') }); // prettier-ignore
  expect(diagnostics).toEqual([]);
  evaluated = program.stages[0]?.evaluations[0]?.batch ?? 0;
  expect(evaluated).toBeLessThan(270);
  const events: RunEvent[] = [];
  const task = { program, experimentText: '', seed: 1, backend: 'onnxruntime-node' as const, threads: 1, projectRoot: root, runsFolder: join(root, 'engine'), clipxVersion: '0' }; // prettier-ignore
  const outcome = await runProgram(task, (event) => events.push(event), { lower: lowererOf(program) });
  expect(outcome.error?.message).toBeUndefined();
  expected = numbers(events);
});

/** Trains with all calls of a part counted: rows of each, of the first process. */
function counted(part: string, processes: number): { readonly folder: string; readonly rows: readonly number[] } {
  const folder = join(root, `${part}-${processes}`);
  const said = runPython(python ?? '', [...launcher(processes), join(support, 'count_rows.py'), 'points', part, '--device', 'cpu', '--data-root', root, '--folder', folder], root); // prettier-ignore
  return { folder, rows: JSON.parse(said.trim().split('\n').at(-1) ?? '[]') as number[] };
}

describe.skipIf(python === undefined)('what a package computes ahead', () => {
  test.each([1, 2])('in %i processes: each sample once where it stays the same, else some at a time', async (processes) => {
    const { folder, rows } = counted('body.0', processes);
    const { events } = await readRun(folder);
    const found = numbers(events);
    expect(found.map(([name]) => name)).toEqual(expected.map(([name]) => name));
    found.forEach(([name, value], at) => expect(Math.abs(value - (expected[at]?.[1] ?? NaN)), name).toBeLessThan(1e-5));
    // of some samples at a time each process computes its share
    const pieces = (samples: number, size: number): number[] =>
      Array.from({ length: Math.ceil(samples / size) }, (_, at) =>
        processes > 1 ? Math.ceil(size / processes) : Math.min(size, samples - size * at),
      );
    // the first stage: all that trains and all that is evaluated, once; the second: its steps, and the evaluation
    expect(rows).toEqual([...pieces(30, 4), ...pieces(270, evaluated), ...pieces(28, 4), ...pieces(270, evaluated)]);
    const told = events.flatMap((event) => (event.event === 'plan' ? [event.cached] : []));
    expect(told).toEqual([['f'], []]);
  }); // prettier-ignore
});
