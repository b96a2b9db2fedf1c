import { expect, test } from 'vitest';
import { GraphBuilder, type NodeId } from '../../../src/compiler/ir/graph.ts';
import { groupBatchNorms } from '../../../src/compiler/lower/group-batch-norms.ts';

const shape = [4, 3, 3, 2];
const axes = [0, 1, 2];
const epsilon = 1e-5;

function graph(): {
  readonly builder: GraphBuilder;
  readonly input: (name: string, own?: readonly number[]) => NodeId;
} {
  const builder = new GraphBuilder('g');
  return { builder, input: (name, own = shape) => builder.add('input', [], { name, dtype: 'f32', shape: own }) };
}

test('statistics belong to the norm of the same operand and epsilon', () => {
  const { builder, input } = graph();
  const [x, other, c] = [input('x'), input('other'), input('c', [2])];
  const norm = builder.add('batch_norm_training', [x, c, c], { epsilon });
  const mean = builder.add('moment_mean', [x], { axes });
  const rstd = builder.add('moment_rstd', [x], { axes: [2, 0, 1], epsilon });
  builder.add('moment_rstd', [x], { axes, epsilon: 1 });
  builder.add('moment_mean', [other], { axes });
  builder.add('moment_mean', [x], { axes: [0, 1] });
  builder.add('moment_mean', [x], { axes: [0, 1, 3] });
  expect([...groupBatchNorms(builder.nodes).norms]).toEqual([
    [mean, norm],
    [rstd, norm],
  ]);
});

test('gradients of scale and bias belong to that of x with the same dy', () => {
  const { builder, input } = graph();
  const [x, dy, other, c] = [input('x'), input('dy'), input('other'), input('c', [2])];
  const ofBias = builder.add('reduce_sum', [dy], { axes, keep: false });
  const ofScale = builder.add('batch_norm_grad_scale', [dy, x], { epsilon });
  const gradient = builder.add('batch_norm_grad_input', [dy, x, c], { epsilon });
  const kept = builder.add('reduce_sum', [dy], { axes, keep: true });
  builder.add('reduce_sum', [dy], { axes: [1, 2, 3], keep: false });
  builder.add('reduce_sum', [other], { axes, keep: false });
  builder.add('batch_norm_grad_scale', [other, x], { epsilon });
  const groups = groupBatchNorms(builder.nodes);
  expect([...groups.gradients]).toEqual([
    [ofBias, gradient],
    [ofScale, gradient],
    [kept, gradient],
  ]);
  expect(groups.norms.size).toBe(0);
});
