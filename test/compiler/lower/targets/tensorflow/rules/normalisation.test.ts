import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../../../../src/compiler/differentiate/differentiate.ts';
import { GraphBuilder, type Graph, type NodeId } from '../../../../../../src/compiler/ir/graph.ts';
import { optimise } from '../../../../../../src/compiler/optimise/optimise.ts';
import { tensorflowNodes } from '../../../../../support/tensorflow-nodes.ts';

const shape = [8, 4, 4, 6];
const axes = [0, 1, 2];

/** The step of a norm: its value, moments as running statistics need them, and the gradients of Σ tanh(y) · y. */
function step(rows: readonly number[] = shape): Graph {
  const builder = new GraphBuilder('g');
  const input = (name: string, own: readonly number[]): NodeId =>
    builder.add('input', [], { name, dtype: 'f32', shape: own });
  const x = input('x', rows);
  const scale = input('scale', rows.slice(-1));
  const bias = input('bias', rows.slice(-1));
  const leading = rows.slice(0, -1).map((_, axis) => axis);
  const y = builder.add('batch_norm_training', [x, scale, bias], { epsilon: 1e-5 });
  builder.output('mean', builder.add('moment_mean', [x], { axes: leading }));
  builder.output('rstd', builder.add('moment_rstd', [x], { axes: leading, epsilon: 1e-5 }));
  const product = builder.add('mul', [builder.add('tanh', [y], {}), y], {});
  const loss = builder.add('reduce_sum', [product], { axes: rows.map((_, axis) => axis), keep: false });
  const { graph, gradients } = differentiate(builder.finish(), loss, [x, scale, bias]);
  const outputs = [...gradients.values()].map((node, at) => ({ name: `gradient ${at}`, node }));
  return optimise({ ...graph, outputs: [...graph.outputs, ...outputs] });
}

const count = (graph: Graph, op: string): number => tensorflowNodes(graph).filter((node) => node.op === op).length;

describe('batch norm by its own moments', () => {
  it.each([[shape], [[32, 6]]])('is one kernel with its moments, and one with all its gradients: %j', (rows) => {
    const graph = step(rows);
    expect(graph.outputs).toHaveLength(5);
    expect(count(graph, 'FusedBatchNormV3')).toBe(1);
    expect(count(graph, 'FusedBatchNormGradV3')).toBe(1);
    for (const op of ['Sum', 'Mean', 'BiasAddGrad']) expect(count(graph, op), op).toBe(0);
  });

  it('takes neither moments over other axes nor those of another epsilon', () => {
    const builder = new GraphBuilder('g');
    const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape });
    const c = builder.add('input', [], { name: 'c', dtype: 'f32', shape: [6] });
    builder.output('y', builder.add('batch_norm_training', [x, c, c], { epsilon: 1e-5 }));
    builder.output('other axes', builder.add('moment_mean', [x], { axes: [1, 2] }));
    builder.output('another epsilon', builder.add('moment_rstd', [x], { axes, epsilon: 1e-3 }));
    // one for the first, mean and variance for the second
    expect(count(builder.finish(), 'Mean')).toBe(3);
  });
});

describe('batch norm by given statistics', () => {
  it.each([
    ['a value per channel', [6], 1],
    ['a value per channel, axes kept', [1, 1, 1, 6], 1],
    ['one for all channels', [1], 0],
    ['a value per row and channel', [4, 1, 6], 0],
  ])('%s: %j', (_, own, fused) => {
    const builder = new GraphBuilder('g');
    const input = (name: string, size: readonly number[]): NodeId =>
      builder.add('input', [], { name, dtype: 'f32', shape: size });
    const c = input('c', [6]);
    builder.output('y', builder.add('batch_norm', [input('x', shape), c, input('rstd', own), c, c], {}));
    expect(count(builder.finish(), 'FusedBatchNormV3')).toBe(fused);
    expect(count(builder.finish(), 'Sub')).toBe(1 - fused);
  });
});

describe('layer norm', () => {
  it("is not written in the way that TensorFlow takes for oneDNN's, with another epsilon", () => {
    const builder = new GraphBuilder('g');
    const input = (name: string, ...own: number[]): NodeId =>
      builder.add('input', [], { name, dtype: 'f32', shape: own });
    const norm = builder.add('layer_norm', [input('x', 4, 8), input('s', 8), input('b', 8)], { epsilon: 1e-5 });
    builder.output('y', norm);
    expect(count(builder.finish(), 'SquaredDifference')).toBe(0);
    expect(count(builder.finish(), 'Mean')).toBe(2);
  });
});
