/**
 * The shipped experiments, shrunk to four samples and a few channels, on every engine: constants, features, the step with its gradients
 * and new statistics, and every evaluation, from the same random feeds. What one function computes for another comes from the reference.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Program } from '../../src/compiler/program/program.ts';
import type { ProgramFunction } from '../../src/compiler/program/program-function.ts';
import type { Engine, TensorValue } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { engineColumns } from './engines.ts';
import { runGraph } from './run-graph.ts';
import { experiments, feedsOf, functions, programOf, scopeOf } from './shrunk-experiments.ts';

const reference = openReference();

interface Expected {
  readonly fn: ProgramFunction;
  readonly feeds: Record<string, TensorValue>;
  readonly results: Record<string, TensorValue>;
}

async function expectedOf(program: Program): Promise<Expected[]> {
  const known: Record<string, TensorValue> = {};
  const all: Expected[] = [];
  for (const fn of functions(program)) {
    const feeds = feedsOf(program, fn, known);
    const [results = {}] = await runGraph(reference, fn.graph, undefined, feeds);
    for (const [name, value] of Object.entries(results)) known[`${scopeOf(fn)} ${name}`] = value;
    all.push({ fn, feeds, results });
  }
  return all;
}

// ── comparison ───────────────────────────────────────────────────────

/** Float32 through some twenty layers: 2e-4 of the largest entry. */
const tolerance = 2e-4;

function differences(name: string, found: TensorValue | undefined, expected: TensorValue): string[] {
  if (found === undefined) return [`${name} is missing`];
  const scale = Array.from(expected.data).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const exact = expected.dtype !== 'f32';
  const values: readonly number[] = Array.from(expected.data);
  const at = values.findIndex((value, index) => !(Math.abs((found.data[index] ?? Number.NaN) - value) <= (exact ? 0 : tolerance * scale))); // prettier-ignore
  return at < 0 && found.data.length === expected.data.length ? [] : [`${name}[${at}] is ${found.data[at]}, the reference says ${expected.data[at]} (largest ${scale})`]; // prettier-ignore
}

describe.each(Object.entries(experiments))('%s, shrunk', (_, shrunk) => {
  const program = programOf(shrunk);
  let expected: Expected[] = [];
  beforeAll(async () => {
    expected = await expectedOf(program);
  });

  it('has numbers that say something', () => {
    const step = expected.find(({ fn }) => fn.id === 'main/step')?.results ?? {};
    const gradients = Object.entries(step).filter(([name]) => name.startsWith('gradient '));
    expect(gradients.length).toBe(program.stages[0]?.trainable.length);
    expect(Object.values(step).every(({ data }) => data.every(Number.isFinite))).toBe(true);
    const flat = gradients.filter(([, { data }]) => data.every((value) => value === 0)).map(([name]) => name);
    expect(flat).toEqual([]);
  });

  describe.each(engineColumns)('$name', (column) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await column.open();
    });
    afterAll(() => engine.dispose());

    it.skipIf(column.isSkipped)('computes every function as the reference does, and twice the same', async () => {
      for (const { fn, feeds, results } of expected) {
        const [first = {}, second = {}] = await runGraph(engine, fn.graph, column.lower(fn.graph), feeds, 2);
        const wrong = Object.entries(results).flatMap(([name, value]) => differences(name, first[name], value));
        expect(wrong, fn.id).toEqual([]);
        expect(second, `a second run of ${fn.id}`).toEqual(first);
      }
    });
  });
});
