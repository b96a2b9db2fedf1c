import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, TensorValue } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { caseGraph } from './case-graph.ts';
import { conformanceCases, type ConformanceCase } from './cases.ts';
import { engineColumns, runGraph } from './engines.ts';

const reference = openReference();

function expectSame(name: string, found: TensorValue, expected: TensorValue, given: ConformanceCase): void {
  expect({ name, dtype: found.dtype, shape: [...found.shape] }).toEqual({
    name,
    dtype: expected.dtype,
    shape: [...expected.shape],
  });
  const isExact = expected.dtype !== 'f32' || given.exact;
  let scale = 1;
  for (const value of expected.data) scale = Math.max(scale, Math.abs(value));
  for (const [at, value] of expected.data.entries()) {
    const own = found.data[at] ?? NaN;
    const difference = Math.abs(own - value);
    const agrees = isExact ? own === value : difference <= given.tolerance * scale;
    if (!agrees) expect.fail(`${name}[${at}]: ${own}, the reference says ${value} (largest ${scale})`);
  }
}

describe.each(engineColumns)('$name means what the reference means', (column) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await column.open();
  });
  afterAll(() => engine.dispose());

  it.skipIf(column.isSkipped).each(Object.values(conformanceCases).flat())('$name', async (given) => {
    const { graph, feeds } = caseGraph(given);
    const [expected = {}] = await runGraph(reference, graph, undefined, feeds);
    const [first = {}, second = {}] = await runGraph(engine, graph, column.lower(graph), feeds, 2);
    for (const { name } of graph.outputs) {
      expectSame(name, first[name]!, expected[name]!, given);
      expect(second[name], `${name} of a second run`).toEqual(first[name]);
    }
  });
});
