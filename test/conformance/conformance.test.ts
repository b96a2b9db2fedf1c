import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { allCases } from './all-cases.ts';
import { caseGraph } from './case-graph.ts';
import { disagreement } from './compare.ts';
import { engineColumns } from './engines.ts';
import { runGraph } from './run-graph.ts';

const reference = openReference();

describe.each(engineColumns)('$name means what the reference means', (column) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await column.open();
  });
  afterAll(() => engine.dispose());

  it.skipIf(column.isSkipped).each(allCases)('$name', async (given) => {
    const { graph, feeds } = caseGraph(given);
    const [expected = {}] = await runGraph(reference, graph, undefined, feeds);
    const [first = {}, second = {}] = await runGraph(engine, graph, column.lower(graph), feeds, 2);
    for (const { name } of graph.outputs) {
      expect(disagreement(first[name], expected[name]!, given), name).toBeUndefined();
      expect(second[name], `${name} of a second run`).toEqual(first[name]);
    }
  });
});
