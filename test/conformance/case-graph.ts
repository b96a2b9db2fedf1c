import { differentiate } from '../../src/compiler/differentiate/differentiate.ts';
import { GraphBuilder, type Graph, type NodeId } from '../../src/compiler/ir/graph.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import type { ConformanceCase } from './cases.ts';
import { fillOperand } from './operands.ts';

/** Ops that have no gradient of their own and say so. */
const refusing = /^(?:max_pool_grad|batch_norm_grad_(?:input|scale)):/;

/** `y`, and where a gradient exists the gradients of Σ w y for a weight w per element. */
export function caseGraph(given: ConformanceCase): {
  readonly graph: Graph;
  readonly feeds: Record<string, TensorValue>;
} {
  const builder = new GraphBuilder(given.name);
  const feeds: Record<string, TensorValue> = {};
  const operands = given.operands.map((operand, at) => {
    feeds[`x${at}`] = fillOperand(operand, at + 1);
    return builder.add('input', [], { name: `x${at}`, dtype: operand.dtype, shape: operand.shape });
  });
  const y = given.build(builder, operands);
  builder.output('y', y);
  const variables = operands.filter((operand) => builder.type(operand).dtype === 'f32');
  if (builder.type(y).dtype !== 'f32' || variables.length === 0 || refusing.test(given.name)) {
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
