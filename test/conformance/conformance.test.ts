import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differentiate } from '../../src/compiler/differentiate/differentiate.ts';
import { GraphBuilder, type Graph, type NodeId } from '../../src/compiler/ir/graph.ts';
import type { Engine, TensorValue } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { conformanceCases, type ConformanceCase } from './cases.ts';
import { engineColumns, runGraph } from './engines.ts';
import { fillOperand } from './operands.ts';

const reference = openReference();

/** `y`, and where a gradient exists the gradients of Σ w y for a weight w per element. */
function caseGraph(given: ConformanceCase): { readonly graph: Graph; readonly feeds: Record<string, TensorValue> } {
  const builder = new GraphBuilder(given.name);
  const feeds: Record<string, TensorValue> = {};
  const operands = given.operands.map((operand, at) => {
    feeds[`x${at}`] = fillOperand(operand, at + 1);
    return builder.add('input', [], { name: `x${at}`, dtype: operand.dtype, shape: operand.shape });
  });
  const y = given.build(builder, operands);
  builder.output('y', y);
  const variables = operands.filter((operand) => builder.type(operand).dtype === 'f32');
  if (builder.type(y).dtype !== 'f32' || variables.length === 0 || given.name.startsWith('max_pool_grad')) {
    return { graph: builder.finish(), feeds };
  }
  const shape = builder.shape(y);
  const weight = builder.add('input', [], { name: 'w', dtype: 'f32', shape });
  // Whole numbers keep exact cases exact.
  feeds['w'] = fillOperand({ dtype: 'f32', shape, fill: { kind: 'integers', low: -3, high: 3 } }, 99);
  const product = builder.add('mul', [y, weight], {});
  const loss = builder.add('reduce_sum', [product], { axes: shape.map((_, axis) => axis), keep: false });
  return { graph: withGradients(builder.finish(), loss, variables), feeds };
}

function withGradients(forward: Graph, loss: NodeId, variables: readonly NodeId[]): Graph {
  const { graph, gradients } = differentiate(forward, loss, variables);
  const outputs = variables.flatMap((variable, at) => {
    const node = gradients.get(variable);
    return node === undefined ? [] : [{ name: `dx${at}`, node }];
  });
  return { ...graph, outputs: [...graph.outputs, ...outputs] };
}

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

  it.each(Object.values(conformanceCases).flat())('$name', async (given) => {
    const { graph, feeds } = caseGraph(given);
    const [expected = {}] = await runGraph(reference, graph, undefined, feeds);
    const [first = {}, second = {}] = await runGraph(engine, graph, column.lower(graph), feeds, 2);
    for (const { name } of graph.outputs) {
      expectSame(name, first[name]!, expected[name]!, given);
      expect(second[name], `${name} of a second run`).toEqual(first[name]);
    }
  });
});
