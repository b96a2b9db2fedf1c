/** Calls of every op with random shapes and attributes, forward and backward: what nobody thought to write down in `cases.ts`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpName } from '../../src/compiler/ir/ops.ts';
import type { Engine } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { opNames, randomCase } from '../support/op-cases.ts';
import { Random } from '../support/random.ts';
import { caseGraph } from './case-graph.ts';
import type { ConformanceCase } from './cases.ts';
import { disagreement } from './compare.ts';
import { engineColumns } from './engines.ts';
import { runGraph } from './run-graph.ts';
import type { Operand } from './operands.ts';

const callsOfEach = Number(process.env['CLIPX_RANDOM_CALLS'] ?? 4);
const reference = openReference();

/** An input takes nothing, so there is nothing to draw. */
const drawnOps = opNames.filter((op) => op !== 'input');

function randomCall(op: OpName, seed: number): ConformanceCase {
  const { inputs, attributes } = randomCase(op, new Random(seed));
  const operands = inputs.map(({ dtype = 'f32', shape, values }): Operand => ({
    dtype,
    shape,
    fill: { kind: 'values', values },
  }));
  return {
    name: `${op}: random call ${seed}`,
    operands,
    build: (builder, nodes) => builder.add(op, nodes, attributes),
    exact: false,
    tolerance: 1e-5,
  };
}

describe.each(engineColumns)('$name means what the reference means', (column) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await column.open();
  });
  afterAll(() => engine.dispose());

  it.skipIf(column.isSkipped).each(drawnOps)('in random calls of %s', async (op) => {
    for (let seed = 1; seed <= callsOfEach; seed++) {
      const given = randomCall(op, seed);
      const { graph, feeds } = caseGraph(given);
      const [expected = {}] = await runGraph(reference, graph, undefined, feeds);
      const [found = {}] = await runGraph(engine, graph, column.lower(graph), feeds);
      for (const { name } of graph.outputs) {
        expect(disagreement(found[name], expected[name]!, given), `${given.name}, ${name}`).toBeUndefined();
      }
    }
  });
});
